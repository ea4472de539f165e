"""The coordinators' worklists: which reviews wait for what, filtered, sorted, a page at a time.

The address of a page is a `Query`; the statement for each shape of query is built once, because building
it costs more than running it. Columns are selected, never rows as objects.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import lru_cache
from math import ceil
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col

from workflow.models import Case, Escalation, Programme, Review, Reviewer
from workflow.states import ReviewState

PAGE_SIZE = 25
_S = ReviewState
WAITING_STATES = (_S.UNALLOCATED, _S.ALLOCATED, _S.IN_PROGRESS, _S.ON_HOLD, _S.RETURNED)
"""States before a submission: only these can be overdue."""


class View(StrEnum):
    """A worklist."""

    UNALLOCATED = "unallocated"
    ALLOCATED = "allocated"
    OVERDUE = "overdue"
    ON_HOLD = "on_hold"
    ESCALATED = "escalated"
    SUBMITTED = "submitted"
    COMPLETE = "complete"
    ALL = "all"


_STATES: Mapping[View, tuple[ReviewState, ...]] = {
    View.UNALLOCATED: (_S.UNALLOCATED,),
    View.ALLOCATED: (_S.ALLOCATED, _S.IN_PROGRESS, _S.RETURNED),
    View.OVERDUE: WAITING_STATES,
    View.ON_HOLD: (_S.ON_HOLD,),
    View.ESCALATED: tuple(_S),
    View.SUBMITTED: (_S.SUBMITTED, _S.IN_MODERATION),
    View.COMPLETE: (_S.COMPLETE,),
    View.ALL: tuple(_S),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What a worklist page was asked for; an empty filter lets everything through."""

    view: View = View.UNALLOCATED
    search: str = ""
    """The start of a case reference or of a child's identifier, or a part of a reviewer's name."""
    districts: tuple[str, ...] = ()
    bands: tuple[int, ...] = ()
    reviewer: int | None = None
    sort: str = ""
    """A key of `SORTS`, with `-` before it for the other way round; empty: the view's own order."""
    page: int = 1

    @property
    def order(self) -> str:
        """The sort in force."""
        known = self.sort.removeprefix("-") in SORTS
        return self.sort if known else _ORDER.get(self.view, "due")

    @property
    def is_filtered(self) -> bool:
        """Whether anything but the view narrows the list."""
        return bool(self.search or self.districts or self.bands or self.reviewer)


@dataclass(frozen=True, slots=True)
class Item:
    """One row of a worklist."""

    review_id: int
    version: int
    reference: str
    state: ReviewState
    band: int
    effort: int
    district: str | None
    team: str | None
    family: str | None
    reviewer_id: int | None
    reviewer: str | None
    agency: str | None
    due_on: date | None
    opened_on: date
    outcome: str | None


@dataclass(frozen=True, slots=True)
class Worklist:
    """A page of a list; `query.page` is the nearest page there is."""

    query: Query
    items: list[Item]
    total: int
    """Rows that match, on all pages."""
    with_siblings: frozenset[str] = frozenset()
    """Families of the rows shown with more than one child under review."""

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, ceil(self.total / PAGE_SIZE))

    @property
    def first(self) -> int:
        """Number of the first row shown, from 1; 0 when there is none."""
        return (self.query.page - 1) * PAGE_SIZE + 1 if self.items else 0


_COLUMNS: tuple[Any, ...] = (
    col(Review.id).label("review_id"),
    col(Review.version),
    col(Case.reference),
    col(Review.state),
    col(Case.band),
    col(Case.effort),
    col(Case.district),
    col(Case.team),
    col(Case.family),
    col(Review.reviewer_id),
    col(Reviewer.name).label("reviewer"),
    col(Reviewer.agency),
    col(Review.due_on),
    col(Review.opened_on),
    col(Review.outcome),
)
SORTS: Mapping[str, Any] = {
    "due": col(Review.due_on),
    "priority": col(Case.band),
    "case": col(Review.id),
    "district": col(Case.district),
    "reviewer": col(Reviewer.name),
    "since": col(Review.opened_on),
    "state": col(Review.state),
}
_ORDER = {
    View.UNALLOCATED: "-priority",
    View.ESCALATED: "-priority",
    View.COMPLETE: "case",
    View.ALL: "case",
}


