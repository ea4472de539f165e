"""What the progress page, its pictures and its numbers are built from."""

from typing import Annotated

from fastapi import Depends

from api.moments import Reading
from api.site import PageSite
from forms.charts import BurnDown, read_burn_down
from forms.progress import ProgressFacts
from workflow.errors import NotFoundError
from workflow.escalations import open_escalations
from workflow.programmes import geography_of
from workflow.queries import count_reviews, latest_forecast, overdue_reviews


def get_facts(at: Reading, site: PageSite) -> ProgressFacts:
    """Where the programme stands on the day the pages speak of."""
    programme = at.programme
    forecast = latest_forecast(at.session, programme, up_to=at.as_of)
    escalations = open_escalations(at.session, programme.key)
    return ProgressFacts(
        site=site,
        counts=count_reviews(at.session, programme),
        as_of=at.as_of,
        target=programme.target_on,
        calendar=programme.calendar,
        overdue=overdue_reviews(at.session, programme, at.as_of),
        open_escalations=len(escalations),
        unacknowledged=sum(item.acknowledged_at is None for item in escalations),
        forecast=forecast.result if forecast else None,
        district_names=geography_of(programme).districts,
    )


Facts = Annotated[ProgressFacts, Depends(get_facts)]


def get_burn_down(facts: Facts) -> BurnDown:
    """The burn-down of the newest forecast.

    Raises:
        NotFoundError: there is no forecast yet.
    """
    if facts.forecast is None:
        raise NotFoundError("forecast", "yet")
    return read_burn_down(facts.forecast, facts.calendar)


Chart = Annotated[BurnDown, Depends(get_burn_down)]
