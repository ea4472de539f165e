"""What all readers share: the file being read, refusing it, settling duplicates, the `Extract`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from workflow.geography import Geography
from workflow.intake.codes import Vocabulary
from workflow.intake.faults import Notebook
from workflow.intake.rows import CaseRow, Extract, Kind, Supplement


@dataclass(frozen=True, slots=True)
class Reading:
    """One file being read: what it is, and what it is read with."""

    path: Path
    sha256: str
    notes: Notebook
    vocabulary: Vocabulary
    geography: Geography
    today: date


class Stopped(Exception):  # noqa: N818 - not an error of the program: the file is refused
    """The file is refused as a whole, by a rule of `FAULTS`."""

    def __init__(
        self,
        rule: str,
        *,
        line: int | None = None,
        field: str | None = None,
        value: object = None,
        **facts: Any,
    ) -> None:
        """Name the rule, the place, and what the rule's sentence needs."""
        super().__init__(rule)
        self.rule, self.line, self.field, self.value, self.facts = rule, line, field, value, facts

    def report(self, notes: Notebook) -> None:
        """Write it down as a finding."""
        notes.add(self.rule, line=self.line, field=self.field, value=self.value, **self.facts)


def extract_of(
    reading: Reading,
    kind: Kind,
    *,
    rows: Sequence[CaseRow] = (),
    supplements: Sequence[Supplement] = (),
    provides: frozenset[str] = frozenset(),
    reference_date: date | None = None,
    collection_year: int | None = None,
) -> Extract:
    """The extract of one file, its findings in the order of the file."""
    notes = reading.notes
    return Extract(
        file=notes.file,
        kind=kind,
        sha256=reading.sha256,
        rows=tuple(rows),
        supplements=tuple(supplements),
        findings=tuple(sorted(notes.findings, key=lambda finding: finding.line or 0)),
        unmapped=tuple(notes.unmapped),
        provides=provides,
        reference_date=reference_date,
        collection_year=collection_year,
    )


def settle(rows: Iterable[CaseRow], notes: Notebook, field: str) -> list[CaseRow]:
    """The rows with duplicates settled, and several open episodes of a child reported.

    A row repeated word for word stays once; rows that contradict each other about the same child and
    episode are errors, and none of them stays. `field` is how the file spells the episode's start.
    """
    first: dict[tuple[str, date], CaseRow] = {}
    contested: set[tuple[str, date]] = set()
    for row in rows:
        key = (row.child_id, row.episode_start)
        earlier = first.setdefault(key, row)
        if earlier is row:
            continue
        rule = "duplicate-row"
        if replace(row, line=earlier.line) != earlier:
            rule = "duplicate-contradicts"
            contested.add(key)
        notes.add(rule, line=row.line, field=field, value=row.child_id, detail=earlier.line)
    kept = [row for key, row in first.items() if key not in contested]
    _report_open_episodes(kept, notes, field)
    return kept


def settle_supplements(
    supplements: Iterable[Supplement], notes: Notebook, field: str
) -> list[Supplement]:
    """The same for supplements, whose key is the child; `field` is the heading of its id."""
    first: dict[str, Supplement] = {}
    contested: set[str] = set()
    for item in supplements:
        earlier = first.setdefault(item.child_id, item)
        if earlier is item:
            continue
        rule = "duplicate-row"
        if item.values != earlier.values:
            rule = "duplicate-contradicts"
            contested.add(item.child_id)
        notes.add(rule, line=item.line, field=field, value=item.child_id, detail=earlier.line)
    return [item for child_id, item in first.items() if child_id not in contested]


def _report_open_episodes(rows: list[CaseRow], notes: Notebook, field: str) -> None:
    by_child: dict[str, list[CaseRow]] = {}
    for row in rows:
        by_child.setdefault(row.child_id, []).append(row)
    for episodes in by_child.values():
        if len(episodes) > 1:
            _report_child(sorted(episodes, key=lambda row: row.episode_start), notes, field)


def _report_child(episodes: list[CaseRow], notes: Notebook, field: str) -> None:
    latest = episodes[-1]
    still_open = [row for row in episodes if row.closed_on is None and not row.no_further_action]
    for row in still_open:
        if row is latest:
            continue
        rule = "8815" if len(still_open) > 1 else "8816"
        if rule == "8815" and row is still_open[-1]:
            continue
        counts = still_open[-1] if rule == "8815" else latest
        notes.add(
            rule,
            line=row.line,
            field=field,
            value=row.episode_start.isoformat(),
            detail=counts.line,
        )
