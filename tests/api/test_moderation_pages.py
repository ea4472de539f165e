"""A second look: the queue, the blind form, the comparison, the judgement; by page and by JSON."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from forms.catalogue import latest_form
from forms.reviewing.filling import FORM_ID, read_section
from tests.api.bench import REVIEW, Bench, as_holder, bench, make_bench
from tests.api.conftest import SignIn
from tests.api.pages import faults, parse, text_of
from workflow.escalations import raise_escalation
from workflow.models import Escalation, EscalationKind, ModerationReview, Review
from workflow.policy import TrackingPolicy
from workflow.quality.masking import MASK
from workflow.states import Action, ReviewState, Role

__all__ = ["bench", "make_bench"]
FIRST_WORDS = "Words of the first reviewer alone"
OUTCOME = REVIEW["outcome"]
SECTIONS = [s for s in latest_form(FORM_ID).sections if s.is_open_to("council")]


class Room:
    """A moderator who is signed in, and a review that waits for one."""

    def __init__(self, waiting: Bench, sign_in: SignIn) -> None:
        self.bench = waiting
        self.client: TestClient = sign_in(Role.MODERATOR)
        self.path = f"/moderation/{waiting.reference}"
        self.api = f"/api{self.path}"

    def get(self, path: str = "", status: int = 200) -> str:
        answer = self.client.get(self.path + path, follow_redirects=False)
        assert answer.status_code == status, answer.text
        if status == 200:
            assert faults(parse(answer.text)) == []
        return answer.text

    def post(self, path: str, status: int = 303, **sent: Any) -> str:
        answer = self.client.post(self.path + path, data=sent, follow_redirects=False)
        assert answer.status_code == status, answer.text
        if answer.text:
            assert faults(parse(answer.text)) == []
        return answer.text

    def fill_in(self, **other: Any) -> None:
        for section in SECTIONS:
            answers = read_section(section, REVIEW | other)
            body = {"section": section.id, "answers": answers, "is_complete": True}
            assert self.client.post(f"{self.api}/draft", json=body).status_code == 200

    @property
    def review(self) -> Review:
        return self.bench.review

    @property
    def second(self) -> ModerationReview | None:
        with self.bench.database.read() as session:
            return session.exec(select(ModerationReview)).one_or_none()


@pytest.fixture
def room(bench: Bench, signed_in: SignIn) -> Room:
    """The first review of its reviewer, confirmed, so that the sample draws it."""
    bench.fill_in(REVIEW | {"reasons": FIRST_WORDS})
    bench.post("/check")
    manager = signed_in(Role.MANAGER)
    manager.post(f"/decisions/{bench.reference}", data={"action": "confirm"})
    assert bench.review.state is ReviewState.IN_MODERATION
    return Room(bench, signed_in)


def test_the_queue_says_what_waits_and_nothing_of_the_first_review(room: Room) -> None:
    page = room.client.get("/moderation").text
    assert faults(parse(page)) == []
    said = text_of(parse(page).find(".//main"))
    assert room.bench.reference in said
    assert "Not begun" in said
    assert "Remain" not in said
    assert "drawn" not in said


def test_the_queue_is_sorted_as_asked_and_says_when_it_is_empty(
    room: Room, signed_in: SignIn
) -> None:
    page = room.client.get("/moderation?sort=-case").text
    assert faults(parse(page)) == []
    assert 'aria-sort="descending"' in page
    assert room.client.get("/moderation?sort=outcome").status_code == 422
    room.fill_in()
    room.post("/check")
    room.post("/judge", action="agree")
    assert "No review waits for a second look" in room.client.get("/moderation").text


def test_a_moderator_judges_after_their_own_review_and_a_disagreement_goes_back(room: Room) -> None:
    room.fill_in(reasons="My own words")
    room.post("/check")
    said = text_of(parse(room.get("/compare")).find(".//main"))
    assert FIRST_WORDS in said
    assert "My own words" in said
    assert "in no finding" in said
    assert "first 5 reviews" in said, "why it was drawn"
    assert "reason" in room.post("/judge", 422, action="disagree")
    assert room.review.state is ReviewState.IN_MODERATION
    room.post("/judge", action="disagree", reason="The level is too low")
    assert room.review.state is ReviewState.SUBMITTED
    assert room.get("", 303) == ""


def test_the_manager_reads_both_views_afterwards(room: Room, signed_in: SignIn) -> None:
    room.fill_in(reasons="My own words")
    room.post("/check")
    room.post("/judge", action="disagree", reason="The level is too low")
    page = signed_in(Role.MANAGER).get(f"/decisions/{room.bench.reference}").text
    assert FIRST_WORDS in page
    assert "Second look by" in page
    assert "My own words" in page


def test_agreeing_completes_the_review(room: Room) -> None:
    room.fill_in()
    room.post("/check")
    room.post("/judge", action="agree")
    assert room.review.state is ReviewState.COMPLETE
    assert "The review is complete" in room.get("/compare")


@pytest.mark.parametrize("path", ["", "/form/outcome", "/check", "/escalate"])
def test_no_page_before_the_own_review_is_in_shows_the_first(room: Room, path: str) -> None:
    assert FIRST_WORDS not in room.get(path)


def test_nobody_compares_or_judges_before_their_own_review_is_in(room: Room) -> None:
    room.get("/compare", 303)
    room.post("/judge", 409, action="agree")
    assert room.client.get(f"{room.api}/compare").status_code == 409
    assert room.client.post(f"{room.api}/judge", json={"action": "agree"}).status_code == 409
    assert room.review.state is ReviewState.IN_MODERATION


LOOKED_FOR = {
    Role.MANAGER: ("/reviews/{}", "/decisions/{}", "/api/decisions/{}", "/escalations"),
    Role.COORDINATOR: (
        "/reviews/{}",
        "/api/reviews/{}",
        "/api/escalations",
        "/reviews.csv?view=all",
    ),
    Role.ADMINISTRATOR: ("/audit", "/audit.csv", "/api/audit", "/inbox", "/api/inbox"),
}


@pytest.mark.parametrize("also", LOOKED_FOR)
def test_no_other_role_lends_a_moderator_a_look_at_the_first_review(
    room: Room, signed_in: SignIn, also: Role
) -> None:
    with room.bench.database.write() as session:
        review = session.get_one(Review, room.bench.review_id)
        raise_escalation(
            session,
            review=review,
            kind=EscalationKind.SAME_DAY,
            reason=FIRST_WORDS,
            actor=as_holder(room.bench.reviewer),
            now=room.bench.now,
            calendar=room.bench.programme.calendar,
            policy=TrackingPolicy(),
        )
    client = signed_in(Role.MODERATOR, also)
    for path in LOOKED_FOR[also]:
        answer = client.get(path.format(room.bench.reference), follow_redirects=False)
        assert answer.status_code in (200, 409), path
        assert FIRST_WORDS not in answer.text, path
        assert OUTCOME not in answer.text, path


def test_a_moderator_takes_no_subject_file_before_their_own_review_is_in(
    room: Room, signed_in: SignIn
) -> None:
    client = signed_in(Role.MODERATOR, Role.MANAGER)
    path = f"/subject/{room.bench.reference}"
    sent = {"purpose": "A request by the family", "format": "json"}
    assert client.post(path, data=sent).status_code in (409, 422)
    answer = client.post(f"/api{path}", json={"purpose": "A request by the family"})
    assert answer.status_code == 409
    assert FIRST_WORDS not in answer.text


def test_the_duty_manager_who_takes_an_escalation_on_reads_it_and_moderates_no_more(
    room: Room, signed_in: SignIn
) -> None:
    room.client.post(f"{room.api}/escalate", json={"kind": "immediate", "reason": "Bruises"})
    both = signed_in(Role.MODERATOR, Role.MANAGER)
    assert MASK in both.get("/escalations").text
    both.post("/escalations/1/acknowledge")
    assert "Bruises" in both.get("/escalations").text
    assert "know the first review" in both.get("/moderation").text
    assert both.get(room.path, follow_redirects=False).status_code == 409


def test_who_read_the_submission_as_a_manager_cannot_judge_it_blind(
    bench: Bench, signed_in: SignIn
) -> None:
    bench.fill_in(REVIEW)
    bench.post("/check")
    both = signed_in(Role.MODERATOR, Role.MANAGER)
    assert both.get(f"/decisions/{bench.reference}").status_code == 200
    signed_in(Role.MANAGER).post(f"/decisions/{bench.reference}", data={"action": "confirm"})
    assert bench.review.state is ReviewState.IN_MODERATION
    assert both.get(f"/moderation/{bench.reference}").status_code == 409
    assert both.get(f"/decisions/{bench.reference}").status_code == 200, "nothing is left to keep"


def test_a_draft_is_kept_by_page_and_by_json_and_a_stale_one_overwrites_nothing(room: Room) -> None:
    body = {"section": "outcome", "answers": {"reasons": "By JSON"}, "version": 0}
    assert room.client.post(f"{room.api}/draft", json=body).status_code == 200
    assert "By JSON" in room.get("/form/outcome")
    page = room.post("/form/outcome", 409, version="0", reasons="From an older tab", leave="yes")
    assert "By JSON" in page
    assert "From an older tab" in page
    room.post("/form/outcome", version="1", reasons="From an older tab", leave="yes")
    form = room.client.get(room.api).json()["form"]
    assert form["answers"]["reasons"] == "From an older tab"


def test_json_goes_the_whole_way_too(room: Room) -> None:
    assert [one["reference"] for one in room.client.get("/api/moderation").json()] == [
        room.bench.reference
    ]
    assert room.client.post(f"{room.api}/submit", json={}).status_code == 422
    room.fill_in()
    assert room.client.post(f"{room.api}/submit", json={}).status_code == 200
    compared = room.client.get(f"{room.api}/compare").json()
    assert compared["findings"]["outcome"]["first"] == compared["findings"]["outcome"]["second"]
    body = {"action": "disagree", "reason": "Too low"}
    assert room.client.post(f"{room.api}/judge", json=body).json()["state"] == "submitted"


def test_an_incomplete_review_is_not_handed_in_and_says_what_is_missing(room: Room) -> None:
    page = room.post("/check", 422)
    assert f"/moderation/{room.bench.reference}/form/" in page
    assert room.second is None


def test_handing_in_twice_is_refused_and_words_typed_too_late_are_given_back(room: Room) -> None:
    room.fill_in()
    room.post("/check")
    room.post("/check", 409)
    assert "Too late" in room.post("/form/outcome", 409, reasons="Too late")


def test_an_immediate_risk_found_on_the_second_look_escalates(room: Room) -> None:
    room.post("/escalate", 422, reason="Bruises")
    room.post("/escalate", kind="immediate", reason="Bruises")
    with room.bench.database.read() as session:
        assert session.exec(select(Escalation)).one().reason == "Bruises"


def test_a_review_that_does_not_wait_answers_like_a_missing_one(
    room: Room,
    make_bench: Any,
) -> None:
    other: Bench = make_bench()
    missing = room.client.get("/moderation/CIN-99999")
    waiting_elsewhere = room.client.get(f"/moderation/{other.reference}")
    assert missing.status_code == waiting_elsewhere.status_code == 404
    assert missing.text.replace("CIN-99999", "") == waiting_elsewhere.text.replace(
        other.reference, ""
    )


def test_who_confirmed_the_review_cannot_take_it(room: Room, signed_in: SignIn) -> None:
    both = signed_in(Role.MODERATOR, Role.MANAGER)
    room.fill_in()
    room.post("/check")
    room.post("/judge", action="disagree", reason="Too low")
    both.post(f"/decisions/{room.bench.reference}", data={"action": Action.RETURN, "reason": "x"})
    room.bench.act(Action.START)
    room.bench.post("/check")
    both.post(f"/decisions/{room.bench.reference}", data={"action": "confirm"})
    if room.review.state is ReviewState.IN_MODERATION:
        said = text_of(parse(both.get("/moderation").text).find(".//main"))
        assert "cannot also moderate" in said
