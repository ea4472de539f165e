"""What a forecaster could know of a synthetic programme on the morning after a cut."""

import numpy as np

from tests.bench.programmes import (
    CONSTABULARY,
    COUNCIL,
    CUT_OFF,
    DECISIONS_A_DAY,
    DISTRICTS,
    LONGEST,
    MODERATION_A_DAY,
    NEVER,
    START,
    TARGET,
    VACANCY_PLANNED,
    Case,
    World,
)
from workflow.calendar import WorkCalendar
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
from workflow.policy import ForecastPriors

GROUPS = (
    *(Group(district, agency) for district in DISTRICTS for agency in (COUNCIL, None)),
    *(Group(district, CONSTABULARY) for district in DISTRICTS),
    Group(None, CONSTABULARY),
)
COLUMN = {group: column for column, group in enumerate(GROUPS)}


def snapshot(
    world: World, cases: tuple[Case, ...], cut: int, *, seed: int = 0, paths: int = 2000
) -> ForecastInput:
    """The input after `cut` finished working days; the future is the roster's, not the truth."""
    calendar, priors = WorkCalendar(), ForecastPriors()
    past, future = world.days[:cut], days_ahead(calendar, world.days[cut], TARGET, 70)
    future = tuple(day for day in future if day <= world.days[LONGEST - 1])
    staff = _staff(world, cut)
    present = world.managers[max(cut - 1, 0)]
    known = [case for case in cases if case.joins < max(cut, 1)]
    return ForecastInput(
        as_of=world.days[cut],
        target=TARGET,
        calendar=calendar,
        groups=GROUPS,
        history=_history(known, past),
        exposure=Exposure(
            days=future,
            past=reviewer_days(staff, past, GROUPS, calendar, priors),
            future=reviewer_days(staff, future, GROUPS, calendar, priors),
            vacancies=_vacancies(world, cut),
        ),
        stock=_stock(known, cut),
        plan_rate=world.plan_rate,
        confirm_capacity=np.full(len(future), present * DECISIONS_A_DAY),
        moderation_capacity=np.full(len(future), MODERATION_A_DAY),
        moderation_share=world.moderation_share,
        scope_cut_off=CUT_OFF,
        durations=tuple(
            case.submitted[0] - case.started
            for case in known
            if case.submitted and case.submitted[0] < cut
        ),
        ages=_ages(known, cut),
        reviewers_move=not world.silos,
        effort_left=_effort_left(known, cut),
        priors=priors,
        seed=seed,
        paths=paths,
    )


def _staff(world: World, cut: int) -> list[Staff]:
    return [
        Staff(
            group=Group(person.district, person.agency),
            available_from=world.days[person.starts] if person.starts else START,
            leave=person.leave,
        )
        for person in world.people
        if (person.starts < cut or not person.is_vacancy) and person.starts < NEVER
    ]


def _effort_left(known: list[Case], cut: int) -> float:
    """By review points as a form would give them from outside; 20 average reviews lead at first."""
    points = np.clip(np.rint(6 * np.array([case.looks for case in known])), 3, 16)
    first = np.array([case.submitted[0] if case.submitted else NEVER for case in known])
    left, lately = points[first >= cut], points[(first < cut) & (first >= cut - 10)]
    usual = 20 * points.mean()
    return float(
        (left.sum() + usual) / (len(left) + 20) / ((lately.sum() + usual) / (len(lately) + 20))
    )


def _vacancies(world: World, cut: int) -> tuple[Vacancy, ...]:
    return tuple(
        Vacancy(group=Group(person.district, person.agency), expected_on=VACANCY_PLANNED)
        for person in world.people
        if person.is_vacancy and person.starts >= cut
    )


def _group(case: Case, cut: int) -> Group:
    return Group(case.district, case.agency if case.started < cut else None)


def _history(known: list[Case], past: tuple) -> History:
    cut = len(past)
    counts = {
        name: np.zeros((cut, len(GROUPS)))
        for name in ("submitted", "completed", "returned", "arrivals", "removals")
    }

    def count(name: str, day: int, group: Group) -> None:
        if day < cut:
            counts[name][day, COLUMN[group]] += 1

    for case in known:
        group = Group(case.district, case.agency)
        for day in case.submitted:
            count("submitted", day, group)
        for day in case.returned:
            count("returned", day, group)
        count("completed", case.complete, group)
        if case.joins:
            count("arrivals", case.joins, Group(case.district))
    return History(days=past, **counts)


def _stock(known: list[Case], cut: int) -> Stock:
    stages = {stage: np.zeros(len(GROUPS)) for stage in ("b", "s", "m", "c")}
    for case in known:
        stages[_stage(case, cut)][COLUMN[_group(case, cut)]] += 1
    return Stock(
        backlog=stages["b"],
        submitted=stages["s"],
        in_moderation=stages["m"],
        complete=stages["c"],
    )


def _stage(case: Case, cut: int) -> str:
    if case.complete < cut:
        return "c"
    if case.moderated < cut:
        return "m"
    submitted = sum(day < cut for day in case.submitted)
    returned = sum(day < cut for day in case.returned)
    return "s" if submitted > returned else "b"


def _ages(known: list[Case], cut: int) -> tuple[tuple[int, ...], ...]:
    ages: dict[Group, list[int]] = {group: [] for group in GROUPS}
    for case in known:
        first = case.submitted[0] if case.submitted else NEVER
        if case.started < cut <= first:
            ages[_group(case, cut)].append(cut - case.started)
    return tuple(tuple(ages[group]) for group in GROUPS)


def daily_completions(world: World, cases: tuple[Case, ...], cut: int) -> FloatArray:
    """Completions per calendar day up to the cut, as the naive method sees them."""
    first = world.days[0].toordinal()
    counts = np.zeros(world.days[cut - 1].toordinal() - first + 1)
    for case in cases:
        if case.complete < cut:
            counts[world.days[case.complete].toordinal() - first] += 1
    return counts
