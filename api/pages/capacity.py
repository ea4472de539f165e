"""The capacity register: vacant posts and Practice Managers who carry cases, with both burn-downs."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from fastapi import Path as InPath
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from api.answers import go_on, show
from api.connections import AppDatabase
from api.entries import (
    REFUSALS,
    a_count,
    a_day,
    a_number,
    fault_of,
    maybe_a_day,
    typed_into,
)
from api.moments import Moment, Reading, Writing, moment_of
from api.posted import Posted, text
from api.security import PICTURE_POLICY
from api.site import PageSite
from forms.capacity import PATH, SLUGS, CapacityPage, RegisterFacts, capacity_page
from forms.capacity_charts import CapacityChart, Register, capacity_csv, capacity_picture
from forms.capacity_entries import (
    EntryPage,
    manager_page,
    new_manager_page,
    new_post_page,
    post_page,
)
from forms.charts import Width
from forms.pages import Site
from workflow import capacity
from workflow.capacity.entries import read_manager, read_post, vacancies_of
from workflow.capacity.posts import MAY_KEEP
from workflow.errors import InvalidInputError
from workflow.forecast import Scenario
from workflow.forecast.what_if import ScenarioRun, run_scenario, save_scenario
from workflow.programmes import geography_of
from workflow.states import Role

router = APIRouter(prefix=PATH)
Number = Annotated[int, InPath(ge=1, lt=2**31)]
Lever = Literal["posts", "managers"]
Slug = Literal["posts", "cases"]
_MAY_TRY = frozenset({Role.MANAGER, Role.COORDINATOR})


@router.get("", response_class=HTMLResponse)
def register(at: Reading, site: PageSite) -> HTMLResponse:
    """Both registers."""
    return show("capacity/capacity.html", _register(at, site))


@router.get("/{slug}-{width}.svg")
def picture(at: Reading, slug: Slug, width: Width) -> Response:
    """A burn-down for a page (`wide`) or a phone (`narrow`)."""
    drawn = capacity_picture(chart_of(at, SLUGS[slug]), width=width, file_format="svg")
    headers = {"Content-Security-Policy": PICTURE_POLICY}
    return Response(drawn, media_type="image/svg+xml", headers=headers)


@router.get("/{slug}.csv")
def numbers(at: Reading, slug: Slug) -> Response:
    """A burn-down's numbers for a spreadsheet."""
    headers = {"Content-Disposition": f'attachment; filename="{SLUGS[slug]}-{at.as_of}.csv"'}
    content = capacity_csv(chart_of(at, SLUGS[slug]))
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/what-if/{lever}", response_class=HTMLResponse)
def pull(
    at: Reading, site: PageSite, lever: Lever, posted: Posted, database: AppDatabase
) -> Response:
    """Play a lever of the register; keep it when asked to. Simulated outside the write transaction."""
    typed = typed_into(lever, posted)
    try:
        run = _run(at, _scenario(at, lever, posted))
    except InvalidInputError as refused:
        page = _register(at, site, faults=(fault_of(lever, refused, "on"),), typed=typed)
        return show("capacity/capacity.html", page)
    if text(posted, "save"):
        with database.write() as session:
            kept = moment_of(session, at.visitor, at.clock)
            saved = save_scenario(
                session, programme=kept.programme, run=run, actor=kept.actor, now=kept.now
            )
            number = saved.key
        return go_on(f"/what-if/{number}", done="The scenario is kept.")
    return show("capacity/capacity.html", _register(at, site, run=run, typed=typed))


@router.get("/posts/add", response_class=HTMLResponse)
def ask_post(at: Reading, site: PageSite) -> HTMLResponse:
    """The form for a vacant post."""
    return show("capacity/entry.html", _new_post(at, site))


@router.post("/posts/add", response_class=HTMLResponse)
def add_post(at: Writing, site: PageSite, posted: Posted) -> Response:
    """Enter a vacant post."""
    try:
        post = capacity.open_post(
            at.session,
            programme=at.programme,
            reference=text(posted, "reference"),
            role=text(posted, "role"),
            district=text(posted, "district") or None,
            since_on=a_day(posted, "since_on", "the day it fell vacant"),
            expected_on=maybe_a_day(posted, "expected_on", "the day it is expected to be filled"),
            points_per_day=a_number(posted, "points_per_day", "the points a day"),
            actor=at.actor,
            now=at.now,
        )
    except REFUSALS as refused:
        fault = fault_of("add", refused, "reference")
        page = _new_post(at, site, faults=(fault,), typed=typed_into("add", posted))
        return show("capacity/entry.html", page)
    return go_on(f"{PATH}/posts/{post.key}", done="The post is entered.")


