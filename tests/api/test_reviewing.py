"""The reviewers' pages and their JSON: nothing foreign is seen, no word is lost."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from forms.catalogue import latest_form
from forms.reviewing.filling import FORM_ID
from tests.api.conftest import SignIn
from tests.api.pages import faults, parse, text_of
from tests.factories import make_actor, make_review, make_reviewer
from tests.forms.test_answers import CANNOT_REVIEW, POLICE
from tests.forms.test_answers import REVIEW as LATER_REVIEW
from workflow import reviews
from workflow.db import Database
from workflow.models import Case, Draft, Escalation, Event, Programme, Review, Reviewer, Submission
from workflow.policy import Policy
from workflow.states import Action, ReviewState, Role

COORDINATOR = make_actor(Role.COORDINATOR)
MANAGER = make_actor(Role.MANAGER, name="manager-1")
REVIEW = LATER_REVIEW | {"last_seen_on-month": "1"}
"""A whole review whose dates lie before the day of these tests."""
SECTIONS = [section.id for section in latest_form(FORM_ID).sections]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A reviewer who is signed in, and one review allocated to them."""

    database: Database
    programme: Programme
    now: datetime
    client: TestClient
    reviewer: Reviewer
    review_id: int
    reference: str

    @property
    def path(self) -> str:
        return f"/my-reviews/{self.reference}"

    @property
    def review(self) -> Review:
        with self.database.read() as session:
            return session.get_one(Review, self.review_id)

    @property
    def draft(self) -> Draft | None:
        with self.database.read() as session:
            return session.get(Draft, self.review_id)

    def get(self, path: str = "", status: int = 200) -> str:
        answer = self.client.get(self.path + path, follow_redirects=False)
        assert answer.status_code == status, answer.text
        if status in (200, 404):
            assert faults(parse(answer.text)) == []
        return answer.text

    def says(self, path: str = "") -> str:
        return text_of(parse(self.get(path)).find(".//main"))

    def post(self, path: str, status: int = 303, **sent: Any) -> str:
        answer = self.client.post(self.path + path, data=sent, follow_redirects=False)
        assert answer.status_code == status, answer.text
        if answer.text:
            assert faults(parse(answer.text)) == []
        return answer.text

    def act(self, action: Action, reason: str | None = None, actor: Any = None) -> None:
        with self.database.write() as session:
            reviews.act(
                session,
                review_id=self.review_id,
                action=action,
                actor=actor or as_holder(self.reviewer),
                now=self.now,
                reason=reason,
            )

    def give_to(self, reviewer: Reviewer) -> None:
        with self.database.write() as session:
            reviews.allocate(
                session,
                review=reviews.locked(session, self.review_id),
                reviewer_id=reviewer.key,
                due_on=date(2016, 2, 10),
                actor=COORDINATOR,
                now=self.now,
                reason="Somebody is away",
            )

    def fill_in(self, sent: dict[str, Any]) -> None:
        """Save every section, each called completed."""
        for section in SECTIONS:
            answer = self.client.post(
                f"/api/drafts/{self.reference}",
                json={"section": section, "answers": sent, "is_complete": True},
            )
            assert answer.status_code in (200, 404), answer.text


def as_holder(reviewer: Reviewer) -> Any:
    return make_actor(
        Role.REVIEWER,
        name=reviewer.reference,
        agency=reviewer.agency,
        reviewer_id=reviewer.key,
    )


@pytest.fixture
def make_bench(database: Database, programme: Programme, signed_in: SignIn, now: datetime) -> Any:
    def make(*, agency: str = "council", start: bool = True, **case: Any) -> Bench:
        with database.write() as session:
            reviewer = make_reviewer(session, programme, agency=agency)
            review = make_review(session, programme, **case)
            reference = session.get_one(Case, review.case_id).reference
        bench = Bench(
            database=database,
            programme=programme,
            now=now,
            client=signed_in(Role.REVIEWER, reviewer=reviewer),
            reviewer=reviewer,
            review_id=review.key,
            reference=reference,
        )
        bench.give_to(reviewer)
        if start:
            bench.act(Action.START)
        return bench

    return make


