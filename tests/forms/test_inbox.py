"""Messages in words: how many and where to look."""

from datetime import UTC, date, datetime

import pytest

from forms.inbox import MOST_NAMED, Worded, email_text, outbox_page, worded
from tests.forms.make import make_facts
from workflow.models import AlertKind, NotificationKind, Sending, SignalKind
from workflow.notifications.overview import Overview, Unsent

SITE = make_facts().site
DAY = date(2016, 2, 24)
AT = datetime(2016, 2, 24, 9, tzinfo=UTC)


def say(kind: NotificationKind, recipient: str = "R0001", **content: list[str]) -> Worded:
    return worded(kind, content, recipient=recipient, about_on=DAY)


@pytest.mark.parametrize("kind", NotificationKind)
def test_every_kind_of_message_has_words(kind: NotificationKind) -> None:
    assert say(kind, reviews=["CIN-00001"]).subject


@pytest.mark.parametrize("kind", AlertKind)
def test_every_kind_of_alert_has_words_of_its_own(kind: AlertKind) -> None:
    (part,) = say(NotificationKind.CHASE, **{kind.value: ["CIN-00001"]}).parts
    assert part.text.startswith("1 ")


def test_a_long_list_is_cut_and_counted() -> None:
    references = [f"CIN-{number:05}" for number in range(40)]
    message = say(NotificationKind.ALLOCATED, reviews=references)
    (part,) = message.parts
    assert message.subject == "40 reviews are allocated to you"
    assert (len(part.references), part.more) == (MOST_NAMED, 40 - MOST_NAMED)


def test_offices_get_links_to_their_lists_and_reviewers_to_their_own() -> None:
    chased = {"overdue": ["CIN-00001"]}
    office = say(NotificationKind.CHASE, "coordinator", **chased)
    reviewer = say(NotificationKind.CHASE, **chased)
    assert office.parts[0].href == "/reviews?view=overdue"
    assert reviewer.parts[0].href == ""
    assert reviewer.way_on is not None
    assert reviewer.way_on.href == "/my-reviews"


def test_an_escalation_is_urgent_and_leads_to_the_escalations() -> None:
    message = say(NotificationKind.ESCALATION, "manager", immediate=["CIN-00001"])
    assert message.is_urgent
    assert message.way_on is not None
    assert message.way_on.href == "/escalations"


@pytest.mark.parametrize("kind", NotificationKind)
def test_an_email_names_no_case(kind: NotificationKind) -> None:
    message = say(kind, overdue=["CIN-00001"], immediate=["CIN-00002"])
    subject, body = email_text(message, service="Reviews", base_url="https://reviews.example/")
    assert "CIN-" not in subject + body
    assert "https://reviews.example/inbox" in body
    assert "\n" not in subject


def test_without_an_address_of_the_service_an_email_says_where_to_look() -> None:
    _, body = email_text(say(NotificationKind.RETURNED), service="Reviews", base_url="")
    assert "Sign in to see more: Reviews: your inbox" in body


def make_overview(*unsent: Unsent, failed: int = 0) -> Overview:
    counts = dict.fromkeys(Sending, 0)
    return Overview(
        emails=counts | {Sending.FAILED: failed},
        signals=counts,
        unsent=unsent,
        last_sent_at=None,
    )


def test_what_could_not_be_sent_is_said_first() -> None:
    stuck = Unsent(1, SignalKind.CASELOAD_IMPORTED, None, Sending.WAITING, 3, "no", AT, AT)
    given_up = Unsent(2, NotificationKind.CHASE, "Alex", Sending.FAILED, 20, "no", AT, AT)

    def headline(found: Overview, *, sends_email: bool = True) -> str:
        return outbox_page(SITE, found, sends_email=sends_email, as_of=DAY).headline

    assert headline(make_overview()) == "Nothing waits to be sent."
    assert headline(make_overview(stuck)).startswith("Some messages could not be sent yet.")
    assert headline(make_overview(given_up, failed=1)).startswith("1 message or signal could not")
    assert headline(make_overview(), sends_email=False).startswith("No mail server is set")
    table = outbox_page(SITE, make_overview(stuck), sends_email=True, as_of=DAY).unsent
    assert table is not None
    assert table.rows[0][:2] == ("A caseload was imported", "The flows")
