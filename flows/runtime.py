"""What every entry point needs: the database, the programme, the day it is and who acts."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from getpass import getuser

from sqlmodel import Session

from workflow.calendar import at_local, local_date
from workflow.db import Database
from workflow.errors import NoProgrammeError
from workflow.migrations import upgrade
from workflow.models import Programme
from workflow.policy import Policy
from workflow.programmes import (
    find_programme,
    policy_of,
    programme_day,
    programme_numbered,
    start_programme,
)
from workflow.row_security import EVERYTHING, Scope
from workflow.settings import Settings
from workflow.states import Actor, Role

FLOW = Actor(name="flow", roles=frozenset({Role.COORDINATOR}))
"""Who a scheduled flow acts as."""

_MORNING = time(8)


def operator() -> Actor:
    """Who somebody at the command line acts as: they hold the database, so they may coordinate."""
    return Actor(name=f"cli:{getuser()}", roles=frozenset({Role.COORDINATOR, Role.ADMINISTRATOR}))


@dataclass(frozen=True, slots=True)
class Moment:
    """One unit of work: the programme inside its session, its policy, the day and the instant."""

    session: Session
    programme: Programme
    policy: Policy
    as_of: date
    now: datetime


@dataclass(frozen=True, slots=True)
class Runtime:
    """An opened database and the programme meant by the settings."""

    database: Database
    programme_name: str | None = None
    programme_id: int | None = None
    """Its number, where a flow was told it; goes before the name."""

    @contextmanager
    def write(self, as_of: date | None = None, *, dry_run: bool = False) -> Iterator[Moment]:
        """A moment whose changes are kept together, or not at all in a dry run.

        Raises:
            NoProgrammeError: none has been started.
        """
        with self.database.write() as session:
            yield self._moment(session, as_of)
            if dry_run:
                session.rollback()

    @contextmanager
    def read(self, as_of: date | None = None) -> Iterator[Moment]:
        """A moment for looking only."""
        with self.database.read() as session:
            yield self._moment(session, as_of)

    def ensure_programme(self, session: Session, actor: Actor) -> tuple[Programme, bool]:
        """The programme in use; a database without any gets the default one (True)."""
        try:
            return find_programme(session, self.programme_name), False
        except NoProgrammeError:
            return start_programme(session, actor=actor, now=datetime.now(UTC)), True

    def _moment(self, session: Session, as_of: date | None) -> Moment:
        return moment(session, self._programme(session), as_of)

    def _programme(self, session: Session) -> Programme:
        if self.programme_id is None:
            return find_programme(session, self.programme_name)
        return programme_numbered(session, self.programme_id)


def moment(session: Session, programme: Programme, as_of: date | None) -> Moment:
    """The unit of work of one programme on a given day (default: the programme's day)."""
    now = datetime.now(UTC)
    day = as_of or programme_day(programme, local_date(now))
    at = now if day == local_date(now) else at_local(day, _MORNING)
    return Moment(session, programme, policy_of(programme), day, at)


def open_runtime(settings: Settings | None = None, *, programme: int | None = None) -> Runtime:
    """Open the database of the settings, made or migrated when needed.

    Args:
        programme: number of the programme meant, of which alone anything is seen then; None: the one of
            the settings.
    """
    settings = settings or Settings()
    database = settings.database(Scope(programme) if programme else EVERYTHING)
    upgrade(database)
    return Runtime(database, settings.programme, programme)
