"""What if: pull a lever, see what it would do to the finish, keep the scenario."""

from datetime import date, timedelta
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from sqlmodel import select

from api.answers import go_on, show
from api.connections import AppDatabase
from api.inputs import Number
from api.moments import Moment, Reading, moment_of
from api.posted import Posted, text
from api.site import PageSite
from forms.pages import Fault, Site
from forms.what_if import FIELDS, PATH, TypedFaults, WhatIfPage, definition, what_if_page
from workflow.db import Database
from workflow.errors import InvalidInputError
from workflow.forecast.scenario_file import scenario_of
from workflow.forecast.what_if import (
    ScenarioRun,
    run_saved_scenario,
    run_scenario,
    save_scenario,
    saved_scenarios,
)
from workflow.models import Reviewer
from workflow.programmes import geography_of
from workflow.states import Role

router = APIRouter(prefix=PATH)


@router.get("", response_class=HTMLResponse)
def what_if(at: Reading, site: PageSite) -> HTMLResponse:
    """The levers, and the scenarios kept."""
    return show("what_if.html", _page(at, site))


@router.post("", response_class=HTMLResponse)
def try_it(at: Reading, site: PageSite, posted: Posted, database: AppDatabase) -> Response:
    """Play the scenario; keep it when asked to. The simulation runs outside the write transaction."""
    typed = {name: text(posted, name) for name in FIELDS}
    ticked = [str(day) for day in posted.getlist("overtime")]
    try:
        run = play(at, definition(typed, ticked))
    except TypedFaults as wrong:
        return show(
            "what_if.html", _page(at, site, typed=typed, ticked=ticked, faults=wrong.faults)
        )
    except InvalidInputError as refused:
        fault = Fault(str(refused), refused.field or "name")
        return show("what_if.html", _page(at, site, typed=typed, ticked=ticked, faults=(fault,)))
    if text(posted, "save") and not typed["name"]:
        fault = Fault("Give the scenario a name to keep it", "name")
        page = _page(at, site, typed=typed, ticked=ticked, run=run, faults=(fault,))
        return show("what_if.html", page)
    if text(posted, "save"):
        number = keep(at, database, run)
        return go_on(f"{PATH}/{number}", done="The scenario is kept.")
    return show("what_if.html", _page(at, site, typed=typed, ticked=ticked, run=run))


@router.get("/{number}", response_class=HTMLResponse)
def one_scenario(at: Reading, site: PageSite, number: Number) -> HTMLResponse:
    """A scenario that was kept, played again on the data of its day."""
    run = run_saved_scenario(
        at.session, programme=at.programme, policy=at.policy, scenario_id=number
    )
    return show("what_if.html", _page(at, site, run=run, typed={"name": run.scenario.name}))


def play(at: Moment, made: dict[str, Any]) -> ScenarioRun:
    """Play a scenario, given as its file would give it.

    Raises:
        InvalidInputError: something in it cannot be used.
    """
    find_district = geography_of(at.programme).find_district
    read = scenario_of(made, find_district=find_district)
    if read.scenario is None:
        raise InvalidInputError(f"{read.findings[0].message} {read.findings[0].fix}")
    return run_scenario(
        at.session,
        programme=at.programme,
        policy=at.policy,
        as_of=at.as_of,
        scenario=read.scenario,
    )


def keep(at: Moment, database: Database, run: ScenarioRun) -> int:
    """Keep a scenario with its result; gives its number."""
    with database.write() as session:
        then = moment_of(session, at.visitor, at.clock)
        saved = save_scenario(
            session, programme=then.programme, run=run, actor=then.actor, now=then.now
        )
        return saved.key


def _page(
    at: Moment,
    site: Site,
    *,
    typed: dict[str, str] | None = None,
    ticked: list[str] | None = None,
    run: ScenarioRun | None = None,
    **page: Any,
) -> WhatIfPage:
    agencies = at.session.exec(
        select(Reviewer.agency).where(Reviewer.programme_id == at.programme.key).distinct()
    )
    return what_if_page(
        site,
        typed=typed or {},
        ticked=ticked or [],
        agencies=sorted(agencies),
        districts=geography_of(at.programme).districts,
        closed_days=_closed_days(at),
        as_of=at.as_of,
        run=run,
        saved=saved_scenarios(at.session, programme=at.programme),
        may_save=bool(at.actor.roles & {Role.MANAGER, Role.COORDINATOR}),
        **page,
    )


def _closed_days(at: Moment) -> list[date]:
    """Saturdays and bank holidays until the target, which could be worked."""
    days = (at.programme.target_on - at.as_of).days
    ahead = [at.as_of + timedelta(days=n) for n in range(1, max(days, 0) + 1)]
    closed = [day for day in ahead if not at.programme.calendar.is_working_day(day)]
    sunday = 6
    return [day for day in closed if day.weekday() != sunday]
