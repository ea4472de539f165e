"""Refuses requests that change something and come from another site's page.

What a browser says of itself decides: `Sec-Fetch-Site`, and `Origin` against the address asked. A
request that says neither is no browser's form and is refused too, so no token has to be carried along. A
program sends its own token; with that the cookie counts for nothing (`api.bearer`), so it may pass.
"""

from http import HTTPStatus

from starlette.datastructures import URL, Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from api.bearer import bearer_of
from api.problems import problem
from api.security import HEADERS

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class OriginGuard:
    """ASGI middleware in front of everything, before the session is read."""

    def __init__(self, app: ASGIApp, *, base_url: str = "") -> None:
        """Wrap the app.

        Args:
            base_url: where people reach the service; empty: whatever address a request was sent to.
        """
        self._app = app
        self._own = base_url.rstrip("/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 403."""
        asks_to_change = scope["type"] == "http" and scope["method"] not in SAFE_METHODS
        if asks_to_change and not (is_ours(scope, self._own) or is_program(scope)):
            await _refusal(scope)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _refusal(scope: Scope) -> ASGIApp:
    sentence = "This request came from another site."
    if scope["path"].startswith("/api/"):
        return problem(HTTPStatus.FORBIDDEN, sentence)
    return PlainTextResponse(sentence, HTTPStatus.FORBIDDEN, HEADERS)


def is_program(scope: Scope) -> bool:
    """Whether the request carries a token; whether it is a good one is asked later."""
    return bearer_of(Headers(scope=scope)) is not None


def is_ours(scope: Scope, own: str = "") -> bool:
    """Whether a browser sent this from one of our own pages.

    Args:
        own: the service's own origin; empty: the address the request was sent to.
    """
    headers = Headers(scope=scope)
    sites, origins = headers.getlist("sec-fetch-site"), headers.getlist("origin")
    if len(sites) > 1 or len(origins) > 1 or not (sites or origins):
        return False
    address = URL(scope=scope)
    own = own or f"{address.scheme}://{address.netloc}"
    return all(site == "same-origin" for site in sites) and all(o == own for o in origins)
