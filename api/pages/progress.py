"""The managers' progress page, its burn-down as pictures, and its numbers as CSV."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from api.answers import show
from api.facts import Chart, Facts
from api.security import PICTURE_POLICY
from forms.charts import Width, burn_down, burn_down_csv
from forms.progress import progress_page

router = APIRouter(prefix="/progress")


@router.get("", response_class=HTMLResponse)
def progress(facts: Facts) -> HTMLResponse:
    """How far the reviews are, and when they will be complete."""
    return show("progress.html", progress_page(facts))


@router.get("/burn-down-{width}.svg")
def burn_down_svg(chart: Chart, width: Width) -> Response:
    """The burn-down for a page (`wide`) or a phone (`narrow`)."""
    picture = burn_down(chart, width=width, file_format="svg")
    headers = {"Content-Security-Policy": PICTURE_POLICY}
    return Response(picture, media_type="image/svg+xml", headers=headers)


@router.get("/burn-down.png")
def burn_down_png(chart: Chart) -> Response:
    """The burn-down for a paper."""
    picture = burn_down(chart, width="wide", file_format="png")
    return Response(picture, media_type="image/png", headers=_attached(chart, "png"))


@router.get("/burn-down.csv")
def burn_down_numbers(chart: Chart) -> Response:
    """The burn-down's numbers for a spreadsheet."""
    headers = _attached(chart, "csv")
    return Response(burn_down_csv(chart), media_type="text/csv; charset=utf-8", headers=headers)


def _attached(chart: Chart, suffix: str) -> dict[str, str]:
    name = f"burn-down-{chart.as_of}.{suffix}"
    return {"Content-Disposition": f'attachment; filename="{name}"'}
