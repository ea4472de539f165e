"""Use case: take a caseload file in, whole or not at all.

Each case keeps what every file said of it (`Case.facts`); a file changes only the fields its kind
speaks for, so a census cannot wipe out the districts another file gave. The same file again changes
nothing.
"""

from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, func, select

from workflow import audit
from workflow.cases import (
    FACTS,
    UNMAPPED,
    AnyCase,
    NewCase,
    cases_of,
    facts_with,
    mirrored,
    plain,
    say,
)
from workflow.cohort import Days, decide
from workflow.db import ROW_LOCK
from workflow.intake import ColumnMapping, read_file
from workflow.intake.rows import CaseRow, Extract, Finding, Kind, Severity
from workflow.models import ImportRun, Programme, SignalKind
from workflow.notifications.outbox import signal
from workflow.policy import Policy
from workflow.programmes import geography_of
from workflow.states import Actor
from workflow.vocabulary import note_unmapped, vocabulary_of

_Stored = dict[tuple[str, date], AnyCase]


@dataclass(slots=True)
class ImportResult:
    """What a file did to the caseload, or would do in a dry run."""

    file: str
    kind: str
    rows: int
    refused: bool = False
    """Nothing was stored: the file has errors, is older than what is known, or leaves nobody."""
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    excluded: dict[str, int] = field(default_factory=dict)
    """Cohort rule → cases of this file that it keeps out."""
    in_cohort: int = 0
    """Cases of the whole programme to review after this file."""
    opened: int = 0
    withdrawn: int = 0
    reinstated: int = 0
    findings: list[Finding] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """The stable keys of `cin import --json`, and a few more."""
        return asdict(self)


def import_file(
    session: Session,
    path: Path,
    *,
    programme: Programme,
    policy: Policy,
    actor: Actor,
    now: datetime,
    as_of: date,
    kind: Kind | None = None,
    mapping: ColumnMapping | None = None,
    skip_bad_rows: bool = False,
) -> ImportResult:
    """Read a file with what the programme has learned, and take it in (`import_caseload`).

    Args:
        kind: what the file is meant to be; None leaves it to the content.
        mapping: what the columns of a table mean; None leaves it to the headings.
    """
    extract = read_file(
        path,
        kind=kind,
        mapping=mapping,
        vocabulary=vocabulary_of(session, programme),
        geography=geography_of(programme),
        today=as_of,
    )
    return import_caseload(
        session,
        programme=programme,
        extract=extract,
        policy=policy,
        actor=actor,
        now=now,
        as_of=as_of,
        skip_bad_rows=skip_bad_rows,
    )


def import_caseload(
    session: Session,
    *,
    programme: Programme,
    extract: Extract,
    policy: Policy,
    actor: Actor,
    now: datetime,
    as_of: date,
    skip_bad_rows: bool = False,
) -> ImportResult:
    """Take one file in, whole or not at all; the same file again changes nothing.

    The caller rolls back when the result is `refused`, or to have a dry run.

    Args:
        extract: what the reader made of the file.
        as_of: the local date the cohort and the priorities are decided for.
        skip_bad_rows: take the good rows although others have errors; the errors stay on record.
    """
    result = ImportResult(extract.file, extract.kind, len(extract.rows) + len(extract.supplements))
    result.findings.extend(extract.findings)
    nothing_usable = not extract.rows and not extract.supplements
    if nothing_usable or (extract.errors and not skip_bad_rows):
        result.refused = True
        return result
    session.refresh(programme, with_for_update=ROW_LOCK)
    stored: _Stored = {
        (case.child_id, case.episode_start): case for case in cases_of(session, programme)
    }
    if not stored and not extract.rows:
        result.refused = True
        result.findings.append(_no_caseload(extract.file))
        return result
    speaks_of = min(extract.reference_date or as_of, as_of)
    days = Days(as_of, known_on=speaks_of)
    older = _newer_import(session, programme, extract, days)
    touched = _merge_rows(programme, extract, stored, result)
    touched |= _merge_supplements(extract, stored, result)
    decided = decide(session, programme, list(stored.values()), actor, now, days, policy)
    result.opened, result.withdrawn = decided.opened, decided.withdrawn
    result.reinstated = decided.reinstated
    out = Counter(stored[key].cohort_rule for key in touched)
    result.excluded = {rule: n for rule, n in sorted(out.items(), key=str) if rule}
    result.in_cohort = sum(case.in_cohort for case in stored.values())
    if not result.in_cohort:
        result.refused, result.created, result.updated, result.opened = True, 0, 0, 0
        result.findings.append(_nobody_left(extract.file, result.excluded))
        return result
    learned = note_unmapped(session, programme, extract.unmapped)
    if result.created or result.updated or decided.changed or learned:
        if older:
            result.refused = True
            result.findings.append(older)
            return result
        _record_import(session, programme, extract, result, actor, now, days)
    return result


