"""Follow-on actions: their lists, one of them, and where the children go."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi import Path as InPath
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from api.answers import go_on, local_path, show
from api.connections import AppDatabase
from api.entries import REFUSALS, a_day, fault_of, maybe_a_day, seen_version, typed_into
from api.moments import Moment, Reading, Writing
from api.posted import Posted, text, whole
from api.remembered import remembered
from api.site import PageSite
from forms.actions import PATH, ActionsPage, actions_page
from forms.actions_one import ActionPage, NewActionPage, action_page, new_action_page
from forms.actions_outlook import outlook_csv, outlook_page
from forms.pages import Fault, Link, Site
from forms.wording import plural
from workflow import followup
from workflow.case_file import find_review
from workflow.db import Database
from workflow.errors import InvalidInputError, NotFoundError, WorkflowError
from workflow.followup.one import find_action, read_action
from workflow.followup.outlook import DemandOutlook, forecast_demand
from workflow.followup.worklist import (
    ActionQuery,
    ActionView,
    action_counts,
    action_list,
    safe_counts,
)
from workflow.models import ActionKind, FollowOnAction
from workflow.programmes import geography_of

router = APIRouter(prefix=PATH)
Number = Annotated[int, InPath(ge=1, lt=2**31)]
_MOST_FILTERS = 50
_MOST_AT_ONCE = 200


async def action_query(
    view: ActionView = ActionView.OVERDUE,
    q: Annotated[str, Query(max_length=100)] = "",
    kind: Annotated[list[ActionKind] | None, Query(max_length=_MOST_FILTERS)] = None,
    owner: Annotated[list[str] | None, Query(max_length=_MOST_FILTERS)] = None,
    district: Annotated[list[str] | None, Query(max_length=_MOST_FILTERS)] = None,
    sort: Annotated[str, Query(max_length=20)] = "",
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
) -> ActionQuery:
    """The list an address asks for."""
    return ActionQuery(
        view=view,
        search=q.strip(),
        kinds=tuple(dict.fromkeys(kind or ())),
        owner_roles=tuple(dict.fromkeys(owner or ())),
        districts=tuple(dict.fromkeys(district or ())),
        sort=sort,
        page=page,
    )


Asked = Annotated[ActionQuery, Depends(action_query)]


@router.get("", response_class=HTMLResponse)
def list_actions(at: Reading, site: PageSite, asked: Asked) -> HTMLResponse:
    """A list, as its address says."""
    return show("actions/list.html", _list(at, site, asked))


@router.post("/done", response_class=HTMLResponse)
def close_several(at: Writing, site: PageSite, posted: Posted) -> Response:
    """Say that several actions are done; what cannot be closed so is named with its reason."""
    numbers = [n for n in map(whole, posted.getlist("action")) if n is not None][:_MOST_AT_ONCE]
    back, result = local_path(text(posted, "back"), PATH), text(posted, "result")
    if not numbers or not result:
        fault = (
            Fault("Say what was done", "result")
            if numbers
            else Fault("Select at least one action", "selected")
        )
        page = _list(
            at, site, ActionQuery(), faults=(fault,), ticked=frozenset(numbers), result=result
        )
        return show("actions/list.html", page)
    refused = _close_each(at, numbers, result)
    done = len(numbers) - len(refused)
    said = f"{plural(done, 'action')} done." if done else ""
    if not refused:
        return go_on(back, done=said)
    page = _list(at, site, ActionQuery(), refused=tuple(refused), result=result)
    return show("actions/list.html", page, 409)


def _close_each(at: Moment, numbers: list[int], result: str) -> list[tuple[Link, str]]:
    """Close what can be closed; the rest with what stands in the way."""
    refused = []
    for number in numbers:
        action = find_action(at.session, at.programme, number)
        try:
            followup.close_action(
                at.session, action_id=number, result=result, actor=at.actor, now=at.now
            )
        except WorkflowError as refusal:
            label = action.task or followup.RULES[action.kind].label
            refused.append((Link(label, f"{PATH}/{number}"), str(refusal)))
    return refused


@router.get("/outlook", response_class=HTMLResponse)
def outlook(at: Reading, site: PageSite, database: AppDatabase) -> HTMLResponse:
    """Step-downs by early help area and step-ups by week, against what can be taken in."""
    try:
        found, why_not = read_outlook(at, database), ""
    except InvalidInputError as nothing:
        found, why_not = None, str(nothing)
    return show("actions/outlook.html", outlook_page(site, found, as_of=at.as_of, why_not=why_not))


@router.get("/outlook.csv")
def outlook_numbers(at: Reading, database: AppDatabase) -> Response:
    """The outlook's numbers for a spreadsheet."""
    name = f"step-downs-and-step-ups-{at.as_of}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    content = outlook_csv(read_outlook(at, database))
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


def read_outlook(at: Moment, database: Database) -> DemandOutlook:
    """The forecast of step-downs and step-ups, made once for the record as it stands.

    Raises:
        InvalidInputError: there is nothing to forecast yet.
    """
    return remembered(
        database,
        at,
        "demand",
        lambda: forecast_demand(
            at.session, programme=at.programme, policy=at.policy, as_of=at.as_of
        ),
    )


@router.get("/add", response_class=HTMLResponse)
def ask_new(
    at: Reading, site: PageSite, case: Annotated[str, Query(max_length=40)] = ""
) -> HTMLResponse:
    """The form for an action by hand."""
    return show("actions/add.html", _new(at, site, reference=case))


