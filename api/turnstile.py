"""Lets so many requests work at a time; the others wait their turn before they take anything.

A request needs up to two database connections, and a worker thread at several moments. If all came in
at once, those that hold a connection could wait for a thread, and those with a thread for a connection.
Whoever proves who they are waits in a line of their own first: hashing takes long, and so many tries as
somebody may send would otherwise take every turn of those who are at work.
"""

from contextlib import nullcontext

import anyio
from starlette.types import ASGIApp, Receive, Scope, Send

AT_ONCE = 8
"""Requests at work; twice as many connections must fit into the pool (`workflow.db`)."""
AT_THE_DOOR = 2
"""Of these, requests of somebody not signed in that hash a password: as many as are hashed at once."""
_HASHING = frozenset({"/sign-in", "/start"})
_FREE = ("/static/", "/healthz")
"""What needs no database."""


class Turnstile:
    """ASGI middleware."""

    def __init__(
        self, app: ASGIApp, at_once: int = AT_ONCE, at_the_door: int = AT_THE_DOOR
    ) -> None:
        """Wrap the app."""
        self._app = app
        self._at_once, self._at_the_door = at_once, at_the_door
        self._lines: tuple[anyio.Semaphore, anyio.Semaphore] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait for a turn, in the order of coming."""
        if scope["type"] != "http" or scope["path"].startswith(_FREE):
            await self._app(scope, receive, send)
            return
        if self._lines is None:  # made inside the loop that runs them
            self._lines = anyio.Semaphore(self._at_once), anyio.Semaphore(self._at_the_door)
        slots, door = self._lines
        hashes = scope["method"] == "POST" and scope["path"] in _HASHING
        async with door if hashes else nullcontext(), slots:
            await self._app(scope, receive, send)