@pytest.fixture
def bench(make_bench: Any) -> Bench:
    made: Bench = make_bench()
    return made


def test_my_reviews_says_what_to_do_next_and_counts(make_bench: Any) -> None:
    bench = make_bench(start=False)
    answer = bench.client.get("/my-reviews")
    said = text_of(parse(answer.text).find(".//main"))

    assert faults(parse(answer.text)) == []
    assert "You have 1 review to do." in said
    assert f"Next: {bench.reference} Start it. Due 10 Feb 2016." in said


def test_a_reviewer_without_reviews_is_told_where_they_come_from(
    signed_in: SignIn, database: Database, programme: Programme
) -> None:
    with database.write() as session:
        reviewer = make_reviewer(session, programme)
    tree = parse(signed_in(Role.REVIEWER, reviewer=reviewer).get("/my-reviews").text)

    assert faults(tree) == []
    assert "When a coordinator allocates a review to you" in text_of(tree.find(".//main"))


def test_a_returned_review_is_listed_with_the_managers_reason(bench: Bench) -> None:
    bench.fill_in(CANNOT_REVIEW)
    bench.post("/check")
    bench.act(Action.RETURN, "Say more about the plan", MANAGER)
    said = text_of(parse(bench.client.get("/my-reviews").text).find(".//main"))

    assert "1 returned by a manager" in said
    assert "“Say more about the plan”" in said


@pytest.mark.parametrize("path", ["", "/form/identity", "/check", "/decline", "/escalate"])
def test_a_foreign_a_missing_and_a_lost_review_answer_alike(make_bench: Any, path: str) -> None:
    bench, other = make_bench(), make_bench()
    foreign = bench.client.get(other.path + path)
    missing = bench.client.get("/my-reviews/CIN-99999" + path)
    bench.give_to(other.reviewer)
    lost = bench.client.get(bench.path + path)

    assert {answer.status_code for answer in (foreign, missing, lost)} == {404}
    assert foreign.content == missing.content == lost.content


def test_the_json_of_a_foreign_and_a_missing_review_is_the_same(make_bench: Any) -> None:
    bench, other = make_bench(), make_bench()
    foreign = bench.client.get(f"/api/my-reviews/{other.reference}")
    missing = bench.client.get("/api/my-reviews/CIN-99999")

    assert foreign.status_code == missing.status_code == 404
    assert foreign.content == missing.content


def test_only_reviewers_reach_my_reviews(signed_in: SignIn, programme: Programme) -> None:
    assert signed_in(Role.MANAGER).get("/my-reviews").status_code == 403


def test_an_allocated_review_is_started_before_its_form_opens(make_bench: Any) -> None:
    bench = make_bench(start=False)
    assert "Start the review" in bench.says()
    bench.get("/form/identity", status=303)

    bench.post("/start", version=bench.review.version)

    assert bench.review.state is ReviewState.IN_PROGRESS
    assert "You have completed 0 of 10 sections." in bench.says()


def test_a_start_from_an_old_page_is_refused(make_bench: Any) -> None:
    bench = make_bench(start=False)
    assert "changed by somebody else" in bench.post("/start", status=409, version=1)


def test_the_case_is_summed_up_without_a_name(make_bench: Any) -> None:
    bench = make_bench(
        family="F1",
        facts={"birth_on": "2014-08-01", "factors": ["16A"], "worker_qualified": False},
    )
    sibling = make_bench(family="F1")
    said = bench.says()

    assert "17 months old" in said
    assert "Neglect" in said
    assert "Not a qualified social worker" in said
    assert f"{sibling.reference}with {sibling.reviewer.name}, in progress" in said


def test_every_section_is_a_valid_page(make_bench: Any) -> None:
    bench = make_bench(agency="constabulary")
    bench.fill_in(REVIEW | POLICE)
    for section in SECTIONS:
        bench.get(f"/form/{section}")
    assert "You have completed 11 of 11 sections." in bench.says()


