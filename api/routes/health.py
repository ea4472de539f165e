"""Whether the program runs, and whether it can work."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from api.connections import AppDatabase
from workflow.db import Database
from workflow.operations.checks import Check, free_disk
from workflow.operations.database_checks import durability, migrations, reachable, sqlite_version

router = APIRouter()


@router.get("/healthz")
def is_alive() -> dict[str, str]:
    """The program runs."""
    return {"status": "ok"}


def get_readiness(database: AppDatabase) -> list[Check]:
    """What the service needs to work, as far as it can be told in a moment."""
    reached = reachable(database)
    if not reached.ok:
        return [reached]
    migrated = migrations(database)
    return [migrated, *_of_the_file(database), *_durable(database)]


@router.get("/readyz")
def is_ready(checks: Annotated[list[Check], Depends(get_readiness)]) -> JSONResponse:
    """Whether requests may be sent here; 503 with what is missing if not.

    Everybody may ask, so the answer names no version and no path unless something is wrong.
    """
    wrong = [check for check in checks if not check.ok]
    if wrong:
        return JSONResponse({"status": _SENTENCES.get(wrong[0].name, wrong[0].name)}, 503)
    warnings = [check.name for check in checks if check.fix]
    return JSONResponse({"status": "ok"} | ({"warnings": warnings} if warnings else {}))


_SENTENCES = {
    "database": "the database cannot be reached",
    "migrations": "the database is not migrated: run cin init",
    "disk": "the disk is almost full",
    "durability": "the database does not sync its commits",
}


def _of_the_file(database: Database) -> list[Check]:
    """SQLite's own: its version, and room beside the file."""
    if database.path is None:
        return [sqlite_version()] if database.is_sqlite else []
    return [sqlite_version(), free_disk(database.path.parent, 0)]


def _durable(database: Database) -> list[Check]:
    if database.is_sqlite and database.path is None:
        return []  # nothing in memory is meant to last
    with database.read() as session:
        return [durability(session)]
