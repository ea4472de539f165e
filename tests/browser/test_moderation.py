"""A second look in the browser: blind, with and without JavaScript, and what it changes."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from sqlmodel import select

from tests.browser.stage import Person, Stage, chromium, faults_at, stage_in
from tests.browser.test_journey import decide, state_of, write
from tests.factories import as_actor, make_form
from workflow import reviews
from workflow.models import Case, Programme, Review
from workflow.policy import Policy
from workflow.states import Action, ReviewState, Role

pytestmark = pytest.mark.browser
FIRST_WORDS = "Words of the first reviewer alone"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def stage(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage_in(tmp_path_factory.mktemp("moderation"), browser) as stage:
        yield stage


def submitted(stage: Stage, person: Person) -> str:
    """The reference of a review that somebody handed in."""
    reference = stage.review(person)
    answers = {"outcome": "cannot_review", "reasons": FIRST_WORDS}
    with stage.database.write() as session:
        programme = session.exec(select(Programme)).one()
        review = session.exec(select(Review).join(Case).where(Case.reference == reference)).one()
        actor = as_actor(person.reviewer)
        reviews.act(session, review_id=review.key, action=Action.START, actor=actor, now=stage.now)
        reviews.submit(
            session,
            review_id=review.key,
            form=make_form(answers=answers, outcome="cannot_review", grade="not_graded"),
            actor=actor,
            now=stage.now,
            programme=programme,
            policy=Policy(),
        )
    return reference


def in_moderation(page: Page) -> str:
    """What the manager's progress page says of the second looks."""
    page.goto("/progress")
    return page.inner_text("main")


@pytest.mark.soak
def test_a_moderator_judges_blind_and_the_review_is_back_with_the_manager(stage: Stage) -> None:
    reference = submitted(stage, stage.person())
    manager = stage.sit_down(stage.somebody(Role.MANAGER))
    waiting = in_moderation(manager)
    decide(manager, reference, "Confirm")
    assert state_of(stage, reference) is ReviewState.IN_MODERATION
    assert in_moderation(manager) != waiting

    moderator = stage.somebody(Role.MODERATOR)
    plain = stage.sit_down(moderator, java_script_enabled=False)
    page = stage.sit_down(moderator)
    here = f"/moderation/{reference}"
    for path in ("/moderation", here, f"{here}/form/outcome", f"{here}/check", "/quality"):
        page.goto(path)
        assert FIRST_WORDS not in page.content(), path
        assert faults_at(page) == {}, path
    plain.goto(f"{here}/compare")
    assert plain.url.endswith(here), "not before the own review is in"

    write(plain, here, "My own words")
    plain.goto(f"{here}/check")
    plain.get_by_role("button", name="Hand in your review").click()
    assert FIRST_WORDS in plain.inner_text("main")
    page.goto(f"{here}/compare")
    assert faults_at(page) == {}
    plain.get_by_role("button", name="Disagree").click()
    assert "reason" in plain.inner_text(".govuk-error-summary")
    plain.fill("#reason", "The level is too low")
    plain.get_by_role("button", name="Disagree").click()

    assert state_of(stage, reference) is ReviewState.SUBMITTED
    assert in_moderation(manager) == waiting
    manager.goto("/decisions")
    manager.get_by_role("link", name=reference).click()
    assert "My own words" in manager.content()
    for one in (manager, plain, page):
        one.context.close()