def _newer_import(
    session: Session, programme: Programme, extract: Extract, days: Days
) -> Finding | None:
    """What to say of a file when a later day is known already; it may still repeat what is known."""
    latest_of_all, latest_of_kind = (
        session.exec(
            select(func.max(column)).where(ImportRun.programme_id == programme.key, *also)
        ).one()
        for column, also in (
            (col(ImportRun.as_of), ()),
            (col(ImportRun.speaks_of), (ImportRun.kind == extract.kind,)),
        )
    )
    for day, latest in ((days.as_of, latest_of_all), (days.known_on, latest_of_kind)):
        if latest is not None and latest > day:
            return _older(extract.file, day, latest)
    return None


def _merge_rows(
    programme: Programme,
    extract: Extract,
    stored: _Stored,
    result: ImportResult,
) -> set[tuple[str, date]]:
    unmapped: dict[int, dict[str, list[str]]] = {}
    for value in extract.unmapped:
        unmapped.setdefault(value.line, {}).setdefault(value.field, []).append(value.raw)
    for row in sorted(extract.rows, key=lambda row: (row.child_id, row.episode_start)):
        said = _said(row, extract.provides) | {UNMAPPED: unmapped.get(row.line, {})}
        case = stored.get((row.child_id, row.episode_start))
        if case is None:
            stored[row.child_id, row.episode_start] = _new_case(programme, row, said)
            result.created += 1
        elif say(case, said):
            result.updated += 1
        else:
            result.unchanged += 1
    return {(row.child_id, row.episode_start) for row in extract.rows}


def _merge_supplements(
    extract: Extract, stored: _Stored, result: ImportResult
) -> set[tuple[str, date]]:
    by_child: dict[str, list[AnyCase]] = {}
    for case in stored.values():
        by_child.setdefault(case.child_id, []).append(case)
    touched = set()
    for extra in extract.supplements:
        cases = by_child.get(extra.child_id, [])
        if not cases:
            result.findings.append(_unknown_child(extract.file, extra.line, extra.child_id))
        said = {name: plain(value) for name, value in extra.values.items()}
        changed = [say(case, said) for case in cases]
        result.updated += any(changed)
        result.unchanged += bool(cases) and not any(changed)
        touched |= {(case.child_id, case.episode_start) for case in cases}
    return touched


def _said(row: CaseRow, provides: frozenset[str]) -> dict[str, Any]:
    return {name: plain(getattr(row, name)) for name in FACTS if name in provides}


def _new_case(programme: Programme, row: CaseRow, said: dict[str, Any]) -> NewCase:
    facts = facts_with({}, said)
    number, programme.next_reference = programme.next_reference, programme.next_reference + 1
    return NewCase(
        programme_id=programme.key,
        reference=f"CIN-{number:05}",
        child_id=row.child_id,
        episode_start=row.episode_start,
        facts=facts,
        **mirrored(facts),
    )


def _record_import(
    session: Session,
    programme: Programme,
    extract: Extract,
    result: ImportResult,
    actor: Actor,
    now: datetime,
    days: Days,
) -> None:
    run = ImportRun(
        programme_id=programme.key,
        file=extract.file,
        kind=extract.kind,
        sha256=extract.sha256,
        as_of=days.as_of,
        speaks_of=days.known_on,
        rows=result.rows,
        created=result.created,
        updated=result.updated,
        unchanged=result.unchanged,
        excluded=result.excluded,
        findings=[asdict(finding) for finding in result.findings],
        imported_by=actor.name,
        imported_at=now,
    )
    session.add(run)
    session.flush()  # the event names the run's number
    audit.record(
        session,
        programme_id=programme.key,
        kind="caseload_imported",
        actor=actor,
        at=now,
        payload={
            "import_id": run.key,
            "sha256": extract.sha256,
            "created": result.created,
            "updated": result.updated,
        },
    )
    signal(
        session,
        SignalKind.CASELOAD_IMPORTED,
        programme_id=programme.key,
        now=now,
        payload={"import": run.key},
    )


def _unknown_child(file: str, line: int, child_id: str) -> Finding:
    return Finding(
        file=file,
        line=line,
        field="child_id",
        value=child_id,
        rule="child-unknown",
        message="This child is not in the caseload, so the extra columns were not used.",
        fix="Import the caseload first, or check the child's id.",
        severity=Severity.WARNING,
    )


def _no_caseload(file: str) -> Finding:
    return Finding(
        file=file,
        line=None,
        field=None,
        value=None,
        rule="caseload-missing",
        message="The file has extra columns for children, but there is no caseload yet.",
        fix="Import the census or the Annex A list first.",
    )


def _older(file: str, day: date, latest: date) -> Finding:
    return Finding(
        file=file,
        line=None,
        field=None,
        value=day.isoformat(),
        rule="file-older",
        message=f"The caseload of {latest} is known already; this file speaks of {day}.",
        fix="Import the newest file. What an older one says would undo what has happened since.",
    )


def _nobody_left(file: str, excluded: dict[str, int]) -> Finding:
    reasons = ", ".join(f"{count} by {rule}" for rule, count in excluded.items())
    return Finding(
        file=file,
        line=None,
        field=None,
        value=None,
        rule="cohort-empty",
        message=f"Nobody would be left to review: the cohort rules keep out every case ({reasons}).",
        fix="Check that this is the current caseload, or change the rules with `cin cohort`.",
    )
