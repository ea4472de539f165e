"""What-if scenarios for programs: play one, keep it, play it again."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field

from api.connections import AppDatabase
from api.inputs import Body, Day, Line, Number
from api.moments import Reading
from api.outputs import Out
from api.pages.what_if import keep, play
from workflow.forecast.scenario_file import MOST_CASES, MOST_FACTOR, MOST_PEOPLE
from workflow.forecast.what_if import ScenarioRun, run_saved_scenario, saved_scenarios

router = APIRouter(prefix="/api/what-if", tags=["What if"])
_People = Annotated[float, Field(ge=-MOST_PEOPLE, le=MOST_PEOPLE)]
_Factor = Annotated[float, Field(ge=0, le=MOST_FACTOR)]
_MOST_LEVERS, _MOST_DAYS = 20, 200


class Gain(Body):
    """Full-time reviewers gained, or lost when below 0."""

    count: _People
    from_on: Day
    agency: Line | None = None
    district: Line | None = None
    """Name or code; null: all districts."""


class Moved(Body):
    """Reviewers who move from one district to another."""

    count: _People
    from_on: Day
    from_district: Line
    to_district: Line
    agency: Line | None = None


class Staffing(Body):
    """People gained or lost at a stage, or a factor of its capacity: one of the two."""

    from_on: Day
    count: _People | None = None
    factor: _Factor | None = None


class Scenario(Body):
    """What to change; everything left out stays as it is."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    reviewers: Annotated[list[Gain] | None, Field(max_length=_MOST_LEVERS)] = None
    moves: Annotated[list[Moved] | None, Field(max_length=_MOST_LEVERS)] = None
    managers: Annotated[list[Staffing] | None, Field(max_length=_MOST_LEVERS)] = None
    moderators: Annotated[list[Staffing] | None, Field(max_length=_MOST_LEVERS)] = None
    overtime: Annotated[list[Day] | None, Field(max_length=_MOST_DAYS)] = None
    """Closed days that are worked."""
    vacancies_filled_on: Day | None = None
    vacancies_certain: bool | None = None
    extra_cases: Annotated[int, Field(ge=-MOST_CASES, le=MOST_CASES)] | None = None
    target: Day | None = None
    scope_cut_off: Day | None = None
    new_cases_factor: _Factor | None = None
    returned_factor: _Factor | None = None
    reviewers_move: bool | None = None


class Try(Body):
    """A scenario to play."""

    scenario: Scenario
    keep: bool = False
    """Keep it with its result."""


class Played(Out):
    """What a scenario would do, path by path on the same futures; keys of `cin what-if --json`."""

    kept_as: int | None
    """Number of the scenario kept."""
    result: dict[str, Any]


class Kept(Out):
    """A scenario that was kept."""

    id: int
    name: str
    as_of: date
    definition: dict[str, Any]
    created_by: str
    created_at: datetime


class AllKept(Out):
    """Scenarios that were kept, the newest first."""

    scenarios: list[Kept]


@router.get("")
def scenarios(at: Reading) -> AllKept:
    """The scenarios kept."""
    found = saved_scenarios(at.session, programme=at.programme)
    return AllKept(scenarios=[Kept.model_validate(one) for one in found])


@router.post("")
def try_it(at: Reading, database: AppDatabase, body: Try) -> Played:
    """Play a scenario against the forecast; keep it when asked to. Takes a few seconds."""
    run = play(at, body.scenario.model_dump(exclude_none=True))
    return _played(run, keep(at, database, run) if body.keep else None)


@router.get("/{number}")
def one_scenario(at: Reading, number: Number) -> Played:
    """A scenario that was kept, played again on the data of its day."""
    run = run_saved_scenario(
        at.session, programme=at.programme, policy=at.policy, scenario_id=number
    )
    return _played(run, number)


def _played(run: ScenarioRun, kept_as: int | None) -> Played:
    return Played(kept_as=kept_as, result=run.to_json())
