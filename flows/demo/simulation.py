"""Works a programme through, day by day, by the use cases that real people use."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from pathlib import Path

import numpy as np
from sqlmodel import Session, col, select

from flows.demo.followthrough import begin, follow_day
from flows.demo.forms import fill_form
from flows.demo.moderating import moderate
from flows.demo.people import DECLINES, HOLDS, RETURNS, Judgement, Worker, judge
from flows.operations import allocate, import_file, track
from flows.runtime import FLOW, Moment, Runtime
from forms.reviewing.filling import newest_version
from workflow import reviews
from workflow.calendar import at_local
from workflow.demo import make_newcomers, write_newcomers
from workflow.drafts import Typed, save_draft
from workflow.escalations import acknowledge_escalation, close_escalation, open_escalations
from workflow.models import Case, Review, Reviewer
from workflow.programmes import geography_of
from workflow.queries import count_reviews
from workflow.roster import Roster, points_on, roster_of
from workflow.states import Action, Actor, ReviewState, Role

MANAGERS = 5
CONFIRMATIONS_A_DAY = 110
MODERATIONS_A_DAY = 40
NEWCOMERS_A_WEEK = 14
SHARED_READING = 0.8
"""Mean effort of a child whose siblings are read together, as a share of reading it alone."""
REWORK = 0.5
RESUMES = 0.25
"""Share of reviews on hold that are resumed on a day."""

_MORNING, _NOON, _EVENING = time(9), time(12), time(16)
MONDAY = 0


class Simulation:
    """One programme and the people who work on it.

    Args:
        folder: where the weekly files of new cases are written.
        on_day: told of each day that is done, for a progress bar.
    """

    def __init__(
        self, runtime: Runtime, *, seed: int, folder: Path, on_day: Callable[[date], None]
    ) -> None:
        """Nothing happens before `run`."""
        self.runtime, self.seed, self.folder, self.on_day = runtime, seed, folder, on_day
        self.workers: dict[int, Worker] = {}

    def run(self, days: Iterable[date]) -> None:
        """Work through the days in order; each begins with the cycle and ends with submissions."""
        for number, day in enumerate(days):
            if number == 0:
                begin(self.runtime, day)
            self._morning(day)
            with self.runtime.write(day) as at:
                rng = np.random.default_rng([self.seed, day.toordinal()])
                _resume(at, rng)
                moderate(at, rng, _in_state(at, ReviewState.IN_MODERATION)[:MODERATIONS_A_DAY])
                _confirm(at, rng)
                self._review(at, rng)
                _answer_escalations(at)
                follow_day(at, np.random.default_rng([self.seed, day.toordinal(), 1]))
            self.on_day(day)

    def _morning(self, day: date) -> None:
        """Take in the week's new cases, sweep, and allocate what waits."""
        if day.weekday() == MONDAY:
            with self.runtime.read(day) as at:
                geography = geography_of(at.programme)
            rows = make_newcomers(geography, seed=self.seed, cases=NEWCOMERS_A_WEEK, as_of=day)
            path = write_newcomers(rows, geography, self.folder / f"new_cases_{day}.csv")
            import_file(self.runtime, path, actor=FLOW, as_of=day)
        track(self.runtime, actor=FLOW, as_of=day)
        with self.runtime.read(day) as at:
            waiting = count_reviews(at.session, at.programme).by_state[ReviewState.UNALLOCATED]
        if waiting:
            allocate(self.runtime, actor=FLOW, as_of=day)

    def _review(self, at: Moment, rng: np.random.Generator) -> None:
        roster = roster_of(at.session, at.programme.key)
        queues = _queues(at.session, at.programme.key)
        for reviewer in sorted(roster.reviewers, key=lambda person: person.reference):
            worker = self.workers.setdefault(reviewer.key, Worker.make(reviewer, self.seed))
            points = worker.points_today(_planned(reviewer, roster, at), rng)
            _work(at, rng, worker, points, queues[reviewer.key])


def _planned(reviewer: Reviewer, roster: Roster, at: Moment) -> float:
    leave = roster.leave_by_reviewer.get(reviewer.key, ())
    return points_on(reviewer, leave, at.as_of, at.programme.calendar)


def _queues(session: Session, programme_id: int) -> dict[int, list[tuple[Review, Case]]]:
    """What each reviewer has on the desk: begun work first, then by due date."""
    mine = (ReviewState.IN_PROGRESS, ReviewState.RETURNED, ReviewState.ALLOCATED)
    query = (
        select(Review, Case)
        .join(Case, col(Case.id) == col(Review.case_id))
        .where(Review.programme_id == programme_id, col(Review.state).in_(mine))
    )
    queues: dict[int, list[tuple[Review, Case]]] = defaultdict(list)
    for review, case in session.exec(query):
        queues[review.reviewer_id or 0].append((review, case))
    for queue in queues.values():
        queue.sort(key=lambda p: (mine.index(p[0].state), p[0].due_on or date.max, p[1].reference))
    return queues


