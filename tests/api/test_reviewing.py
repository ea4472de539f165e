"""The reviewers' work through pages and JSON, on both databases: no word is lost."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlmodel import select

from forms.reviewing.filling import FORM_ID
from tests.api.bench import MANAGER, REVIEW, SECTIONS, Bench, autosave, bench, make_bench
from tests.api.pages import faults, parse, text_of
from tests.forms.test_answers import CANNOT_REVIEW
from workflow.models import Event
from workflow.states import Action, ReviewState

__all__ = ["bench", "make_bench"]


def test_my_reviews_says_what_to_do_next_and_counts(make_bench: Any) -> None:
    bench = make_bench(start=False)
    answer = bench.client.get("/my-reviews")
    said = text_of(parse(answer.text).find(".//main"))

    assert faults(parse(answer.text)) == []
    assert "You have 1 review to do." in said
    assert f"Next: {bench.reference} Start it. Due 10 Feb 2016." in said


def test_a_returned_review_is_listed_with_the_managers_reason(bench: Bench) -> None:
    bench.fill_in(CANNOT_REVIEW)
    bench.post("/check")
    bench.act(Action.RETURN, "Say more about the plan", MANAGER)
    said = text_of(parse(bench.client.get("/my-reviews").text).find(".//main"))

    assert "1 returned by a manager" in said
    assert "“Say more about the plan”" in said


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


def test_a_submission_is_kept_and_the_next_step_said(bench: Bench) -> None:
    bench.fill_in(REVIEW)
    assert "Submit the review" in bench.says("/check")
    bench.post("/check", version=bench.review.version, draft_version=len(SECTIONS) - 1)

    assert bench.review.state is ReviewState.SUBMITTED
    assert bench.draft is None
    assert "A council manager, who did not write the review" in bench.says("/submitted")
    assert "What you submitted" in text_of(parse(bench.get()).find(".//main"))


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


def test_every_change_on_a_page_is_in_the_record_with_its_actor(bench: Bench) -> None:
    bench.fill_in(CANNOT_REVIEW)
    bench.post("/check")
    with bench.database.read() as session:
        query = select(Event).where(Event.kind == "review_submitted")
        (event,) = session.exec(query)

    assert event.actor.startswith("reviewer-")
    assert event.payload["form"] == FORM_ID


def test_text_that_no_database_keeps_is_no_error(bench: Bench) -> None:
    odd = "Bruises\x00"
    bench.post("/form/outcome", reasons=odd, section_complete="no")
    bench.post("/escalate", kind="same_day", reason=odd)
    as_json = {"Content-Type": "application/json"}
    saved = bench.client.post(
        f"/api/drafts/{bench.reference}",
        content=b'{"section": "outcome", "answers": {"reasons": "A\\ud800\\u0000B"}}',
        headers=as_json,
    )
    held = bench.client.post(
        f"/api/my-reviews/{bench.reference}/hold",
        content=b'{"reason": "No file\\u0000"}',
        headers=as_json,
    )

    assert (saved.status_code, held.status_code) == (200, 200)
    assert bench.draft is not None
    assert bench.draft.answers["reasons"] == "AB"
    assert bench.client.get("/my-reviews/%00").status_code == 400


def test_many_tabs_that_save_at_once_are_all_answered(bench: Bench) -> None:
    def save(number: int) -> int:
        return int(autosave(bench, {"reasons": f"Tab {number}"}).status_code)

    with bench.client, ThreadPoolExecutor(12) as crowd:
        answers = list(crowd.map(save, range(40)))

    assert answers == [200] * 40
