"""The quality page: the sample and its plan, agreement, local variation, what reviews find."""

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
from forms.quality import PATH, QualityPage, quality_page
from forms.report.words import funnel_chart
from workflow.errors import NotFoundError
from workflow.quality.plans import plan_on, plans_of, set_plan
from workflow.quality.sampling import ALWAYS, SamplingPlan
from workflow.states import Role

router = APIRouter(prefix=PATH)
Measure = Literal["lessen", "rise", "inadequate", "late", "returned"]
_MAY_CHANGE = frozenset({Role.MANAGER, Role.ADMINISTRATOR})


@router.get("", response_class=HTMLResponse)
def quality(at: Reading, site: PageSite) -> HTMLResponse:
    """Everything on one page."""
    return show("quality/quality.html", _page(at, site))


@router.get("/{measure}-{width}.svg")
def picture(at: Reading, measure: Measure, width: Width) -> Response:
    """A funnel for a page (`wide`) or a phone (`narrow`)."""
    drawn = funnel_picture(_chart(at, measure), width=width, file_format="svg")
    headers = {"Content-Security-Policy": PICTURE_POLICY}
    return Response(drawn, media_type="image/svg+xml", headers=headers)


@router.get("/{measure}.csv")
def numbers(at: Reading, measure: Measure) -> Response:
    """A funnel's numbers for a spreadsheet."""
    headers = {"Content-Disposition": f'attachment; filename="{measure}-{at.as_of}.csv"'}
    content = funnel_csv(_chart(at, measure))
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/plan", response_class=HTMLResponse)
def change_plan(at: Writing, site: PageSite, posted: Posted) -> Response:
    """Set a sampling plan from a day on."""
    try:
        set_plan(
            at.session,
            programme=at.programme,
            plan=_planned(_today(at), posted),
            reason=text(posted, "reason"),
            actor=at.actor,
            now=at.now,
            today=at.as_of,
        )
    except REFUSALS as refused:
        faults = (fault_of("plan", refused, "reason"),)
        page = _page(at, site, faults=faults, typed=typed_into("plan", posted))
        return show("quality/quality.html", page)
    return go_on(PATH, done="The sampling plan is set.")


def _planned(now: SamplingPlan, posted: FormData) -> SamplingPlan:
    return replace(
        now,
        in_force_from=a_day(posted, "in_force_from", "the day from which the plan holds"),
        share=a_number(posted, "share", "the share") / 100,
        first_reviews=a_count(posted, "first_reviews", "how many first reviews"),
        under_years=a_count(posted, "under_years", "the age"),
        always=frozenset(code for code in ALWAYS if text(posted, f"always_{code}")),
    )


def _today(at: Moment) -> SamplingPlan:
    return plan_on(at.session, at.programme.key, at.as_of, at.policy.moderation)


def _page(at: Moment, site: Site, **page: object) -> QualityPage:
    return quality_page(
        site,
        facts_at(at),
        plan=_today(at),
        plans=plans_of(at.session, at.programme.key),
        as_of=at.as_of,
        may_change=bool(at.actor.roles & _MAY_CHANGE),
        **page,  # type: ignore[arg-type]
    )


def _chart(at: Moment, measure: str) -> FunnelChart:
    """A funnel of published counts.

    Raises:
        NotFoundError: there are too few reviews to draw it.
    """
    for one in facts_at(at).funnels:
        if one.measure == measure and (chart := funnel_chart(one)) is not None:
            return chart
    raise NotFoundError("funnel", measure)