def _work(
    at: Moment,
    rng: np.random.Generator,
    worker: Worker,
    points: float,
    queue: list[tuple[Review, Case]],
) -> None:
    """Spend a day's points on the queue; what is left of a review is carried to the next day."""
    actor = _as_actor(worker.reviewer)
    worker.carried += points
    for review, case in queue:
        rework = review.state is ReviewState.RETURNED
        if review.state is not ReviewState.IN_PROGRESS:
            if worker.carried <= 0:
                return
            if not rework and rng.random() < DECLINES:
                _decline(at, review, actor)
                continue
            _act(at, review, Action.START, actor, _MORNING)
            if rng.random() < HOLDS:
                _act(at, review, Action.HOLD, actor, _NOON, "Waiting for the paper file")
                continue
        share = REWORK if rework else SHARED_READING if case.family else 1.0
        needed = case.effort * share * float(rng.lognormal(0, 0.25))
        if worker.carried < needed:
            _save_draft(at, review, actor)
            return
        worker.carried -= needed
        _submit(at, review, actor, judge(rng, case.band), rng)
    worker.carried = min(worker.carried, 0.0)


def _submit(
    at: Moment, review: Review, actor: Actor, judgement: Judgement, rng: np.random.Generator
) -> None:
    reviews.submit(
        at.session,
        review_id=review.key,
        form=fill_form(judgement, agency=actor.agency, today=at.as_of, rng=rng),
        actor=actor,
        now=_at(at, _EVENING),
        programme=at.programme,
        policy=at.policy,
    )


def _decline(at: Moment, review: Review, actor: Actor) -> None:
    reviews.decline(
        at.session,
        review_id=review.key,
        actor=actor,
        now=_at(at, _MORNING),
        reason="I know somebody in this household",
    )


def _save_draft(at: Moment, review: Review, actor: Actor) -> None:
    text = "SYNTHETIC: read so far, the assessment and the plan."
    save_draft(
        at.session,
        review_id=review.key,
        typed=Typed(section="outcome", answers={"reasons": text}),
        newest=newest_version(),
        actor=actor,
        now=_at(at, _EVENING),
    )


def _resume(at: Moment, rng: np.random.Generator) -> None:
    for review in _in_state(at, ReviewState.ON_HOLD):
        if rng.random() < RESUMES:
            _act(at, review, Action.RESUME, FLOW, _MORNING)


def _confirm(at: Moment, rng: np.random.Generator) -> None:
    """Managers take the oldest submissions, up to what they can decide in a day."""
    for number, review in enumerate(_in_state(at, ReviewState.SUBMITTED)[:CONFIRMATIONS_A_DAY]):
        manager = _council(Role.MANAGER, number % MANAGERS)
        if not review.moderated and rng.random() < RETURNS:
            _act(at, review, Action.RETURN, manager, _NOON, "The plan is not described")
            continue
        reviews.confirm(
            at.session,
            review_id=review.key,
            actor=manager,
            now=_at(at, _NOON),
            programme=at.programme,
            policy=at.policy,
        )


def _answer_escalations(at: Moment) -> None:
    """Yesterday's escalations are closed, today's are acknowledged; the newest still waits."""
    manager = _council(Role.MANAGER, 0)
    standing = open_escalations(at.session, at.programme.key)
    for escalation in standing:
        if escalation.acknowledged_at is not None:
            close_escalation(
                at.session,
                escalation_id=escalation.key,
                outcome="Strategy discussion held",
                actor=manager,
                now=_at(at, _EVENING),
            )
        elif escalation.raised_at < _at(at, _MORNING) or len(standing) > 1:
            acknowledge_escalation(
                at.session, escalation_id=escalation.key, actor=manager, now=_at(at, _EVENING)
            )


def _in_state(at: Moment, state: ReviewState) -> list[Review]:
    query = (
        select(Review)
        .where(Review.programme_id == at.programme.key, Review.state == state)
        .order_by(col(Review.submitted_at), col(Review.id))
    )
    return list(at.session.exec(query))


def _act(
    at: Moment,
    review: Review,
    action: Action,
    actor: Actor,
    hour: time,
    reason: str | None = None,
) -> None:
    reviews.act(
        at.session,
        review_id=review.key,
        action=action,
        actor=actor,
        now=_at(at, hour),
        reason=reason,
    )


def _at(at: Moment, hour: time) -> datetime:
    return at_local(at.as_of, hour)


def _as_actor(reviewer: Reviewer) -> Actor:
    return Actor(
        name=reviewer.reference,
        roles=frozenset({Role.REVIEWER}),
        agency=reviewer.agency,
        reviewer_id=reviewer.key,
    )


def _council(role: Role, number: int) -> Actor:
    return Actor(name=f"{role}-{number + 1}", roles=frozenset({role}))
