"""What the progress page, its pictures and its numbers are built from."""

from datetime import date
from functools import lru_cache
from typing import Annotated

from fastapi import Depends

from api.moments import Moment, Reading
from api.site import PageSite
from forms.charts import (
    BurnDown,
    Reliability,
    SmallMultiples,
    read_burn_down,
    read_small_multiples,
)
from forms.progress_facts import ProgressFacts
from forms.progress_past import Past
from workflow.errors import NotFoundError
from workflow.escalations import open_escalations
from workflow.forecast.completion import AHEAD
from workflow.forecast.history import Said, resolve, what_was_said
from workflow.forecast.record import track_record
from workflow.forecast.stored import LAST, Step, step_between
from workflow.models import StoredForecast
from workflow.programmes import geography_of
from workflow.queries import count_reviews, latest_forecast, overdue_reviews
from workflow.states import Role

_SEE_LISTS = frozenset({Role.COORDINATOR, Role.MANAGER})


def get_past(at: Reading) -> Past:
    """What was said until the day the pages speak of, and how good it was."""
    said = what_was_said(at.session, at.programme, up_to=at.as_of)
    resolved = resolve(at.session, at.programme, said, as_of=at.as_of)
    return Past(said, [track_record(resolved, ahead, LAST) for ahead in AHEAD])


ThePast = Annotated[Past, Depends(get_past)]


def get_facts(at: Reading, site: PageSite, past: ThePast) -> ProgressFacts:
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
        made_at=forecast.made_at if forecast else None,
        made_by=forecast.made_by if forecast else "",
        past=past,
        sees_lists=bool(at.actor.roles & _SEE_LISTS),
        district_names=geography_of(programme).districts,
    )


Facts = Annotated[ProgressFacts, Depends(get_facts)]


def _newest(at: Moment) -> StoredForecast:
    found = latest_forecast(at.session, at.programme, up_to=at.as_of)
    if found is None:
        raise NotFoundError("forecast", "yet")
    return found


def get_burn_down(at: Reading) -> BurnDown:
    """The burn-down of the newest forecast.

    Raises:
        NotFoundError: there is no forecast yet.
    """
    return read_burn_down(_newest(at).result, at.programme.calendar)


def get_small_multiples(at: Reading) -> SmallMultiples:
    """The burn-downs of the districts in the newest forecast.

    Raises:
        NotFoundError: there is none yet, or it has none.
    """
    names = geography_of(at.programme).districts
    chart = read_small_multiples(_newest(at).result, names)
    if not chart.districts:
        raise NotFoundError("forecast by district", "yet")
    return chart


def get_reliability(past: ThePast) -> Reliability:
    """What was said against what happened.

    Raises:
        NotFoundError: too few forecasts have come due.
    """
    if past.chart is None:
        raise NotFoundError("record of forecasts", "yet")
    return past.chart


Chart = Annotated[BurnDown, Depends(get_burn_down)]
Districts = Annotated[SmallMultiples, Depends(get_small_multiples)]
Kept = Annotated[Reliability, Depends(get_reliability)]


class _Pair:
    """Two kept forecasts, told apart by what they looked at: the same two are explained once."""

    def __init__(self, before: StoredForecast, after: StoredForecast) -> None:
        self.before, self.after = before, after
        self._key = tuple((one.as_of, one.input_hash, one.model_version) for one in (before, after))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Pair) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)


def get_step(at: Reading, past: ThePast, since: date | None = None) -> Step | None:
    """Why the chance moved since the forecast of a day, or since the one before the newest.

    Returns:
        None when there is no earlier one.
    """
    earlier = [one for one in past.said[:-1] if since is None or one.as_of <= since]
    if not earlier:
        return None
    before, after = (_load(at, one) for one in (earlier[-1], past.said[-1]))
    return _explained(_Pair(before, after))


WhyMoved = Annotated[Step | None, Depends(get_step)]


@lru_cache(maxsize=64)
def _explained(pair: _Pair) -> Step:
    return step_between(pair.before, pair.after)


def _load(at: Moment, said: Said) -> StoredForecast:
    return at.session.get_one(StoredForecast, said.number)
