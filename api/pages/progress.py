"""The managers' progress page, its pictures, its numbers as CSV, and why the forecast moved."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from api.answers import show
from api.facts import Chart, Districts, Facts, Kept, WhyMoved
from api.moments import Reading
from api.security import PICTURE_POLICY
from api.site import PageSite
from forms.charts import (
    Width,
    burn_down,
    burn_down_csv,
    reliability,
    reliability_csv,
    small_multiples,
    small_multiples_csv,
)
from forms.progress import progress_page
from forms.progress_past import why_page

router = APIRouter(prefix="/progress")


@router.get("", response_class=HTMLResponse)
def progress(facts: Facts) -> HTMLResponse:
    """How far the reviews are, and when they will be complete."""
    return show("progress.html", progress_page(facts))


@router.get("/why", response_class=HTMLResponse)
def why(at: Reading, site: PageSite, step: WhyMoved) -> HTMLResponse:
    """Why the chance moved since an earlier forecast: data, capacity or scope."""
    return show("why.html", why_page(site, step, as_of=at.as_of))


@router.get("/burn-down-{width}.svg")
def burn_down_svg(chart: Chart, width: Width) -> Response:
    """The burn-down for a page (`wide`) or a phone (`narrow`)."""
    return _svg(burn_down(chart, width=width, file_format="svg"))


@router.get("/burn-down.png")
def burn_down_png(chart: Chart) -> Response:
    """The burn-down for a paper."""
    picture = burn_down(chart, width="wide", file_format="png")
    headers = _attached(f"burn-down-{chart.as_of}.png")
    return Response(picture, media_type="image/png", headers=headers)


@router.get("/burn-down.csv")
def burn_down_numbers(chart: Chart) -> Response:
    """The burn-down's numbers for a spreadsheet."""
    return _csv(burn_down_csv(chart), f"burn-down-{chart.as_of}.csv")


@router.get("/districts-{width}.svg")
def districts_svg(chart: Districts, width: Width) -> Response:
    """A small burn-down for each district."""
    return _svg(small_multiples(chart, width=width, file_format="svg"))


@router.get("/districts.csv")
def districts_numbers(chart: Districts) -> Response:
    """Their numbers, week by week."""
    return _csv(small_multiples_csv(chart), "burn-down-by-district.csv")


@router.get("/reliability-{width}.svg")
def reliability_svg(chart: Kept, width: Width) -> Response:
    """What was said against what happened."""
    return _svg(reliability(chart, width=width, file_format="svg"))


@router.get("/reliability.csv")
def reliability_numbers(chart: Kept) -> Response:
    """The same in numbers."""
    return _csv(reliability_csv(chart), "what-we-said-and-what-happened.csv")


def _svg(picture: bytes) -> Response:
    headers = {"Content-Security-Policy": PICTURE_POLICY}
    return Response(picture, media_type="image/svg+xml", headers=headers)


def _csv(text: str, name: str) -> Response:
    return Response(text, media_type="text/csv; charset=utf-8", headers=_attached(name))


def _attached(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
