"""The report's last section: the data it stands on, how good they are, and what the words mean. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from workflow.calendar import local_date
from workflow.models import ImportRun
from workflow.policy import Policy, QualityPolicy
from workflow.reporting.protecting import cross
from workflow.reporting.values import Column, Section, Table, Term, Value, counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What makes a report repeatable: the same basis gives the same figures."""

    as_of: date
    until: date
    events: int
    """Events of the programme by the end of `until`."""
    last_seal: str
    """HMAC of the last of them: whoever holds the key can check that none was changed."""
    forecast_as_of: date
    forecast_kept: bool
    """Made and kept on that day, instead of made again for this report."""
    forecast_inputs: str
    """Fingerprint of all the forecast looked at."""
    model_version: str


def sources_section(
    basis: Basis,
    imports: Sequence[ImportRun],
    *,
    rule_labels: Mapping[str, str],
    policy: Policy,
) -> Section:
    """Basis, files, exclusions, findings and definitions.

    Args:
        rule_labels: code of a cohort rule → what it keeps out, in words.
    """
    caseload = _whole_caseload(imports)
    return Section(
        tables=(
            _basis(basis),
            _files(imports),
            _excluded(caseload, rule_labels, policy.quality),
            _findings(caseload, policy.quality),
            definitions(policy),
        ),
        figures=(
            counted(
                "sources.files", "Files taken in", len(imports), Term("count", "files", "file")
            ),
        ),
    )


def _basis(basis: Basis) -> Table:
    made = "kept on the day" if basis.forecast_kept else "made again for this report"
    rows: tuple[tuple[str, Value], ...] = (
        ("The report speaks of the morning of", basis.as_of.isoformat()),
        ("Work counts to the end of", basis.until.isoformat()),
        ("Events counted", basis.events),
        ("Seal of the last event", basis.last_seal),
        ("Forecast", f"from the morning of {basis.forecast_as_of.isoformat()}, {made}"),
        ("Fingerprint of the forecast’s data", basis.forecast_inputs),
        ("Version of the forecast’s method", basis.model_version),
    )
    return Table(
        name="basis",
        title="What this report stands on",
        columns=(Column("what", "What"), Column("value", "Value")),
        rows=rows,
    )


def _files(imports: Sequence[ImportRun]) -> Table:
    return Table(
        name="files",
        title="Caseload files taken in",
        columns=(
            Column("file", "File"),
            Column("kind", "Kind"),
            Column("taken_in", "Taken in", "date"),
            Column("rows", "Rows", "count"),
            Column("sha256", "SHA-256"),
        ),
        rows=tuple(
            (run.file, run.kind, local_date(run.imported_at), run.rows, run.sha256)
            for run in imports
        ),
        empty="No file has been taken in.",
    )


def _whole_caseload(imports: Sequence[ImportRun]) -> ImportRun | None:
    """The newest file that holds a whole caseload, not the additions of a week.

    One file only: the same child counted in two tables would undo what either hides.
    """
    most = max((run.rows for run in imports), default=0)
    return next((run for run in reversed(imports) if run.rows > most / 2), None)


def _excluded(run: ImportRun | None, labels: Mapping[str, str], policy: QualityPolicy) -> Table:
    excluded = run.excluded if run else {}
    records = [{"rule": rule} for rule, count in excluded.items() for _ in range(count)]
    counts = cross(records, (("rule",),), policy)
    rows = tuple(
        (labels.get(rule, rule), counts.of(rule=rule))
        for rule in sorted(excluded, key=lambda rule: labels.get(rule, rule))
    )
    return Table(
        name="left_out",
        title="Cases left out of the programme, by rule",
        columns=(Column("rule", "Rule"), Column("cases", "Cases", "count")),
        rows=(*rows, ("All", counts.of())) if rows else (),
        note=f"Of {run.file}. A case stands under the first rule that keeps it out." if run else "",
        empty="No case was left out.",
    )


def _findings(run: ImportRun | None, policy: QualityPolicy) -> Table:
    found = run.findings if run else []
    severity = {finding["rule"]: finding["severity"] for finding in found}
    counts = cross([{"rule": finding["rule"]} for finding in found], (("rule",),), policy)
    return Table(
        name="data_quality",
        title="What was wrong with the caseload file",
        columns=(
            Column("rule", "Rule"),
            Column("severity", "Severity"),
            Column("findings", "Findings", "count"),
        ),
        rows=tuple(
            (rule.replace("_", " ").capitalize(), severity[rule], counts.of(rule=rule))
            for rule in sorted(severity)
        ),
        note=f"Of {run.file}; numbers are rules of the Department for Education." if run else "",
        empty="Nothing was found wrong with it.",
    )


def definitions(policy: Policy) -> Table:
    """What the words of the report mean, with the numbers they depend on."""
    quality, follow = policy.quality, policy.follow_up
    smallest = quality.smallest_published
    meanings = {
        "Review": "The review of one Child in Need case; brothers and sisters have one each.",
        "In the programme": "Every case the cohort rules take in, less those withdrawn with a reason.",
        "Complete": "A council manager has confirmed the outcome; moderated where the sample asked.",
        "Open": "In the programme and not complete.",
        "Overdue": "Past its due date and not yet submitted.",
        "Made safe": (
            "Complete, with no safety-relevant action and no escalation of it open: a review alone "
            "makes no child safer."
        ),
        "Chance": (
            "Share of simulated futures in which it comes true, from what has been done so far and the "
            "reviewers, leave and vacancies known; nobody’s opinion."
        ),
        "80 % range": "Four in five simulated futures lie inside it, one in ten on either side.",
        "98 % complete": "The last reviews hang on single families; dates speak of all but 2 in 100.",
        "Support ends or lessens": "Close, step down to universal services, step down to early help.",
        "Support rises": "Strategy discussion, edge of care.",
        "Escalation": (
            "A reviewer believes a child may be unsafe: immediate danger is acknowledged within "
            f"{policy.tracking.acknowledge_immediate_minutes} minutes of duty hours, a serious concern "
            "on the same working day."
        ),
        "Second look": "A moderator reviews the case anew without seeing the first review.",
        "Gwet’s AC": "Agreement beyond chance, steady where nearly all give the same answer.",
        "Overdue action": "A follow-on action past the date it has now; moved dates stay on record.",
        "Due soon, or moved": (
            f"A commitment within {policy.board.amber_within} working days of its date, or whose date "
            "was put off."
        ),
        "Re-check": f"Somebody looks again after {follow.recheck} working days.",
        "c": (
            f"A number from 1 to {smallest - 1} of children, or one that would give such a number away "
            "by subtraction; in the tables of vacant posts, commitments and forecasts nothing is hidden."
        ),
    }
    return Table(
        name="definitions",
        title="Definitions",
        columns=(Column("word", "Word"), Column("meaning", "Meaning")),
        rows=tuple(meanings.items()),
    )
