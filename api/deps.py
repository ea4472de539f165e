"""What routes ask for: a read session, the instant of the request, and the progress page's facts."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request
from sqlmodel import Session

from api.site import site_of
from forms.charts import BurnDown, read_burn_down
from forms.progress import ProgressFacts
from workflow.calendar import local_date
from workflow.db import Database
from workflow.errors import NoProgrammeError, NotFoundError
from workflow.escalations import open_escalations
from workflow.programmes import find_programme, geography_of, programme_day
from workflow.queries import count_reviews, latest_forecast, overdue_reviews
from workflow.settings import Settings


def get_settings(request: Request) -> Settings:
    """The settings the app was made with."""
    settings: Settings = request.app.state.settings
    return settings


def get_database(request: Request) -> Database:
    """The app's one database."""
    database: Database = request.app.state.database
    return database


def get_now() -> datetime:
    """The instant of the request; tests put another in its place."""
    return datetime.now(UTC)


AppSettings = Annotated[Settings, Depends(get_settings)]
AppDatabase = Annotated[Database, Depends(get_database)]
Now = Annotated[datetime, Depends(get_now)]


def get_read_session(database: AppDatabase) -> Iterator[Session]:
    """A session for queries, given back as soon as the route has returned."""
    with database.read() as session:
        yield session


ReadSession = Annotated[Session, Depends(get_read_session, scope="function")]


def get_facts(session: ReadSession, settings: AppSettings, now: Now) -> ProgressFacts | None:
    """Where the programme stands on the day the pages speak of; None before there is a programme.

    Raises:
        NotFoundError: there is no programme of the name in the settings.
        InvalidInputError: there are several and the settings name none.
    """
    try:
        programme = find_programme(session, settings.programme)
    except NoProgrammeError:
        return None
    day = programme_day(programme, local_date(now))
    geography = geography_of(programme)
    forecast = latest_forecast(session, programme, up_to=day)
    escalations = open_escalations(session, programme.key)
    return ProgressFacts(
        site=site_of(programme, geography),
        counts=count_reviews(session, programme),
        as_of=day,
        target=programme.target_on,
        calendar=programme.calendar,
        overdue=overdue_reviews(session, programme, day),
        open_escalations=len(escalations),
        unacknowledged=sum(item.acknowledged_at is None for item in escalations),
        forecast=forecast.result if forecast else None,
        district_names=geography.districts,
    )


Facts = Annotated[ProgressFacts | None, Depends(get_facts)]


def get_burn_down(facts: Facts) -> BurnDown:
    """The burn-down of the newest forecast.

    Raises:
        NotFoundError: there is no forecast yet.
    """
    if facts is None or facts.forecast is None:
        raise NotFoundError("forecast", "yet")
    return read_burn_down(facts.forecast, facts.calendar)


Chart = Annotated[BurnDown, Depends(get_burn_down)]
