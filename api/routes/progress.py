"""The progress page's numbers for programs."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter

from api.deps import Progress
from forms.charts import HEADER, burn_down_rows
from forms.pages import ForecastPart

router = APIRouter(prefix="/api")


@router.get("/progress")
def progress(page: Progress) -> dict[str, Any]:
    """What the page shows; `forecast` is null before the first one, `next` the command that is due."""
    return {
        "programme": page.service if page.as_of else None,
        "as_of": page.as_of,
        "target": page.target,
        "total": page.total,
        "complete": page.complete,
        "open": page.open,
        "overdue": page.overdue,
        "working_days_left": page.working_days_left,
        "escalations": {"open": page.escalations, "late": page.late_escalations},
        "by_state": [asdict(row) for row in page.by_state],
        "by_district": [asdict(row) for row in page.by_district],
        "by_agency": [asdict(row) for row in page.by_agency],
        "forecast": _forecast(page.forecast) if page.forecast else None,
        "next": page.empty.command if page.empty else None,
    }


def _forecast(part: ForecastPart) -> dict[str, Any]:
    return {
        "as_of": part.as_of,
        "made_at": part.made_at,
        "basis": part.basis,
        "p_done_by_target": part.p_done_by_target,
        "headline": " ".join(part.headline),
        "by_when": [dict(zip(_BY_WHEN, row, strict=True)) for row in part.by_when],
        "required_per_working_day": part.required,
        "achieved_per_working_day": part.achieved,
        "binding": part.binding,
        "caveats": part.caveats,
        "burn_down": [
            dict(zip(HEADER, row, strict=True)) for row in burn_down_rows(part.burn_down)
        ],
    }


_BY_WHEN = ("what", "p50", "p80", "p95")
