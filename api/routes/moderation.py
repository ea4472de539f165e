"""JSON of moderation: the same queue, blind review, comparison and judgement as on the pages."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import Field

from api import second_look as looks
from api.desk import Reference
from api.inputs import Body, Reason, Version
from api.moments import Reading, Writing
from api.outputs import Out
from api.problems import problem
from api.routes.reviewing import TypedSection
from api.second_look import SecondLook, find_look
from forms.case_file import moment
from forms.moderating import PATH, Sort, in_order
from forms.reviewing.check import all_faults
from workflow.errors import ConflictError
from workflow.quality.queue import moderation_queue
from workflow.quality.second_reviews import FINDINGS

router = APIRouter(prefix="/api/moderation", tags=["moderation"])


class InQueue(Out):
    """A review that waits for a second look."""

    reference: str
    district: str | None
    team: str | None
    band: int
    since: datetime
    begun_at: datetime | None
    """When you last saved your own review."""
    is_in: bool
    """Your own review is handed in."""
    refusal: str
    """Why you cannot take it; empty when you can."""


class HandedIn(Body):
    """The versions of the review and of its draft that the caller saw."""

    version: Version = None
    draft_version: Version = None


class Judged(Body):
    """Agree or disagree; a disagreement needs a reason."""

    action: Annotated[str, Field(pattern="^(agree|disagree)$")]
    reason: Reason = ""
    version: Version = None


class Raised(Body):
    """How urgent it is, and why."""

    kind: Annotated[str, Field(max_length=40)]
    reason: Reason


@router.get("", summary="Reviews that wait for a second look")
def queue(at: Reading, sort: Sort = "waiting") -> list[InQueue]:
    """By itself the longest waiting first; nothing tells what the first reviewer found."""
    found = moderation_queue(at.session, at.programme, at.actor)
    return [InQueue.model_validate(item) for item in in_order(found, sort)]


@router.get("/{reference}", summary="Your own review of a case")
def one_look(at: Reading, reference: Reference) -> dict[str, Any]:
    """How far it is; without a word of the first review."""
    return _look(find_look(at, reference))


@router.post("/{reference}/draft", summary="Save a section of your own review")
def save_draft(at: Writing, reference: Reference, body: TypedSection) -> dict[str, Any]:
    """Keep what was typed, whatever it is; 409 when it was saved elsewhere meanwhile."""
    look = find_look(at, reference)
    _check_open(look)
    section = look.filling(look.draft).task(body.section).section
    draft = looks.save(
        look,
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


@router.post("/{reference}/submit", summary="Hand your own review in")
def submit(at: Writing, reference: Reference, body: HandedIn) -> JSONResponse:
    """Hand it in; 422 with every error when the answers are not complete."""
    look = find_look(at, reference)
    _check_open(look)
    filling = looks.lock_answers(look, version=body.version, draft_version=body.draft_version)
    if faults := all_faults(filling, reference, PATH):
        sentence = f"The form has answers to put right ({len(faults)})."
        errors = [{"field": item.field, "detail": item.text} for item in faults]
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, sentence, errors=errors)
    second = looks.hand_in(look, filling)
    return JSONResponse({"outcome": second.outcome})


@router.get("/{reference}/compare", summary="Both reviews side by side")
def compare(at: Reading, reference: Reference) -> dict[str, Any]:
    """What the first review says and what yours says; 409 before yours is in."""
    look = find_look(at, reference)
    compared = look.compared
    return {
        "drawn_because": look.because,
        "findings": {
            name: {"first": getattr(compared.first, name), "second": getattr(compared.second, name)}
            for name in FINDINGS
        },
        "differences": [
            {"question": item.question, "first": item.first, "second": item.second}
            for item in compared.differences
        ],
    }


@router.post("/{reference}/judge", summary="Agree or disagree")
def judge(at: Writing, reference: Reference, body: Judged) -> dict[str, Any]:
    """Settle the review, or send it back to a manager with both views."""
    look = find_look(at, reference)
    after = looks.judge(look, body.action, reason=body.reason, version=body.version)
    return {"state": after.state, "version": after.version}


@router.post("/{reference}/escalate", status_code=201, summary="Raise an escalation")
def escalate(at: Writing, reference: Reference, body: Raised) -> dict[str, Any]:
    """Tell the duty managers that a child may be unsafe."""
    raised = looks.escalate(find_look(at, reference), kind=body.kind, reason=body.reason)
    return {"kind": raised.kind, "acknowledge_by": raised.acknowledge_by}


def _check_open(look: SecondLook) -> None:
    if not look.is_open:
        raise ConflictError("You have handed in your review of this case already.")


def _look(look: SecondLook) -> dict[str, Any]:
    known = {
        "reference": look.case.reference,
        "state": look.review.state,
        "version": look.review.version,
        "district": look.case.district,
        "is_in": look.is_in,
    }
    if not look.is_open:
        return known | {"form": None}
    draft = look.draft
    filling = look.filling(draft)
    own = {question.id for task in filling.tasks for question in task.section.questions}
    return known | {
        "form": {
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
    }
