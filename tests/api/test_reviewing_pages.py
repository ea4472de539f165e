"""What the reviewers' pages and their JSON show, and to whom; one database is enough for that."""

from typing import Any

import pytest
from sqlmodel import select

from tests.api.bench import MANAGER, REVIEW, SECTIONS, Bench, autosave, bench, make_bench, only
from tests.api.conftest import SignIn
from tests.api.pages import faults, parse, text_of
from tests.factories import make_reviewer
from tests.forms.test_answers import CANNOT_REVIEW, POLICE
from workflow.db import Database
from workflow.models import Escalation, Programme, Submission
from workflow.policy import Policy
from workflow.states import Action, ReviewState, Role

__all__ = ["bench", "make_bench"]

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_a_reviewer_without_reviews_is_told_where_they_come_from(
    signed_in: SignIn, database: Database, programme: Programme
) -> None:
    with database.write() as session:
        reviewer = make_reviewer(session, programme)
    tree = parse(signed_in(Role.REVIEWER, reviewer=reviewer).get("/my-reviews").text)

    assert faults(tree) == []
    assert "When a coordinator allocates a review to you" in text_of(tree.find(".//main"))


@pytest.mark.parametrize("path", ["", "/form/identity", "/check", "/decline", "/escalate"])
def test_a_foreign_a_missing_and_a_lost_review_answer_alike(make_bench: Any, path: str) -> None:
    bench, other = make_bench(), make_bench()
    foreign = bench.client.get(other.path + path)
    missing = bench.client.get("/my-reviews/CIN-99999" + path)
    bench.give_to(other.reviewer)
    lost = bench.client.get(bench.path + path)

    assert {answer.status_code for answer in (foreign, missing, lost)} == {404}
    assert foreign.content == missing.content
    # Their inbox tells of the loss, whatever they ask for after it.
    assert lost.content == bench.client.get("/my-reviews/CIN-99999" + path).content


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


def test_what_was_typed_comes_back_after_the_session_has_ended(bench: Bench) -> None:
    bench.client.cookies.clear()
    text = bench.post("/form/outcome", status=401, reasons="Typed for an hour.")

    assert "Typed for an hour." in text


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


def test_the_constabulary_is_told_that_it_recommends(make_bench: Any) -> None:
    bench = make_bench(agency="constabulary")
    bench.fill_in(REVIEW | POLICE)
    assert "Submit the recommendation" in bench.says("/check")
    bench.post("/check")

    assert "You recommend an outcome." in bench.says("/submitted")
    with bench.database.read() as session:
        assert session.exec(select(Submission)).one().answers["police_incidents"] == 3


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


def test_the_policy_of_the_programme_decides_the_clock(bench: Bench) -> None:
    minutes = Policy().tracking.acknowledge_immediate_minutes
    assert f"within {minutes} minutes" in bench.says("/escalate")


def test_what_the_state_table_does_not_open_leads_back_to_the_review(bench: Bench) -> None:
    bench.get("/decline", status=303)
    bench.get("/hold")
    bench.get("/submitted", status=303)
    bench.get("/form/plan", status=303)