def worklist(
    session: Session,
    programme: Programme,
    query: Query,
    *,
    as_of: date,
    counts: Mapping[View, int] | None = None,
) -> Worklist:
    """The page asked for, or the last one when there are not so many.

    Args:
        counts: what `view_counts` said, if it was asked: an unfiltered list is not counted again.
    """
    values = _values(programme, query, as_of)
    run = session.connection().execute
    if counts is not None and not query.is_filtered:
        total = counts[query.view]
    else:
        total = run(_counting(_shape(query)), values).scalar_one()
    page = min(max(query.page, 1), max(1, ceil(total / PAGE_SIZE)))
    values |= {"size": PAGE_SIZE, "start": (page - 1) * PAGE_SIZE}
    rows: list[Any] = list(run(_a_page(_shape(query)), values)) if total else []
    items = [Item(*row) for row in rows]
    families = _families_of_several(session, programme, items)
    return Worklist(replace(query, page=page), items, total, families)


def _families_of_several(
    session: Session, programme: Programme, items: list[Item]
) -> frozenset[str]:
    values = {"programme": programme.key, "families": [i.family for i in items if i.family]}
    return frozenset(session.connection().execute(_SEVERAL, values).scalars())


def matching_reviews(
    session: Session, programme: Programme, query: Query, *, as_of: date
) -> list[int]:
    """The numbers of all reviews that match, on every page, in the order of the list."""
    values = _values(programme, query, as_of)
    found = session.connection().execute(_in_order(_shape(query)), values)
    return [row.review_id for row in found]


def stream_reviews(
    session: Session, programme: Programme, query: Query, *, as_of: date
) -> Iterator[Item]:
    """All reviews that match, on every page, in the order of the list; read a thousand at a time."""
    found = session.connection().execute(
        _whole(_shape(query)),
        _values(programme, query, as_of),
        execution_options={"yield_per": 1000},
    )
    return (Item(*row) for row in found)


def view_counts(session: Session, programme: Programme, *, as_of: date) -> dict[View, int]:
    """How many reviews each worklist holds."""
    run = session.connection().execute
    values = {"programme": programme.key, "as_of": as_of}
    by_state = {row.state: row.reviews for row in run(_BY_STATE, values)}
    overdue = sum(row.overdue for row in run(_OVERDUE_BY_STATE, values))
    escalated = run(_ESCALATED, values).scalar_one()
    counts = {view: sum(by_state.get(s, 0) for s in states) for view, states in _STATES.items()}
    return counts | {View.OVERDUE: overdue, View.ESCALATED: escalated}


class _Shape(NamedTuple):
    """All that decides which statement is needed."""

    view: View
    order: str
    searched: bool
    by_district: bool
    by_band: bool
    by_reviewer: bool

    @property
    def needs_case(self) -> bool:
        """Whether the rows cannot be found, or not be sorted, without the cases."""
        sorted_by_case = self.order.removeprefix("-") in {"priority", "district"}
        return sorted_by_case or self.searched or self.by_district or self.by_band

    @property
    def needs_reviewer(self) -> bool:
        """The same for the reviewers."""
        return self.searched or self.order.removeprefix("-") == "reviewer"


def _shape(query: Query) -> _Shape:
    return _Shape(
        query.view,
        query.order,
        bool(query.search),
        bool(query.districts),
        bool(query.bands),
        query.reviewer is not None,
    )


def _values(programme: Programme, query: Query, as_of: date) -> dict[str, Any]:
    values: dict[str, Any] = {"programme": programme.key}
    if len(_STATES[query.view]) < len(ReviewState):
        values["states"] = list(_STATES[query.view])
    if query.view is View.OVERDUE:
        values["as_of"] = as_of
    if query.search:
        plain = query.search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        values |= {"starts": f"{plain}%".lower(), "holds": f"%{plain}%".lower()}
    if query.districts:
        values["districts"] = list(query.districts)
    if query.bands:
        values["bands"] = list(query.bands)
    if query.reviewer is not None:
        values["reviewer"] = query.reviewer
    return values


@lru_cache(maxsize=512)
def _counting(shape: _Shape) -> sa.Select[Any]:
    filtered = shape.searched or shape.by_district or shape.by_band
    plain = shape._replace(order="due") if not filtered else shape
    return _narrowed(sa.select(sa.func.count()), plain)


@lru_cache(maxsize=512)
def _in_order(shape: _Shape) -> sa.Select[Any]:
    """Numbers of the reviews, sorted, those without a value last; ties go by the number."""
    column = SORTS[shape.order.removeprefix("-")]
    direction = column.desc() if shape.order.startswith("-") else column.asc()
    number: Any = col(Review.id).label("review_id")
    found = _narrowed(sa.select(number, column.label("sorted_by")), shape)
    return found.order_by(direction.nulls_last(), col(Review.id))


