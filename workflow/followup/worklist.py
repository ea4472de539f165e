"""Worklists of follow-on actions: filtered, sorted, a page at a time, with counts; reads only.

As `workflow.worklists` does for reviews, each kind of question is put together once and then only asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from math import ceil
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col

from workflow.followup.outcomes import RULES
from workflow.models import (
    ActionKind,
    ActionStatus,
    Case,
    Escalation,
    FollowOnAction,
    Programme,
    Review,
)
from workflow.states import ReviewState

PAGE_SIZE = 25
OWNER_ROLES = tuple(dict.fromkeys(rule.owner_role for rule in RULES.values()))
"""Roles that the rules name; a reviewer may have written anybody else."""
SOMEBODY_ELSE = "somebody_else"
"""In a filter: every owner whose role no rule names."""


class ActionView(StrEnum):
    """A worklist."""

    OVERDUE = "overdue"
    THIS_WEEK = "this_week"
    """Open, not overdue, and due by Sunday."""
    OPEN = "open"
    RECHECKS = "rechecks"
    """Open re-checks."""
    DONE = "done"
    CANCELLED = "cancelled"


_STATUS = {ActionView.DONE: ActionStatus.DONE, ActionView.CANCELLED: ActionStatus.CANCELLED}


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionQuery:
    """What a list was asked for; an empty filter lets everything through."""

    view: ActionView = ActionView.OVERDUE
    search: str = ""
    """The start of a case reference."""
    districts: tuple[str, ...] = ()
    kinds: tuple[ActionKind, ...] = ()
    owner_roles: tuple[str, ...] = ()
    """Roles of `OWNER_ROLES`, or `SOMEBODY_ELSE`."""
    sort: str = ""
    """A key of `SORTS`, with `-` before it for the other way round; empty: the view's own order."""
    page: int = 1

    @property
    def order(self) -> str:
        """The sort in force."""
        if self.sort.removeprefix("-") in SORTS:
            return self.sort
        return "-closed" if self.view in _STATUS else "due"

    @property
    def is_filtered(self) -> bool:
        """Whether anything but the view narrows the list."""
        return bool(self.search or self.districts or self.kinds or self.owner_roles)


@dataclass(frozen=True, slots=True)
class ActionItem:
    """One row of a list."""

    action_id: int
    version: int
    kind: ActionKind
    task: str
    owner_role: str
    owner: str | None
    receiver: str | None
    safety_relevant: bool
    first_due_on: date
    due_on: date
    status: ActionStatus
    closed_at: datetime | None
    done_on: date | None
    result: str | None
    reference: str
    district: str | None

    @property
    def label(self) -> str:
        """What has to be done: the words of who asked for it, or what its kind is called."""
        return self.task or RULES[self.kind].label


@dataclass(frozen=True, slots=True)
class ActionList:
    """A page of a list; `query.page` is the nearest page there is."""

    query: ActionQuery
    items: list[ActionItem]
    total: int
    """Rows that match, on all pages."""

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, ceil(self.total / PAGE_SIZE))

    @property
    def first(self) -> int:
        """Number of the first row shown, from 1; 0 when there is none."""
        return (self.query.page - 1) * PAGE_SIZE + 1 if self.items else 0


@dataclass(frozen=True, slots=True)
class SafeCounts:
    """Reviews complete and cases made safe, as they stand now."""

    complete: int
    made_safe: int

    @property
    def not_yet_safe(self) -> int:
        """Reviews complete whose case still waits for something its safety hangs on."""
        return self.complete - self.made_safe


SORTS: Mapping[str, Any] = {
    "due": col(FollowOnAction.due_on),
    "case": col(FollowOnAction.review_id),
    "kind": col(FollowOnAction.kind),
    "owner": col(FollowOnAction.owner_role),
    "district": col(Case.district),
    "closed": col(FollowOnAction.closed_at),
}


def action_list(
    session: Session,
    programme: Programme,
    query: ActionQuery,
    *,
    as_of: date,
    counts: Mapping[ActionView, int],
) -> ActionList:
    """The page asked for, or the last one when there are not so many.

    Args:
        counts: what `action_counts` said: an unfiltered list is not counted again.
    """
    values, shape = _values(programme, query, as_of), _shape(query)
    run = session.connection().execute
    total = counts[query.view]
    if query.is_filtered:
        total = run(_counting(shape), values).scalar_one()
    page = min(max(query.page, 1), max(1, ceil(total / PAGE_SIZE)))
    values |= {"size": PAGE_SIZE, "start": (page - 1) * PAGE_SIZE}
    rows = run(_a_page(shape), values) if total else ()
    return ActionList(replace(query, page=page), [ActionItem(*row) for row in rows], total)


def action_counts(session: Session, programme: Programme, *, as_of: date) -> dict[ActionView, int]:
    """How many actions each list holds."""
    values = {"programme": programme.key, "as_of": as_of, "sunday": sunday_of(as_of)}
    found = session.connection().execute(_COUNTS, values).one()
    return {view: found[number] or 0 for number, view in enumerate(ActionView)}


def safe_counts(session: Session, programme: Programme) -> SafeCounts:
    """Reviews complete, and of these the cases made safe (see `workflow.followup.queries`)."""
    values = {"programme": programme.key}
    complete, unsafe = session.connection().execute(_SAFE, values).one()
    return SafeCounts(complete, complete - (unsafe or 0))


def sunday_of(day: date) -> date:
    """The end of a day's week."""
    return day + timedelta(6 - day.weekday())


class _Shape(NamedTuple):
    """All that decides which statement is needed."""

    view: ActionView
    order: str
    searched: bool
    by_district: bool
    by_kind: bool
    by_owner: bool
    others: bool
    """Owners whose role no rule names are wanted too."""

    @property
    def asks_case(self) -> bool:
        """Whether a filter looks at the case."""
        return self.searched or self.by_district


