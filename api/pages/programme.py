"""A programme's settings: dates, cohort, calendar, who answers, and the numbers it runs by."""

from typing import Annotated, Any

from fastapi import APIRouter
from fastapi import Path as InPath
from fastapi.responses import HTMLResponse, Response

from api.answers import go_on, show
from api.entries import REFUSALS, a_day, a_number, fault_of, maybe_a_day, typed_into
from api.moments import Moment, Reading, Writing
from api.posted import Posted, text
from api.site import PageSite
from forms.pages import Site
from forms.programme import PATH, ProgrammeFacts, ProgrammePage, programme_page
from forms.programme_policy import SettingPage, policy_page, setting_page
from workflow.accounts import list_accounts
from workflow.cohort import cohort_counts
from workflow.errors import NotFoundError
from workflow.models import Account
from workflow.policy_settings import find_setting
from workflow.programme_changes import (
    MAY_CHANGE,
    MAY_CHANGE_DAYS,
    DayKind,
    change_dates,
    change_day,
    change_number,
    changes_of,
    early_help_areas,
)
from workflow.retention import keeping_on
from workflow.retention.standing import standing_holds
from workflow.states import Role

router = APIRouter(prefix=PATH)
Name = Annotated[str, InPath(max_length=120)]
_ON_DUTY = frozenset({Role.MANAGER, Role.COORDINATOR})
_KEEPS_RECORDS = frozenset({Role.MANAGER, Role.ADMINISTRATOR})


@router.get("", response_class=HTMLResponse)
def programme(at: Reading, site: PageSite) -> HTMLResponse:
    """What the programme goes by."""
    return show("programme/programme.html", _programme(at, site))


@router.post("/dates", response_class=HTMLResponse)
def set_dates(at: Writing, site: PageSite, posted: Posted) -> Response:
    """Change the target, or the cut-off of the scope."""
    try:
        change_dates(
            at.session,
            programme=at.programme,
            target_on=a_day(posted, "target_on", "the day by which every review is complete"),
            scope_cut_off_on=maybe_a_day(posted, "scope_cut_off_on", "the cut-off"),
            reason=text(posted, "reason"),
            actor=at.actor,
            now=at.now,
        )
    except REFUSALS as refused:
        fault = fault_of("dates", refused, "target_on")
        page = _programme(at, site, faults=(fault,), typed=typed_into("dates", posted))
        return show("programme/programme.html", page)
    return go_on(PATH, done="The dates are changed.")


@router.post("/days", response_class=HTMLResponse)
def set_day(at: Writing, site: PageSite, posted: Posted) -> Response:
    """Close a day, work on one, or let it be as usual again."""
    kind = text(posted, "kind")
    if kind not in set(DayKind):
        raise NotFoundError("kind of day", kind)
    try:
        change_day(
            at.session,
            programme=at.programme,
            day=a_day(posted, "day", "the day"),
            kind=DayKind(kind),
            reason=text(posted, "reason"),
            actor=at.actor,
            now=at.now,
        )
    except REFUSALS as refused:
        fault = fault_of("day", refused, "day")
        page = _programme(at, site, faults=(fault,), typed=typed_into("day", posted))
        return show("programme/programme.html", page)
    return go_on(PATH, done="The calendar is changed.")


@router.get("/policy", response_class=HTMLResponse)
def policy(at: Reading, site: PageSite) -> HTMLResponse:
    """Every number the programme runs by."""
    page = policy_page(
        site,
        at.policy,
        areas=early_help_areas(at.programme),
        as_of=at.as_of,
        may_change=_may(at, MAY_CHANGE),
    )
    return show("programme/policy.html", page)


@router.get("/policy/{name}", response_class=HTMLResponse)
def one_number(at: Reading, site: PageSite, name: Name) -> HTMLResponse:
    """One number: what it means, what it was."""
    return show("programme/setting.html", _setting(at, site, name))


@router.post("/policy/{name}", response_class=HTMLResponse)
def set_number(at: Writing, site: PageSite, name: Name, posted: Posted) -> Response:
    """Change a number from now on."""
    try:
        change_number(
            at.session,
            programme=at.programme,
            name=name,
            value=a_number(posted, "value", "the new value"),
            reason=text(posted, "reason"),
            actor=at.actor,
            now=at.now,
        )
    except REFUSALS as refused:
        fault = fault_of("setting", refused, "value")
        page = _setting(at, site, name, faults=(fault,), typed=typed_into("setting", posted))
        return show("programme/setting.html", page)
    return go_on(f"{PATH}/policy/{name}", done="The number is changed.")


def people_on_duty(at: Moment) -> list[Account]:
    """The council's people who may take an escalation on, by user name."""
    return [
        account
        for account in list_accounts(at.session, at.programme)
        if not account.is_disabled
        and account.agency == "council"
        and _ON_DUTY & set(map(Role, account.roles))
    ]


def _may(at: Moment, roles: tuple[Role, ...] | frozenset[Role]) -> bool:
    return bool(at.actor.roles & set(roles))


def _programme(at: Moment, site: Site, **page: Any) -> ProgrammePage:
    facts = ProgrammeFacts(
        programme=at.programme,
        as_of=at.as_of,
        tracking=at.policy.tracking,
        in_cohort=cohort_counts(at.session, at.programme).in_cohort,
        on_duty=people_on_duty(at),
        keeping=keeping_on(at.session, at.programme, at.as_of).source,
        holds=len(standing_holds(at.session, at.programme)),
        changes=changes_of(at.session, at.programme),
    )
    return programme_page(
        site,
        facts,
        may_change=_may(at, MAY_CHANGE),
        may_change_days=_may(at, MAY_CHANGE_DAYS),
        may_see_caseload=Role.COORDINATOR in at.actor.roles,
        may_see_records=_may(at, _KEEPS_RECORDS),
        **page,
    )


def _setting(at: Moment, site: Site, name: str, **page: Any) -> SettingPage:
    setting = find_setting(name)
    if setting.area and setting.area not in early_help_areas(at.programme):
        raise NotFoundError("early help area", setting.area)
    return setting_page(
        site,
        setting,
        at.policy,
        changes_of(at.session, at.programme),
        as_of=at.as_of,
        may_change=_may(at, MAY_CHANGE),
        **page,
    )
