"""Asking the app as anybody, by its routes: no client, no network, thousands of requests in seconds."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from api.access import ACCESS, Open, may_use
from tests.api.conftest import ORIGIN
from tests.security.stage import OFFICES, REVIEWERS, People
from workflow.db import Database
from workflow.states import Role

SAMPLES = {
    "section": "identity",
    "width": "wide",
    "day": "2016-01-20",
    "kind": "csv",
    "lever": "posts",
}
"""Parameters that name no row."""
FORM = "application/x-www-form-urlencoded"
NAMES_A_ROW = ("reference", "number")


@dataclass(frozen=True, slots=True)
class Place:
    """One route and method, and the addresses it has for one principal."""

    method: str
    template: str

    @property
    def key(self) -> str:
        return f"{self.method} {self.template}"

    @property
    def names_a_row(self) -> bool:
        return any(f"{{{name}}}" in self.template for name in NAMES_A_ROW)

    def at(self, **values: str) -> str:
        """The address with these values in it."""
        values = SAMPLES | values
        return re.sub(r"\{(\w+)\}", lambda name: values.get(name[1], "1"), self.template)


PLACES = [Place(*key.split(" ", 1)) for key in sorted(ACCESS)]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status_code: int
    headers: dict[str, str]
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode(errors="replace")


class Browser:
    """Asks the app without a network and without a client's costs: a matrix has thousands of cells."""

    def __init__(self, app: FastAPI) -> None:
        self._app, self._loop = app, asyncio.new_event_loop()

    def close(self) -> None:
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    def ask(self, method: str, address: str, headers: dict[str, str], body: bytes) -> Answer:
        return self._loop.run_until_complete(self._ask(method, address, headers, body))

    async def _ask(self, method: str, address: str, headers: dict[str, str], body: bytes) -> Answer:
        path, _, query = address.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 1),
            "server": ("testserver", 80),
        }
        sent: list[Any] = []
        is_read = False

        async def receive() -> dict[str, Any]:
            nonlocal is_read
            if is_read:
                await asyncio.Event().wait()  # nobody goes away
            is_read = True
            return {"type": "http.request", "body": body}

        async def send(message: Any) -> None:
            sent.append(message)

        with suppress(Exception):  # told by its answer
            await self._app(scope, receive, send)
        head = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        content = b"".join(message.get("body", b"") for message in sent[1:])
        return Answer(sent[0]["status"], head, content)


ROLES = {role.value: frozenset({role}) for role in OFFICES} | {
    name: frozenset({Role.REVIEWER}) for name in REVIEWERS
}
"""Everybody who may sign in, with what they may act as."""
Cell = tuple[Place, str]
"""A route, and the principal who asks it."""


@dataclass(slots=True)
class Stage:
    """The app, and everybody who may come."""

    browser: Browser
    people: People
    database: Database
    folder: Path

    def ask(self, who: str, place: Place, address: str, **headers: str) -> Answer:
        """Ask a route as somebody; `anonymous` has no session.

        A header that is empty is not sent; underscores stand for hyphens.
        """
        token = self.people.tokens.get(who)
        body = b"{}" if place.template.startswith("/api/") else b"a="
        sent = {
            "host": "testserver",
            "origin": ORIGIN["Origin"],
            "content-type": "application/json" if body == b"{}" else FORM,
            "cookie": f"cin_session={token}" if token else "",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        sent = {name: value for name, value in sent.items() if value}
        return self.browser.ask(place.method, address, sent, b"" if place.method == "GET" else body)

    def own(self, place: Place, who: str) -> str:
        """The address of something in the programme; of a reviewer's, something they hold."""
        if "/roster/" in place.template:
            return place.at(reference=self.people.on_roster, number="1")
        held = self.people.holds.get(who, self.people.holds["reviewer-a"])
        return place.at(reference=held, number="1")


def allowed() -> Iterator[Cell]:
    """Every route with everybody signed in who may use it."""
    for place in PLACES:
        for who, roles in ROLES.items():
            if ACCESS[place.key] is not Open.TO_ALL and may_use(ACCESS[place.key], roles):
                yield place, who


def refused() -> Iterator[Cell]:
    """Every route with everybody signed in who may not use it."""
    for place in PLACES:
        for who, roles in ROLES.items():
            if not may_use(ACCESS[place.key], roles):
                yield place, who


def first_allowed(method: str = "GET") -> dict[Place, str]:
    """Every route with the first of those who may use it; what is open to all, with nobody."""
    found = {place: "anonymous" for place in PLACES if ACCESS[place.key] is Open.TO_ALL}
    found |= dict(reversed(list(allowed())))
    return {place: who for place, who in found.items() if place.method == method}
