"""Words the caseload's pages: what came in, what was wrong with it, who is in the cohort and why."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forms.case_file import moment
from forms.downloads import download_links
from forms.pages import Column, Link, Page, Site, Table
from forms.wording import number, plural
from workflow.cohort import CohortChange, CohortCounts
from workflow.intake.codes import code_list
from workflow.intake.cohort import COHORT_RULES
from workflow.models import ImportRun, ValueMapping

PATH = "/caseload"
MOST_FINDINGS = 500
_KINDS = {"census-xml": "CIN census", "annex-a": "Ofsted Annex A, list 6", "csv": "Table (CSV)"}
KINDS = tuple(_KINDS.items())
_MOST_CODES = 60


@dataclass(frozen=True, slots=True)
class Rule:
    """A cohort rule as the page shows it."""

    code: str
    label: str
    why: str
    is_on: bool
    keeps_out: str


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A spelling that waits for a code, with the codes to choose from (none: type it)."""

    number: int
    field: str
    raw: str
    rows: str
    codes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseloadPage(Page):
    """The coordinators' page of the caseload."""

    headline: str
    kinds: tuple[tuple[str, str], ...]
    rules: tuple[Rule, ...]
    preview: str
    """What the rules ticked would do; empty when nothing was previewed."""
    unmapped: tuple[Unmapped, ...]
    imports: Table | None
    links: tuple[str, ...]
    """Address of each import of the table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPage(Page):
    """One file: what it did, or would do, and everything found wrong with it."""

    headline: str
    is_refused: bool
    counts: Table
    findings: Table | None
    left_out: str
    downloads: tuple[Link, ...]
    """All findings as files; empty where nothing was stored."""


def caseload_page(
    site: Site,
    counts: CohortCounts,
    rules_on: Iterable[str],
    unmapped: Sequence[ValueMapping],
    runs: Sequence[ImportRun],
    *,
    change: CohortChange | None = None,
    **page: Any,
) -> CaseloadPage:
    """The page; `change` is what a preview of other rules found."""
    excluded = change.excluded if change else counts.excluded
    ticked = set(rules_on)
    return CaseloadPage(
        site=site,
        title="Caseload",
        headline=_headline(counts, runs),
        kinds=KINDS,
        rules=tuple(
            Rule(r.code, r.label, r.why, r.code in ticked, number(excluded.get(r.code, 0)))
            for r in COHORT_RULES
        ),
        preview=_preview(counts, change) if change else "",
        unmapped=tuple(map(_unmapped, unmapped)),
        imports=_imports(runs) if runs else None,
        links=tuple(f"{PATH}/imports/{run.key}" for run in runs),
        **page,
    )


def _headline(counts: CohortCounts, runs: Sequence[ImportRun]) -> str:
    if not runs:
        return "No caseload yet. Import a CIN census file, Ofsted Annex A list 6, or a CSV file."
    out = sum(counts.excluded.values())
    return (
        f"{plural(counts.in_cohort, 'case')} to review; {number(out)} kept out by the rules below."
    )


def _preview(counts: CohortCounts, change: CohortChange) -> str:
    return (
        f"With these rules {plural(change.in_cohort, 'case')} would be reviewed instead of "
        f"{number(counts.in_cohort)}: {plural(change.opened, 'review')} would open, "
        f"{number(change.withdrawn)} would be withdrawn, {number(change.reinstated)} reinstated. "
        "Nothing is changed yet."
    )


def _unmapped(value: ValueMapping) -> Unmapped:
    codes = code_list(value.field)
    listed = tuple((code.code, code.label) for code in codes.values())
    return Unmapped(
        number=value.key,
        field=value.field.replace("_", " ").capitalize(),
        raw=value.raw,
        rows=plural(value.seen, "row"),
        codes=listed if len(listed) <= _MOST_CODES else (),
    )


def _imports(runs: Sequence[ImportRun]) -> Table:
    return Table(
        id="imports",
        caption="Files taken in, newest first",
        columns=(
            Column("File"),
            Column("Kind"),
            Column("When"),
            Column("Rows", is_numeric=True),
            Column("New", is_numeric=True),
            Column("Changed", is_numeric=True),
            Column("Findings", is_numeric=True),
        ),
        rows=tuple(
            (
                run.file,
                _KINDS.get(run.kind, run.kind),
                moment(run.imported_at),
                number(run.rows),
                number(run.created),
                number(run.updated),
                number(len(run.findings)),
            )
            for run in runs
        ),
    )


def import_page(site: Site, said: Mapping[str, Any], *, outcome: str, **page: Any) -> ImportPage:
    """The page of one file.

    Args:
        said: the import as `ImportResult.to_json` has it.
        outcome: `stored`, `refused` or `checked` (a dry run).
    """
    findings = said["findings"]
    return ImportPage(
        site=site,
        title=said["file"],
        back=Link("Back to the caseload", PATH),
        headline=_outcome(said, outcome),
        is_refused=outcome == "refused",
        counts=_counts(said),
        findings=findings_table(findings[:MOST_FINDINGS]) if findings else None,
        left_out=_left_out(findings),
        downloads=_downloads(said),
        **page,
    )


def _outcome(said: Mapping[str, Any], outcome: str) -> str:
    errors = sum(finding["severity"] == "error" for finding in said["findings"])
    warnings = len(said["findings"]) - errors
    found = f"{plural(errors, 'error')} and {plural(warnings, 'warning')} were found."
    if outcome == "refused":
        return f"Nothing was stored. {found} Put the errors right and import the file again."
    verb = "would be" if outcome == "checked" else "were"
    return (
        f"{plural(said['created'], 'case')} {verb} created, {number(said['updated'])} changed, "
        f"{number(said['unchanged'])} left as they were. {found}"
    )


def _counts(said: Mapping[str, Any]) -> Table:
    labels = {rule.code: rule.label for rule in COHORT_RULES}
    rows = [
        ("Rows", number(said["rows"])),
        ("Cases created", number(said["created"])),
        ("Cases changed", number(said["updated"])),
        ("Cases unchanged", number(said["unchanged"])),
    ]
    rows += [
        (f"Kept out: {labels.get(rule, rule)}", number(cases))
        for rule, cases in said["excluded"].items()
    ]
    return Table(
        id="counts",
        caption="What is in the file",
        columns=(Column("What"), Column("Number", is_numeric=True)),
        rows=tuple(rows),
    )


def findings_table(findings: Sequence[Mapping[str, Any]]) -> Table:
    """Findings of a file, errors first: where, what, and what to do."""
    worst_first = sorted(findings, key=lambda finding: finding["severity"] != "error")
    return Table(
        id="findings",
        caption="What to look at",
        columns=(
            Column("Where"),
            Column("Field"),
            Column("Value"),
            Column("What is wrong"),
            Column("What to do"),
        ),
        rows=tuple(
            (
                f"Line {finding['line']}" if finding["line"] else "The file",
                finding["field"] or "",
                "" if finding["value"] is None else finding["value"],
                f"{finding['severity'].capitalize()}: {finding['message']}",
                finding["fix"],
            )
            for finding in worst_first
        ),
    )


def _downloads(said: Mapping[str, Any]) -> tuple[Link, ...]:
    number = said.get("id")
    return (
        download_links(f"{PATH}/imports/{number}/findings") if number and said["findings"] else ()
    )


def _left_out(findings: Sequence[Mapping[str, Any]]) -> str:
    if len(findings) <= MOST_FINDINGS:
        return ""
    kinds = Counter(finding["rule"] for finding in findings)
    said = "; ".join(f"{rule} {number(times)}" for rule, times in kinds.most_common(10))
    return f"Only the first {MOST_FINDINGS} of {number(len(findings))} are listed. By rule: {said}."
