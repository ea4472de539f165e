"""My reviews for programs, and the drafts that pages save while somebody types."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from api import desk as desks
from api.desk import Desk, Reference, find_desk
from api.moments import Reading, Writing
from api.problems import problem
from forms.case_file import moment
from forms.reviewing.check import all_faults
from forms.reviewing.filling import Filling
from workflow.errors import InvalidInputError
from workflow.models import Draft
from workflow.reviewing import MyReview, my_reviews
from workflow.states import Action

router = APIRouter(prefix="/api")
_Version = Annotated[int | None, Field(ge=0, lt=2**31)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Seen(_Body):
    """The version of the review that the caller saw; without it, whatever is there is meant."""

    version: _Version = None


class Reasoned(Seen):
    """Why."""

    reason: Annotated[str, Field(max_length=10_000)]


class Kinded(_Body):
    """Which kind, and why."""

    kind: str
    reason: Annotated[str, Field(max_length=10_000)]


class Submitted(Seen):
    """The versions of the review and of its draft that the caller saw."""

    draft_version: _Version = None


class TypedSection(_Body):
    """One section as it stands: a question that is left out becomes empty."""

    section: str
    answers: dict[str, Any]
    """Question id → text, list of texts, or a date's parts; or the fields as a page sends them."""
    is_complete: bool | None = None
    version: _Version = None
    tab: Annotated[str, Field(max_length=40)] = ""
    turn: Annotated[int, Field(ge=0, lt=2**31)] = 0


@router.get("/my-reviews")
def list_mine(at: Reading) -> dict[str, Any]:
    """My reviews, each list by due date."""
    found = my_reviews(at.session, at.programme, at.actor)
    return {
        "as_of": at.as_of,
        "to_do": [_listed(item) for item in found.to_do],
        "on_hold": [_listed(item) for item in found.on_hold],
        "waiting": [_listed(item) for item in found.waiting],
        "complete": [_listed(item) for item in found.complete],
        "n_complete": found.n_complete,
    }


@router.get("/my-reviews/{reference}")
def one_review(at: Reading, reference: Reference) -> dict[str, Any]:
    """One of my reviews: what can be done to it, and how far its form is."""
    return _review(find_desk(at, reference))


@router.post("/my-reviews/{reference}/start")
def start(at: Writing, reference: Reference, body: Seen) -> dict[str, Any]:
    """Begin to write."""
    desk = find_desk(at, reference)
    desks.act(desk, Action.START, version=body.version)
    return _review(desk)


@router.post("/my-reviews/{reference}/decline", status_code=204)
def decline(at: Writing, reference: Reference, body: Reasoned) -> None:
    """Give the review back to the coordinator."""
    desk = find_desk(at, reference)
    desks.act(desk, Action.DECLINE, reason=body.reason, version=body.version)


@router.post("/my-reviews/{reference}/hold")
def hold(at: Writing, reference: Reference, body: Reasoned) -> dict[str, Any]:
    """Stop until a coordinator resumes the review."""
    desk = find_desk(at, reference)
    desks.act(desk, Action.HOLD, reason=body.reason, version=body.version)
    return _review(desk)


@router.post("/my-reviews/{reference}/conflict", status_code=204)
def declare_conflict(at: Writing, reference: Reference, body: Kinded) -> None:
    """Declare a conflict of interest and let go of the review."""
    desks.declare(find_desk(at, reference), kind=body.kind, reason=body.reason)


@router.post("/my-reviews/{reference}/escalate", status_code=201)
def escalate(at: Writing, reference: Reference, body: Kinded) -> dict[str, Any]:
    """Tell the duty managers that a child may be unsafe."""
    raised = desks.escalate(find_desk(at, reference), kind=body.kind, reason=body.reason)
    return {"kind": raised.kind, "acknowledge_by": raised.acknowledge_by}


@router.post("/my-reviews/{reference}/submit")
def submit(at: Writing, reference: Reference, body: Submitted) -> JSONResponse:
    """Hand the review in; 422 with every error when the answers are not complete."""
    desk = find_desk(at, reference)
    filling = desks.lock_answers(desk, version=body.version, draft_version=body.draft_version)
    if desk.is_open and (faults := all_faults(filling, reference)):
        sentence = f"The form has answers to put right ({len(faults)})."
        return problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            sentence,
            error=InvalidInputError(sentence),
            errors=[{"field": item.field, "detail": item.text} for item in faults],
        )
    submission = desks.submit(desk, filling)
    return JSONResponse({"number": submission.number, "outcome": submission.outcome})


@router.post("/drafts/{reference}")
def save_draft(at: Writing, reference: Reference, body: TypedSection) -> dict[str, Any]:
    """Keep what was typed in a section, whatever it is; 409 when it was saved elsewhere meanwhile."""
    desk = find_desk(at, reference)
    section = desk.filling(desk.draft).task(body.section).section
    draft = desks.save(
        desk,
        section,
        body.answers,
        is_complete=body.is_complete,
        version=body.version,
        tab=body.tab,
        turn=body.turn,
    )
    return {
        "version": draft.version,
        "saved_at": draft.saved_at,
        "message": f"Draft saved {moment(draft.saved_at)}",
    }


def _listed(item: MyReview) -> dict[str, Any]:
    return {
        "reference": item.reference,
        "state": item.state,
        "due_on": item.due_on,
        "band": item.band,
        "effort": item.effort,
        "district": item.district,
        "submitted_at": item.submitted_at,
        "completed_at": item.completed_at,
        "outcome": item.outcome,
        "saved_at": item.saved_at,
        "reason": item.reason,
    }


def _review(desk: Desk) -> dict[str, Any]:
    case, review, draft = desk.case, desk.review, desk.draft
    in_conflict = desk.facts.in_conflict
    return {
        "reference": case.reference,
        "state": review.state,
        "version": review.version,
        "due_on": review.due_on,
        "district": case.district,
        "team": case.team,
        "band": case.band,
        "band_reasons": case.band_reasons,
        "in_conflict": in_conflict,
        "actions": desk.actions,
        "form": None if in_conflict else _drafted(desk.filling(draft), draft),
    }


def _drafted(filling: Filling, draft: Draft) -> dict[str, Any]:
    own = {question.id for task in filling.tasks for question in task.section.questions}
    return {
        "id": draft.form_id,
        "form_version": draft.form_version,
        "version": draft.version,
        "saved_at": draft.saved_at if draft.version else None,
        "answers": {key: value for key, value in filling.raw.items() if key in own},
        "sections": [
            {
                "id": task.section.id,
                "title": task.section.title,
                "standing": task.standing.name.lower(),
                "is_complete": task.is_called_complete,
                "errors": task.errors,
            }
            for task in filling.tasks
        ],
    }