def test_the_police_section_is_not_found_for_the_council(bench: Bench) -> None:
    bench.fill_in(REVIEW)
    bench.get("/form/police", status=404)
    assert "Information the police hold" not in bench.says()


def test_a_section_to_come_back_to_is_saved_without_being_checked(bench: Bench) -> None:
    bench.post("/form/identity", can_be_reviewed="yes", section_complete="no")
    sent = {"last_seen_on-day": "99", "daily_life": "Half a sent", "section_complete": "no"}
    bench.post("/form/child", **sent)

    assert bench.draft is not None
    assert bench.draft.answers["last_seen_on"] == {"day": "99", "month": "", "year": ""}
    text = bench.get("/form/child")
    assert 'value="99"' in text
    assert "Half a sent" in text


def test_a_completed_section_is_checked_and_kept_although_it_is_wrong(bench: Bench) -> None:
    text = bench.post(
        "/form/identity", status=422, can_be_reviewed="yes", born="born", section_complete="yes"
    )
    said = text_of(parse(text).find(".//main"))

    assert said.startswith("There is a problem")
    assert "Error: Select whether the case is still open" in said
    assert bench.draft is not None
    assert bench.draft.answers["born"] == "born"


def test_a_page_with_errors_says_so_in_its_title(bench: Bench) -> None:
    text = bench.post("/form/outcome", status=422, section_complete="yes")
    assert text_of(parse(text).find(".//title")).startswith("Error: Outcome and actions")


def test_a_section_asks_whether_it_is_completed_and_keeps_the_answers(bench: Bench) -> None:
    text = bench.post("/form/identity", status=422, can_be_reviewed="yes")

    assert "Select yes if you have completed this section" in text
    assert bench.draft is not None
    assert bench.draft.answers["can_be_reviewed"] == "yes"


def test_a_completed_section_leads_back_to_the_task_list(bench: Bench) -> None:
    bench.post("/form/identity", **only(CANNOT_REVIEW, "identity"), section_complete="yes")
    said = bench.says()

    assert "“The case and the child” is completed." in said
    assert "You have completed 1 of 3 sections." in said


def test_a_second_tab_is_told_and_shown_both_texts(bench: Bench) -> None:
    bench.post("/form/outcome", version="0", reasons="The first tab.", section_complete="no")
    text = bench.post(
        "/form/outcome", status=409, version="0", reasons="The second tab.", section_complete="no"
    )
    said = text_of(parse(text).find(".//main"))

    assert "changed in another tab" in said
    assert "The second tab." in said
    assert "Saved elsewhere: The first tab." in said
    assert bench.draft is not None
    assert bench.draft.answers["reasons"] == "The first tab."


def test_saving_again_from_the_page_that_shows_both_keeps_what_stands_in_the_fields(
    bench: Bench,
) -> None:
    bench.post("/form/outcome", version="0", reasons="The first tab.", section_complete="no")
    text = bench.post("/form/outcome", status=409, version="0", reasons="Mine.")
    field = next(e for e in parse(text).iter("input") if e.get("name") == "version")
    bench.post("/form/outcome", version=field.get("value"), reasons="Mine.", section_complete="no")

    assert bench.draft is not None
    assert bench.draft.answers["reasons"] == "Mine."


def test_what_was_typed_comes_back_when_the_review_was_given_away(
    bench: Bench, make_bench: Any
) -> None:
    bench.give_to(make_bench().reviewer)
    text = bench.post(
        "/form/outcome", status=404, reasons="Twenty minutes of work.", outcome="close"
    )
    said = text_of(parse(text).find(".//main"))

    assert "not allocated to you any more" in said
    assert "Why? Twenty minutes of work." in said
    assert "Close" in said


def test_what_was_typed_comes_back_when_the_review_was_submitted_meanwhile(bench: Bench) -> None:
    bench.fill_in(CANNOT_REVIEW)
    bench.post("/check")
    text = bench.post("/form/outcome", status=409, reasons="One more thought.")

    assert "One more thought." in text
    assert "submitted already" in text


