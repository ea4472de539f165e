"""Synthetic review programmes with known truth: every case, reviewer and manager on their own.

`make_programme(seed)` draws the world, `work_through` plays it case by case, `snapshot` shows what a
forecaster could know on the morning after a cut. Nothing is shared with the forecast but its values:
here single cases wait, block and come back, and people fall ill; there flows are fractions.

Every draw belongs to a case or to a person-day, so that a changed programme (`Change`) meets the same
luck. No real data; the sizes follow a county of twelve districts.
"""

import heapq
from collections import deque
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import islice

import numpy as np

from workflow.calendar import WorkCalendar
from workflow.forecast.inputs import (
    FloatArray,
)

START, TARGET = date(2016, 1, 20), date(2016, 3, 31)
CUT_OFF = date(2016, 3, 4)
"""Last day on which a new case joins."""
LONGEST = 160
"""Working days after which a programme is given up."""
DISTRICTS = tuple(f"E070001{n}" for n in range(17, 29))
COUNCIL, CONSTABULARY = "council", "constabulary"
VACANCY_PLANNED = date(2016, 2, 15)
MANAGERS, DECISIONS_A_DAY = 6, 13.0
MODERATION_A_DAY = 12.0
DAYS_TO_CUT_OFF = len(WorkCalendar().working_days(START, CUT_OFF))
AT_ONCE = 3
"""Reviews a reviewer has in progress at the same time."""
NEVER = 10_000


@dataclass(frozen=True, slots=True)
class Change:
    """A decision whose true effect is wanted; days count from the start of the programme."""

    reviewers: int = 0
    reviewers_from: int = 0
    managers_left: int = MANAGERS
    managers_from: int = 0


@dataclass(slots=True)
class Case:
    """One review and what fate holds for it."""

    district: str
    joins: int
    effort: float
    blocked: int
    """Working days it waits for somebody else before it can be submitted."""
    looks: float
    """The effort as it looks from outside, by which reviewers pick where they pick the easy first."""
    luck: tuple[float, float, float, float]
    """Uniform draws: first return, second return, moderation, place in the queue."""
    left: float = 0.0
    ready: int = 0
    started: int = NEVER
    agency: str | None = None
    submitted: list[int] = field(default_factory=list)
    returned: list[int] = field(default_factory=list)
    moderated: int = NEVER
    complete: int = NEVER


@dataclass(frozen=True, slots=True)
class Person:
    """A reviewer: `starts` is the working day of the first day in post (NEVER: post never filled)."""

    agency: str
    district: str | None
    rate: float
    starts: int
    leave: tuple[tuple[date, date], ...]
    is_vacancy: bool = False


@dataclass(frozen=True, slots=True)
class World:
    """All that is drawn; `noise` and `ill` have shape (persons, days)."""

    seed: int
    days: tuple[date, ...]
    cases: tuple[Case, ...]
    people: tuple[Person, ...]
    noise: FloatArray
    ill: np.ndarray
    shock: FloatArray
    ramp: tuple[float, float]
    easy_first: bool
    silos: bool
    managers: tuple[int, ...]
    """Managers present on each day."""
    return_share: float
    moderation_share: float
    plan_rate: float


def make_programme(seed: int, calendar: WorkCalendar | None = None) -> World:
    """Draw one programme."""
    rng = np.random.default_rng([2016, seed])
    days = tuple(islice((calendar or WorkCalendar()).following(date(2016, 1, 19)), LONGEST))
    people = _people(rng, days)
    lost = 2 if rng.random() < 0.25 else 0
    leaves_at = int(rng.integers(15, 35))
    mean_rate = float(np.mean([person.rate for person in people]))
    return World(
        seed=seed,
        days=days,
        cases=_cases(rng),
        people=people,
        noise=rng.gamma(4.0, 0.25, (len(people) + 40, LONGEST)),
        ill=_illness(rng, len(people) + 40),
        shock=_shock(rng),
        ramp=(rng.uniform(0.3, 0.7), rng.uniform(4.0, 12.0)),
        easy_first=bool(rng.random() < 0.5),
        silos=bool(rng.random() < 0.5),
        managers=tuple(MANAGERS - lost * (day >= leaves_at) for day in range(LONGEST)),
        return_share=float(rng.uniform(0.07, 0.17)),
        moderation_share=float(rng.uniform(0.05, 0.2)),
        plan_rate=mean_rate * 1.15 * float(np.clip(1 + 0.25 * rng.standard_normal(), 0.5, 1.6)),
    )