@lru_cache(maxsize=512)
def _a_page(shape: _Shape) -> sa.Select[Any]:
    """One page of them with all its columns: only the rows shown are read whole."""
    page = _in_order(shape).limit(sa.bindparam("size")).offset(sa.bindparam("start"))
    return _with_columns(page.subquery(), shape)


@lru_cache(maxsize=512)
def _whole(shape: _Shape) -> sa.Select[Any]:
    """All of them with all their columns."""
    return _with_columns(_in_order(shape).order_by(None).subquery(), shape)


def _with_columns(numbers: sa.Subquery, shape: _Shape) -> sa.Select[Any]:
    column = numbers.c.sorted_by
    direction = column.desc() if shape.order.startswith("-") else column.asc()
    return (
        sa.select(*_COLUMNS)
        .select_from(numbers)
        .join(Review, col(Review.id) == numbers.c.review_id)
        .join(Case, col(Case.id) == col(Review.case_id))
        .outerjoin(Reviewer, col(Reviewer.id) == col(Review.reviewer_id))
        .order_by(direction.nulls_last(), col(Review.id))
    )


def _narrowed(statement: sa.Select[Any], shape: _Shape) -> sa.Select[Any]:
    """The rows of a view that pass the filters, with no more tables than that takes."""
    statement = statement.select_from(Review).where(
        col(Review.programme_id) == sa.bindparam("programme")
    )
    if shape.needs_case:
        statement = statement.join(Case, col(Case.id) == col(Review.case_id))
    if shape.needs_reviewer:
        statement = statement.outerjoin(Reviewer, col(Reviewer.id) == col(Review.reviewer_id))
    if len(_STATES[shape.view]) < len(ReviewState):
        states: Any = sa.bindparam("states", expanding=True)
        statement = statement.where(col(Review.state).in_(states))
    if shape.view is View.OVERDUE:
        statement = statement.where(col(Review.due_on) < sa.bindparam("as_of"))
    if shape.view is View.ESCALATED:
        statement = statement.where(col(Review.id).in_(_open_escalations()))
    if shape.searched:
        statement = statement.where(
            sa.or_(
                sa.func.lower(col(Case.reference)).like(sa.bindparam("starts"), escape="\\"),
                sa.func.lower(col(Case.child_id)).like(sa.bindparam("starts"), escape="\\"),
                sa.func.lower(col(Reviewer.name)).like(sa.bindparam("holds"), escape="\\"),
            )
        )
    if shape.by_district:
        wanted: Any = sa.bindparam("districts", expanding=True)
        statement = statement.where(col(Case.district).in_(wanted))
    if shape.by_band:
        statement = statement.where(col(Case.band).in_(sa.bindparam("bands", expanding=True)))
    if shape.by_reviewer:
        statement = statement.where(col(Review.reviewer_id) == sa.bindparam("reviewer"))
    return statement


def _open_escalations() -> sa.Select[Any]:
    return sa.select(col(Escalation.review_id)).where(
        col(Escalation.programme_id) == sa.bindparam("programme"),
        col(Escalation.closed_at).is_(None),
    )


_BY_STATE = (
    sa.select(col(Review.state), sa.func.count().label("reviews"))
    .where(col(Review.programme_id) == sa.bindparam("programme"))
    .group_by(col(Review.state))
)
_OVERDUE_BY_STATE = (
    sa.select(sa.func.count().label("overdue"))
    .select_from(Review)
    .where(
        col(Review.programme_id) == sa.bindparam("programme"),
        col(Review.state).in_(WAITING_STATES),
        col(Review.due_on) < sa.bindparam("as_of"),
    )
)
_ESCALATED = sa.select(sa.func.count(sa.distinct(col(Escalation.review_id)))).where(
    col(Escalation.programme_id) == sa.bindparam("programme"),
    col(Escalation.closed_at).is_(None),
)
_SEVERAL: sa.Select[Any] = (
    sa.select(col(Case.family))
    .join(Review, col(Review.case_id) == col(Case.id))
    .where(
        col(Case.programme_id) == sa.bindparam("programme"),
        col(Case.family).in_(sa.bindparam("families", expanding=True)),
    )
    .group_by(col(Case.family))
    .having(sa.func.count() > 1)
)
