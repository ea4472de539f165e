"""A reviewer's work in a real browser: sittings, lost networks, second tabs, keyboards, no scripts."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.stage import Person, Stage, chromium, faults_at, stage_in

pytestmark = pytest.mark.browser

SOON = 15_000
"""Milliseconds in which something must happen on a busy machine."""
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


@pytest.fixture(scope="module")
def stage(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage_in(tmp_path_factory.mktemp("reviewing"), browser) as stage:
        yield stage


@pytest.fixture
def person(stage: Stage) -> Person:
    return stage.person()


@pytest.fixture
def reference(stage: Stage, person: Person) -> str:
    return stage.review(person, family="F1", facts={"birth_on": "2014-08-01"})


@pytest.fixture
def page(stage: Stage, person: Person, reference: str) -> Iterator[Page]:
    """A reviewer at the form of a review they have started, and what the console complained of."""
    page = stage.sit_down(person)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    stage.start(person, reference)
    yield page
    page.context.close()
    assert [text for text in complaints if "Failed to load resource" not in text] == []


def status(page: Page) -> Locator:
    return page.locator("#draft-status")


def open_section(page: Page, reference: str, section: str) -> None:
    page.goto(f"/my-reviews/{reference}/form/{section}")


def test_what_is_typed_in_one_sitting_is_there_in_the_next(
    stage: Stage, person: Person, reference: str, page: Page
) -> None:
    open_section(page, reference, "outcome")
    page.fill("#reasons", "The plan is from 2014 and nobody")
    page.fill("#action_1_due-day", "99")
    expect(status(page)).to_contain_text("Draft saved 24 February 2016", timeout=SOON)
    page.context.close()

    later = stage.sit_down(person)
    open_section(later, reference, "outcome")
    assert later.input_value("#reasons") == "The plan is from 2014 and nobody"
    assert later.input_value("#action_1_due-day") == "99"
    later.context.close()


def test_words_typed_just_before_leaving_are_kept(stage: Stage, reference: str, page: Page) -> None:
    open_section(page, reference, "outcome")
    page.fill("#reasons", "The last words")
    page.goto("/my-reviews")

    expect(page.get_by_role("heading", name="My reviews")).to_be_visible()
    deadline = time.monotonic() + SOON / 1000  # the browser sends them while the next page loads
    while not stage.typed(reference) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert stage.typed(reference)["reasons"] == "The last words"


def test_a_lost_network_is_said_and_the_draft_saved_when_it_is_back(
    stage: Stage, reference: str, page: Page
) -> None:
    open_section(page, reference, "outcome")
    page.context.set_offline(True)
    page.fill("#reasons", "Typed in the lift")
    expect(status(page)).to_contain_text("We will keep trying", timeout=SOON)
    page.context.set_offline(False)
    expect(status(page)).to_contain_text("Draft saved", timeout=SOON)

    assert stage.typed(reference)["reasons"] == "Typed in the lift"


def test_a_lost_session_keeps_the_text_until_somebody_signs_in_again(
    stage: Stage, person: Person, reference: str, page: Page
) -> None:
    open_section(page, reference, "outcome")
    stage.sign_out_everywhere(person)
    page.fill("#reasons", "Typed after the session ended")
    expect(status(page)).to_contain_text("You are signed out", timeout=SOON)
    stage.sign_in(person, page.context)
    expect(status(page)).to_contain_text("Draft saved", timeout=SOON)

    assert stage.typed(reference)["reasons"] == "Typed after the session ended"


def test_a_second_tab_overwrites_nothing_and_loses_nothing(
    stage: Stage, reference: str, page: Page
) -> None:
    open_section(page, reference, "outcome")
    second = page.context.new_page()
    open_section(second, reference, "outcome")
    page.fill("#reasons", "From the first tab")
    expect(status(page)).to_contain_text("Draft saved", timeout=SOON)
    second.fill("#reasons", "From the second tab")
    expect(status(second)).to_contain_text("changed elsewhere", timeout=SOON)
    assert stage.typed(reference)["reasons"] == "From the first tab"

    second.get_by_role("button", name="Save and come back later").click()
    assert second.input_value("#reasons") == "From the second tab"
    expect(second.locator("#reasons-elsewhere")).to_contain_text("From the first tab")
    assert faults_at(second) == {}
    second.get_by_role("button", name="Save and come back later").click()
    assert stage.typed(reference)["reasons"] == "From the second tab"


def test_two_tabs_on_different_sections_do_not_meet(
    stage: Stage, reference: str, page: Page
) -> None:
    open_section(page, reference, "outcome")
    second = page.context.new_page()
    open_section(second, reference, "identity")
    page.fill("#reasons", "Section K")
    expect(status(page)).to_contain_text("Draft saved", timeout=SOON)
    second.check("#can_be_reviewed-2")
    expect(status(second)).to_contain_text("Draft saved", timeout=SOON)

    assert stage.typed(reference)["reasons"] == "Section K"
    assert stage.typed(reference)["can_be_reviewed"] == "no"


def test_saving_never_moves_the_focus(reference: str, page: Page) -> None:
    open_section(page, reference, "outcome")
    page.click("#reasons")
    page.keyboard.type("Still typing")
    expect(status(page)).to_contain_text("Draft saved", timeout=SOON)

    assert page.evaluate("document.activeElement.id") == "reasons"


def test_the_whole_review_goes_by_keyboard_alone(
    stage: Stage, person: Person, reference: str
) -> None:
    page = stage.sit_down(person)
    page.goto("/my-reviews")
    press(page, f"a[href='/my-reviews/{reference}']", "Enter")
    press(page, "main button", "Enter")
    for section, choices in CHOICES.items():
        press(page, f"#task-{section}-status, a[href$='/form/{section}']", "Enter")
        for choice in choices:
            choose(page, choice)
        if section == "outcome":
            move_to(page, "#reasons")
            page.keyboard.type("The same episode is on the list twice.")
        choose(page, "#section_complete")
        press(page, "form[data-autosave] button", "Enter")
        expect(page.get_by_role("alert")).to_contain_text("is completed")
    press(page, "a[href$='/check']", "Enter")
    press(page, "main form button", "Enter")

    expect(page.get_by_role("heading", name="Review submitted")).to_be_visible()
    page.context.close()


def test_the_whole_review_goes_without_scripts(
    stage: Stage, person: Person, reference: str
) -> None:
    page = stage.sit_down(person, java_script_enabled=False)
    page.goto(f"/my-reviews/{reference}")
    page.get_by_role("button", name="Start the review").click()
    page.get_by_role("link", name="K. Outcome and actions").click()
    page.fill("#reasons", "Half a sentence")
    page.get_by_role("button", name="Save and come back later").click()
    page.get_by_role("link", name="K. Outcome and actions").click()
    assert page.input_value("#reasons") == "Half a sentence"
    for section, choices in CHOICES.items():
        open_section(page, reference, section)
        for choice in (*choices, "#section_complete"):
            page.check(choice)
        page.get_by_role("button", name="Save and continue").click()
    page.get_by_role("button", name="Check your answers and submit").click()
    page.get_by_role("button", name="Submit the review").click()

    expect(page.get_by_role("heading", name="Review submitted")).to_be_visible()
    page.context.close()


def test_an_error_in_the_summary_leads_to_its_question(reference: str, page: Page) -> None:
    open_section(page, reference, "identity")
    page.check("#section_complete")
    page.get_by_role("button", name="Save and continue").click()
    page.wait_for_function("document.activeElement.className === 'govuk-error-summary'")
    page.get_by_role("link", name="Select whether you can review this case").click()

    page.wait_for_function("document.activeElement.id === 'can_be_reviewed'")


def test_no_page_of_the_reviewer_has_a_fault_at_any_width(
    stage: Stage, person: Person, reference: str, page: Page
) -> None:
    stage.review(person, family="F1")
    open_section(page, reference, "identity")
    page.check("#can_be_reviewed")
    page.check("#section_complete")
    page.get_by_role("button", name="Save and continue").click()
    found = {"errors": faults_at(page, colours=True)}
    here = f"/my-reviews/{reference}"
    paths = ("", "/form/child", "/form/risk", "/form/outcome", "/check", "/hold", "/escalate")
    for path in ("/my-reviews", *(here + path for path in paths)):
        page.goto(path)
        found[path] = faults_at(page, colours=True)
    page.get_by_role("button", name="Raise the escalation").click()
    found["no urgency"] = faults_at(page)

    assert {path: faults for path, faults in found.items() if faults} == {}


@pytest.mark.soak
def test_no_page_has_a_fault_where_scripts_do_not_load(
    stage: Stage, reference: str, page: Page
) -> None:
    page.route("**/*.js*", lambda route: route.abort())
    found = {}
    for path in ("", "/form/identity", "/form/outcome", "/check"):
        page.goto(f"/my-reviews/{reference}{path}")
        found[path] = faults_at(page)

    assert {path: faults for path, faults in found.items() if faults} == {}


def press(page: Page, selector: str, key: str) -> None:
    """Tab to the first thing that fits and press a key on it; wait for the page that follows."""
    move_to(page, selector)
    with page.expect_navigation():
        page.keyboard.press(key)


def choose(page: Page, selector: str) -> None:
    """Choose a radio as a keyboard does: into its group with Tab, to it with the arrows."""
    name = page.get_attribute(selector, "name")
    move_to(page, f"input[name='{name}']")
    page.keyboard.press("Space")
    for _ in range(30):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            break
        page.keyboard.press("ArrowDown")
    assert page.is_checked(selector)


def move_to(page: Page, selector: str) -> None:
    for _ in range(150):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} cannot be reached with Tab")