def _people(rng: np.random.Generator, days: tuple[date, ...]) -> tuple[Person, ...]:
    def person(agency: str, district: str | None, starts: int, *, vacancy: bool = False) -> Person:
        rate = float(rng.gamma(1 / 0.45**2, 0.45**2))
        return Person(agency, district, rate, starts, _leave(rng, agency), vacancy)

    base = [DISTRICTS[n % len(DISTRICTS)] for n in rng.permutation(30)]
    planned = days.index(VACANCY_PLANNED)
    people = [person(COUNCIL, district, int(rng.choice([0, 0, 0, 2, 5]))) for district in base]
    people += [person(CONSTABULARY, None, int(rng.choice([0, 0, 3, 8]))) for _ in range(12)]
    for _ in range(10):
        late = planned + int(rng.choice([0, 3, 8, 15, 30]) + rng.poisson(2))
        starts = NEVER if rng.random() < 0.3 else late
        people.append(person(COUNCIL, str(rng.choice(DISTRICTS)), starts, vacancy=True))
    return tuple(people)


def _leave(rng: np.random.Generator, agency: str) -> tuple[tuple[date, date], ...]:
    """Leave that the roster knows: half-term, the Easter holiday, a few days of one's own."""
    half_term, easter = (0.35, 0.3) if agency == COUNCIL else (0.15, 0.15)
    leave = []
    if rng.random() < half_term:
        leave.append((date(2016, 2, 15), date(2016, 2, 19)))
    if rng.random() < easter:
        leave.append((date(2016, 3, 24), date(2016, 4, 8)))
    own = date(2016, 1, 25).toordinal() + int(rng.integers(0, 120))
    leave.append((date.fromordinal(own), date.fromordinal(own + int(rng.integers(0, 5)))))
    return tuple(leave)


def _cases(rng: np.random.Generator) -> tuple[Case, ...]:
    share = rng.dirichlet(np.full(len(DISTRICTS), 25.0))
    arriving = rng.poisson(rng.gamma(8.0, 0.5), DAYS_TO_CUT_OFF)
    joins = [0] * int(rng.integers(900, 2100)) + [
        day for day, count in enumerate(arriving) for _ in range(count) if day
    ]
    districts = rng.choice(DISTRICTS, len(joins), p=share)
    effort = rng.lognormal(-0.08, 0.4, len(joins))
    waits = rng.random(len(joins)) < 0.12
    blocked = np.where(waits, 1 + rng.geometric(0.2, len(joins)), 0)
    looks = effort * rng.lognormal(0.0, 0.4, len(joins))
    luck = rng.random((len(joins), 4))
    return tuple(
        Case(str(d), j, float(e), int(b), float(x), tuple(map(float, u)))
        for d, j, e, b, x, u in zip(districts, joins, effort, blocked, looks, luck, strict=True)
    )


def _illness(rng: np.random.Generator, people: int) -> np.ndarray:
    ill = np.zeros((people, LONGEST), bool)
    for person, day in zip(*np.nonzero(rng.random(ill.shape) < 0.012), strict=True):
        ill[person, day : day + int(rng.geometric(0.25))] = True
    return ill


def _shock(rng: np.random.Generator) -> FloatArray:
    """How the whole programme fares from day to day: an autoregression, mean 1."""
    state, shocks = 0.0, []
    for step in 0.08 * rng.standard_normal(LONGEST):
        state = 0.9 * state + step
        shocks.append(np.exp(state))
    return np.array(shocks)


def work_through(world: World, change: Change | None = None) -> tuple[Case, ...]:
    """Play the programme to its end; returns the cases with everything that happened to them."""
    cases = tuple(replace(case, submitted=[], returned=[]) for case in world.cases)
    play = _Play(world, cases, change or Change())
    for day in range(LONGEST):
        play.work(day)
        if all(case.complete < NEVER for case in cases):
            break
    return cases


