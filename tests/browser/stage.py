"""The app on a port of its own, people who are signed in to it, and what axe says of a page."""

import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from sqlmodel import select

from api.app import create_app
from tests.effort import LONG
from tests.factories import as_actor, make_actor, make_programme, make_review, make_reviewer
from workflow import reviews
from workflow.accounts import create_account, end_sessions, open_session
from workflow.calendar import at_local
from workflow.db import Database
from workflow.migrations import upgrade
from workflow.models import Account, Case, Draft, Programme, Review, Reviewer
from workflow.settings import Settings
from workflow.states import Action, Role

AS_OF = date(2016, 2, 24)
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
    "--disable-background-networking",
)
WIDTHS = (1280, 320)
TRIED = WIDTHS if LONG else WIDTHS[-1:]
"""`make test` looks at the narrow page, in which most goes wrong, `make soak` at both."""
_AXE = Path(__file__).with_name("axe.min.js")
_RULES = """colours => axe.run(document, {
  runOnly: {type: 'tag', values:
    ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']},
  rules: {region: {enabled: false}, 'color-contrast': {enabled: colours}},
  resultTypes: ['violations'],
  preload: false,
})"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's chromium, and rather its build without windows: pages open in half the time."""
    path = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("CI must test in a browser: install Debian's chromium-headless-shell")
        pytest.skip("chromium is not installed (Debian's package chromium-headless-shell)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """The address of the app, without a slash at its end."""
    server = uvicorn.Server(uvicorn.Config(create_app(settings), port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A reviewer with an account."""

    reviewer: Reviewer
    account: Account


class Stage:
    """A programme that is served, to which people and reviews are added as a test needs them."""

    def __init__(self, database: Database, address: str, browser: Browser) -> None:
        self.database, self.address, self.browser = database, address, browser
        self.now = at_local(AS_OF)

    def person(self, agency: str = "council") -> Person:
        with self.database.write() as session:
            programme = session.exec(select(Programme)).one()
            reviewer = make_reviewer(session, programme, agency=agency)
            account = create_account(
                session,
                programme=programme,
                user_name=f"reviewer-{uuid4().hex[:8]}",
                name="Alex Example",
                roles=(Role.REVIEWER,),
                agency=agency,
                reviewer=reviewer,
                actor=make_actor(Role.ADMINISTRATOR),
                now=datetime.now(UTC),
            )
        return Person(reviewer=reviewer, account=account)

    def somebody(self, role: Role) -> Person:
        """Whoever has this role alone, and is no reviewer."""
        with self.database.write() as session:
            account = create_account(
                session,
                programme=session.exec(select(Programme)).one(),
                user_name=f"{role}-{uuid4().hex[:8]}",
                name=role.capitalize(),
                roles=(role,),
                actor=make_actor(Role.ADMINISTRATOR),
                now=datetime.now(UTC),
            )
        return Person(reviewer=Reviewer(), account=account)

    def review(self, person: Person, **case: Any) -> str:
        """The reference of a new review allocated to somebody."""
        with self.database.write() as session:
            programme = session.exec(select(Programme)).one()
            review = make_review(session, programme, **case)
            reviews.allocate(
                session,
                review=review,
                reviewer_id=person.reviewer.key,
                due_on=date(2016, 2, 26),
                actor=make_actor(Role.COORDINATOR),
                now=self.now,
            )
            return session.get_one(Case, review.case_id).reference

    def start(self, person: Person, reference: str) -> None:
        """The person begins to review a case that is allocated to them."""
        with self.database.write() as session:
            query = select(Review).join(Case).where(Case.reference == reference)
            reviews.act(
                session,
                review_id=session.exec(query).one().key,
                action=Action.START,
                actor=as_actor(person.reviewer),
                now=self.now,
            )

    def move_to(self, day: date) -> None:
        """The day the programme lives in, from now on."""
        with self.database.write() as session:
            session.exec(select(Programme)).one().demo_today = day

    def sign_in(self, person: Person, context: BrowserContext) -> None:
        with self.database.write() as session:
            token = open_session(session, account=person.account, now=datetime.now(UTC))
        context.add_cookies([{"name": "cin_session", "value": token, "url": self.address}])

    def sign_out_everywhere(self, person: Person) -> None:
        with self.database.write() as session:
            end_sessions(session, account=person.account, why="test", now=datetime.now(UTC))

    def sit_down(self, person: Person, *, scripts: bool = True, **how: Any) -> Page:
        """A new browser with somebody signed in; its pages' addresses begin at the app's.

        Without `scripts` none of the pages' own is loaded; axe, which is one itself, still runs.
        """
        context = self.browser.new_context(base_url=self.address, **how)
        if not scripts:
            context.route("**/*.js", lambda route: route.abort())
        self.sign_in(person, context)
        return context.new_page()

    def typed(self, reference: str) -> dict[str, Any]:
        """The answers of a review's draft."""
        with self.database.read() as session:
            case = session.exec(select(Case).where(Case.reference == reference)).one()
            query = select(Draft).join(Review).where(Review.case_id == case.key)
            draft = session.exec(query).one_or_none()
        return draft.answers if draft else {}


@contextmanager
def stage_in(folder: Path, browser: Browser) -> Iterator[Stage]:
    """A stage with an empty programme, in a folder of its own."""
    settings = Settings(database_url=f"sqlite:///{folder / 'cin.db'}", data_folder=folder)
    database = settings.database()
    upgrade(database)
    with database.write() as session:
        session.add(make_programme(demo_today=AS_OF))
    with serving(settings) as address:
        yield Stage(database, address, browser)
    database.close()


def faults_at(
    page: Page, widths: tuple[int, ...] = TRIED, *, colours: bool = LONG
) -> dict[int, list[str]]:
    """Width → what axe finds, and whether the page must be scrolled sideways.

    Contrast takes as long as all other rules; all pages have the same few colours, so that `make test`
    looks at them on some pages only.
    """
    found: dict[int, list[str]] = {}
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        if not page.evaluate("'axe' in window"):
            page.evaluate(_AXE.read_text())
        violations = page.evaluate(_RULES, colours)["violations"]
        found[width] = [f"{item['id']}: {item['nodes'][0]['html']}" for item in violations]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found[width].append("wider than the window")
    return {width: faults for width, faults in found.items() if faults}