def test_what_was_typed_comes_back_after_the_session_has_ended(bench: Bench) -> None:
    bench.client.cookies.clear()
    text = bench.post("/form/outcome", status=401, reasons="Typed for an hour.")

    assert "Typed for an hour." in text


def test_hostile_text_is_shown_as_text_everywhere(bench: Bench) -> None:
    hostile = "</textarea><script>alert(1)</script>\"'&"
    bench.fill_in(CANNOT_REVIEW | {"reasons": hostile})
    for path in ("/form/outcome", "/check"):
        assert "<script>alert" not in bench.get(path)


def test_an_autosave_keeps_the_raw_text_and_says_when(bench: Bench) -> None:
    answer = autosave(bench, {"reasons": ["Half a sen"]}, version=0, tab="a", turn=1)

    assert answer.json() == {
        "version": 1,
        "saved_at": "2016-01-20T09:00:00Z",
        "message": "Draft saved 20 January 2016 at 9:00",
    }
    assert bench.draft is not None
    assert bench.draft.answers["reasons"] == "Half a sen"


def test_an_autosave_from_another_tab_is_a_conflict(bench: Bench) -> None:
    autosave(bench, {"reasons": "one"}, version=0, tab="a", turn=1)
    assert autosave(bench, {"reasons": "two"}, version=0, tab="b", turn=1).status_code == 409


def test_an_autosave_whose_answer_got_lost_is_simply_sent_again(bench: Bench) -> None:
    autosave(bench, {"reasons": "one"}, version=0, tab="a", turn=1)
    assert autosave(bench, {"reasons": "one two"}, version=0, tab="a", turn=2).status_code == 200


def test_an_autosave_without_a_session_answers_401(bench: Bench) -> None:
    bench.client.cookies.clear()
    assert autosave(bench, {"reasons": "one"}).status_code == 401


def test_an_autosave_of_a_foreign_review_is_not_found(make_bench: Any) -> None:
    bench, other = make_bench(), make_bench()
    answer = bench.client.post(
        f"/api/drafts/{other.reference}", json={"section": "outcome", "answers": {}}
    )
    assert answer.status_code == 404


def test_an_autosave_from_another_site_is_refused(bench: Bench) -> None:
    answer = bench.client.post(
        f"/api/drafts/{bench.reference}",
        json={"section": "outcome", "answers": {}},
        headers={"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"},
    )
    assert answer.status_code == 403
    assert bench.draft is None


def test_the_check_lists_every_error_with_its_place(bench: Bench) -> None:
    bench.post("/form/identity", can_be_reviewed="yes", section_complete="no")
    text = bench.post("/check", status=422)
    links = [link.get("href") for link in parse(text).iter("a")]

    assert f"{bench.path}/form/identity#still_open" in links
    assert f"{bench.path}/form/outcome#reasons" in links
    assert bench.review.state is ReviewState.IN_PROGRESS


def test_the_check_shows_every_answer_with_a_way_to_change_it(bench: Bench) -> None:
    bench.fill_in(REVIEW)
    said = bench.says("/check")

    assert "When was the child last seen? 11 January 2016 Change: When was the child" in said
    assert "What is daily life like for this child? Not provided" in said


def test_what_is_typed_but_not_asked_is_shown_before_it_goes(bench: Bench) -> None:
    bench.fill_in(REVIEW | {"safety": "safe", "safety_reasons": "Typed before I thought again."})

    assert "Typed, but not part of the submission" in bench.says("/check")
    assert "Typed before I thought again." in bench.says("/check")


def test_a_submission_is_kept_and_the_next_step_said(bench: Bench) -> None:
    bench.fill_in(REVIEW)
    assert "Submit the review" in bench.says("/check")
    bench.post("/check", version=bench.review.version, draft_version=len(SECTIONS) - 1)

    assert bench.review.state is ReviewState.SUBMITTED
    assert bench.draft is None
    assert "A council manager, who did not write the review" in bench.says("/submitted")
    assert "What you submitted" in text_of(parse(bench.get()).find(".//main"))


