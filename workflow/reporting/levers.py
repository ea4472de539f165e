"""What would change the chance of finishing: scenarios people have kept, and a few that always help."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from sqlmodel import Session, col, select

from workflow.calendar import SATURDAY, local_date
from workflow.capacity import carriers_of, fill_posts, free_managers
from workflow.errors import InvalidInputError
from workflow.forecast import ForecastInput, Scenario
from workflow.forecast.reading import read_inputs
from workflow.forecast.scenario import CapacityChange, ReviewerChange, compare
from workflow.models import PracticeManager, Programme, SavedScenario
from workflow.policy import Policy
from workflow.reporting.progress import Lever

PATHS = 4000
MORE_REVIEWERS = 5
STANDARD = "Standard change"


def levers(session: Session, *, programme: Programme, policy: Policy, as_of: date) -> list[Lever]:
    """The scenarios kept for the newest day up to this one, then the standard changes."""
    kept = [
        Lever(
            name=saved.name,
            basis=f"Kept scenario of {saved.as_of.isoformat()}",
            comparison=saved.result,
        )
        for saved in _kept(session, programme, as_of)
    ]
    if as_of > programme.target_on:
        return kept
    given = read_inputs(session, programme=programme, policy=policy, as_of=as_of, paths=PATHS)
    if not given.stock.open.any():
        return kept
    return kept + list(_played(given, _standard(session, programme, policy, given)))


def _kept(session: Session, programme: Programme, as_of: date) -> list[SavedScenario]:
    query = (
        select(SavedScenario)
        .where(SavedScenario.programme_id == programme.key, col(SavedScenario.as_of) <= as_of)
        .order_by(col(SavedScenario.id))
    )
    known = [one for one in session.exec(query) if local_date(one.created_at) <= as_of]
    newest = max((one.as_of for one in known), default=None)
    return [one for one in known if one.as_of == newest]


def _standard(
    session: Session, programme: Programme, policy: Policy, given: ForecastInput
) -> Iterator[Scenario]:
    first = _next_monday(given.as_of)
    said = f"{first.day} {first:%B}"
    yield Scenario(
        name=f"{MORE_REVIEWERS} more full-time reviewers from {said}",
        reviewers=(ReviewerChange(count=MORE_REVIEWERS, from_on=first),),
    )
    saturdays = _saturdays(given)
    if saturdays:
        yield Scenario(name="Saturdays worked until the target", overtime=saturdays)
    if given.exposure.vacancies:
        name = f"Vacant posts promised for {said}, as late as posts usually are"
        yield replace(fill_posts(first), name=name)
    districts = {
        manager.reference: manager.district
        for manager in session.exec(
            select(PracticeManager).where(PracticeManager.programme_id == programme.key)
        )
    }
    carriers = carriers_of(session, programme, given.as_of)
    freed = free_managers(
        carriers, as_of=given.as_of, policy=policy.capacity, districts=districts, freed_on=first
    )
    if freed.reviewers:
        yield replace(freed, name=f"Practice Managers review instead of carrying cases from {said}")
    yield Scenario(
        name=f"2 more managers who confirm from {said}",
        managers=(CapacityChange(from_on=first, count=2),),
    )


def _played(given: ForecastInput, scenarios: Iterator[Scenario]) -> Iterator[Lever]:
    """Each scenario that fits the programme, e.g. only where somebody confirms already."""
    for scenario in scenarios:
        try:
            comparison = compare(given, scenario)
        except InvalidInputError:
            continue
        yield Lever(name=scenario.name, basis=STANDARD, comparison=comparison.to_json())


def _next_monday(day: date) -> date:
    return day + timedelta(7 - day.weekday())


def _saturdays(given: ForecastInput) -> tuple[date, ...]:
    ahead = (given.target - given.as_of).days
    days = (given.as_of + timedelta(number) for number in range(1, ahead))
    return tuple(
        day
        for day in days
        if day.weekday() == SATURDAY and given.exposure.days[0] < day < given.exposure.days[-1]
    )
