"""The pages of those who steer the programme, as a browser shows them."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page
from sqlmodel import select

from tests.browser.stage import AS_OF, WIDTHS, Stage, chromium, faults_at, stage_in
from tests.effort import LONG
from tests.factories import make_actor
from workflow.forecast.stored import forecast_programme, store_forecast
from workflow.models import Programme
from workflow.policy import Policy
from workflow.states import Role

pytestmark = pytest.mark.browser
COLOURFUL = ("/progress", "/progress/why", "/inbox")
"""Pages whose contrast `make test` looks at too."""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A stage with a forecast, that several look at and nobody changes."""
    with chromium() as browser, stage_in(tmp_path_factory.mktemp("office"), browser) as stage:
        for agency, district in (("council", "E07000117"), ("constabulary", "E07000123")):
            stage.review(stage.person(agency), family="F1", district=district)
        keep_a_forecast(stage)
        yield stage


def keep_a_forecast(stage: Stage) -> None:
    with stage.database.write() as session:
        programme = session.exec(select(Programme)).one()
        outlook = forecast_programme(
            session, programme=programme, policy=Policy(), as_of=AS_OF, paths=200
        )
        actor = make_actor(Role.COORDINATOR)
        store_forecast(session, programme=programme, outlook=outlook, actor=actor, now=stage.now)


@pytest.fixture(params=WIDTHS)
def progress(office: Stage, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The progress page at a wide and at the narrowest width, without a word on the console."""
    width: int = request.param
    page = office.sit_down(office.somebody(Role.MANAGER), viewport={"width": width, "height": 900})
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto("/progress")
    yield page
    page.context.close()
    assert complaints == []


def test_the_pictures_of_progress_come_when_they_are_scrolled_to_and_fit_the_window(
    progress: Page,
) -> None:
    assert progress.viewport_size is not None
    width = progress.viewport_size["width"]
    assert progress.evaluate("document.documentElement.scrollWidth") <= width

    pictures = progress.locator("main img").all()
    assert len(pictures) == 2
    for picture in pictures:
        picture.scroll_into_view_if_needed()
        picture.evaluate("image => image.decode()")
        assert picture.evaluate("image => image.naturalWidth > 0")
        shown = picture.evaluate("image => image.currentSrc")
        assert ("narrow" in shown) is (width == min(WIDTHS))


@pytest.mark.parametrize(
    ("role", "paths"),
    [
        (
            Role.COORDINATOR,
            ("/reviews?view=all", "/caseload", "/roster", "/allocation", "/escalations"),
        ),
        (
            Role.MANAGER,
            (
                "/decisions",
                "/what-if",
                "/progress",
                "/progress/why",
                "/account",
                "/quality",
                "/capacity",
                "/board",
            ),
        ),
        (Role.MODERATOR, ("/moderation", "/inbox", "/privacy")),
        (Role.ADMINISTRATOR, ("/accounts", "/audit", "/programme", "/actions", "/notifications")),
    ],
)
def test_axe_finds_nothing_on_the_pages_of_each_role(
    office: Stage, role: Role, paths: tuple[str, ...]
) -> None:
    person = office.somebody(role)
    found = {}
    for scripts in (True, False) if LONG else (True,):
        page = office.sit_down(person, scripts=scripts)
        for path in paths:
            page.goto(path)
            found[path, scripts] = faults_at(page, colours=LONG or path in COLOURFUL)
        page.context.close()
    assert {at: faults for at, faults in found.items() if faults} == {}
