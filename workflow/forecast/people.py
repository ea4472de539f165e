"""Who reviews where, and for how long: from the roster and from the reviews people hold."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd

from workflow.forecast.exposure import Staff
from workflow.forecast.inputs import FloatArray, Group, Vacancy
from workflow.models import Reviewer
from workflow.policy import ForecastPriors
from workflow.roster import Roster
from workflow.states import HELD_STATES, ReviewState, Role

MOSTLY = 0.5
"""Share of the backlog without a reviewer above which allocation can still send them anywhere."""
ENOUGH = 5
"""Finished working days from which the pace so far is believed rather than the plan's."""
BACKLOG = frozenset({ReviewState.UNALLOCATED, *HELD_STATES})
"""States of a review that a reviewer has still to work on."""
HANDED_IN = frozenset({ReviewState.SUBMITTED, ReviewState.IN_MODERATION, ReviewState.COMPLETE})
Shares = dict[int, dict[str | None, float]]
"""Reviewer → district → share of their reviews."""


def does_review(person: Reviewer) -> bool:
    """Whether the roster counts the person as a reviewer."""
    return Role.REVIEWER in person.roles


def standard_points(roster: Roster) -> float:
    """Review points a day of the plan's standard reviewer: the roster's mean."""
    points = [person.points_per_day for person in roster.reviewers if does_review(person)]
    return float(np.mean(points)) if points else 1.0


def where_they_work(standing: pd.DataFrame, states: frozenset[ReviewState]) -> Shares:
    """How each reviewer's reviews in these states spread over the districts."""
    theirs = standing[standing["to_state"].isin(states)].dropna(subset=["reviewer_id"])
    pairs = Counter(
        (int(reviewer), group.district)
        for reviewer, group in zip(theirs["reviewer_id"], theirs["group"], strict=True)
    )
    totals = Counter(int(reviewer) for reviewer in theirs["reviewer_id"])
    shares: Shares = {}
    for (reviewer, district), count in pairs.items():
        shares.setdefault(reviewer, {})[district] = count / totals[reviewer]
    return shares


def staff_of(roster: Roster, standard: float, shares: Shares) -> list[Staff]:
    """The reviewers, each split over the districts of their reviews; at their base without any."""
    return [
        replace(one, group=Group(district, one.group.agency), weight=share * one.weight)
        for person in roster.reviewers
        if does_review(person)
        for one in [_staff(person, roster, standard)]
        for district, share in shares.get(person.key, {person.district: 1.0}).items()
    ]


def _staff(person: Reviewer, roster: Roster, standard: float) -> Staff:
    leave = roster.leave_by_reviewer.get(person.key, ())
    return Staff(
        group=Group(person.district, person.agency),
        available_from=person.available_from,
        available_to=person.available_to,
        weight=person.points_per_day / standard,
        pattern=tuple(person.pattern),
        leave=tuple((period.first_on, period.last_on) for period in leave),
    )


def vacancies_of(roster: Roster, standard: float) -> tuple[Vacancy, ...]:
    """The posts not filled yet."""
    return tuple(
        Vacancy(
            group=Group(post.district, post.agency),
            weight=post.points_per_day / standard,
            expected_on=post.expected_on,
        )
        for post in roster.vacancies
        if post.filled_on is None
    )


def do_reviewers_move(
    standing: pd.DataFrame, staff: Iterable[Staff], ahead: Sequence[date]
) -> bool:
    """Whether reviewers go wherever the backlog is.

    They do while most of it is not allocated, or when a district with work has nobody to the end;
    otherwise reviews mostly stay with who holds them.
    """
    backlog = standing[standing["to_state"].isin(BACKLOG)]
    if backlog["agency"].isna().mean() > MOSTLY:
        return True
    based = {
        person.group.district
        for person in staff
        if person.available_to is None or person.available_to >= ahead[-1]
    }
    return not {group.district for group in backlog["group"]} <= based


def recent_pace(
    submitted: FloatArray, worked: FloatArray, plan_rate: float | None, priors: ForecastPriors
) -> float | None:
    """Reviews per reviewer-day of late, the plan's until there is enough to go by."""
    lately = slice(-priors.achieved_over, None)
    if len(submitted) >= ENOUGH and worked[lately].sum() > 0 and submitted[lately].sum() > 0:
        return float(submitted[lately].sum() / worked[lately].sum())
    return plan_rate


def staff_ahead(
    roster: Roster,
    standing: pd.DataFrame,
    standard: float,
    *,
    pace: float | None,
    ahead: Sequence[date],
    priors: ForecastPriors,
) -> list[Staff]:
    """The reviewers as `staff_of` has them, with less to do once their own queue is worked off.

    From then on only a share of their time is put to use, by re-allocation (`priors.idle_use`); what
    nobody holds yet is taken to be shared out among all.

    Args:
        pace: reviews per reviewer-day; None: nothing is known, so nobody runs out.
    """
    shares = where_they_work(standing, BACKLOG)
    if pace is None:
        return staff_of(roster, standard, shares)
    backlog = standing[standing["to_state"].isin(BACKLOG)]
    mean = backlog["effort"].mean()
    held = backlog.groupby("reviewer_id")["effort"].sum() / mean
    everybody = [person for person in roster.reviewers if does_review(person)]
    nobody = float(backlog["reviewer_id"].isna().sum())
    total = sum(person.points_per_day for person in everybody) or 1.0
    result = []
    for person in everybody:
        queue = float(held.get(person.key, 0.0)) + nobody * person.points_per_day / total
        one = _staff(person, roster, standard)
        idle_from = _runs_out(one, queue / pace, ahead, priors)
        for part in _split(one, idle_from, priors.idle_use):
            result += [
                replace(part, group=Group(district, person.agency), weight=share * part.weight)
                for district, share in shares.get(person.key, {person.district: 1.0}).items()
            ]
    return result


def _runs_out(
    person: Staff, reviewer_days: float, ahead: Sequence[date], priors: ForecastPriors
) -> date | None:
    """The first day on which nothing is left of a queue of so many reviewer-days."""
    there = 1.0 - priors.sickness
    for day in ahead:
        if reviewer_days <= 0:
            return day
        reviewer_days -= there * person.weight * person.share_on(day, priors.overtime_turnout)
    return None


def _split(person: Staff, idle_from: date | None, idle_use: float) -> list[Staff]:
    """The share of a reviewer that stays in use to the end, and the share that does not."""
    if idle_from is None:
        return [person]
    last = idle_from - timedelta(1)
    ends = last if person.available_to is None else min(last, person.available_to)
    return [
        replace(person, weight=idle_use * person.weight),
        replace(person, weight=(1.0 - idle_use) * person.weight, available_to=ends),
    ]
