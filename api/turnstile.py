"""Lets so many requests work at a time; the others wait their turn before they take anything.

A request needs up to two database connections, and a worker thread at several moments. If all came in
at once, those that hold a connection could wait for a thread, and those with a thread for a connection.
"""

import anyio
from starlette.types import ASGIApp, Receive, Scope, Send

AT_ONCE = 8
"""Requests at work; twice as many connections must fit into the pool (`workflow.db`)."""
_FREE = ("/static/", "/healthz")
"""What needs no database."""


class Turnstile:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, at_once: int = AT_ONCE) -> None:
        """Wrap the app."""
        self._app = app
        self._at_once = at_once
        self._slots: anyio.Semaphore | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait for a turn, in the order of coming."""
        if scope["type"] != "http" or scope["path"].startswith(_FREE):
            await self._app(scope, receive, send)
            return
        if self._slots is None:  # made inside the loop that runs it
            self._slots = anyio.Semaphore(self._at_once)
        async with self._slots:
            await self._app(scope, receive, send)
