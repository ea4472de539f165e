"""The roster for programs: who reviews, what they hold, leave, conflicts, a roster file."""

from dataclasses import asdict
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field

from api.inputs import Body, Day, Line, PersonInAddress, Reason
from api.moments import Moment, Reading, Writing
from api.outputs import Finding, Out
from api.pages.roster import find_reviewer
from api.posted import Posted, text
from api.uploads import described, refused_file, take_roster, upload_of
from workflow.models import ConflictKind, Reviewer
from workflow.roster import (
    declare_conflict,
    record_leave,
    roster_of,
)
from workflow.roster.codes import LEAVE_KINDS
from workflow.roster.loads import points_left

router = APIRouter(prefix="/api/roster", tags=["Roster"])


class ListedReviewer(Out):
    """A reviewer and what they hold."""

    reference: str
    name: str
    agency: str
    district: str | None
    team: str | None
    available_from: date
    available_to: date | None
    points_per_day: float
    held: int
    """Reviews they have not submitted yet."""
    points: int
    """Review points of these."""
    left: float
    """Review points they can still give until the target."""


class Roster(Out):
    """Everybody who reviews, by name."""

    as_of: date
    target: date
    reviewers: list[ListedReviewer]


class Away(Out):
    """Days somebody is away, both counted."""

    first_on: date
    last_on: date
    kind: str


class KeepsAway(Out):
    """What a reviewer must keep away from."""

    kind: ConflictKind
    subject: str
    reason: str


class OneReviewer(Out):
    """A reviewer with leave and conflicts."""

    reference: str
    name: str
    agency: str
    team: str | None
    district: str | None
    available_from: date
    available_to: date | None
    points_per_day: float
    pattern: list[float]
    """Share of a full day, Monday to Sunday."""
    qualification: str
    skills: list[str]
    leave: list[Away]
    conflicts: list[KeepsAway]


class TakenRoster(Out):
    """What a roster file did, or would do."""

    stored: bool
    """False: it was only checked."""
    reviewers: int
    created: int
    updated: int
    unchanged: int
    leave: int
    conflicts: int
    vacancies: int
    not_in_file: list[str]
    findings: list[Finding]


class NewLeave(Body):
    """Days somebody is away."""

    first_on: Day
    last_on: Day
    kind: Annotated[Line, Field(json_schema_extra={"enum": list(LEAVE_KINDS)})] = "leave"


class NewConflict(Body):
    """What somebody must keep away from."""

    kind: ConflictKind
    subject: Line
    """A case's reference, a family's or a child's identifier, or a team."""
    reason: Reason = ""


@router.get("")
def reviewers(at: Reading) -> Roster:
    """Everybody who reviews, with what they hold and what they can still give."""
    found = points_left(at.session, at.programme, as_of=at.as_of)
    return Roster(
        as_of=at.as_of,
        target=at.programme.target_on,
        reviewers=[ListedReviewer(**asdict(load), left=left) for load, left in found],
    )


@router.post("/import", openapi_extra=described(), response_model=TakenRoster)
def take_file(at: Writing, posted: Posted) -> Response | TakenRoster:
    """Take a roster file in, or only check it; 422 with all that is wrong when it has errors."""
    result = take_roster(at, upload_of(posted, "a roster file"))
    checked = bool(text(posted, "check"))
    if result.refused or checked:
        at.session.rollback()
    if result.refused:
        return refused_file("roster", result.findings)
    said = {name: value for name, value in result.to_json().items() if name != "refused"}
    return TakenRoster(stored=not checked, **said)


@router.get("/{reference}")
def one_reviewer(at: Reading, reference: PersonInAddress) -> OneReviewer:
    """A reviewer: capacity, leave, conflicts."""
    return _reviewer(at, find_reviewer(at, reference))


@router.post("/{reference}/leave", status_code=201)
def add_leave(at: Writing, reference: PersonInAddress, body: NewLeave) -> Away:
    """Note that a reviewer is away; the next allocation respects it."""
    made = record_leave(
        at.session,
        reviewer=find_reviewer(at, reference),
        first_on=body.first_on,
        last_on=body.last_on,
        kind=body.kind,
        actor=at.actor,
        now=at.now,
    )
    return Away.model_validate(made)


@router.post("/{reference}/conflicts", status_code=201)
def add_conflict(at: Writing, reference: PersonInAddress, body: NewConflict) -> KeepsAway:
    """Note what a reviewer must keep away from."""
    made = declare_conflict(
        at.session,
        reviewer=find_reviewer(at, reference),
        kind=body.kind,
        subject=body.subject,
        reason=body.reason,
        actor=at.actor,
        now=at.now,
    )
    return KeepsAway.model_validate(made)


def _reviewer(at: Moment, reviewer: Reviewer) -> OneReviewer:
    roster = roster_of(at.session, at.programme.key)
    leave = sorted(roster.leave_by_reviewer[reviewer.key], key=lambda period: period.first_on)
    said = reviewer.model_dump()
    return OneReviewer(
        **{name: said[name] for name in OneReviewer.model_fields if name in said},
        leave=[Away.model_validate(period) for period in leave],
        conflicts=[
            KeepsAway.model_validate(one) for one in roster.conflicts_by_reviewer[reviewer.key]
        ],
    )
