"""Reads all that a forecast depends on, from the events and the roster; writes nothing.

History and stock come from the events alone, so that a forecast for a past day can be made again.
"""

from datetime import date
from typing import NamedTuple

import numpy as np
import pandas as pd
from sqlmodel import Session

from workflow.calendar import WorkCalendar
from workflow.errors import InvalidInputError
from workflow.forecast.capacity import StageCapacity, stage_capacity, stated_capacity
from workflow.forecast.exposure import Staff, days_ahead, reviewer_days
from workflow.forecast.inputs import (
    Exposure,
    FloatArray,
    ForecastInput,
    Group,
    History,
    Stock,
    Vacancy,
)
from workflow.forecast.people import (
    BACKLOG,
    HANDED_IN,
    do_reviewers_move,
    does_review,
    recent_pace,
    staff_ahead,
    staff_of,
    standard_points,
    vacancies_of,
    where_they_work,
)
from workflow.models import Programme
from workflow.policy import ForecastPriors, Policy
from workflow.quality.plans import plan_on
from workflow.quality.sampling import FIRST_REVIEWS, SamplingPlan
from workflow.queries import review_moves, review_places
from workflow.roster import Roster, has_left, roster_of
from workflow.states import OPEN_STATES, ReviewState, Role

BEYOND_TARGET = 60
"""Working days after the target that a forecast still looks at."""
LATELY = 10
"""Working days whose submissions say what kind of review is done at present."""

_UNDECIDED = BACKLOG | {ReviewState.SUBMITTED}
_NO_WORK = (
    "review_opened",
    "review_allocated",
    "review_reallocated",
    "review_released",
    "review_declined",
    "review_withdrawn",
    "review_reinstated",
)
"""Events that decide what is to be done and by whom, and are no part of doing it."""
_ACCEPTED = ("review_confirmed", "review_sent_to_moderation")
COMPLETED = {"review_confirmed": 1, "moderation_agreed": 1, "review_reopened": -1}
"""The events that complete a review, or undo that."""
_COUNTED = {
    "submitted": {"review_submitted": 1},
    "completed": COMPLETED,
    "returned": {"review_returned": 1},
    "removals": {"review_withdrawn": 1, "review_reinstated": -1},
}
"""Count of the history → the events that raise or lower it."""


def read_inputs(
    session: Session, *, programme: Programme, policy: Policy, as_of: date, paths: int
) -> ForecastInput:
    """All that a forecast from `as_of` depends on, read from the events and the roster."""
    roster = roster_of(session, programme.key)
    places = review_places(session, programme)
    moves = _known_moves(review_moves(session, programme), places, roster, as_of)
    if moves.empty:
        raise InvalidInputError("There is no review to forecast yet: import a caseload first.")
    standing = moves.groupby("review_id").last()
    standard = standard_points(roster)
    calendar, priors = programme.calendar, policy.forecast
    past = tuple(day for day in calendar.working_days(programme.starts_on, as_of) if day < as_of)
    first = calendar.add_working_days(as_of, 0)
    ahead = days_ahead(calendar, first, programme.target_on, BEYOND_TARGET)
    before = staff_of(roster, standard, where_they_work(standing, HANDED_IN))
    now = staff_of(roster, standard, where_they_work(standing, BACKLOG))
    vacancies = vacancies_of(roster, standard)
    groups = _groups(moves, [*before, *now], vacancies)
    history = _history(moves, past, groups, calendar)
    worked = reviewer_days(before, past, groups, calendar, priors)
    plan_rate = _plan_rate(places, policy, standard)
    they_move = do_reviewers_move(standing, now, ahead)
    if not they_move:
        pace = recent_pace(history.submitted.sum(axis=1), worked.sum(axis=1), plan_rate, priors)
        now = staff_ahead(roster, standing, standard, pace=pace, ahead=ahead, priors=priors)
    managers, moderators = (
        _capacity(stage, roster, moves, standing, (past, ahead), calendar, priors)
        for stage in (_confirming(priors), _moderation(priors))
    )
    return ForecastInput(
        as_of=as_of,
        target=programme.target_on,
        calendar=calendar,
        groups=groups,
        history=history,
        exposure=Exposure(
            days=ahead,
            past=worked,
            future=reviewer_days(now, ahead, groups, calendar, priors),
            vacancies=vacancies,
        ),
        stock=_stock(standing, groups),
        plan_rate=plan_rate,
        scope_cut_off=programme.scope_cut_off_on,
        confirm_capacity=managers.future,
        moderation_capacity=moderators.future,
        managers=managers.people,
        moderators=moderators.people,
        moderation_share=_moderation_share(
            moves, standing, roster, plan_on(session, programme.key, as_of, policy.moderation)
        ),
        durations=_durations(moves, calendar),
        ages=_ages(standing, moves, groups, calendar, as_of),
        effort_left=_effort_left(moves, standing, past),
        reviewers_move=they_move,
        priors=priors,
        seed=programme.seed,
        paths=paths,
    )


