"""Puts the web app together: routes, the door in front of them, the headers around them."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial

from fastapi import Depends, FastAPI
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles

from api import errors, once
from api.access import check_complete
from api.bearer import Allowance
from api.body_limit import BodyLimit
from api.looks import watch
from api.oidc import Provider
from api.origin import OriginGuard
from api.pages import (
    accounts,
    actions,
    allocation,
    board,
    by_hand,
    capacity,
    caseload,
    decisions,
    exports,
    inbox,
    moderation,
    programme,
    programme_records,
    quality,
    reviewing,
    reviews,
    roster,
    sign_in,
    single_sign_on,
    statements,
    tokens,
    what_if,
)
from api.pages import progress as progress_page
from api.routes import about, health, progress
from api.routes import actions as actions_data
from api.routes import allocation as allocation_data
from api.routes import audit as audit_data
from api.routes import board as board_data
from api.routes import by_hand as by_hand_data
from api.routes import capacity as capacity_data
from api.routes import caseload as caseload_data
from api.routes import decisions as decisions_data
from api.routes import inbox as inbox_data
from api.routes import moderation as moderation_data
from api.routes import programme as programme_data
from api.routes import quality as quality_data
from api.routes import reviewing as reviewing_data
from api.routes import reviews as reviews_data
from api.routes import roster as roster_data
from api.routes import what_if as what_if_data
from api.security import SecurityHeaders
from api.site import STATIC
from api.telemetry import Telemetry
from api.turnstile import Turnstile
from api.visitor import guard
from workflow.operations.memory import collect_less
from workflow.operations.production import check_production
from workflow.row_security import AT_THE_DOOR
from workflow.settings import Settings


def create_app(settings: Settings) -> FastAPI:
    """The app on the database of the settings; nothing is opened until the first request.

    Raises:
        RuntimeError: a route has no rule of access, or a rule no route.
        WeakSettingsError: the settings are too weak for production.
    """
    check_production(settings, os.environ)
    app = FastAPI(
        title="Child in Need case reviews",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=_lifespan,
        dependencies=[Depends(guard), Depends(watch, scope="function")],
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.settings = settings
    app.state.provider = Provider(settings) if settings.sso_issuer else None
    app.state.clock = partial(datetime.now, UTC)
    app.state.allowance = Allowance()
    app.state.database = settings.database(AT_THE_DOOR)
    app.add_middleware(BodyLimit)
    app.add_middleware(Turnstile)
    app.add_middleware(OriginGuard, base_url=settings.base_url)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(Telemetry, metrics_port=settings.metrics_port)
    errors.install(app)
    once.install(app)
    for part in (
        sign_in,
        single_sign_on,
        reviewing,
        reviewing_data,
        by_hand_data,
        reviews_data,
        allocation_data,
        caseload_data,
        roster_data,
        decisions_data,
        moderation,
        moderation_data,
        quality,
        quality_data,
        what_if_data,
        audit_data,
        about,
        reviews,
        allocation,
        by_hand,
        caseload,
        roster,
        decisions,
        actions,
        actions_data,
        capacity,
        capacity_data,
        board,
        board_data,
        programme,
        programme_records,
        programme_data,
        accounts,
        exports,
        tokens,
        inbox,
        inbox_data,
        statements,
        progress_page,
        what_if,
        progress,
        health,
    ):
        app.include_router(once.keep_answers(part.router))
    app.add_api_route("/favicon.ico", _icon)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    check_complete(app)
    return app


def create_app_from_environment() -> FastAPI:
    """The app on the settings of the environment; `uvicorn --factory` calls this."""
    app = create_app(Settings())
    collect_less()
    return app


def _icon() -> FileResponse:
    """Browsers ask for it unasked."""
    return FileResponse(STATIC / "icon.svg", media_type="image/svg+xml")


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    app.state.database.close()