@router.get("/posts/{number}", response_class=HTMLResponse)
def one_post(at: Reading, site: PageSite, number: Number) -> HTMLResponse:
    """One post."""
    return show("capacity/entry.html", _post(at, site, number))


@router.post("/posts/{number}/expect", response_class=HTMLResponse)
def expect(at: Writing, site: PageSite, number: Number, posted: Posted) -> Response:
    """Change the date by which it is expected to be filled."""
    read_post(at.session, at.programme, number)

    def change() -> object:
        return capacity.expect_post(
            at.session,
            vacancy_id=number,
            expected_on=maybe_a_day(posted, "expected_on", "the new date"),
            reason=text(posted, "reason"),
            actor=at.actor,
            now=at.now,
        )

    words = ("expect", "expected_on", "The date is changed.")
    again = partial(_post, at, site, number)
    return _changed(f"posts/{number}", posted, words, change, again)


@router.post("/posts/{number}/fill", response_class=HTMLResponse)
def fill(at: Writing, site: PageSite, number: Number, posted: Posted) -> Response:
    """Say that somebody has started."""
    read_post(at.session, at.programme, number)

    def change() -> object:
        return capacity.fill_post(
            at.session,
            vacancy_id=number,
            filled_on=a_day(posted, "filled_on", "the day somebody started"),
            actor=at.actor,
            now=at.now,
        )

    words = ("fill", "filled_on", "The post is filled.")
    again = partial(_post, at, site, number)
    return _changed(f"posts/{number}", posted, words, change, again)


@router.get("/managers/add", response_class=HTMLResponse)
def ask_manager(at: Reading, site: PageSite) -> HTMLResponse:
    """The form for a Practice Manager."""
    return show("capacity/entry.html", _new_manager(at, site))


@router.post("/managers/add", response_class=HTMLResponse)
def add_manager(at: Writing, site: PageSite, posted: Posted) -> Response:
    """Enter a Practice Manager who carries cases."""
    try:
        cases = a_count(posted, "cases", "how many cases they carry")
        if cases < 0:
            raise InvalidInputError("A count cannot be negative.", "cases")
        manager = capacity.add_manager(
            at.session,
            programme=at.programme,
            reference=text(posted, "reference"),
            name=text(posted, "name"),
            cases=cases,
            ends_on=maybe_a_day(posted, "ends_on", "the day from which they carry none"),
            team=text(posted, "team") or None,
            district=text(posted, "district") or None,
            actor=at.actor,
            now=at.now,
        )
    except REFUSALS as refused:
        fault = fault_of("add", refused, "reference")
        page = _new_manager(at, site, faults=(fault,), typed=typed_into("add", posted))
        return show("capacity/entry.html", page)
    return go_on(f"{PATH}/managers/{manager.key}", done="The Practice Manager is entered.")


@router.get("/managers/{number}", response_class=HTMLResponse)
def one_manager(at: Reading, site: PageSite, number: Number) -> HTMLResponse:
    """One Practice Manager."""
    return show("capacity/entry.html", _manager(at, site, number))


@router.post("/managers/{number}/count", response_class=HTMLResponse)
def count(at: Writing, site: PageSite, number: Number, posted: Posted) -> Response:
    """Note how many cases they carry."""
    read_manager(at.session, at.programme, number)

    def change() -> object:
        return capacity.count_cases(
            at.session,
            manager_id=number,
            cases=a_count(posted, "cases", "how many cases they carry"),
            counted_on=a_day(posted, "counted_on", "the day of the count"),
            actor=at.actor,
            now=at.now,
        )

    words = ("count", "cases", "The count is noted.")
    again = partial(_manager, at, site, number)
    return _changed(f"managers/{number}", posted, words, change, again)


@router.post("/managers/{number}/end", response_class=HTMLResponse)
def end(at: Writing, site: PageSite, number: Number, posted: Posted) -> Response:
    """Change the date from which they carry none."""
    read_manager(at.session, at.programme, number)

    def change() -> object:
        return capacity.move_end(
            at.session,
            manager_id=number,
            ends_on=maybe_a_day(posted, "ends_on", "the new date"),
            reason=text(posted, "reason"),
            actor=at.actor,
            now=at.now,
        )

    words = ("end", "ends_on", "The date is changed.")
    again = partial(_manager, at, site, number)
    return _changed(f"managers/{number}", posted, words, change, again)