@router.post("/add", response_class=HTMLResponse)
def add(at: Writing, site: PageSite, posted: Posted) -> Response:
    """Open an action by hand."""
    try:
        made = _add(at, posted)
    except REFUSALS as refused:
        page = _new(
            at, site, faults=(fault_of("add", refused, "task"),), typed=typed_into("add", posted)
        )
        return show("actions/add.html", page)
    return go_on(f"{PATH}/{made.key}", done="The action is added.")


def _add(at: Moment, posted: FormData) -> FollowOnAction:
    kind = text(posted, "kind")
    if kind not in set(ActionKind):
        raise NotFoundError("kind of action", kind)
    try:
        _, review = find_review(at.session, at.programme, text(posted, "case"))
    except NotFoundError as missing:
        raise InvalidInputError("Enter the reference of a case under review", "case") from missing
    return followup.add_action(
        at.session,
        review_id=review.key,
        kind=ActionKind(kind),
        task=text(posted, "task"),
        owner_role=text(posted, "owner_role"),
        due_on=a_day(posted, "due_on", "the day it is due"),
        actor=at.actor,
        now=at.now,
    )


@router.get("/{number}", response_class=HTMLResponse)
def one_action(at: Reading, site: PageSite, number: Number) -> HTMLResponse:
    """One action: what it is, and what can be done with it."""
    return show("actions/action.html", _one(at, site, number))


@router.post("/{number}/done", response_class=HTMLResponse)
def done(at: Writing, site: PageSite, number: Number, posted: Posted) -> Response:
    """Say that it is done, when, and what shows it."""

    def close() -> object:
        return followup.close_action(
            at.session,
            action_id=number,
            result=text(posted, "result"),
            done_on=maybe_a_day(posted, "done_on", "the day it was done"),
            receiver=text(posted, "receiver"),
            despite_obstacles=text(posted, "despite") == "yes",
            version=seen_version(posted),
            actor=at.actor,
            now=at.now,
        )

    return _change(at, site, number, posted, ("done", "result", "It is done."), close)


@router.post("/{number}/extend", response_class=HTMLResponse)
def extend(at: Writing, site: PageSite, number: Number, posted: Posted) -> Response:
    """Give it more time."""

    def move() -> object:
        return followup.extend_action(
            at.session,
            action_id=number,
            due_on=a_day(posted, "due_on", "the new date"),
            reason=text(posted, "reason"),
            version=seen_version(posted),
            actor=at.actor,
            now=at.now,
        )

    return _change(at, site, number, posted, ("extend", "due_on", "The date is moved."), move)


@router.post("/{number}/reassign", response_class=HTMLResponse)
def reassign(at: Writing, site: PageSite, number: Number, posted: Posted) -> Response:
    """Give it to somebody else."""

    def give() -> object:
        return followup.reassign_action(
            at.session,
            action_id=number,
            owner_role=text(posted, "owner_role"),
            owner=text(posted, "owner"),
            reason=text(posted, "reason"),
            version=seen_version(posted),
            actor=at.actor,
            now=at.now,
        )

    return _change(at, site, number, posted, ("reassign", "reason", "It has a new owner."), give)


@router.post("/{number}/cancel", response_class=HTMLResponse)
def cancel(at: Writing, site: PageSite, number: Number, posted: Posted) -> Response:
    """Say that it is not needed any more."""

    def call_off() -> object:
        return followup.cancel_action(
            at.session,
            action_id=number,
            reason=text(posted, "reason"),
            version=seen_version(posted),
            actor=at.actor,
            now=at.now,
        )

    return _change(at, site, number, posted, ("cancel", "reason", "It is cancelled."), call_off)


def _change(
    at: Moment,
    site: Site,
    number: int,
    posted: FormData,
    words: tuple[str, str, str],
    change: Callable[[], object],
) -> Response:
    """Change the action, or show it again with what was refused.

    Args:
        words: the form, its field for a refusal that names none, and what is said afterwards.
    """
    form, field, said = words
    find_action(at.session, at.programme, number)
    try:
        change()
    except REFUSALS as refused:
        fault = fault_of(form, refused, field)
        page = _one(at, site, number, faults=(fault,), typed=typed_into(form, posted))
        return show("actions/action.html", page)
    return go_on(f"{PATH}/{number}", done=said)


def _list(at: Moment, site: Site, asked: ActionQuery, **page: Any) -> ActionsPage:
    counts = action_counts(at.session, at.programme, as_of=at.as_of)
    return actions_page(
        site,
        action_list(at.session, at.programme, asked, as_of=at.as_of, counts=counts),
        counts,
        safe_counts(at.session, at.programme),
        districts=geography_of(at.programme).districts,
        calendar=at.programme.calendar,
        as_of=at.as_of,
        **page,
    )


def _one(at: Moment, site: Site, number: int, **page: Any) -> ActionPage:
    return action_page(
        site,
        read_action(at.session, at.programme, number, as_of=at.as_of),
        districts=geography_of(at.programme).districts,
        calendar=at.programme.calendar,
        as_of=at.as_of,
        **page,
    )


def _new(at: Moment, site: Site, *, reference: str = "", **page: Any) -> NewActionPage:
    return new_action_page(site, reference=reference, as_of=at.as_of, **page)
