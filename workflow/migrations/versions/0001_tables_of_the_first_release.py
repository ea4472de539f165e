"""Tables of the first release

Revision: 0001, after None
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from workflow.db import Erasable, append_only_ddl
from workflow.row_security import policy_ddl

revision = "0001"
down_revision = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)
POLICIES = {
    "programme": "COALESCE(current_setting('cin.programme', true), '') IN ('all', '', id::text)",
    "allocationrun": "COALESCE(current_setting('cin.programme', true), '') IN ('all', programme_id::text)",
    "audithead": "COALESCE(current_setting('cin.programme', true), '') IN ('all', programme_id::text)",
    "case": "COALESCE(current_setting('cin.programme', true), '') IN ('all', programme_id::text) AND (COALESCE(current_setting('cin.reviewer', true), '') = '' OR EXISTS (SELECT 1 FROM \"review\" o WHERE o.case_id = \"case\".id))",
    "commitment": "COALESCE(current_setting('cin.programme', true), '') IN ('all', programme_id::text)",
    "cycleentry": "COALESCE(current_setting('cin.programme', true), '') IN ('all', programme_id::text)",
    "importrun": "COALESCE(current_setting('cin.programme', true), '') IN ('all', programme_id::text)",
    "meeting": "COALESCE(current_setting('cin.programme', true), '') IN ('all', programme_id::text)",
    "notification": "COALESCE(current_setting('cin.programme', true), '') IN ('all', programme_id::text)",
    "practicemanager": "COALESCE(current_setting('cin.programme', true), '') IN ('all', programme_id::text)",
    "retentionrule": "COALESCE(current_setting('cin.programme', true), '') IN ('all', programme_id::text)",
    "reviewer": "COALESCE(current_setting('cin.programme', true), '') IN ('all', programme_id::text)",
    "samplingrule": "COALESCE(current_setting('cin.programme', true), '') IN ('all', programme_id::text)",
    "savedmapping": "COALESCE(current_setting('cin.programme', true), '') IN ('all', programme_id::text)",
    "savedscenario": "COALESCE(current_setting('cin.programme', true), '') IN ('all', programme_id::text)",
    "signal": "COALESCE(current_setting('cin.programme', true), '') IN ('all', programme_id::text)",
    "storedforecast": "COALESCE(current_setting('cin.programme', true), '') IN ('all', programme_id::text)",
    "sweep": "COALESCE(current_setting('cin.programme', true), '') IN ('all', programme_id::text)",
    "vacancy": "COALESCE(current_setting('cin.programme', true), '') IN ('all', programme_id::text)",
    "valuemapping": "COALESCE(current_setting('cin.programme', true), '') IN ('all', programme_id::text)",
    "account": "COALESCE(current_setting('cin.programme', true), '') IN ('all', '', programme_id::text)",
    "allocationinputs": 'EXISTS (SELECT 1 FROM "allocationrun" o WHERE o.id = "allocationinputs".run_id)',
    "casecount": 'EXISTS (SELECT 1 FROM "practicemanager" o WHERE o.id = "casecount".manager_id)',
    "conflict": 'EXISTS (SELECT 1 FROM "reviewer" o WHERE o.id = "conflict".reviewer_id)',
    "decision": 'EXISTS (SELECT 1 FROM "meeting" o WHERE o.id = "decision".meeting_id)',
    "leave": 'EXISTS (SELECT 1 FROM "reviewer" o WHERE o.id = "leave".reviewer_id)',
    "legalhold": 'EXISTS (SELECT 1 FROM "case" o WHERE o.id = "legalhold".case_id)',
    "review": "COALESCE(current_setting('cin.programme', true), '') IN ('all', programme_id::text) AND COALESCE(current_setting('cin.reviewer', true), '') IN ('', reviewer_id::text, author_id::text)",
    "alert": "COALESCE(current_setting('cin.programme', true), '') IN ('all', programme_id::text) AND (COALESCE(current_setting('cin.reviewer', true), '') = '' OR EXISTS (SELECT 1 FROM \"review\" o WHERE o.id = \"alert\".review_id))",
    "allocationline": 'EXISTS (SELECT 1 FROM "review" o WHERE o.id = "allocationline".review_id)',
    "apitoken": 'EXISTS (SELECT 1 FROM "account" o WHERE o.id = "apitoken".account_id)',
    "delivery": "COALESCE(current_setting('cin.programme', true), '') IN ('all', programme_id::text)",
    "draft": 'EXISTS (SELECT 1 FROM "review" o WHERE o.id = "draft".review_id)',
    "escalation": "COALESCE(current_setting('cin.programme', true), '') IN ('all', programme_id::text) AND (COALESCE(current_setting('cin.reviewer', true), '') = '' OR EXISTS (SELECT 1 FROM \"review\" o WHERE o.id = \"escalation\".review_id))",
    "event": "COALESCE(current_setting('cin.programme', true), '') IN ('all', programme_id::text) AND (COALESCE(current_setting('cin.reviewer', true), '') = '' OR EXISTS (SELECT 1 FROM \"review\" o WHERE o.id = \"event\".review_id))",
    "followonaction": "COALESCE(current_setting('cin.programme', true), '') IN ('all', programme_id::text) AND (COALESCE(current_setting('cin.reviewer', true), '') = '' OR EXISTS (SELECT 1 FROM \"review\" o WHERE o.id = \"followonaction\".review_id))",
    "keptanswer": 'EXISTS (SELECT 1 FROM "account" o WHERE o.id = "keptanswer".account_id)',
    "purgedcase": 'EXISTS (SELECT 1 FROM "case" o WHERE o.id = "purgedcase".case_id)',
    "recoverycode": 'EXISTS (SELECT 1 FROM "account" o WHERE o.id = "recoverycode".account_id)',
    "samplereplacement": 'EXISTS (SELECT 1 FROM "review" o WHERE o.id = "samplereplacement".review_id)',
    "seconddraft": 'EXISTS (SELECT 1 FROM "review" o WHERE o.id = "seconddraft".review_id)',
    "setupcode": "COALESCE(current_setting('cin.programme', true), '') IN ('all', '', programme_id::text)",
    "submission": 'EXISTS (SELECT 1 FROM "review" o WHERE o.id = "submission".review_id)',
    "websession": 'EXISTS (SELECT 1 FROM "account" o WHERE o.id = "websession".account_id)',
    "moderationreview": 'EXISTS (SELECT 1 FROM "review" o WHERE o.id = "moderationreview".review_id)',
}


def upgrade() -> None:
    op.create_table(
        "programme",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("authority_code", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("target_on", sa.Date(), nullable=False),
        sa.Column("scope_cut_off_on", sa.Date(), nullable=True),
        sa.Column("cohort_rules", JSON, nullable=False),
        sa.Column("policy", JSON, nullable=False),
        sa.Column("geography", sa.String(), nullable=True),
        sa.Column("closures", JSON, nullable=False),
        sa.Column("overtime", JSON, nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("next_reference", sa.Integer(), nullable=False),
        sa.Column("demo_today", sa.Date(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme")),
        sa.UniqueConstraint("name", name=op.f("uq_programme_name")),
    )
    op.create_table(
        "signinattempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_name_key", sa.String(), nullable=False),
        sa.Column("address_key", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column(
            "step",
            sa.Enum(
                "password",
                "code",
                name="signinstep",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signinattempt")),
    )
    op.create_index(
        "ix_signinattempt_address", "signinattempt", ["address_key", "at"], unique=False
    )
    op.create_index(op.f("ix_signinattempt_at"), "signinattempt", ["at"], unique=False)
    op.create_index("ix_signinattempt_user", "signinattempt", ["user_name_key", "at"], unique=False)
    op.create_table(
        "allocationrun",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "backlog",
                "rebalance",
                "leaver",
                "absence",
                name="runkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("about", JSON, nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "preview",
                "applied",
                "undone",
                name="runstatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("input_hash", sa.String(), nullable=False),
        sa.Column("solver", sa.String(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("weights", JSON, nullable=False),
        sa.Column("objective", sa.Float(), nullable=False),
        sa.Column("bound", sa.Float(), nullable=False),
        sa.Column("gap", sa.Float(), nullable=False),
        sa.Column("greedy_objective", sa.Float(), nullable=False),
        sa.Column("parts", JSON, nullable=False),
        sa.Column("utilisation", JSON, nullable=False),
        sa.Column("shadow_price", JSON, nullable=False),
        sa.Column("allocated", sa.Integer(), nullable=False),
        sa.Column("unallocated", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("applied_by", sa.String(), nullable=True),
        sa.Column("applied_at", INSTANT, nullable=True),
        sa.Column("undone_by", sa.String(), nullable=True),
        sa.Column("undone_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_allocationrun_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocationrun")),
    )
    op.create_index(
        op.f("ix_allocationrun_programme_id"), "allocationrun", ["programme_id"], unique=False
    )
    op.create_table(
        "audithead",
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("mac", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_audithead_programme_id")
        ),
        sa.PrimaryKeyConstraint("programme_id", name=op.f("pk_audithead")),
    )
    op.create_table(
        "case",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("child_id", sa.String(), nullable=False),
        sa.Column("episode_start", sa.Date(), nullable=False),
        sa.Column("family", sa.String(), nullable=True),
        sa.Column("district", sa.String(), nullable=True),
        sa.Column("team", sa.String(), nullable=True),
        sa.Column("worker", sa.String(), nullable=True),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("in_cohort", sa.Boolean(), nullable=False),
        sa.Column("cohort_rule", sa.String(), nullable=True),
        sa.Column("cohort_reason", sa.String(), nullable=False),
        sa.Column("band", sa.Integer(), nullable=False),
        sa.Column("band_reasons", JSON, nullable=False),
        sa.Column("effort", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_case_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case")),
        sa.UniqueConstraint(
            "programme_id",
            "child_id",
            "episode_start",
            name=op.f("uq_case_programme_id_child_id_episode_start"),
        ),
        sa.UniqueConstraint(
            "programme_id", "reference", name=op.f("uq_case_programme_id_reference")
        ),
    )
    op.create_index("ix_case_programme_family", "case", ["programme_id", "family"], unique=False)
    op.create_table(
        "commitment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "commitment",
                "recommendation",
                "milestone",
                name="commitmentkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("first_due_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "open",
                "met",
                "dropped",
                name="commitmentstatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("part_of", sa.String(), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("settled_by", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_commitment_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment")),
        sa.UniqueConstraint(
            "programme_id", "reference", name=op.f("uq_commitment_programme_id_reference")
        ),
    )
    op.create_index(
        op.f("ix_commitment_programme_id"), "commitment", ["programme_id"], unique=False
    )
    op.create_table(
        "cycleentry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("occasion", sa.String(), nullable=False),
        sa.Column(
            "step",
            sa.Enum(
                "track",
                "allocate",
                "forecast",
                "report",
                "end",
                name="cyclestep",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("summary", JSON, nullable=False),
        sa.Column("done_by", sa.String(), nullable=False),
        sa.Column("done_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_cycleentry_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cycleentry")),
        sa.UniqueConstraint(
            "programme_id",
            "day",
            "occasion",
            "step",
            name=op.f("uq_cycleentry_programme_id_day_occasion_step"),
        ),
    )
    op.create_table(
        "importrun",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("speaks_of", sa.Date(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("updated", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("excluded", JSON, nullable=False),
        sa.Column("findings", JSON, nullable=False),
        sa.Column("imported_by", sa.String(), nullable=False),
        sa.Column("imported_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_importrun_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_importrun")),
    )
    op.create_index(op.f("ix_importrun_programme_id"), "importrun", ["programme_id"], unique=False)
    op.create_table(
        "meeting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("chair", sa.String(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_meeting_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting")),
        sa.UniqueConstraint(
            "programme_id", "held_on", name=op.f("uq_meeting_programme_id_held_on")
        ),
    )
    op.create_table(
        "notification",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "allocated",
                "moved_away",
                "returned",
                "chase",
                "escalation",
                "escalation_late",
                name="notificationkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("topic", sa.String(), nullable=True),
        sa.Column("about_on", sa.Date(), nullable=False),
        sa.Column("content", JSON, nullable=False),
        sa.Column("written_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_notification_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification")),
        sa.UniqueConstraint(
            "programme_id",
            "recipient",
            "kind",
            "topic",
            name=op.f("uq_notification_programme_id_recipient_kind_topic"),
        ),
    )
    op.create_index(
        op.f("ix_notification_programme_id"), "notification", ["programme_id"], unique=False
    )
    op.create_table(
        "practicemanager",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("team", sa.String(), nullable=True),
        sa.Column("district", sa.String(), nullable=True),
        sa.Column("first_ends_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_practicemanager_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practicemanager")),
        sa.UniqueConstraint(
            "programme_id", "reference", name=op.f("uq_practicemanager_programme_id_reference")
        ),
    )
    op.create_index(
        op.f("ix_practicemanager_programme_id"), "practicemanager", ["programme_id"], unique=False
    )
    op.create_table(
        "retentionrule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("in_force_from", sa.Date(), nullable=False),
        sa.Column("years_after_closure", sa.Integer(), nullable=True),
        sa.Column("years_after_eighteenth", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.Column("set_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_retentionrule_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retentionrule")),
    )
    op.create_index(
        op.f("ix_retentionrule_programme_id"), "retentionrule", ["programme_id"], unique=False
    )
    op.create_table(
        "reviewer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("team", sa.String(), nullable=True),
        sa.Column("district", sa.String(), nullable=True),
        sa.Column("available_from", sa.Date(), nullable=False),
        sa.Column("available_to", sa.Date(), nullable=True),
        sa.Column("points_per_day", sa.Float(), nullable=False),
        sa.Column("pattern", JSON, nullable=False),
        sa.Column("qualification", sa.String(), nullable=False),
        sa.Column("skills", JSON, nullable=False),
        sa.Column("roles", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_reviewer_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviewer")),
        sa.UniqueConstraint(
            "programme_id", "reference", name=op.f("uq_reviewer_programme_id_reference")
        ),
    )
    op.create_index(op.f("ix_reviewer_programme_id"), "reviewer", ["programme_id"], unique=False)
    op.create_table(
        "samplingrule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("in_force_from", sa.Date(), nullable=False),
        sa.Column("plan", JSON, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.Column("set_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_samplingrule_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_samplingrule")),
    )
    op.create_index(
        op.f("ix_samplingrule_programme_id"), "samplingrule", ["programme_id"], unique=False
    )
    op.create_table(
        "savedmapping",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("saved_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_savedmapping_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_savedmapping")),
        sa.UniqueConstraint("programme_id", "name", name=op.f("uq_savedmapping_programme_id_name")),
    )
    op.create_table(
        "savedscenario",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("definition", JSON, nullable=False),
        sa.Column("definition_hash", sa.String(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("model_version", sa.String(), nullable=False),
        sa.Column("input_hash", sa.String(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("paths", sa.Integer(), nullable=False),
        sa.Column("result", JSON, nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_savedscenario_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_savedscenario")),
        sa.UniqueConstraint(
            "programme_id",
            "as_of",
            "input_hash",
            "model_version",
            "definition_hash",
            name=op.f(
                "uq_savedscenario_programme_id_as_of_input_hash_model_version_definition_hash"
            ),
        ),
    )
    op.create_index(
        op.f("ix_savedscenario_programme_id"), "savedscenario", ["programme_id"], unique=False
    )
    op.create_table(
        "signal",
        sa.Column(
            "sending",
            sa.Enum(
                "none",
                "waiting",
                "sent",
                "failed",
                "expired",
                name="sending",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", INSTANT, nullable=False),
        sa.Column("claim", sa.String(), nullable=True),
        sa.Column("claimed_until", INSTANT, nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "cin.caseload.imported",
                "cin.reviews.submitted",
                "cin.allocation.applied",
                name="signalkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("payload", JSON, nullable=False),
        sa.Column("written_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_signal_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal")),
    )
    op.create_index(op.f("ix_signal_programme_id"), "signal", ["programme_id"], unique=False)
    op.create_index(
        "ix_signal_waiting",
        "signal",
        ["next_try_at"],
        unique=False,
        sqlite_where=sa.text("sending = 'waiting'"),
        postgresql_where=sa.text("sending = 'waiting'"),
    )
    op.create_table(
        "storedforecast",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("model_version", sa.String(), nullable=False),
        sa.Column("input_hash", sa.String(), nullable=False),
        sa.Column("inputs", JSON, nullable=False),
        sa.Column("result", JSON, nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_storedforecast_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_storedforecast")),
        sa.UniqueConstraint(
            "programme_id",
            "as_of",
            "input_hash",
            "model_version",
            name=op.f("uq_storedforecast_programme_id_as_of_input_hash_model_version"),
        ),
    )
    op.create_index(
        op.f("ix_storedforecast_programme_id"), "storedforecast", ["programme_id"], unique=False
    )
    op.create_table(
        "sweep",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("swept_at", INSTANT, nullable=False),
        sa.Column("opened", JSON, nullable=False),
        sa.Column("cleared", JSON, nullable=False),
        sa.Column("released", sa.Integer(), nullable=False),
        sa.Column("notified", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_sweep_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sweep")),
    )
    op.create_index(op.f("ix_sweep_programme_id"), "sweep", ["programme_id"], unique=False)
    op.create_table(
        "vacancy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("district", sa.String(), nullable=True),
        sa.Column("since_on", sa.Date(), nullable=True),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("filled_on", sa.Date(), nullable=True),
        sa.Column("points_per_day", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_vacancy_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vacancy")),
        sa.UniqueConstraint(
            "programme_id", "reference", name=op.f("uq_vacancy_programme_id_reference")
        ),
    )
    op.create_index(op.f("ix_vacancy_programme_id"), "vacancy", ["programme_id"], unique=False)
    op.create_table(
        "valuemapping",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("raw", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_valuemapping_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_valuemapping")),
        sa.UniqueConstraint(
            "programme_id", "field", "raw", name=op.f("uq_valuemapping_programme_id_field_raw")
        ),
    )
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("user_name", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("roles", JSON, nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=True),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("disabled_at", INSTANT, nullable=True),
        sa.Column("last_signed_in_at", INSTANT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("totp_secret", sa.String(), nullable=True),
        sa.Column("totp_pending", sa.String(), nullable=True),
        sa.Column("totp_last_step", sa.Integer(), nullable=True),
        sa.Column("issuer", sa.String(), nullable=True),
        sa.Column("subject", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_account_programme_id")
        ),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["reviewer.id"], name=op.f("fk_account_reviewer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_account_issuer_subject")),
        sa.UniqueConstraint("reviewer_id", name=op.f("uq_account_reviewer_id")),
        sa.UniqueConstraint("user_name", name=op.f("uq_account_user_name")),
    )
    op.create_index(op.f("ix_account_programme_id"), "account", ["programme_id"], unique=False)
    op.create_table(
        "allocationinputs",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("fingerprint", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["allocationrun.id"], name=op.f("fk_allocationinputs_run_id")
        ),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_allocationinputs")),
    )
    op.create_table(
        "casecount",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("manager_id", sa.Integer(), nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("counted_by", sa.String(), nullable=False),
        sa.Column("noted_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["manager_id"], ["practicemanager.id"], name=op.f("fk_casecount_manager_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_casecount")),
        sa.UniqueConstraint(
            "manager_id", "counted_on", name=op.f("uq_casecount_manager_id_counted_on")
        ),
    )
    op.create_index(op.f("ix_casecount_manager_id"), "casecount", ["manager_id"], unique=False)
    op.create_table(
        "conflict",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "case",
                "family",
                "child",
                "team",
                name="conflictkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("declared_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["reviewer.id"], name=op.f("fk_conflict_reviewer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflict")),
        sa.UniqueConstraint(
            "reviewer_id", "kind", "subject", name=op.f("uq_conflict_reviewer_id_kind_subject")
        ),
    )
    op.create_index(op.f("ix_conflict_reviewer_id"), "conflict", ["reviewer_id"], unique=False)
    op.create_table(
        "decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("commitment_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["commitment_id"], ["commitment.id"], name=op.f("fk_decision_commitment_id")
        ),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_decision_meeting_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        sa.UniqueConstraint("meeting_id", "number", name=op.f("uq_decision_meeting_id_number")),
    )
    op.create_table(
        "leave",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["reviewer.id"], name=op.f("fk_leave_reviewer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leave")),
    )
    op.create_index(op.f("ix_leave_reviewer_id"), "leave", ["reviewer_id"], unique=False)
    op.create_table(
        "legalhold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("placed_by", sa.String(), nullable=False),
        sa.Column("placed_at", INSTANT, nullable=False),
        sa.Column("lifted_by", sa.String(), nullable=True),
        sa.Column("lifted_at", INSTANT, nullable=True),
        sa.Column("lifted_because", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_legalhold_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legalhold")),
    )
    op.create_index(op.f("ix_legalhold_case_id"), "legalhold", ["case_id"], unique=False)
    op.create_index(
        "uq_legalhold_standing",
        "legalhold",
        ["case_id"],
        unique=True,
        sqlite_where=sa.text("lifted_at IS NULL"),
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.create_table(
        "review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "unallocated",
                "allocated",
                "in_progress",
                "on_hold",
                "submitted",
                "returned",
                "in_moderation",
                "complete",
                "withdrawn",
                name="reviewstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("confirmer", sa.String(), nullable=True),
        sa.Column("moderated", sa.Boolean(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("allocated_at", INSTANT, nullable=True),
        sa.Column("started_at", INSTANT, nullable=True),
        sa.Column("submitted_at", INSTANT, nullable=True),
        sa.Column("completed_at", INSTANT, nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("grade", sa.String(), nullable=True),
        sa.Column("safety", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["reviewer.id"], name=op.f("fk_review_author_id")),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_review_case_id")),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_review_programme_id")
        ),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["reviewer.id"], name=op.f("fk_review_reviewer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
        sa.UniqueConstraint("case_id", name=op.f("uq_review_case_id")),
    )
    op.create_index(
        "ix_review_programme_state_due", "review", ["programme_id", "state", "due_on"], unique=False
    )
    op.create_index("ix_review_reviewer_state", "review", ["reviewer_id", "state"], unique=False)
    op.create_table(
        "alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "overdue",
                "due_soon",
                "not_started",
                "stale_draft",
                "awaiting_confirmation",
                "unacknowledged",
                "holder_left",
                "holder_absent",
                name="alertkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("cleared_on", sa.Date(), nullable=True),
        sa.Column("detail", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_alert_programme_id")
        ),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_alert_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
    )
    op.create_index(op.f("ix_alert_programme_id"), "alert", ["programme_id"], unique=False)
    op.create_index(
        "uq_alert_open",
        "alert",
        ["review_id", "kind"],
        unique=True,
        sqlite_where=sa.text("cleared_on IS NULL"),
        postgresql_where=sa.text("cleared_on IS NULL"),
    )
    op.create_table(
        "allocationline",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("from_reviewer_id", sa.Integer(), nullable=True),
        sa.Column("from_due_on", sa.Date(), nullable=True),
        sa.Column("reviewer_id", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("rule", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("runner_up_id", sa.Integer(), nullable=True),
        sa.Column("margin", sa.Float(), nullable=True),
        sa.Column("terms", JSON, nullable=False),
        sa.Column("applied_version", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["from_reviewer_id"], ["reviewer.id"], name=op.f("fk_allocationline_from_reviewer_id")
        ),
        sa.ForeignKeyConstraint(
            ["review_id"], ["review.id"], name=op.f("fk_allocationline_review_id")
        ),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["reviewer.id"], name=op.f("fk_allocationline_reviewer_id")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["allocationrun.id"], name=op.f("fk_allocationline_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["runner_up_id"], ["reviewer.id"], name=op.f("fk_allocationline_runner_up_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocationline")),
        sa.UniqueConstraint("run_id", "review_id", name=op.f("uq_allocationline_run_id_review_id")),
    )
    op.create_index(
        op.f("ix_allocationline_review_id"), "allocationline", ["review_id"], unique=False
    )
    op.create_index(op.f("ix_allocationline_run_id"), "allocationline", ["run_id"], unique=False)
    op.create_table(
        "apitoken",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("ending", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("last_used_at", INSTANT, nullable=True),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.Column("account_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_apitoken_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_apitoken")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_apitoken_token_hash")),
    )
    op.create_index(op.f("ix_apitoken_account_id"), "apitoken", ["account_id"], unique=False)
    op.create_table(
        "delivery",
        sa.Column(
            "sending",
            sa.Enum(
                "none",
                "waiting",
                "sent",
                "failed",
                "expired",
                name="sending",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", INSTANT, nullable=False),
        sa.Column("claim", sa.String(), nullable=True),
        sa.Column("claimed_until", INSTANT, nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("notification_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("written_at", INSTANT, nullable=False),
        sa.Column("read_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_delivery_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["notification_id"], ["notification.id"], name=op.f("fk_delivery_notification_id")
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_delivery_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint(
            "notification_id", "account_id", name=op.f("uq_delivery_notification_id_account_id")
        ),
    )
    op.create_index("ix_delivery_inbox", "delivery", ["account_id", "written_at"], unique=False)
    op.create_index(op.f("ix_delivery_programme_id"), "delivery", ["programme_id"], unique=False)
    op.create_index(
        "ix_delivery_unread",
        "delivery",
        ["account_id"],
        unique=False,
        sqlite_where=sa.text("read_at IS NULL"),
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.create_index(
        "ix_delivery_waiting",
        "delivery",
        ["next_try_at"],
        unique=False,
        sqlite_where=sa.text("sending = 'waiting'"),
        postgresql_where=sa.text("sending = 'waiting'"),
    )
    op.create_table(
        "draft",
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("form_id", sa.String(), nullable=False),
        sa.Column("form_version", sa.Integer(), nullable=False),
        sa.Column("answers", JSON, nullable=False),
        sa.Column("sections", JSON, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("saved_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_draft_review_id")),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["reviewer.id"], name=op.f("fk_draft_reviewer_id")
        ),
        sa.PrimaryKeyConstraint("review_id", name=op.f("pk_draft")),
    )
    op.create_table(
        "escalation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "immediate",
                "same_day",
                name="escalationkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("raised_by", sa.String(), nullable=False),
        sa.Column("raised_at", INSTANT, nullable=False),
        sa.Column("acknowledge_by", INSTANT, nullable=False),
        sa.Column("acknowledged_by", sa.String(), nullable=True),
        sa.Column("acknowledged_at", INSTANT, nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_escalation_programme_id")
        ),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_escalation_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalation")),
    )
    op.create_index(
        op.f("ix_escalation_programme_id"), "escalation", ["programme_id"], unique=False
    )
    op.create_index(op.f("ix_escalation_review_id"), "escalation", ["review_id"], unique=False)
    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=True),
        sa.Column("review_id", sa.Integer(), nullable=True),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("from_state", sa.String(), nullable=True),
        sa.Column("to_state", sa.String(), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("reason_seal", sa.String(), nullable=True),
        sa.Column("payload", JSON, nullable=False),
        sa.Column("previous_mac", sa.String(), nullable=False),
        sa.Column("mac", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_event_case_id")),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_event_programme_id")
        ),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_event_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sa.UniqueConstraint("programme_id", "seq", name=op.f("uq_event_programme_id_seq")),
    )
    op.create_index("ix_event_review_seq", "event", ["review_id", "seq"], unique=False)
    op.create_table(
        "followonaction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "strategy_discussion",
                "conference",
                "new_worker",
                "plan_changes",
                "handover",
                "closure_check",
                "family_told",
                "legal_planning",
                "transfer",
                "record_correction",
                "recheck",
                name="actionkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("task", sa.String(), nullable=False),
        sa.Column("owner_role", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=True),
        sa.Column("receiver", sa.String(), nullable=True),
        sa.Column("safety_relevant", sa.Boolean(), nullable=False),
        sa.Column("first_due_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("extensions", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "open",
                "done",
                "cancelled",
                name="actionstatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.Column("closed_by", sa.String(), nullable=True),
        sa.Column("result", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_followonaction_programme_id")
        ),
        sa.ForeignKeyConstraint(
            ["review_id"], ["review.id"], name=op.f("fk_followonaction_review_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_followonaction")),
    )
    op.create_index(
        "ix_followonaction_programme_status_due",
        "followonaction",
        ["programme_id", "status", "due_on"],
        unique=False,
    )
    op.create_index(
        "ix_followonaction_review_status", "followonaction", ["review_id", "status"], unique=False
    )
    op.create_table(
        "keptanswer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("location", sa.String(), nullable=True),
        sa.Column("said", sa.String(), nullable=True),
        sa.Column("body", sa.String(), nullable=True),
        sa.Column("kept_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_keptanswer_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keptanswer")),
        sa.UniqueConstraint("account_id", "name", name=op.f("uq_keptanswer_account_id_name")),
    )
    op.create_table(
        "purgedcase",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=True),
        sa.Column("rule_id", sa.Integer(), nullable=True),
        sa.Column("purged_by", sa.String(), nullable=False),
        sa.Column("purged_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_purgedcase_case_id")),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_purgedcase_review_id")),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["retentionrule.id"], name=op.f("fk_purgedcase_rule_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purgedcase")),
        sa.UniqueConstraint("case_id", name=op.f("uq_purgedcase_case_id")),
        sa.UniqueConstraint("review_id", name=op.f("uq_purgedcase_review_id")),
    )
    op.create_table(
        "recoverycode",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_recoverycode_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recoverycode")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_recoverycode_code_hash")),
    )
    op.create_index(
        op.f("ix_recoverycode_account_id"), "recoverycode", ["account_id"], unique=False
    )
    op.create_table(
        "samplereplacement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("withdrawn_id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("drawn_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["review_id"], ["review.id"], name=op.f("fk_samplereplacement_review_id")
        ),
        sa.ForeignKeyConstraint(
            ["withdrawn_id"], ["review.id"], name=op.f("fk_samplereplacement_withdrawn_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_samplereplacement")),
        sa.UniqueConstraint("review_id", name=op.f("uq_samplereplacement_review_id")),
    )
    op.create_index(
        op.f("ix_samplereplacement_withdrawn_id"),
        "samplereplacement",
        ["withdrawn_id"],
        unique=False,
    )
    op.create_table(
        "seconddraft",
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("moderator", sa.String(), nullable=False),
        sa.Column("form_id", sa.String(), nullable=False),
        sa.Column("form_version", sa.Integer(), nullable=False),
        sa.Column("answers", JSON, nullable=False),
        sa.Column("sections", JSON, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("saved_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["review_id"], ["review.id"], name=op.f("fk_seconddraft_review_id")
        ),
        sa.PrimaryKeyConstraint("review_id", "moderator", name=op.f("pk_seconddraft")),
    )
    op.create_table(
        "setupcode",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_setupcode_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_setupcode_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_setupcode")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_setupcode_code_hash")),
    )
    op.create_index(op.f("ix_setupcode_account_id"), "setupcode", ["account_id"], unique=False)
    op.create_table(
        "submission",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("form_id", sa.String(), nullable=False),
        sa.Column("form_version", sa.Integer(), nullable=False),
        sa.Column("answers", JSON, nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("grade", sa.String(), nullable=False),
        sa.Column("safety", sa.String(), nullable=False),
        sa.Column("submitted_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["reviewer.id"], name=op.f("fk_submission_author_id")
        ),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_submission_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission")),
        sa.UniqueConstraint("review_id", "number", name=op.f("uq_submission_review_id_number")),
    )
    op.create_table(
        "websession",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("last_seen_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("ended_why", sa.String(), nullable=True),
        sa.Column("account_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_websession_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_websession")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_websession_token_hash")),
    )
    op.create_index(op.f("ix_websession_account_id"), "websession", ["account_id"], unique=False)
    op.create_table(
        "moderationreview",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("moderator", sa.String(), nullable=False),
        sa.Column("form_id", sa.String(), nullable=False),
        sa.Column("form_version", sa.Integer(), nullable=False),
        sa.Column("answers", JSON, nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("grade", sa.String(), nullable=False),
        sa.Column("safety", sa.String(), nullable=False),
        sa.Column("submitted_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["review_id"], ["review.id"], name=op.f("fk_moderationreview_review_id")
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name=op.f("fk_moderationreview_submission_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderationreview")),
        sa.UniqueConstraint(
            "submission_id", "moderator", name=op.f("uq_moderationreview_submission_id_moderator")
        ),
    )
    op.create_index(
        op.f("ix_moderationreview_review_id"), "moderationreview", ["review_id"], unique=False
    )
    dialect = op.get_bind().dialect.name
    statements = [
        *append_only_ddl("cycleentry", dialect),
        *append_only_ddl(
            "event",
            dialect,
            erasable=Erasable("reason", "purgedcase", "review_id", "case_id", is_text=True),
            columns=[
                "id",
                "programme_id",
                "seq",
                "kind",
                "action",
                "review_id",
                "case_id",
                "from_state",
                "to_state",
                "actor",
                "at",
                "reason",
                "reason_seal",
                "payload",
                "previous_mac",
                "mac",
            ],
        ),
        *append_only_ddl(
            "moderationreview",
            dialect,
            erasable=Erasable("answers", marker="purgedcase", key="review_id"),
            columns=[
                "id",
                "review_id",
                "submission_id",
                "moderator",
                "form_id",
                "form_version",
                "answers",
                "outcome",
                "grade",
                "safety",
                "submitted_at",
            ],
        ),
        *append_only_ddl("purgedcase", dialect),
        *append_only_ddl("retentionrule", dialect),
        *append_only_ddl("samplereplacement", dialect),
        *append_only_ddl("samplingrule", dialect),
        *append_only_ddl("savedscenario", dialect),
        *append_only_ddl("storedforecast", dialect),
        *append_only_ddl(
            "submission",
            dialect,
            erasable=Erasable("answers", marker="purgedcase", key="review_id"),
            columns=[
                "id",
                "review_id",
                "number",
                "author_id",
                "form_id",
                "form_version",
                "answers",
                "outcome",
                "grade",
                "safety",
                "submitted_at",
            ],
        ),
    ]
    if dialect == "postgresql":
        for table, condition in POLICIES.items():
            statements += policy_ddl(table, condition)
    for statement in statements:
        op.execute(statement)