def chart_of(at: Moment, register: Register) -> CapacityChart:
    """The burn-down of a register on the day the pages speak of."""
    read = capacity.vacant_posts if register == "vacant_posts" else capacity.carried_cases
    left = read(at.session, programme=at.programme, policy=at.policy, as_of=at.as_of)
    return CapacityChart(register=register, burn_down=left, target=at.programme.target_on)


def register_facts(at: Moment) -> RegisterFacts:
    """Both registers as they stood on the day the pages speak of."""
    posts = capacity.posts_of(at.session, at.programme, at.as_of)
    carriers = capacity.carriers_of(at.session, at.programme, at.as_of)
    managers = capacity.managers_of(at.session, at.programme)
    return RegisterFacts(
        posts=list(zip(vacancies_of(at.session, at.programme), posts, strict=True)),
        managers=[(*entry, carrier) for entry, carrier in zip(managers, carriers, strict=True)],
    )


_Words = tuple[str, str, str]
"""A form, its field for a refusal that names none, and what is said after the change."""


def _changed(
    path: str,
    posted: FormData,
    words: _Words,
    change: Callable[[], object],
    again: Callable[..., EntryPage],
) -> Response:
    """Change an entry, or show it again with what was refused."""
    form, field, said = words
    try:
        change()
    except REFUSALS as refused:
        fault = fault_of(form, refused, field)
        page = again(faults=(fault,), typed=typed_into(form, posted))
        return show("capacity/entry.html", page)
    return go_on(f"{PATH}/{path}", done=said)


def _scenario(at: Moment, lever: Lever, posted: FormData) -> Scenario:
    if lever == "posts":
        day = a_day(posted, "on", "the day on which they are filled")
        return capacity.fill_posts(day, certain=text(posted, "certain") == "yes")
    managers = capacity.managers_of(at.session, at.programme)
    return capacity.free_managers(
        capacity.carriers_of(at.session, at.programme, at.as_of),
        as_of=at.as_of,
        policy=at.policy.capacity,
        districts={manager.reference: manager.district for manager, _ in managers},
        freed_on=maybe_a_day(posted, "on", "the day from which they carry none"),
    )


def _run(at: Moment, scenario: Scenario) -> ScenarioRun:
    return run_scenario(
        at.session,
        programme=at.programme,
        policy=at.policy,
        as_of=at.as_of,
        scenario=scenario,
    )


def _may_keep(at: Moment) -> bool:
    return bool(at.actor.roles & set(MAY_KEEP))


def _register(at: Moment, site: Site, **page: Any) -> CapacityPage:
    return capacity_page(
        site,
        register_facts(at),
        {register: chart_of(at, register) for register in SLUGS.values()},
        districts=geography_of(at.programme).districts,
        calendar=at.programme.calendar,
        as_of=at.as_of,
        may_keep=_may_keep(at),
        may_try=bool(at.actor.roles & _MAY_TRY),
        **page,
    )


def _post(at: Moment, site: Site, number: int, **page: Any) -> EntryPage:
    vacancy, events = read_post(at.session, at.programme, number)
    posts = capacity.posts_of(at.session, at.programme, at.as_of)
    return post_page(
        site,
        vacancy,
        next(post for post in posts if post.reference == vacancy.reference),
        events,
        districts=geography_of(at.programme).districts,
        calendar=at.programme.calendar,
        as_of=at.as_of,
        may_keep=_may_keep(at),
        **page,
    )


def _manager(at: Moment, site: Site, number: int, **page: Any) -> EntryPage:
    manager, counts, events = read_manager(at.session, at.programme, number)
    carriers = capacity.carriers_of(at.session, at.programme, at.as_of)
    return manager_page(
        site,
        manager,
        counts,
        next(carrier for carrier in carriers if carrier.reference == manager.reference),
        events,
        districts=geography_of(at.programme).districts,
        as_of=at.as_of,
        may_keep=_may_keep(at),
        **page,
    )


def _new_post(at: Moment, site: Site, **page: Any) -> EntryPage:
    districts = geography_of(at.programme).districts
    return new_post_page(site, districts=districts, as_of=at.as_of, **page)


def _new_manager(at: Moment, site: Site, **page: Any) -> EntryPage:
    districts = geography_of(at.programme).districts
    return new_manager_page(site, districts=districts, as_of=at.as_of, **page)
