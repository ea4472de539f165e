"""The lists that can be had as files: which columns, and what stands in their rows."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from forms.exports import Export, ExportColumn
from forms.worklists import BANDS, STATES, days_late, heading_of, list_in_words
from workflow.audit_log import Logged
from workflow.calendar import WorkCalendar
from workflow.roster.loads import Load
from workflow.worklists import WAITING_STATES, Item, Query

Row = Sequence[object]
_REVIEWS = (
    ExportColumn("Case"),
    ExportColumn("Priority"),
    ExportColumn("Risk band (1 to 5)"),
    ExportColumn("Effort (review points)"),
    ExportColumn("District", 18),
    ExportColumn("Team", 18),
    ExportColumn("State"),
    ExportColumn("Reviewer", 24),
    ExportColumn("Agency"),
    ExportColumn("Due"),
    ExportColumn("Working days overdue"),
    ExportColumn("In since"),
)
_REVIEWERS = (
    ExportColumn("Reference"),
    ExportColumn("Reviewer", 24),
    ExportColumn("Agency"),
    ExportColumn("Base", 18),
    ExportColumn("Team", 18),
    ExportColumn("Available from"),
    ExportColumn("Available to"),
    ExportColumn("Points on a full day"),
    ExportColumn("Open reviews"),
    ExportColumn("Points held"),
    ExportColumn("Points to give until the target"),
)
_EVENTS = (
    ExportColumn("Number", 10),
    ExportColumn("When (UTC)", 20),
    ExportColumn("What", 28),
    ExportColumn("Who", 24),
    ExportColumn("Case"),
    ExportColumn("From"),
    ExportColumn("To"),
    ExportColumn("Reason", 40),
    ExportColumn("Details", 40),
    ExportColumn("Seal", 20),
)
_FINDINGS = (
    ExportColumn("Severity", 10),
    ExportColumn("Line", 8),
    ExportColumn("Field", 24),
    ExportColumn("Value", 24),
    ExportColumn("Rule", 20),
    ExportColumn("What is wrong", 60),
    ExportColumn("What to do", 60),
)


def reviews_export(
    items: Iterable[Item],
    query: Query,
    *,
    districts: Mapping[str, str],
    reviewer_name: str,
    calendar: WorkCalendar,
    as_of: date,
    made_at: datetime,
    made_by: str,
) -> Export:
    """A worklist, every page of it."""

    @cache
    def late(due_on: date) -> int:
        return days_late(due_on, as_of, calendar)

    return Export(
        name=f"reviews-{query.view.value.replace('_', '-')}",
        title=heading_of(query),
        asked=list_in_words(query, districts, reviewer_name),
        made_at=made_at,
        made_by=made_by,
        columns=_REVIEWS,
        rows=(_review(item, districts, late, as_of) for item in items),
    )


def _review(
    item: Item, districts: Mapping[str, str], late: Callable[[date], int], as_of: date
) -> Row:
    due_on = item.due_on
    is_late = due_on is not None and due_on < as_of and item.state in WAITING_STATES
    return (
        item.reference,
        BANDS[item.band],
        item.band,
        item.effort,
        districts.get(item.district or "", item.district),
        item.team,
        STATES[item.state],
        item.reviewer,
        item.agency.capitalize() if item.agency else None,
        due_on,
        late(due_on) if due_on and is_late else None,
        item.opened_on,
    )


def roster_export(
    people: Iterable[tuple[Load, float]],
    *,
    districts: Mapping[str, str],
    target: date,
    made_at: datetime,
    made_by: str,
) -> Export:
    """Everybody who reviews, each with the points they can still give."""
    return Export(
        name="reviewers",
        title="Reviewers",
        asked=f"Everybody, sorted by name; points to give until {target.isoformat()}",
        made_at=made_at,
        made_by=made_by,
        columns=_REVIEWERS,
        rows=(
            (
                load.reference,
                load.name,
                load.agency.capitalize(),
                districts.get(load.district or "", load.district),
                load.team,
                load.available_from,
                load.available_to,
                load.points_per_day,
                load.held,
                load.points,
                round(left, 1),
            )
            for load, left in people
        ),
    )


def audit_export(events: Iterable[Logged], *, kind: str, made_at: datetime, made_by: str) -> Export:
    """The record of everything that happened, or of one kind of it."""
    return Export(
        name="audit",
        title="Record of everything that happened",
        asked=f"{kind or 'every kind'} of event, newest first",
        made_at=made_at,
        made_by=made_by,
        columns=_EVENTS,
        rows=(
            (
                event.seq,
                event.at.isoformat(sep=" ", timespec="seconds")[:19],
                event.kind,
                event.actor,
                event.reference,
                event.from_state,
                event.to_state,
                event.reason,
                json.dumps(event.payload, sort_keys=True) if event.payload else None,
                event.mac,
            )
            for event in events
        ),
    )


def findings_export(
    file: str,
    findings: Sequence[Mapping[str, Any]],
    *,
    made_at: datetime,
    made_by: str,
) -> Export:
    """What was found wrong with a file, errors first."""
    worst_first = sorted(findings, key=lambda finding: finding["severity"] != "error")
    return Export(
        name="findings",
        title=f"What to look at in {file}",
        asked="Every finding, errors first",
        made_at=made_at,
        made_by=made_by,
        columns=_FINDINGS,
        rows=_finding_rows(worst_first),
    )


def _finding_rows(findings: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    for finding in findings:
        yield (
            finding["severity"],
            finding["line"],
            finding["field"],
            finding["value"],
            finding["rule"],
            finding["message"],
            finding["fix"],
        )
