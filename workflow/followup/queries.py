"""Read models of follow-on actions: lists, and how many cases are made safe; nothing here ever writes.

A case is **made safe** when its review is complete, none of its safety-relevant actions is open and no
escalation of it is open. Counts of a past day come from the events and from instants that never change,
so that a report for that day can be made again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd
from sqlmodel import Session, col, select

from workflow.calendar import WorkCalendar, local_date
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
from workflow.moved_dates import moved_since
from workflow.queries import review_moves
from workflow.states import ReviewState


@dataclass(frozen=True, slots=True)
class ListedAction:
    """One action as a list shows it on a day."""

    action: FollowOnAction
    case_reference: str
    district: str | None
    overdue_by: int
    """Working days past its date; 0 when it is not overdue."""
    due_soon: bool

    @property
    def label(self) -> str:
        """What has to be done: the words of who asked for it, or what its kind is called."""
        return self.action.task or RULES[self.action.kind].label


def list_actions(
    session: Session,
    programme: Programme,
    *,
    as_of: date,
    due_soon_within: int,
    status: ActionStatus | None = ActionStatus.OPEN,
    kind: ActionKind | None = None,
    owner_role: str | None = None,
    overdue_only: bool = False,
) -> list[ListedAction]:
    """Actions that fit, the earliest due first.

    Args:
        due_soon_within: working days, `FollowUpPolicy.due_soon`.
        status: None for every action, also done and cancelled ones.
    """
    query = (
        select(FollowOnAction, Case)
        .join(Review, col(Review.id) == col(FollowOnAction.review_id))
        .join(Case, col(Case.id) == col(Review.case_id))
        .where(FollowOnAction.programme_id == programme.key)
        .order_by(col(FollowOnAction.due_on), col(FollowOnAction.id))
    )
    wanted = {
        FollowOnAction.status: status,
        FollowOnAction.kind: kind,
        FollowOnAction.owner_role: owner_role,
    }
    for column, value in wanted.items():
        if value is not None:
            query = query.where(column == value)
    if overdue_only:
        query = query.where(
            FollowOnAction.status == ActionStatus.OPEN, col(FollowOnAction.due_on) < as_of
        )
    soon = programme.calendar.add_working_days(as_of, due_soon_within)
    return [
        _listed(action, case, as_of, soon, programme.calendar)
        for action, case in session.exec(query)
    ]


def actions_of(session: Session, review_id: int) -> list[FollowOnAction]:
    """Every action of a review, in the order they were opened."""
    query = (
        select(FollowOnAction)
        .where(FollowOnAction.review_id == review_id)
        .order_by(col(FollowOnAction.id))
    )
    return list(session.exec(query))


@dataclass(frozen=True, slots=True)
class FollowThrough:
    """Where the follow-on actions of a programme stand at the end of a day."""

    as_of: date
    complete: int
    """Reviews complete."""
    made_safe: int
    """Of these, with nothing safety-relevant and no escalation still open."""
    open: int
    overdue: int
    """By the dates the actions had on that day."""
    done: int
    cancelled: int
    open_by_kind: dict[ActionKind, int]

    @property
    def not_yet_safe(self) -> int:
        """Reviews complete whose case still waits for something its safety hangs on."""
        return self.complete - self.made_safe


def follow_through(session: Session, programme: Programme, as_of: date) -> FollowThrough:
    """Count the actions and the cases made safe at the end of a day."""
    actions = [
        action for action in _actions(session, programme) if local_date(action.opened_at) <= as_of
    ]
    still = [action for action in actions if _is_open(action.closed_at, as_of)]
    ended = [action for action in actions if not _is_open(action.closed_at, as_of)]
    kinds = [action.kind for action in still]
    moved = moved_since(
        session, programme.key, kind="action_moved", subject="action_id", as_of=as_of
    )
    counts = made_safe_by_day(session, programme, [as_of])
    return FollowThrough(
        as_of=as_of,
        complete=int(counts["complete"].iloc[0]),
        made_safe=int(counts["made_safe"].iloc[0]),
        open=len(still),
        overdue=sum((moved.get(action.key) or action.due_on) < as_of for action in still),
        done=sum(action.status is ActionStatus.DONE for action in ended),
        cancelled=sum(action.status is ActionStatus.CANCELLED for action in ended),
        open_by_kind={kind: kinds.count(kind) for kind in ActionKind if kind in kinds},
    )


def made_safe_by_day(session: Session, programme: Programme, days: Sequence[date]) -> pd.DataFrame:
    """Reviews complete and cases made safe at the end of each day.

    Returns:
        Indexed by `day` (date, ascending): `complete` and `made_safe`, int.
    """
    complete = _complete_by_day(review_moves(session, programme), sorted(days))
    waiting = [*_safety_spans(_actions(session, programme)), *_escalation_spans(session, programme)]
    rows = []
    for day in sorted(days):
        unsafe = {span.review_id for span in waiting if span.covers(day)}
        rows.append((day, len(complete[day]), len(complete[day] - unsafe)))
    return pd.DataFrame(rows, columns=["day", "complete", "made_safe"]).set_index("day")


def is_made_safe(session: Session, review: Review) -> bool:
    """Whether the case of one review is made safe as things stand now."""
    if review.state is not ReviewState.COMPLETE:
        return False
    if any(a.safety_relevant and a.closed_at is None for a in actions_of(session, review.key)):
        return False
    query = select(Escalation.id).where(
        Escalation.review_id == review.key, col(Escalation.closed_at).is_(None)
    )
    return session.exec(query.limit(1)).first() is None


@dataclass(frozen=True, slots=True)
class _Span:
    """From when to when something of a review was open, in days; open-ended while it still is."""

    review_id: int
    first: date
    settled_on: date | None

    def covers(self, day: date) -> bool:
        return self.first <= day and (self.settled_on is None or day < self.settled_on)


def _safety_spans(actions: Iterable[FollowOnAction]) -> list[_Span]:
    return [
        _span(action.review_id, action.opened_at, action.closed_at)
        for action in actions
        if action.safety_relevant
    ]


def _escalation_spans(session: Session, programme: Programme) -> list[_Span]:
    query = select(Escalation).where(Escalation.programme_id == programme.key)
    return [_span(e.review_id, e.raised_at, e.closed_at) for e in session.exec(query)]


def _span(review_id: int, opened_at: datetime, closed_at: datetime | None) -> _Span:
    return _Span(review_id, local_date(opened_at), local_date(closed_at) if closed_at else None)


def _complete_by_day(moves: pd.DataFrame, days: Sequence[date]) -> dict[date, set[int]]:
    """The reviews that stood complete at the end of each day."""
    moves = moves.sort_values("day", kind="stable")
    ends = list(zip(moves["day"], moves["review_id"], moves["to_state"], strict=True))
    complete: set[int] = set()
    standing: dict[date, set[int]] = {}
    position = 0
    for day in days:
        while position < len(ends) and ends[position][0] <= day:
            _, review_id, state = ends[position]
            position += 1
            (complete.add if state == ReviewState.COMPLETE else complete.discard)(review_id)
        standing[day] = set(complete)
    return standing


def _actions(session: Session, programme: Programme) -> list[FollowOnAction]:
    query = select(FollowOnAction).where(FollowOnAction.programme_id == programme.key)
    return list(session.exec(query.order_by(col(FollowOnAction.id))))


def _is_open(closed_at: datetime | None, day: date) -> bool:
    return closed_at is None or local_date(closed_at) > day


def _listed(
    action: FollowOnAction, case: Case, as_of: date, soon: date, calendar: WorkCalendar
) -> ListedAction:
    is_open = action.status is ActionStatus.OPEN
    return ListedAction(
        action=action,
        case_reference=case.reference,
        district=case.district,
        overdue_by=calendar.working_days_between(action.due_on, as_of) if is_open else 0,
        due_soon=is_open and as_of <= action.due_on <= soon,
    )
