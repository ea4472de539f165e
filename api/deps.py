"""What routes ask for: a read session, the day it is, and the progress page's values."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from fastapi import Depends, Request
from sqlmodel import Session

from forms.charts import BurnDown
from forms.pages import ProgressPage, empty_page, progress_page
from workflow.calendar import at_local, local_date
from workflow.db import Database
from workflow.errors import NoProgrammeError, NotFoundError
from workflow.escalations import open_escalations
from workflow.models import Programme
from workflow.programmes import DEFAULT_NAME, find_programme, geography_of, policy_of
from workflow.queries import count_reviews, latest_forecast, overdue_reviews
from workflow.settings import Settings

_LONG_OVER = timedelta(days=365)


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


def get_progress(session: ReadSession, settings: AppSettings, now: Now) -> ProgressPage:
    """The progress page's values, also of a database without a programme."""
    try:
        programme = find_programme(session, settings.programme)
    except NoProgrammeError:
        return empty_page(DEFAULT_NAME)
    day = shown_day(programme, local_date(now))
    return progress_page(
        programme=programme,
        policy=policy_of(programme),
        geography=geography_of(programme),
        counts=count_reviews(session, programme),
        overdue=overdue_reviews(session, programme, day),
        escalations=open_escalations(session, programme.key),
        forecast=latest_forecast(session, programme, up_to=day),
        as_of=day,
        now=now if day == local_date(now) else at_local(day),
    )


Progress = Annotated[ProgressPage, Depends(get_progress)]


def get_burn_down(progress: Progress) -> BurnDown:
    """The burn-down of the newest forecast.

    Raises:
        NotFoundError: there is no forecast yet.
    """
    if progress.forecast is None:
        raise NotFoundError("forecast", "yet")
    return progress.forecast.burn_down


Chart = Annotated[BurnDown, Depends(get_burn_down)]


def shown_day(programme: Programme, today: date) -> date:
    """The day the pages speak of.

    Today; in a demonstration the day it pretends to be; the first day of a programme that has not begun
    or has been over for more than a year.
    """
    if programme.demo_today is not None:
        return programme.demo_today
    if programme.starts_on <= today <= programme.target_on + _LONG_OVER:
        return today
    return programme.starts_on
