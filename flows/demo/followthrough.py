"""How simulated people follow their reviews through: actions, vacant posts, carried cases, the Board."""

from collections import Counter
from datetime import date, time, timedelta

import numpy as np

from flows.runtime import FLOW, Moment, Runtime
from workflow import capacity, followup
from workflow.board import january_register, take_register
from workflow.calendar import at_local
from workflow.errors import GuardNotMetError
from workflow.followup.outcomes import RULES
from workflow.models import ActionKind, Reviewer, Vacancy
from workflow.roster import roster_of
from workflow.states import Actor, Role

DONE_WHEN_DUE = 0.22
"""Share of the actions due, or overdue, that are done on a day: most within a week, some drag on."""
DONE_EARLY = 0.05
PROMPT = frozenset({ActionKind.STRATEGY_DISCUSSION})
"""Kinds that nobody lets wait."""
EXTENDED = 0.02
NOT_SUBSTANTIATED = 0.5
"""Share of strategy discussions after which no conference is needed."""
MOST_CARRIED, FEWEST_CARRIED = 14, 3
GIVEN_UP = 0.035
"""Chance of each carried case to be given up on a day."""
FILLED = 0.08
MOVED = 0.06
"""Chance of each overdue post, on a day, to be filled or to be given a later date."""

UNDATED = 0.2
"""Share of Practice Managers for whom nobody has given a date."""
FRIDAY = 4

_EVENING = time(16, 30)
_MANAGER = Actor(name="manager-1", roles=frozenset({Role.MANAGER}))
_RECEIVER = "SYNTHETIC lead professional"
_DONE = "SYNTHETIC: done and noted on file."


def begin(runtime: Runtime, day: date) -> None:
    """The register of the first Board, and the Practice Managers who carry cases on that day."""
    with runtime.write(day) as at:
        take_register(
            at.session,
            programme=at.programme,
            register=january_register(),
            actor=FLOW,
            now=at_local(day),
        )
        rng = np.random.default_rng([at.programme.seed, 6])
        for manager in _practice_managers(at):
            ends_on = day + timedelta(int(rng.integers(40, 90)))
            capacity.add_manager(
                at.session,
                programme=at.programme,
                reference=manager.reference,
                name=manager.name,
                team=manager.team,
                district=manager.district,
                cases=int(rng.integers(FEWEST_CARRIED, MOST_CARRIED + 1)),
                ends_on=None if rng.random() < UNDATED else ends_on,
                actor=FLOW,
                now=at_local(day),
            )


def follow_day(at: Moment, rng: np.random.Generator) -> None:
    """One day's work on actions and, on Fridays, on the capacity register."""
    _work_actions(at, rng)
    _work_posts(at, rng)
    if at.as_of.weekday() == FRIDAY:
        _count_cases(at, rng)


def _practice_managers(at: Moment) -> list[Reviewer]:
    reviewers = roster_of(at.session, at.programme.key).reviewers
    return [person for person in reviewers if Role.MANAGER in person.roles]


def _work_actions(at: Moment, rng: np.random.Generator) -> None:
    now = at_local(at.as_of, _EVENING)
    listed = followup.list_actions(
        at.session,
        at.programme,
        as_of=at.as_of,
        due_soon_within=at.policy.follow_up.due_soon,
    )
    waiting = Counter(one.action.review_id for one in listed if one.action.kind in PROMPT)
    for one in listed:
        action, roll = one.action, rng.random()
        is_due = one.overdue_by > 0 or one.due_soon
        share = 1.0 if action.kind in PROMPT else DONE_WHEN_DUE if is_due else DONE_EARLY
        if action.kind is ActionKind.CONFERENCE and waiting[action.review_id]:
            continue
        if action.kind is ActionKind.RECHECK and not is_due:
            continue
        if roll < share:
            _finish(at, action.key, action.kind, rng)
        elif one.overdue_by and roll > 1 - EXTENDED:
            followup.extend_action(
                at.session,
                action_id=action.key,
                due_on=at.programme.calendar.add_working_days(at.as_of, 5),
                reason="SYNTHETIC: the worker is on leave.",
                actor=_MANAGER,
                now=now,
            )


def _finish(at: Moment, action_id: int, kind: ActionKind, rng: np.random.Generator) -> None:
    now = at_local(at.as_of, _EVENING)
    if kind is ActionKind.CONFERENCE and rng.random() < NOT_SUBSTANTIATED:
        followup.cancel_action(
            at.session,
            action_id=action_id,
            reason="SYNTHETIC: the enquiry did not bear the concern out.",
            actor=_MANAGER,
            now=now,
        )
        return
    try:
        followup.close_action(
            at.session,
            action_id=action_id,
            result=_DONE,
            receiver=_RECEIVER if RULES[kind].names_receiver else None,
            actor=_MANAGER,
            now=now,
        )
    except GuardNotMetError:
        return  # something on file forbids the closure: it waits, as it should


def _work_posts(at: Moment, rng: np.random.Generator) -> None:
    """Posts whose date has come are filled now and then, or are given a later date."""
    now = at_local(at.as_of, _EVENING)
    for post in roster_of(at.session, at.programme.key).vacancies:
        if not _is_overdue(post, at.as_of):
            continue
        roll = rng.random()
        if roll < FILLED:
            capacity.fill_post(
                at.session, vacancy_id=post.key, filled_on=at.as_of, actor=FLOW, now=now
            )
        elif roll < FILLED + MOVED:
            capacity.expect_post(
                at.session,
                vacancy_id=post.key,
                expected_on=at.as_of + timedelta(21),
                reason="SYNTHETIC: the post was advertised again.",
                actor=FLOW,
                now=now,
            )


def _is_overdue(post: Vacancy, day: date) -> bool:
    return post.filled_on is None and post.expected_on is not None and post.expected_on <= day


def _count_cases(at: Moment, rng: np.random.Generator) -> None:
    """A week's losses of every Practice Manager who still carries cases."""
    for manager, counts in capacity.managers_of(at.session, at.programme):
        before = counts[-1].cases if counts else 0
        if before:
            capacity.count_cases(
                at.session,
                manager_id=manager.key,
                cases=before - int(rng.binomial(before, 1 - (1 - GIVEN_UP) ** 5)),
                counted_on=at.as_of,
                actor=FLOW,
                now=at_local(at.as_of, _EVENING),
            )