class _Play:
    """The queues of one run."""

    def __init__(self, world: World, cases: tuple[Case, ...], change: Change) -> None:
        self.world, self.cases, self.change = world, cases, change
        newcomers = [
            Person(CONSTABULARY, None, 1.0, change.reviewers_from, ())
            for _ in range(change.reviewers)
        ]
        self.people = (*world.people, *newcomers)
        self.backlog: dict[str, list[tuple[float, int]]] = {d: [] for d in DISTRICTS}
        self.held: list[list[int]] = [[] for _ in self.people]
        self.decide: deque[int] = deque()
        self.moderate: deque[int] = deque()
        self.credit = [0.0, 0.0]

    def work(self, day: int) -> None:
        """One working day: cases join, reviewers work, managers decide, moderators look."""
        for index, case in enumerate(self.cases):
            if case.joins == day:
                order = case.looks if self.world.easy_first else case.luck[3]
                heapq.heappush(self.backlog[case.district], (order, index))
                case.left = case.effort
        for number, person in enumerate(self.people):
            if self._is_away(person, day):
                self._hand_over(number, person, day)
            elif not self.world.ill[number, day]:
                self._review(number, person, day)
        self._decide(day)
        self._moderate(day)

    def _review(self, number: int, person: Person, day: int) -> None:
        loss, slow = self.world.ramp
        ramp = 1.0 - loss * np.exp(-(day - person.starts) / slow)
        energy = person.rate * ramp * self.world.shock[day] * self.world.noise[number, day]
        held = self.held[number]
        while energy > 0:
            index = self._next(number, person, day)
            if index is None:
                return
            case = self.cases[index]
            spent = min(energy, case.left)
            case.left -= spent
            energy -= spent
            if case.left <= 1e-9 and case.ready <= day:
                held.remove(index)
                case.submitted.append(day)
                self.decide.append(index)

    def _next(self, number: int, person: Person, day: int) -> int | None:
        """The next case to work on: one in hand that is not waiting, else a new one."""
        held = self.held[number]
        for index in held:
            case = self.cases[index]
            if case.left > 1e-9 or case.ready <= day:
                return index
        if len(held) >= 2 * AT_ONCE:
            return None
        index = self._take(person)
        if index is not None:
            case = self.cases[index]
            case.started, case.agency, case.ready = day, person.agency, day + case.blocked
            held.append(index)
        return index

    def _take(self, person: Person) -> int | None:
        own = person.district if self.world.silos else None
        district = own or max(self.backlog, key=lambda d: len(self.backlog[d]))
        queue = self.backlog[district]
        return heapq.heappop(queue)[1] if queue else None

    def _decide(self, day: int) -> None:
        present = self.world.managers[day]
        if day >= self.change.managers_from:
            present = min(present, self.change.managers_left)
        self.credit[0] += present * DECISIONS_A_DAY * self.world.noise[-1, day] ** 0.5
        while self.decide and self.credit[0] >= 1:
            index = self.decide.popleft()
            self.credit[0] -= 1
            case = self.cases[index]
            times = len(case.returned)
            chance = self.world.return_share * (1.0, 0.5, 0.0)[min(times, 2)]
            if case.luck[min(times, 1)] < chance:
                case.returned.append(day)
                case.left, case.ready = 0.5 * case.effort, day + 1
                self._give(index, day)
            elif case.luck[2] < self.world.moderation_share:
                case.moderated = day
                self.moderate.append(index)
            else:
                case.complete = day
        self.credit[0] = min(self.credit[0], 1.0)

    def _is_away(self, person: Person, day: int) -> bool:
        """Not in post yet, or on leave; illness is not known beforehand."""
        on = self.world.days[day]
        return person.starts > day or any(first <= on <= last for first, last in person.leave)

    def _hand_over(self, number: int, person: Person, day: int) -> None:
        """Whoever is away for a week leaves their reviews to colleagues of the same agency."""
        on = self.world.days[day]
        if any(first <= on and last >= on + timedelta(days=4) for first, last in person.leave):
            for index in self.held[number]:
                self._give(index, day)
            self.held[number].clear()

    def _give(self, index: int, day: int) -> None:
        """To whoever of the agency is there and holds least, first thing to do."""
        agency = self.cases[index].agency
        fits = [n for n, person in enumerate(self.people) if person.agency == agency]
        present = [n for n in fits if not self._is_away(self.people[n], day)] or fits
        self.held[min(present, key=lambda n: (len(self.held[n]), n))].insert(0, index)

    def _moderate(self, day: int) -> None:
        self.credit[1] += MODERATION_A_DAY * self.world.noise[-2, day] ** 0.5
        while self.moderate and self.credit[1] >= 1:
            self.credit[1] -= 1
            self.cases[self.moderate.popleft()].complete = day
        self.credit[1] = min(self.credit[1], 1.0)


def completed_by(cases: tuple[Case, ...], day: int) -> int:
    """Reviews complete at the end of a working day (0 is the first)."""
    return sum(case.complete <= day for case in cases)


def finish_day(cases: tuple[Case, ...], share: float = 1.0) -> int:
    """Working day on which this share of all cases was complete, 0 the first."""
    days = sorted(case.complete for case in cases)
    return days[int(np.ceil(share * len(days))) - 1]
