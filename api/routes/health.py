"""Whether the program runs, and whether it can work."""

import sqlalchemy as sa
from fastapi import APIRouter
from fastapi.responses import JSONResponse

from api.connections import AppDatabase
from workflow.migrations import is_current

router = APIRouter()


@router.get("/healthz")
def is_alive() -> dict[str, str]:
    """The program runs."""
    return {"status": "ok"}


@router.get("/readyz")
def is_ready(database: AppDatabase) -> JSONResponse:
    """The database can be reached and has the newest schema; 503 with the reason if not."""
    try:
        migrated = is_current(database)
    except sa.exc.DBAPIError:
        return JSONResponse({"status": "the database cannot be reached"}, 503)
    if not migrated:
        return JSONResponse({"status": "the database is not migrated: run cin init"}, 503)
    return JSONResponse({"status": "ok"})