def _shape(query: ActionQuery) -> _Shape:
    return _Shape(
        query.view,
        query.order,
        bool(query.search),
        bool(query.districts),
        bool(query.kinds),
        bool(query.owner_roles),
        SOMEBODY_ELSE in query.owner_roles,
    )


def _values(programme: Programme, query: ActionQuery, as_of: date) -> dict[str, Any]:
    values: dict[str, Any] = {"programme": programme.key}
    if query.view is ActionView.OVERDUE:
        values["as_of"] = as_of
    if query.view is ActionView.THIS_WEEK:
        values |= {"as_of": as_of, "sunday": sunday_of(as_of)}
    if query.search:
        plain = query.search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        values["starts"] = f"{plain}%".lower()
    if query.districts:
        values["districts"] = list(query.districts)
    if query.kinds:
        values["kinds"] = list(query.kinds)
    if query.owner_roles:
        values["owners"] = list(query.owner_roles)
    return values


_OPEN = col(FollowOnAction.status) == ActionStatus.OPEN
_LATE = col(FollowOnAction.due_on) < sa.bindparam("as_of")
_OF_VIEW: Mapping[ActionView, sa.ColumnElement[bool]] = {
    ActionView.OVERDUE: sa.and_(_OPEN, _LATE),
    ActionView.THIS_WEEK: sa.and_(
        _OPEN,
        col(FollowOnAction.due_on) >= sa.bindparam("as_of"),
        col(FollowOnAction.due_on) <= sa.bindparam("sunday"),
    ),
    ActionView.OPEN: _OPEN,
    ActionView.RECHECKS: sa.and_(_OPEN, col(FollowOnAction.kind) == ActionKind.RECHECK),
    ActionView.DONE: col(FollowOnAction.status) == ActionStatus.DONE,
    ActionView.CANCELLED: col(FollowOnAction.status) == ActionStatus.CANCELLED,
}
_ROW: tuple[Any, ...] = (
    col(FollowOnAction.id),
    col(FollowOnAction.version),
    col(FollowOnAction.kind),
    col(FollowOnAction.task),
    col(FollowOnAction.owner_role),
    col(FollowOnAction.owner),
    col(FollowOnAction.receiver),
    col(FollowOnAction.safety_relevant),
    col(FollowOnAction.first_due_on),
    col(FollowOnAction.due_on),
    col(FollowOnAction.status),
    col(FollowOnAction.closed_at),
    col(FollowOnAction.done_on),
    col(FollowOnAction.result),
    col(Case.reference),
    col(Case.district),
)


@lru_cache(maxsize=512)
def _counting(shape: _Shape) -> sa.Select[Any]:
    counted = sa.select(sa.func.count()).select_from(FollowOnAction)
    return _narrowed(_with_case(counted) if shape.asks_case else counted, shape)


@lru_cache(maxsize=512)
def _a_page(shape: _Shape) -> sa.Select[Any]:
    """Sorted, those without a value last; ties go by the number."""
    column = SORTS[shape.order.removeprefix("-")]
    direction = column.desc() if shape.order.startswith("-") else column.asc()
    found = _narrowed(_with_case(sa.select(*_ROW).select_from(FollowOnAction)), shape)
    return (
        found.order_by(direction.nulls_last(), col(FollowOnAction.id))
        .limit(sa.bindparam("size"))
        .offset(sa.bindparam("start"))
    )


def _with_case(statement: sa.Select[Any]) -> sa.Select[Any]:
    return statement.join(Review, col(Review.id) == col(FollowOnAction.review_id)).join(
        Case, col(Case.id) == col(Review.case_id)
    )


def _narrowed(statement: sa.Select[Any], shape: _Shape) -> sa.Select[Any]:
    """The rows of a view that pass the filters."""
    statement = statement.where(
        col(FollowOnAction.programme_id) == sa.bindparam("programme"), _OF_VIEW[shape.view]
    )
    if shape.searched:
        starts = sa.func.lower(col(Case.reference)).like(sa.bindparam("starts"), escape="\\")
        statement = statement.where(starts)
    if shape.by_district:
        wanted: Any = sa.bindparam("districts", expanding=True)
        statement = statement.where(col(Case.district).in_(wanted))
    if shape.by_kind:
        kinds: Any = sa.bindparam("kinds", expanding=True)
        statement = statement.where(col(FollowOnAction.kind).in_(kinds))
    if shape.by_owner:
        owners: Any = sa.bindparam("owners", expanding=True)
        named = col(FollowOnAction.owner_role).in_(owners)
        other = col(FollowOnAction.owner_role).not_in(OWNER_ROLES)
        statement = statement.where(sa.or_(named, other) if shape.others else named)
    return statement


_COUNTS = sa.select(
    *(sa.func.sum(sa.case((condition, 1), else_=0)) for condition in _OF_VIEW.values())
).where(col(FollowOnAction.programme_id) == sa.bindparam("programme"))
_UNSAFE = sa.union(
    sa.select(col(FollowOnAction.review_id)).where(
        col(FollowOnAction.programme_id) == sa.bindparam("programme"),
        _OPEN,
        col(FollowOnAction.safety_relevant),
    ),
    sa.select(col(Escalation.review_id)).where(
        col(Escalation.programme_id) == sa.bindparam("programme"),
        col(Escalation.closed_at).is_(None),
    ),
)
_SAFE = sa.select(
    sa.func.count(), sa.func.sum(sa.case((col(Review.id).in_(_UNSAFE), 1), else_=0))
).where(
    col(Review.programme_id) == sa.bindparam("programme"),
    col(Review.state) == ReviewState.COMPLETE,
)