def test_the_constabulary_is_told_that_it_recommends(make_bench: Any) -> None:
    bench = make_bench(agency="constabulary")
    bench.fill_in(REVIEW | POLICE)
    assert "Submit the recommendation" in bench.says("/check")
    bench.post("/check")

    assert "You recommend an outcome." in bench.says("/submitted")
    with bench.database.read() as session:
        assert session.exec(select(Submission)).one().answers["police_incidents"] == 3


def test_a_submission_from_an_old_page_is_refused_and_the_draft_stays(bench: Bench) -> None:
    bench.fill_in(REVIEW)
    text = bench.post("/check", status=409, version=bench.review.version, draft_version=1)

    assert "Your answers were changed since this page was made" in text
    assert bench.draft is not None
    assert bench.review.state is ReviewState.IN_PROGRESS


def test_a_review_changed_by_somebody_else_is_not_submitted(bench: Bench) -> None:
    bench.fill_in(REVIEW)
    text = bench.post("/check", status=409, version=1)

    assert "changed by somebody else" in text
    assert bench.draft is not None


def test_a_returned_review_starts_from_its_answers_beside_the_reason(bench: Bench) -> None:
    bench.fill_in(REVIEW)
    bench.post("/check")
    bench.act(Action.RETURN, "Say more about the plan", MANAGER)
    assert "Say more about the plan" in bench.says()
    assert "Start the changes" in bench.says()

    bench.post("/start")

    assert "You have completed 10 of 10 sections." in bench.says()
    assert "Say more about the plan" in bench.says("/form/plan")
    assert "Submission 1, this section" in bench.says("/form/plan")


def test_a_police_answer_is_not_shown_to_a_council_reviewer_who_takes_over(
    make_bench: Any,
) -> None:
    officer, council = make_bench(agency="constabulary"), make_bench()
    secret = {"police_unshared": "yes", "police_note": "SECRET intelligence"}
    officer.fill_in(REVIEW | POLICE | secret)
    officer.give_to(council.reviewer)
    taken = Bench(
        **{name: getattr(officer, name) for name in ("database", "programme", "now")},
        client=council.client,
        reviewer=council.reviewer,
        review_id=officer.review_id,
        reference=officer.reference,
    )
    taken.act(Action.START)

    pages = [taken.get(path) for path in ("", "/check", "/form/outcome", "/form/risk")]
    pages.append(council.client.get(f"/api/my-reviews/{officer.reference}").text)
    assert not any("SECRET" in page for page in pages)


def test_declining_needs_a_reason_and_keeps_what_was_typed(make_bench: Any) -> None:
    bench = make_bench(start=False)
    assert "Give a reason to decline" in bench.post("/decline", status=422, reason=" ")
    bench.post("/decline", reason="I know the family")

    assert bench.review.state is ReviewState.UNALLOCATED
    bench.get(status=404)


def test_a_review_on_hold_waits_and_its_draft_stays(bench: Bench) -> None:
    bench.post("/form/identity", can_be_reviewed="yes", section_complete="no")
    bench.post("/hold", reason="The paper file is missing")

    assert bench.review.state is ReviewState.ON_HOLD
    assert bench.draft is not None
    assert "A coordinator resumes it" in bench.says()


def test_a_conflict_hands_the_review_back_and_closes_the_file(bench: Bench) -> None:
    said = bench.post("/conflict", status=422, reason="We were neighbours")
    assert "Select what the conflict is with" in said
    assert "We were neighbours" in said
    bench.post("/conflict", kind="child", reason="We were neighbours")

    assert bench.review.state is ReviewState.ON_HOLD
    said = bench.says()
    assert "its file is closed to you" in said
    assert "Burnley" not in said
    bench.get("/form/identity", status=303)


def test_a_conflict_with_a_review_not_started_declines_it(make_bench: Any) -> None:
    bench = make_bench(start=False)
    bench.post("/conflict", kind="child", reason="We were neighbours")

    assert bench.review.state is ReviewState.UNALLOCATED


