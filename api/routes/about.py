"""What a program has to know first: the OpenAPI document, and whose token it carries."""

from datetime import date, datetime
from typing import Any

from fastapi import APIRouter, Request

from api.description import describe
from api.moments import Reading
from api.outputs import Out
from workflow.states import Role

router = APIRouter(prefix="/api", tags=["About"])


class Me(Out):
    """Who asks, in which programme, on which day."""

    user_name: str
    name: str
    roles: list[Role]
    agency: str
    programme: str
    as_of: date
    target: date
    token: str | None
    """Name of the token; null: a browser's session."""
    expires_at: datetime | None
    """When the token ends."""


@router.get("/me")
def me(at: Reading) -> Me:
    """Who asks, in which programme, on which day."""
    account, token = at.visitor.account, at.visitor.token
    return Me(
        user_name=account.user_name,
        name=account.name,
        roles=sorted(at.actor.roles),
        agency=account.agency,
        programme=at.programme.name,
        as_of=at.as_of,
        target=at.programme.target_on,
        token=token.name if token else None,
        expires_at=token.expires_at if token else None,
    )


@router.get("/openapi.json", include_in_schema=False)
def openapi(request: Request) -> dict[str, Any]:
    """The OpenAPI document of everything under /api/."""
    return describe(request.app)
