"""One review from the caseload file to its end, as the people of a council click through it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page
from sqlmodel import select

from tests.browser.stage import AS_OF, Stage, chromium, faults_at, stage_in
from tests.factories import make_actor
from workflow.forecast.stored import forecast_programme, store_forecast
from workflow.models import Case, Programme, Review
from workflow.policy import Policy
from workflow.states import ReviewState, Role

pytestmark = pytest.mark.browser

CASELOAD = b"""child_id,referral_date,primary_need,district,team,case_status
C1,2015-06-01,N1,Burnley,Burnley 1,Child in need plan
C2,2015-07-01,N2,Preston,Preston 1,Child in need plan
"""
CHOICES = {
    "identity": ("#can_be_reviewed-2", "#why_not_reviewed-3"),
    "judgement": ("#safety",),
    "outcome": ("#outcome-10", "#actions"),
}
"""Section → what is chosen in it, for a case that is on the list twice."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def stage(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage_in(tmp_path_factory.mktemp("journey"), browser) as stage:
        yield stage


def state_of(stage: Stage, reference: str) -> ReviewState:
    with stage.database.read() as session:
        query = select(Review).join(Case).where(Case.reference == reference)
        return session.exec(query).one().state


def import_and_allocate(stage: Stage) -> Page:
    page = stage.sit_down(stage.somebody(Role.COORDINATOR))
    page.goto("/caseload")
    page.set_input_files("#file", {"name": "cases.csv", "mimeType": "text/csv", "buffer": CASELOAD})
    page.get_by_role("button", name="Import").click()
    assert "2 cases were created" in page.inner_text("main")
    page.goto("/allocation")
    page.get_by_role("button", name="Preview an allocation").click()
    assert "2 reviews would be allocated" in page.inner_text("main")
    assert faults_at(page) == {}
    page.get_by_role("button", name="Apply it").click()
    assert "2 reviews allocated" in page.inner_text("main")
    return page


def write_and_submit(page: Page, reference: str) -> None:
    page.goto(f"/my-reviews/{reference}")
    page.get_by_role("button", name="Start the review").click()
    write(page, f"/my-reviews/{reference}")
    submit_again(page, reference)


def write(page: Page, here: str, why: str = "The same child is on the list twice.") -> None:
    for section, choices in CHOICES.items():
        page.goto(f"{here}/form/{section}")
        for choice in choices:
            page.check(choice)
        if section == "outcome":
            page.fill("#reasons", why)
        page.check("#section_complete")
        page.get_by_role("button", name="Save and continue").click()


def submit_again(page: Page, reference: str) -> None:
    page.goto(f"/my-reviews/{reference}/check")
    page.locator("main form button[type=submit]").click()
    assert page.url.endswith("/submitted")


def decide(page: Page, reference: str, button: str, reason: str = "") -> None:
    page.goto(f"/decisions/{reference}")
    page.fill("#reason", reason)
    page.get_by_role("button", name=button).click()
    assert "Success" in page.inner_text("main")


def look_again_and_disagree(page: Page, reference: str) -> None:
    page.goto("/moderation")
    page.get_by_role("link", name=reference).click()
    assert "on the list twice" not in page.inner_text("main")
    write(page, f"/moderation/{reference}", "Two children of one name.")
    page.goto(f"/moderation/{reference}/check")
    page.get_by_role("button", name="Hand in your review").click()
    assert "on the list twice" in page.inner_text("main")
    assert faults_at(page) == {}
    page.fill("#reason", "The second entry is another child")
    page.get_by_role("button", name="Disagree").click()
    assert "back with a manager" in page.inner_text("main")


def burn_down(stage: Stage, page: Page) -> bytes:
    """The chart beside a forecast of the next day: both count whole days."""
    day = AS_OF + timedelta(days=1)
    stage.move_to(day)
    with stage.database.write() as session:
        programme = session.exec(select(Programme)).one()
        outlook = forecast_programme(
            session, programme=programme, policy=Policy(), as_of=day, paths=50
        )
        actor = make_actor(Role.COORDINATOR)
        store_forecast(session, programme=programme, outlook=outlook, actor=actor, now=stage.now)
    answer = page.request.get("/progress/burn-down-wide.svg")
    stage.move_to(AS_OF)
    assert answer.ok
    return answer.body()


def test_a_case_goes_from_the_file_through_every_hand_to_its_end(stage: Stage) -> None:
    first, second = stage.person(), stage.person()
    coordinator = import_and_allocate(stage)
    with stage.database.read() as session:
        case, review = session.exec(select(Case, Review).join(Review)).first() or (None, None)
        assert case is not None
        assert review is not None
        taker = second if review.reviewer_id == first.reviewer.key else first
        reference = case.reference

    coordinator.goto(f"/reviews/{reference}/allocate")
    coordinator.check(f"#reviewer-{taker.reviewer.key}")
    coordinator.fill("#reason", "Nearer to the family")
    coordinator.get_by_role("button", name="Give it to them", exact=True).click()
    assert "is allocated to" in coordinator.inner_text("main")

    reviewer = stage.sit_down(taker)
    write_and_submit(reviewer, reference)
    assert state_of(stage, reference) is ReviewState.SUBMITTED

    manager = stage.sit_down(stage.somebody(Role.MANAGER))
    decide(manager, reference, "Return for changes", "Which of the two is right?")
    reviewer.goto(f"/my-reviews/{reference}")
    assert "Which of the two is right?" in reviewer.inner_text("main")
    reviewer.get_by_role("button", name="Start").click()
    submit_again(reviewer, reference)
    decide(manager, reference, "Confirm")

    assert state_of(stage, reference) is ReviewState.IN_MODERATION, "a reviewer's first five go"
    moderator = stage.sit_down(stage.somebody(Role.MODERATOR))
    look_again_and_disagree(moderator, reference)
    before = burn_down(stage, manager)
    manager.goto(f"/decisions/{reference}")
    assert "Second look by" in manager.inner_text("main")
    decide(manager, reference, "Confirm")
    assert state_of(stage, reference) is ReviewState.COMPLETE
    assert burn_down(stage, manager) != before

    coordinator.goto(f"/reviews/{reference}")
    told = coordinator.inner_text(".moj-timeline")
    assert all(
        word in told
        for word in ("Allocated", "Re-allocated", "Submitted", "Returned", "isagree", "onfirmed")
    )
    for page in (coordinator, reviewer, manager, moderator):
        assert faults_at(page) == {}
        page.context.close()
