"""The quality pages: the sample and its plan, agreement, local variation, what reviews find."""

from dataclasses import replace
from typing import Literal

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from api.answers import go_on, show
from api.entries import REFUSALS, a_count, a_day, a_number, fault_of, typed_into
from api.moments import Moment, Reading, Writing
from api.posted import Posted, text
from api.quality import facts_at
from api.security import PICTURE_POLICY
from api.site import PageSite
from forms.charts import Width
from forms.funnels import FunnelChart, funnel_csv, funnel_picture
from forms.pages import Site
from forms.quality import PATH, charts_of, quality_page, teams_page
from forms.quality_plan import PLAN, PLAN_PATH, PlanPage, plan_page, strata_of
from workflow.errors import NotFoundError
from workflow.programmes import geography_of
from workflow.quality.outlook import Outlook, outlook
from workflow.quality.plans import plan_on, plans_of, set_plan, with_codes
from workflow.quality.sampling import ALWAYS, SamplingPlan
from workflow.quality.tables import BoardFunnel
from workflow.states import Role

router = APIRouter(prefix=PATH)
Measure = Literal["lessen", "rise", "inadequate", "late", "returned"]
_MAY_CHANGE = frozenset({Role.MANAGER, Role.ADMINISTRATOR})


@router.get("", response_class=HTMLResponse)
def quality(at: Reading, site: PageSite) -> HTMLResponse:
    """Everything on one page."""
    plan = _today(at)
    page = quality_page(
        site,
        facts_at(at),
        plan=plan,
        drawn=_outlook(at, plan),
        districts=geography_of(at.programme).districts,
        as_of=at.as_of,
    )
    return show("quality/quality.html", page)


@router.get("/teams", response_class=HTMLResponse)
def teams(at: Reading, site: PageSite) -> HTMLResponse:
    """Where teams differ by more than chance explains."""
    return show("quality/teams.html", teams_page(site, facts_at(at), as_of=at.as_of))


@router.get("/{measure}-{width}.svg")
def picture(at: Reading, measure: Measure, width: Width) -> Response:
    """A funnel for a page (`wide`) or a phone (`narrow`)."""
    return _drawn(_chart(facts_at(at).funnels, measure, "district"), width)


@router.get("/{measure}.csv")
def numbers(at: Reading, measure: Measure) -> Response:
    """A funnel's numbers for a spreadsheet."""
    name = f"{measure}-{at.as_of}.csv"
    return _written(_chart(facts_at(at).funnels, measure, "district"), name)


@router.get("/teams/{measure}-{width}.svg")
def team_picture(at: Reading, measure: Measure, width: Width) -> Response:
    """A funnel by team."""
    return _drawn(_chart(facts_at(at).team_funnels, measure, "team"), width)


@router.get("/teams/{measure}.csv")
def team_numbers(at: Reading, measure: Measure) -> Response:
    """A funnel's numbers by team for a spreadsheet."""
    name = f"{measure}-by-team-{at.as_of}.csv"
    return _written(_chart(facts_at(at).team_funnels, measure, "team"), name)


@router.get("/plan", response_class=HTMLResponse)
def sampling_plan(at: Reading, site: PageSite) -> HTMLResponse:
    """The plan in force, what it will draw and how it changed."""
    return show("quality/plan.html", _plan_page(at, site))


@router.post("/plan", response_class=HTMLResponse)
def change_plan(at: Writing, site: PageSite, posted: Posted) -> Response:
    """Set a sampling plan from a day on, or only see what it would draw."""
    typed = typed_into(PLAN, posted)
    try:
        plan = with_codes(_planned(_today(at), posted), geography_of(at.programme))
        if "look" in posted:
            plan.check()
            tried = (plan, _outlook(at, plan))
            return show("quality/plan.html", _plan_page(at, site, typed=typed, tried=tried))
        set_plan(
            at.session,
            programme=at.programme,
            plan=plan,
            reason=text(posted, "reason"),
            actor=at.actor,
            now=at.now,
            today=at.as_of,
        )
    except REFUSALS as refused:
        faults = (fault_of(PLAN, refused, "reason"),)
        return show("quality/plan.html", _plan_page(at, site, faults=faults, typed=typed))
    return go_on(PLAN_PATH, done="The sampling plan is set.")


def _planned(now: SamplingPlan, posted: FormData) -> SamplingPlan:
    return replace(
        now,
        in_force_from=a_day(posted, "in_force_from", "the day from which the plan holds"),
        share=a_number(posted, "share", "the share") / 100,
        strata=strata_of(text(posted, "strata")),
        first_reviews=a_count(posted, "first_reviews", "how many first reviews"),
        under_years=a_count(posted, "under_years", "the age"),
        always=frozenset(code for code in ALWAYS if text(posted, f"always_{code}")),
    )


def _today(at: Moment) -> SamplingPlan:
    return plan_on(at.session, at.programme.key, at.as_of, at.policy.moderation)


def _outlook(at: Moment, plan: SamplingPlan) -> Outlook:
    return outlook(at.session, at.programme, plan, on=max(at.as_of, plan.in_force_from))


def _plan_page(at: Moment, site: Site, **page: object) -> PlanPage:
    plan = _today(at)
    return plan_page(
        site,
        plan,
        _outlook(at, plan),
        plans=plans_of(at.session, at.programme.key),
        districts=geography_of(at.programme).districts,
        as_of=at.as_of,
        may_change=bool(at.actor.roles & _MAY_CHANGE),
        **page,  # type: ignore[arg-type]
    )


def _chart(funnels: tuple[BoardFunnel, ...], measure: str, unit: str) -> FunnelChart:
    """A funnel of published counts.

    Raises:
        NotFoundError: there are too few reviews to draw it.
    """
    chart = charts_of(funnels, unit).get(measure)
    if chart is None:
        raise NotFoundError("funnel", measure)
    return chart


def _drawn(chart: FunnelChart, width: Width) -> Response:
    drawn = funnel_picture(chart, width=width, file_format="svg")
    headers = {"Content-Security-Policy": PICTURE_POLICY}
    return Response(drawn, media_type="image/svg+xml", headers=headers)


def _written(chart: FunnelChart, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(funnel_csv(chart), media_type="text/csv; charset=utf-8", headers=headers)
