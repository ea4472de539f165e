"""The progress page as a browser shows it."""

import os
import shutil
import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from api.app import create_app
from tests.browser.stage import faults_at
from tests.factories import EARLY, make_actor, make_programme, make_review, make_reviewer
from workflow.accounts import create_account, open_session
from workflow.forecast.stored import forecast_programme, store_forecast
from workflow.migrations import upgrade
from workflow.policy import Policy
from workflow.settings import Settings
from workflow.states import Role

pytestmark = pytest.mark.browser

AS_OF = date(2016, 1, 20)
FULL_TIME = [1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0]
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("CI must test in a browser: install Debian's package chromium")
        pytest.skip("chromium is not installed (Debian's package chromium)")
    with sync_playwright() as playwright:
        arguments = [*ARGUMENTS, "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The app on a port of its own, with a caseload and a forecast."""
    folder = tmp_path_factory.mktemp("web")
    settings = Settings(database_url=f"sqlite:///{folder / 'cin.db'}", data_folder=folder)
    token = store_programme(settings)
    server = uvicorn.Server(uvicorn.Config(create_app(settings), port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}", token
    server.should_exit = True
    thread.join()


def store_programme(settings: Settings) -> str:
    """A programme with a forecast; gives a manager's token."""
    database = settings.database()
    upgrade(database)
    with database.write() as session:
        programme = make_programme(demo_today=AS_OF)
        session.add(programme)
        session.flush()
        for agency in ("council", "constabulary"):
            make_reviewer(session, programme, agency=agency, pattern=FULL_TIME)
        for district in ("E07000117", "E07000123"):
            make_review(session, programme, district=district)
        outlook = forecast_programme(
            session, programme=programme, policy=Policy(), as_of=AS_OF, paths=200
        )
        actor = make_actor(Role.COORDINATOR)
        store_forecast(session, programme=programme, outlook=outlook, actor=actor, now=EARLY)
        now = datetime.now(UTC)
        manager = create_account(
            session,
            programme=programme,
            user_name="manager",
            name="Manager",
            roles=(Role.MANAGER,),
            actor=make_actor(Role.ADMINISTRATOR),
            now=now,
        )
        token = open_session(session, account=manager, now=now)
    database.close()
    return token


@pytest.fixture(params=[1280, 320])
def page(
    browser: Browser, address: tuple[str, str], request: pytest.FixtureRequest
) -> Iterator[Page]:
    """The page at a wide and at the narrowest width, with what the console complained of."""
    url, token = address
    page = browser.new_page(viewport={"width": request.param, "height": 900})
    page.context.add_cookies([{"name": "cin_session", "value": token, "url": url}])
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{url}/progress")
    yield page
    page.close()
    assert complaints == []


def test_nothing_is_wider_than_the_window(page: Page) -> None:
    assert page.viewport_size is not None
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


def test_the_pictures_come_when_they_are_scrolled_to_and_fit_the_window(page: Page) -> None:
    narrow = page.viewport_size == {"width": 320, "height": 900}

    pictures = page.locator("main img").all()
    assert len(pictures) == 2
    for picture in pictures:
        picture.scroll_into_view_if_needed()
        picture.evaluate("image => image.decode()")
        assert picture.evaluate("image => image.naturalWidth > 0")
        assert ("narrow" in picture.evaluate("image => image.currentSrc")) is narrow


def test_axe_finds_nothing_on_the_page_its_reasons_the_inbox_and_a_statement(
    browser: Browser, address: tuple[str, str]
) -> None:
    url, token = address
    page = browser.new_page()
    page.context.add_cookies([{"name": "cin_session", "value": token, "url": url}])
    for path in ("/progress", "/progress/why", "/inbox", "/privacy"):
        page.goto(f"{url}{path}")
        assert faults_at(page, colours=True) == {}, path
    page.close()
