"""Follow-on actions for programs."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.connections import AppDatabase
from api.moments import Moment, Reading, Writing
from api.pages.actions import Asked, Number, read_outlook
from forms.actions_outlook import outlook_rows
from workflow import followup
from workflow.case_file import find_review
from workflow.followup.one import find_action, read_action
from workflow.followup.worklist import (
    ActionItem,
    action_counts,
    action_list,
    safe_counts,
)
from workflow.models import ActionKind, FollowOnAction

router = APIRouter(prefix="/api/actions")
_Line = Annotated[str, Field(max_length=500)]
_Text = Annotated[str, Field(max_length=10_000)]
_Version = Annotated[int | None, Field(ge=0, lt=2**31)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewAction(_Body):
    """An action by hand."""

    case: _Line
    kind: ActionKind
    task: _Text
    owner_role: _Line
    due_on: date


class Done(_Body):
    """That an action is done; without a day: today."""

    result: _Text
    done_on: date | None = None
    receiver: _Line | None = None
    despite_obstacles: bool = False
    version: _Version = None


class Moved(_Body):
    """More time."""

    due_on: date
    reason: _Text
    version: _Version = None


class Given(_Body):
    """Somebody else who does it."""

    owner_role: _Line
    owner: _Line | None = None
    reason: _Text
    version: _Version = None


class Cancelled(_Body):
    """Why it is not needed any more."""

    reason: _Text
    version: _Version = None


@router.get("")
def list_actions(at: Reading, asked: Asked) -> dict[str, Any]:
    """A page of a list under the filters of the page, with the counts of all lists."""
    counts = action_counts(at.session, at.programme, as_of=at.as_of)
    found = action_list(at.session, at.programme, asked, as_of=at.as_of, counts=counts)
    safe = safe_counts(at.session, at.programme)
    return {
        "as_of": at.as_of,
        "complete": safe.complete,
        "made_safe": safe.made_safe,
        "not_yet_safe": safe.not_yet_safe,
        "counts": counts,
        "view": found.query.view,
        "sort": found.query.order,
        "page": found.query.page,
        "pages": found.pages,
        "total": found.total,
        "actions": [_listed(item, at.as_of) for item in found.items],
    }


@router.post("", status_code=201)
def add(at: Writing, body: NewAction) -> dict[str, Any]:
    """Open an action by hand."""
    _, review = find_review(at.session, at.programme, body.case)
    action = followup.add_action(
        at.session,
        review_id=review.key,
        kind=body.kind,
        task=body.task,
        owner_role=body.owner_role,
        due_on=body.due_on,
        actor=at.actor,
        now=at.now,
    )
    return _action(action)


@router.get("/outlook")
def outlook(at: Reading, database: AppDatabase) -> dict[str, Any]:
    """Step-downs and step-ups by week, against what can be taken in; the rows of the CSV."""
    found = read_outlook(at, database)
    return {"as_of": found.as_of, "weeks": [row._asdict() for row in outlook_rows(found)]}


@router.get("/{number}")
def one_action(at: Reading, number: Number) -> dict[str, Any]:
    """One action with what stands in the way of it."""
    found = read_action(at.session, at.programme, number, as_of=at.as_of)
    return {
        "case": found.case.reference,
        **_action(found.action),
        "obstacles": [
            {"rule": one.rule, "reason": one.reason, "blocks": one.blocks}
            for one in found.obstacles
        ],
    }


@router.post("/{number}/done")
def done(at: Writing, number: Number, body: Done) -> dict[str, Any]:
    """Say that it is done, when, and what shows it."""
    find_action(at.session, at.programme, number)
    action = followup.close_action(
        at.session, action_id=number, actor=at.actor, now=at.now, **body.model_dump()
    )
    return _action(action)


@router.post("/{number}/extend")
def extend(at: Writing, number: Number, body: Moved) -> dict[str, Any]:
    """Give it more time."""
    return _changed(at, followup.extend_action, number, body)


@router.post("/{number}/reassign")
def reassign(at: Writing, number: Number, body: Given) -> dict[str, Any]:
    """Give it to somebody else."""
    return _changed(at, followup.reassign_action, number, body)


@router.post("/{number}/cancel")
def cancel(at: Writing, number: Number, body: Cancelled) -> dict[str, Any]:
    """Say that it is not needed any more."""
    return _changed(at, followup.cancel_action, number, body)


def _changed(at: Moment, use_case: Any, number: int, body: _Body) -> dict[str, Any]:
    find_action(at.session, at.programme, number)
    return _action(
        use_case(at.session, action_id=number, actor=at.actor, now=at.now, **body.model_dump())
    )


def _listed(item: ActionItem, as_of: date) -> dict[str, Any]:
    return {
        "id": item.action_id,
        "version": item.version,
        "case": item.reference,
        "district": item.district,
        "kind": item.kind,
        "task": item.task,
        "owner_role": item.owner_role,
        "owner": item.owner,
        "safety_relevant": item.safety_relevant,
        "first_due_on": item.first_due_on,
        "due_on": item.due_on,
        "is_overdue": item.closed_at is None and item.due_on < as_of,
        "status": item.status,
        "done_on": item.done_on,
        "result": item.result,
    }


def _action(action: FollowOnAction) -> dict[str, Any]:
    return {
        "id": action.id,
        "version": action.version,
        "kind": action.kind,
        "task": action.task,
        "owner_role": action.owner_role,
        "owner": action.owner,
        "receiver": action.receiver,
        "safety_relevant": action.safety_relevant,
        "first_due_on": action.first_due_on,
        "due_on": action.due_on,
        "extensions": action.extensions,
        "status": action.status,
        "done_on": action.done_on,
        "closed_at": action.closed_at,
        "closed_by": action.closed_by,
        "result": action.result,
    }
