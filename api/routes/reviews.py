"""Worklists and one case for programs, and what can be done to its review."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from api.inputs import Body, CaseReference, InAddress, Line, PageNumber, Reason, Version
from api.moments import Moment, Reading, Writing
from api.outputs import Out, Paged
from api.pages.reviews import ACTIONS, Asked, take
from workflow import case_file, reviews
from workflow.case_file import CaseFile, find_review
from workflow.errors import NotFoundError
from workflow.quality.masking import case_file_for
from workflow.states import Action, ReviewState, available_actions
from workflow.worklists import Query, View, view_counts, worklist

router = APIRouter(prefix="/api/reviews", tags=["Reviews"])
_Band = Annotated[int, Field(ge=1, le=5)]


class ListedReview(Out):
    """One row of a worklist."""

    reference: str
    """Of the case."""
    version: int
    state: ReviewState
    band: int
    """Risk, 1 to 5."""
    effort: int
    """Review points."""
    district: str | None
    team: str | None
    reviewer: str | None
    """Name."""
    reviewer_id: int | None
    agency: str | None
    due_on: date | None
    opened_on: date


class Worklist(Paged):
    """A page of a worklist, and how many reviews each list holds."""

    view: View
    sort: str
    counts: dict[View, int]
    reviews: list[ListedReview]


class AskedList(Body):
    """A worklist, as the query of its address says it."""

    view: View
    q: Annotated[str, Field(max_length=100)] = ""
    district: Annotated[tuple[Line, ...], Field(max_length=50)] = ()
    band: Annotated[tuple[_Band, ...], Field(max_length=5)] = ()

    def query(self) -> Query:
        """The list."""
        return Query(
            view=self.view,
            search=self.q.strip(),
            districts=self.district,
            bands=self.band,
        )


class Happened(Out):
    """An entry of a review's timeline."""

    kind: str
    action: Action | None
    from_state: ReviewState | None
    to_state: ReviewState | None
    at: datetime
    actor: str
    reason: str | None


class Sibling(Out):
    """Another child of the family."""

    reference: str
    state: ReviewState | None
    reviewer: str | None


class KeptAway(Out):
    """A reviewer who must keep away from the case."""

    reviewer: str
    kind: str
    reason: str


class Why(Out):
    """What the newest applied run said of the review."""

    run: int
    reason: str
    terms: dict[str, float]
    runner_up: str | None
    margin: float | None


class Raised(Out):
    """An escalation of the case."""

    id: int
    kind: str
    reason: str
    raised_at: datetime
    acknowledge_by: datetime
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    outcome: str | None
    closed_at: datetime | None


class CaseOut(Out):
    """One case, its review and all that happened to it."""

    reference: str
    child: str
    """The identifier; no name is ever stored."""
    district: str | None
    team: str | None
    open_since: date
    band: int
    band_reasons: list[str]
    effort: int
    cohort_rule: str | None
    """The rule that keeps the case out; null: it is reviewed."""
    cohort_reason: str
    state: ReviewState | None
    """null: it is outside the cohort."""
    version: int | None
    reviewer: str | None
    """Roster reference of who holds it."""
    due_on: date | None
    actions: dict[Action, str | None]
    """What the state table opens to the caller: null, or why it cannot be taken now."""
    siblings: list[Sibling]
    conflicts: list[KeptAway]
    why: Why | None
    submitted_at: list[datetime]
    """Of each submission, the oldest first."""
    escalations: list[Raised]
    timeline: list[Happened]
    """The oldest first."""


class Acted(Out):
    """A review after it was acted on."""

    reference: CaseReference
    state: ReviewState
    version: int


class Act(Body):
    """An action that asks for no more than a reason."""

    action: Annotated[
        Action, Field(json_schema_extra={"enum": [action.value for action in ACTIONS]})
    ]
    reason: Reason = ""
    version: Version = None


@router.get("")
def list_reviews(at: Reading, asked: Asked, page: PageNumber = 1) -> Worklist:
    """A page of a worklist, under the filters and the sort of its page."""
    del page  # read with the rest of the address
    counts = view_counts(at.session, at.programme, as_of=at.as_of)
    found = worklist(at.session, at.programme, asked, as_of=at.as_of, counts=counts)
    return Worklist(
        as_of=at.as_of,
        page=found.query.page,
        pages=found.pages,
        total=found.total,
        view=found.query.view,
        sort=found.query.order,
        counts=counts,
        reviews=[ListedReview.model_validate(item) for item in found.items],
    )


@router.get("/{reference}")
def one_case(at: Reading, reference: InAddress) -> CaseOut:
    """A case, its review and all that happened."""
    return _case(at, case_file_for(at.session, at.programme, reference, at.actor))


@router.post("/{reference}/act")
def act_on(at: Writing, reference: InAddress, body: Act) -> Acted:
    """Release, resume, withdraw, reinstate or reopen a review."""
    _, review = find_review(at.session, at.programme, reference)
    if body.action not in ACTIONS:
        raise NotFoundError("action", body.action)
    take(at, review.key, body.action, reason=body.reason, version=body.version)
    return Acted(reference=reference, state=review.state, version=review.version)


def _case(at: Moment, found: CaseFile) -> CaseOut:
    case, review = found.case, found.review
    actions: dict[Action, str | None] = {}
    if review is not None:
        facts = reviews.facts_for(at.session, review, at.actor)
        actions = available_actions(review.state, at.actor, facts)
    return CaseOut(
        reference=case.reference,
        child=case.child_id,
        district=case.district,
        team=case.team,
        open_since=case.episode_start,
        band=case.band,
        band_reasons=case.band_reasons,
        effort=case.effort,
        cohort_rule=case.cohort_rule,
        cohort_reason=case.cohort_reason,
        state=review.state if review else None,
        version=review.version if review else None,
        reviewer=found.reviewer.reference if found.reviewer else None,
        due_on=review.due_on if review else None,
        actions=actions,
        siblings=[_sibling(one) for one in found.siblings],
        conflicts=[
            KeptAway(reviewer=who.reference, kind=conflict.kind, reason=conflict.reason)
            for who, conflict in found.conflicts
        ],
        why=_why(found),
        submitted_at=[submission.submitted_at for submission, _ in found.submissions],
        escalations=[Raised.model_validate(one) for one in found.escalations],
        timeline=[Happened.model_validate(event) for event in found.events],
    )


def _sibling(one: case_file.Sibling) -> Sibling:
    return Sibling(
        reference=one.reference,
        state=one.review.state if one.review else None,
        reviewer=one.reviewer.reference if one.reviewer else None,
    )


def _why(found: CaseFile) -> Why | None:
    if found.allocation is None:
        return None
    line, runner_up = found.allocation.line, found.allocation.runner_up
    return Why(
        run=found.allocation.run.key,
        reason=line.reason,
        terms=line.terms,
        runner_up=runner_up.reference if runner_up else None,
        margin=line.margin,
    )
