"""The app's database, and the sessions a request works in.

What only picks something up is `async`: it runs where it is, without a trip to a worker thread.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from sqlmodel import Session

from workflow.db import Database


async def get_database(request: Request) -> Database:
    """The app's one database."""
    database: Database = request.app.state.database
    return database


async def get_now(request: Request) -> datetime:
    """The instant of the request, by the app's clock."""
    now: datetime = request.app.state.clock()
    return now


AppDatabase = Annotated[Database, Depends(get_database)]
Now = Annotated[datetime, Depends(get_now)]


def get_read_session(database: AppDatabase) -> Iterator[Session]:
    """A session for queries, given back as soon as the route has returned."""
    with database.read() as session:
        yield session


def get_write_session(database: AppDatabase) -> Iterator[Session]:
    """A session that is committed before the answer goes out, so that no answer promises too much."""
    with database.write() as session:
        yield session


ReadSession = Annotated[Session, Depends(get_read_session, scope="function")]
WriteSession = Annotated[Session, Depends(get_write_session, scope="function")]
