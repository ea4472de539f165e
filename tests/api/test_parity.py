"""What a page does, a program can do: the same state, the same events, the same refusals."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlmodel import SQLModel, select

from api.access import ACCESS
from api.app import create_app
from tests.api.busy import NOW, make_busy
from tests.conftest import AUDIT_KEY
from workflow.db import Database
from workflow.models import Conflict, Escalation, Event, Leave, Programme, Review, ValueMapping
from workflow.settings import Settings

ELSEWHERE = {
    "/my-reviews/{reference}/form/{section}": "/api/drafts/{reference}",
    "/my-reviews/{reference}/check": "/api/my-reviews/{reference}/submit",
    "/moderation/{reference}/form/{section}": "/api/moderation/{reference}/draft",
    "/moderation/{reference}/check": "/api/moderation/{reference}/submit",
    "/actions/done": "/api/actions/{number}/done",
    "/actions/add": "/api/actions",
    "/capacity/posts/add": "/api/capacity/posts",
    "/capacity/managers/add": "/api/capacity/managers",
    "/board/commitments/add": "/api/board/commitments",
    "/board/commitments/{number}/met": "/api/board/commitments/{number}/close",
    "/board/commitments/{number}/dropped": "/api/board/commitments/{number}/close",
}
"""Page → JSON, where the address is not the same with /api before it."""
_IN_PERSON = "who somebody is, is proved and changed by the person alone"
_HANDED_OVER = "a one-time code is shown to the administrator who hands it over"
ALONE = {
    "/sign-in": _IN_PERSON,
    "/sign-out": _IN_PERSON,
    "/start": _IN_PERSON,
    "/account/password": _IN_PERSON,
    "/account/sessions/end": _IN_PERSON,
    "/account/second-factor": _IN_PERSON,
    "/account/second-factor/confirm": _IN_PERSON,
    "/account/tokens": "a token that makes tokens would never end",
    "/account/tokens/{number}/revoke": "whoever has a stolen token must not end the others",
    "/accounts": _HANDED_OVER,
    "/accounts/{number}/roles": _HANDED_OVER,
    "/accounts/{number}/act": _HANDED_OVER,
    "/capacity/what-if/{lever}": "it changes nothing; programs play scenarios at /api/what-if",
    "/programme/records/rules": "what is destroyed for good is decided by somebody who looks",
    "/programme/records/purge": "what is destroyed for good is decided by somebody who looks",
    "/notifications/again": "somebody looks first why it failed",
}
"""Pages whose action no program has, and why."""


def test_every_action_of_a_page_has_a_partner_or_a_reason() -> None:
    posts = {row.removeprefix("POST ") for row in ACCESS if row.startswith("POST ")}
    pages = {path for path in posts if not path.startswith("/api/")}
    lacking = {
        path for path in pages - ALONE.keys() if ELSEWHERE.get(path, f"/api{path}") not in posts
    }

    assert lacking == set()
    assert ALONE.keys() | ELSEWHERE.keys() <= pages


def test_partners_are_open_to_the_same_roles() -> None:
    for row, rule in ACCESS.items():
        method, path = row.split(" ", 1)
        partner = f"{method} {ELSEWHERE.get(path, f'/api{path}')}"
        if method == "POST" and path not in ALONE and not path.startswith("/api/"):
            assert ACCESS[partner] == rule, row


class Step(NamedTuple):
    """One action on both ways, with the status of the refusal, or 0."""

    page: str
    form: dict[str, Any]
    body: dict[str, Any] | None
    refused: int = 0


WHY = {"reason": "The team asked for it"}
LEAVE = {"first_on": "2016-02-01", "last_on": "2016-02-05"}
STEPS = [
    Step("/reviews/CIN-00002/act", {"action": "release"}, {"action": "release"}, 422),
    Step(
        "/reviews/CIN-00002/act",
        {"action": "release", "version": "1", **WHY},
        {"action": "release", "version": 1, **WHY},
        409,
    ),
    Step(
        "/reviews/CIN-00002/act",
        {"action": "release", **WHY},
        {"action": "release", **WHY},
    ),
    Step(
        "/reviews/CIN-00002/act",
        {"action": "release", **WHY},
        {"action": "release", **WHY},
        409,
    ),
    Step("/reviews/CIN-00002/act", {"action": "submit"}, {"action": "submit"}, 404),
    Step("/reviews/CIN-99999/act", {"action": "withdraw"}, {"action": "withdraw"}, 404),
    Step("/reviews/CIN-00004/act", {"action": "resume"}, {"action": "resume"}),
    Step("/reviews/CIN-00001/allocate", {"reviewer": "1"}, {"reviewer": "R1"}),
    Step(
        "/reviews/CIN-00001/allocate",
        {"reviewer": "2", "version": "1", **WHY},
        {"reviewer": "R2", "version": 1, **WHY},
        422,
    ),
    Step("/reviews/CIN-00001/allocate", {"reviewer": "2"}, {"reviewer": "R2"}, 422),
    Step(
        "/reviews/allocate",
        {"reviewer": "1", "review": "2"},
        {"reviewer": "R1", "cases": ["CIN-00002"]},
    ),
    Step("/decisions/CIN-00005", {"action": "confirm"}, {"action": "confirm"}, 409),
    Step("/decisions/CIN-00005", {"action": "return"}, {"action": "return", "reason": ""}, 409),
    Step("/decisions/CIN-00005", {"action": "hold"}, {"action": "hold"}, 404),
    Step("/escalations/1/close", {"outcome": "Seen"}, {"outcome": "Seen"}, 422),
    Step("/escalations/1/acknowledge", {}, None),
    Step("/escalations/1/acknowledge", {}, None, 409),
    Step("/escalations/1/close", {"outcome": " "}, {"outcome": " "}, 422),
    Step("/escalations/1/close", {"outcome": "Seen, safe"}, {"outcome": "Seen, safe"}),
    Step("/escalations/9/acknowledge", {}, None, 404),
    Step("/roster/R1/leave", {**LEAVE, "leave_kind": "leave"}, {**LEAVE, "kind": "leave"}),
    Step("/roster/R1/leave", {**LEAVE, "leave_kind": "fun"}, {**LEAVE, "kind": "fun"}, 422),
    Step("/roster/R1/leave", {"first_on": "9999-12-31"}, {"first_on": "9999-12-31"}, 422),
    Step(
        "/roster/R1/conflicts",
        {"kind": "family", "subject": "F9", "reason": "Related"},
        {"kind": "family", "subject": "F9", "reason": "Related"},
    ),
    Step("/roster/R1/conflicts", {"kind": "team"}, {"kind": "team", "subject": " "}, 422),
    Step("/roster/R9/leave", LEAVE, LEAVE, 404),
    Step(
        "/caseload/cohort",
        {"rule": ["closed"]},
        {"rules": ["closed"]},
    ),
    Step("/caseload/cohort", {"rule": "nonsense"}, {"rules": ["nonsense"]}, 422),
    Step(
        "/caseload/values",
        {"value-1": "N1"},
        {"values": [{"field": "primary_need", "raw": "Neglekt", "code": "N1"}]},
    ),
    Step("/allocation/preview", {"kind": "backlog"}, {"kind": "backlog"}),
    Step("/allocation/1/undo", {}, None, 409),
    Step("/allocation/9/apply", {}, None, 404),
    Step(
        "/allocation/leaver",
        {"reviewer": "R9", "last_day": "2016-02-05"},
        {"reviewer": "R9", "last_day": "2016-02-05"},
        404,
    ),
]


class World:
    """The app over a busy programme of its own."""

    def __init__(self, folder: Path, template: Path) -> None:
        folder.mkdir()
        path = folder / "cin.db"
        path.write_bytes(template.read_bytes())
        url, key = f"sqlite:///{path}", SecretStr(AUDIT_KEY.decode())
        self.database = Database(url, audit_key=AUDIT_KEY)
        busy = make_busy(self.database)
        app = create_app(Settings(database_url=url, audit_key=key, data_folder=folder))
        app.state.clock = lambda: NOW
        self.client = TestClient(app, headers={"Origin": "http://testserver"})
        self.client.follow_redirects = False
        self.client.cookies.set("cin_session", busy.worker)

    def close(self) -> None:
        self.client.close()
        self.database.close()

    def state(self) -> list[list[dict[str, Any]]]:
        """All that an action can change, and the record of it; looks and refusals are pages' own."""
        with self.database.read() as session:
            rows = [
                [row.model_dump() for row in session.exec(select(table).order_by(table.id))]
                for table in (Review, Leave, Conflict, Escalation, Programme, ValueMapping)
            ]
            events = session.exec(select(Event).order_by(Event.id))
            changed = [_said(event) for event in events if event.kind != "access_refused"]
        return [*rows, changed]


def _said(event: SQLModel) -> dict[str, Any]:
    """An event without its place in the chain."""
    return event.model_dump(exclude={"id", "seq", "mac", "previous_mac"})


@pytest.fixture
def worlds(tmp_path: Path, sqlite_template: Path) -> Iterator[tuple[World, World]]:
    """Two that are equal: one for pages, one for programs."""
    made = [World(tmp_path / name, sqlite_template) for name in ("pages", "programs")]
    yield made[0], made[1]
    for world in made:
        world.close()


def test_page_and_program_lead_to_the_same_state_events_and_refusals(
    worlds: tuple[World, World],
) -> None:
    pages, programs = worlds
    for step in STEPS:
        by_page = pages.client.post(step.page, data=step.form).status_code
        by_program = programs.client.post(f"/api{step.page}", json=step.body).status_code

        assert (by_page, by_program) == (
            (step.refused, step.refused) if step.refused else (303, by_program)
        ), step
        assert step.refused or by_program in {200, 201, 204}, step
        assert pages.state() == programs.state(), step
