"""What the progress page is built from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from forms.pages import Site
from forms.progress_past import Past
from workflow.calendar import WorkCalendar
from workflow.queries import Counts

Forecast = Mapping[str, Any]
"""A stored forecast: the JSON of `workflow.forecast.CompletionForecast.to_json`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressFacts:
    """What the page is built from."""

    site: Site
    counts: Counts
    as_of: date
    target: date
    calendar: WorkCalendar
    overdue: int
    """Reviews past their due date and not yet submitted."""
    open_escalations: int
    unacknowledged: int
    """Open escalations that nobody has taken responsibility for."""
    forecast: Forecast | None
    district_names: Mapping[str, str]
    """District code → name."""
    past: Past = field(default_factory=Past)
    made_at: datetime | None = None
    """When the forecast was made; None: there is none, or it is not known."""
    made_by: str = ""
    sees_lists: bool = False
    """The reader may open the lists behind the numbers."""
    wide: str = "/progress/burn-down-wide.svg"
    """Address of the picture, as for the next two."""
    narrow: str = "/progress/burn-down-narrow.svg"
    csv: str = "/progress/burn-down.csv"


def list_behind(facts: ProgressFacts, view: str, district: str = "") -> str:
    """Address of the list behind a number; empty where the reader may not see it."""
    if not facts.sees_lists:
        return ""
    return f"/reviews?view={view}" + (f"&district={quote(district)}" if district else "")