def _known_moves(
    moves: pd.DataFrame, places: pd.DataFrame, roster: Roster, as_of: date
) -> pd.DataFrame:
    """Moves up to the morning of a day with district and agency: the holder's, none before allocation.

    What joined, left or was allocated during the day counts already; its work is still to come, as the
    day is the first one forecast. Once nothing is open any more, that counts as well.
    """
    moves = moves[moves["day"] <= as_of]
    standing = moves.groupby("review_id")["to_state"].last()
    if standing.isin(OPEN_STATES).any():
        moves = moves[(moves["day"] < as_of) | moves["kind"].isin(_NO_WORK)]
    moves = moves.copy()
    agencies = {reviewer.key: reviewer.agency for reviewer in roster.reviewers}
    moves["district"] = moves["review_id"].map(places["district"])
    moves["effort"] = moves["review_id"].map(places["effort"])
    moves["agency"] = moves["reviewer_id"].map(agencies)
    moves["group"] = [
        Group(_or_none(district), _or_none(agency))
        for district, agency in zip(moves["district"], moves["agency"], strict=True)
    ]
    return moves


def _or_none(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _groups(
    moves: pd.DataFrame, staff: list[Staff], vacancies: tuple[Vacancy, ...]
) -> tuple[Group, ...]:
    known = {*moves["group"], *(s.group for s in staff), *(v.group for v in vacancies)}
    return tuple(sorted(known, key=lambda group: (group.district or "", group.agency or "")))


def _history(
    moves: pd.DataFrame,
    past: tuple[date, ...],
    groups: tuple[Group, ...],
    calendar: WorkCalendar,
) -> History:
    if not past:
        return History.empty(len(groups))
    first_opening = moves.loc[moves["kind"] == "review_opened", "day"].min()
    late = (moves["kind"] == "review_opened") & (moves["day"] > first_opening)
    on = moves["day"].map({d: calendar.add_working_days(d, 0) for d in moves["day"].unique()})
    counts = {"arrivals": _count(moves[late].assign(day=on[late], by=1), past, groups)}
    for name, weights in _COUNTED.items():
        chosen = moves[moves["kind"].isin(weights)]
        chosen = chosen.assign(day=on[chosen.index], by=chosen["kind"].map(weights))
        counts[name] = _count(chosen, past, groups)
    counts["completed"] = np.maximum(
        counts["completed"], 0.0
    )  # a reopening undoes an earlier day's
    return History(days=past, **counts)


def _count(chosen: pd.DataFrame, days: tuple[date, ...], groups: tuple[Group, ...]) -> FloatArray:
    """Sum of `by` per day and group, shape (days, groups)."""
    table = np.zeros((len(days), len(groups)))
    row = {day: index for index, day in enumerate(days)}
    column = {group: index for index, group in enumerate(groups)}
    for day, group, by in zip(chosen["day"], chosen["group"], chosen["by"], strict=True):
        if day in row:
            table[row[day], column[group]] += by
    return table


def _stock(standing: pd.DataFrame, groups: tuple[Group, ...]) -> Stock:
    def in_states(*states: ReviewState) -> FloatArray:
        held = standing.loc[standing["to_state"].isin(states), "group"].value_counts()
        return np.array([float(held.get(group, 0)) for group in groups])

    return Stock(
        backlog=in_states(*BACKLOG),
        submitted=in_states(ReviewState.SUBMITTED),
        in_moderation=in_states(ReviewState.IN_MODERATION),
        complete=in_states(ReviewState.COMPLETE),
    )


def _plan_rate(places: pd.DataFrame, policy: Policy, standard: float) -> float | None:
    """Reviews a standard reviewer's day is planned to bring: points a day / mean effort.

    Siblings share their reading, so a family counts as `AllocationWeights.sibling_share` says.
    """
    if places.empty or not places["effort"].sum():
        return None
    family = places.groupby("unit")["effort"].agg(["max", "sum", "count"])
    share = policy.allocation.sibling_share
    effort = (family["max"] + share * (family["sum"] - family["max"])).sum()
    return float(standard * family["count"].sum() / effort)


def _moderation_share(
    moves: pd.DataFrame, standing: pd.DataFrame, roster: Roster, plan: SamplingPlan
) -> float:
    """Share of the open reviews that will go to moderation once they are accepted.

    Where the plan takes everybody's first reviews, the share falls with time; of the others it is the
    share seen since the plan came into force, with the plan's own share counted as ten of them.
    """
    first_reviews = plan.first_reviews if FIRST_REVIEWS in plan.always else 0
    accepted = moves[moves["kind"].isin(_ACCEPTED)]
    number = accepted.groupby("reviewer_id").cumcount()
    later = accepted[(number >= first_reviews) & (accepted["day"] >= plan.in_force_from)]
    sent = int((later["kind"] == "review_sent_to_moderation").sum())
    usual = (sent + 10 * plan.share) / (len(later) + 10)
    had = accepted["reviewer_id"].value_counts()
    firsts = sum(
        max(first_reviews - int(had.get(person.key, 0)), 0)
        for person in roster.reviewers
        if does_review(person)
    )
    still_open = int(standing["to_state"].isin(_UNDECIDED).sum())
    share_of_firsts = min(firsts / still_open, 1.0) if still_open else 0.0
    return share_of_firsts + (1.0 - share_of_firsts) * usual


class _Stage(NamedTuple):
    """Who decides, what waits for them, what they did about it, and what it takes."""

    role: Role
    queue: ReviewState
    events: tuple[str, ...]
    effort: float


def _confirming(priors: ForecastPriors) -> _Stage:
    events = ("review_confirmed", "review_returned", "review_sent_to_moderation")
    return _Stage(Role.MANAGER, ReviewState.SUBMITTED, events, priors.confirm_effort)


def _moderation(priors: ForecastPriors) -> _Stage:
    events = ("moderation_agreed", "moderation_disagreed")
    return _Stage(Role.MODERATOR, ReviewState.IN_MODERATION, events, priors.moderation_effort)


def _capacity(
    stage: _Stage,
    roster: Roster,
    moves: pd.DataFrame,
    standing: pd.DataFrame,
    days: tuple[tuple[date, ...], tuple[date, ...]],
    calendar: WorkCalendar,
    priors: ForecastPriors,
) -> StageCapacity:
    people = [person for person in roster.reviewers if stage.role in person.roles]
    past, future = (
        stated_capacity(
            people, roster.leave_by_reviewer, some, calendar, effort=stage.effort, priors=priors
        )
        for some in days
    )
    decided = moves.loc[moves["kind"].isin(stage.events), "day"].value_counts()
    return stage_capacity(
        np.array([float(decided.get(day, 0)) for day in days[0]]),
        float((standing["to_state"] == stage.queue).sum()),
        past=past,
        future=future,
        people=sum(not has_left(person, days[1][0]) for person in people),
    )


def _started_on(moves: pd.DataFrame) -> pd.Series:
    """Review → day of its latest start: bulk allocation says nothing of how long a review takes."""
    return moves[moves["kind"] == "review_started"].groupby("review_id")["day"].last()


def _durations(moves: pd.DataFrame, calendar: WorkCalendar) -> tuple[int, ...]:
    """Working days from start to latest submission, one per submitted review."""
    submitted = moves[moves["kind"] == "review_submitted"].groupby("review_id")["day"].last()
    both = pd.DataFrame({"from": _started_on(moves), "to": submitted}).dropna()
    return tuple(
        calendar.working_days_between(start, end)
        for start, end in zip(both["from"], both["to"], strict=True)
    )


def _ages(
    standing: pd.DataFrame,
    moves: pd.DataFrame,
    groups: tuple[Group, ...],
    calendar: WorkCalendar,
    as_of: date,
) -> tuple[tuple[int, ...], ...]:
    """Per group, the working days since the start of each review in progress."""
    begun = standing[standing["to_state"] == ReviewState.IN_PROGRESS]
    since = _started_on(moves).reindex(begun.index)
    ages: dict[Group, list[int]] = {group: [] for group in groups}
    for group, start in zip(begun["group"], since, strict=True):
        if isinstance(start, date):
            ages[group].append(calendar.working_days_between(start, as_of))
    return tuple(tuple(sorted(ages[group])) for group in groups)


def _effort_left(moves: pd.DataFrame, standing: pd.DataFrame, past: tuple[date, ...]) -> float:
    """Mean review points of what is still to do, over those submitted in the last ten working days.

    Above 1 when the short reviews went first; 1 while there is nothing to compare.
    """
    lately = moves["day"].isin(past[-LATELY:]) & (moves["kind"] == "review_submitted")
    done = moves.loc[lately, "effort"].mean()
    left = standing.loc[standing["to_state"].isin(BACKLOG), "effort"].mean()
    return float(left / done) if done > 0 and left > 0 else 1.0
