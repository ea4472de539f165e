"""How long records are kept, what may not be touched, and what has been removed."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field

from workflow.db import Keyed, UtcDateTime, append_only


class RetentionRule(Keyed, table=True):
    """What the council's retention schedule says from a day on; a later row replaces it."""

    programme_id: int = Field(foreign_key="programme.id", index=True)
    in_force_from: date
    years_after_closure: int | None = None
    """None: nothing may be destroyed while this rule is in force."""
    years_after_eighteenth: int | None = None
    """Kept at least until this many years after the child's 18th birthday; None: no such rule."""
    source: str
    """The schedule, or the order, it comes from."""
    set_by: str
    set_at: datetime = Field(sa_type=UtcDateTime)


append_only(RetentionRule)


class LegalHold(Keyed, table=True):
    """A case that nobody may purge, whatever its age, until the hold is lifted."""

    __table_args__ = (
        sa.Index(
            "uq_legalhold_standing",
            "case_id",
            unique=True,
            sqlite_where=sa.text("lifted_at IS NULL"),
            postgresql_where=sa.text("lifted_at IS NULL"),
        ),
    )

    case_id: int = Field(foreign_key="case.id", index=True)
    reason: str
    placed_by: str
    placed_at: datetime = Field(sa_type=UtcDateTime)
    lifted_by: str | None = None
    lifted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lifted_because: str | None = None


class PurgedCase(Keyed, table=True):
    """A case whose content was removed at the end of its retention: the only key to its submissions.

    The database lets a submission's answers be emptied only while a row here names its review, and
    never lets such a row go: whoever empties answers leaves this trace, and the event beside it.
    """

    case_id: int = Field(foreign_key="case.id", unique=True)
    review_id: int | None = Field(default=None, foreign_key="review.id", unique=True)
    rule_id: int | None = Field(default=None, foreign_key="retentionrule.id")
    """The stored rule that allowed it; None: the product's own."""
    purged_by: str
    purged_at: datetime = Field(sa_type=UtcDateTime)


append_only(PurgedCase)