@pytest.mark.parametrize("kind", ["immediate", "same_day"])
def test_an_escalation_is_raised_in_any_state(make_bench: Any, kind: str) -> None:
    bench = make_bench(start=False)
    assert "Phone the duty manager first" in bench.says("/escalate")
    bench.post("/escalate", kind=kind, reason="Unexplained bruises")

    with bench.database.read() as session:
        escalation = session.exec(select(Escalation)).one()
    assert (escalation.kind, escalation.reason) == (kind, "Unexplained bruises")
    assert "Not acknowledged yet" in bench.says()


def test_an_escalation_without_a_reason_asks_again(bench: Bench) -> None:
    text = bench.post("/escalate", status=422, kind="immediate")
    assert "Say in a sentence why this child may be unsafe" in text
    assert "checked" in text


def test_an_immediate_risk_is_escalated_with_the_submission(bench: Bench) -> None:
    bench.fill_in(REVIEW | {"safety": "immediate_risk"})
    assert "Phone the duty manager now" in bench.says("/check")
    bench.post("/check")

    assert "an escalation is open" in bench.says("/submitted")


def test_the_json_goes_the_same_way_as_the_pages(make_bench: Any) -> None:
    bench = make_bench(start=False)
    api = f"/api/my-reviews/{bench.reference}"
    (listed,) = bench.client.get("/api/my-reviews").json()["to_do"]
    assert (listed["reference"], listed["state"]) == (bench.reference, "allocated")

    started = bench.client.post(f"{api}/start", json={}).json()
    assert started["state"] == "in_progress"
    refused = bench.client.post(f"{api}/submit", json={})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "can_be_reviewed"
    bench.fill_in(CANNOT_REVIEW)
    submitted = bench.client.post(f"{api}/submit", json={"version": started["version"]})
    assert submitted.json() == {"number": 1, "outcome": "cannot_review"}
    assert bench.client.post(f"{api}/submit", json={}).status_code == 409


def test_the_json_of_a_review_says_what_can_be_done_and_what_is_missing(bench: Bench) -> None:
    said = bench.client.get(f"/api/my-reviews/{bench.reference}").json()

    assert said["actions"] == {"hold": None, "submit": None}
    assert said["form"]["sections"][0] == {
        "id": "identity",
        "title": "The case and the child",
        "standing": "not_started",
        "is_complete": False,
        "errors": {"can_be_reviewed": "Select whether you can review this case"},
    }


def test_the_json_declines_holds_escalates_and_declares(make_bench: Any) -> None:
    def post(bench: Bench, what: str, **body: Any) -> int:
        return int(
            bench.client.post(f"/api/my-reviews/{bench.reference}/{what}", json=body).status_code
        )

    first, second, third = make_bench(start=False), make_bench(), make_bench()
    assert post(second, "escalate", kind="same_day", reason="Bruises") == 201
    assert post(second, "escalate", kind="now", reason="Bruises") == 422
    assert post(first, "decline", reason="I know them") == 204
    assert post(second, "hold", reason="No file") == 200
    assert post(third, "conflict", kind="child", reason="Neighbours") == 204
    assert third.review.state is ReviewState.ON_HOLD


def test_every_change_on_a_page_is_in_the_record_with_its_actor(bench: Bench) -> None:
    bench.fill_in(CANNOT_REVIEW)
    bench.post("/check")
    with bench.database.read() as session:
        query = select(Event).where(Event.kind == "review_submitted")
        (event,) = session.exec(query)

    assert event.actor.startswith("reviewer-")
    assert event.payload["form"] == FORM_ID


def only(sent: dict[str, Any], section: str) -> dict[str, Any]:
    form = latest_form(FORM_ID)
    own = next(item for item in form.sections if item.id == section)
    ids = {question.id for question in own.questions}
    return {key: value for key, value in sent.items() if key.split("-")[0] in ids}


def autosave(bench: Bench, answers: dict[str, Any], **how: Any) -> Any:
    body = {"section": "outcome", "answers": answers} | how
    return bench.client.post(f"/api/drafts/{bench.reference}", json=body)


def test_the_policy_of_the_programme_decides_the_clock(bench: Bench) -> None:
    minutes = Policy().tracking.acknowledge_immediate_minutes
    assert f"within {minutes} minutes" in bench.says("/escalate")
