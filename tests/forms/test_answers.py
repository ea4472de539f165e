"""Raw input becomes typed answers or messages a person can act on; nothing else gets in."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms.answers import NOT_GRADED, ParsedAnswers, dump_answers, parse_answers, to_review_form
from forms.catalogue import latest_form
from forms.schema import Form, Question, QuestionType, Section
from workflow.errors import InvalidInputError

FORM = latest_form("cin_review")
TODAY = date(2016, 2, 24)

CANNOT_REVIEW = {
    "can_be_reviewed": "no",
    "why_not_reviewed": "duplicate",
    "safety": "safe",
    "outcome": "cannot_review",
    "reasons": "The same episode is on the list twice.",
    "actions": "0",
}
"""The least a form takes: a case that leaves the count."""

REVIEW = {
    "can_be_reviewed": "yes",
    # A the case and the child
    "identity_matches": "yes",
    "born": "born",
    "still_open": "yes",
    "siblings_open": "no",
    "details_wrong": ["none"],
    # B child seen and heard
    "seen_recorded": "yes",
    "last_seen_on-day": "11",
    "last_seen_on-month": "2",
    "last_seen_on-year": "2016",
    "seen_alone": "not_evidenced",
    "home_seen": "yes",
    "bedroom_seen": "no",
    "views_recorded": "no",
    "communication_met": "not_applicable",
    # C assessment
    "referrals_in_year": "one",
    "section_47_in_year": "none",
    "assessment_on_file": "no",
    # D plan
    "plan_on_file": "no",
    # E working together
    "meeting_recorded": "no",
    "health_contributed": "not_evidenced",
    "school_contributed": "yes",
    "police_contributed": "no",
    # F worker and oversight
    "worker": "social_worker",
    "worker_changes": "none",
    "supervision_recorded": "no",
    "management_decision": "no",
    "drift": "yes",
    "months_without_progress": "5",
    # G risk factors
    "factors": ["3B", "4B"],
    "factors_known": "no",
    # I level of need
    "level_recorded": "level_3",
    "level_now": "level_3",
    "level_reasons": "Domestic abuse continues; the mother asks for help.",
    # J judgement
    "grade_child": "requires_improvement",
    "grade_assessment": "inadequate",
    "grade_plan": "inadequate",
    "grade_partners": "requires_improvement",
    "grade_oversight": "inadequate",
    "grade": "inadequate",
    "safety": "concern",
    "safety_reasons": "Nobody has seen where the child sleeps.",
    # K outcome and actions
    "outcome": "remain_cin_with_changes",
    "reasons": "The level is right; there is no plan.",
    "actions": "1",
    "action_1": "Write a plan with the family.",
    "action_1_owner": "Practice manager",
    "action_1_due": "2016-03-11",
    "recheck_on": {"day": "22", "month": "4", "year": "2016"},
}
"""A whole review by a council's reviewer, each kind of answer in each of the shapes it may have."""

POLICE = {
    "police_checked": "all",
    "police_incidents": "3",
    "police_referrals": 1,
    "police_missing": "0",
    "police_offender": "not_known",
    "police_unshared": "no",
}
"""What a constabulary's reviewer answers besides."""


def parse(raw: dict[str, Any], agency: str = "council", form: Form = FORM) -> ParsedAnswers:
    return parse_answers(form, raw, agency=agency, today=TODAY)


def parsed_with(**changes: Any) -> ParsedAnswers:
    return parse(REVIEW | changes)


def without(*keys: str) -> dict[str, Any]:
    return {key: value for key, value in REVIEW.items() if key not in keys}


def form_of(question_type: QuestionType, **changes: Any) -> Form:
    question = Question(id="it", type=question_type, text="It?", name="the thing", **changes)
    page = Section(id="page", letter="A", title="Page", group="Case", questions=(question,))
    return Form(id="trial", version=1, title="Trial", sections=(page,))


class TestAWholeForm:
    def test_the_least_form_says_why_a_case_cannot_be_reviewed(self):
        parsed = parse(CANNOT_REVIEW)
        assert parsed.errors == {}
        assert parsed.answers == CANNOT_REVIEW

    def test_a_review_gives_typed_answers(self):
        parsed = parse(REVIEW)
        assert parsed.errors == {}
        assert parsed.dropped == {}
        assert parsed.unanswered == 0
        assert parsed.answers["last_seen_on"] == date(2016, 2, 11)
        assert parsed.answers["recheck_on"] == date(2016, 4, 22)
        assert parsed.answers["action_1_due"] == date(2016, 3, 11)
        assert parsed.answers["factors"] == ("3B", "4B")
        assert parsed.answers["months_without_progress"] == 5
        assert parsed.answers["seen_alone"] == "not_evidenced"

    def test_the_constabulary_answers_its_own_section_too(self):
        parsed = parse(REVIEW | POLICE, agency="constabulary")
        assert parsed.errors == {}
        assert parsed.answers["police_incidents"] == 3

    def test_the_constabulary_cannot_leave_its_section_out(self):
        errors = parse(REVIEW, agency="constabulary").errors
        assert errors == {"police_checked": "Select whether you have checked police records"}

    def test_what_another_agency_is_asked_is_dropped_and_named(self):
        parsed = parse(REVIEW | {"police_note": "Seen at the address."})
        assert parsed.dropped == {"police_note": "Asked of other agencies only: constabulary"}
        assert "police_note" not in parsed.answers

    def test_a_hidden_answer_is_dropped_and_named(self):
        parsed = parsed_with(views_used="yes")
        assert parsed.dropped == {"views_used": "Not asked, given the other answers"}
        assert "views_used" not in parsed.answers
        assert parsed.errors == {}

    def test_an_empty_hidden_answer_is_not_worth_a_word(self):
        blank = {"views_used": "", "attended": [""], "assessed_on-day": "", "assessed_on-year": ""}
        assert parsed_with(**blank).dropped == {}

    def test_an_empty_form_says_what_it_needs_in_the_order_of_the_form(self):
        parsed = parse({})
        assert parsed.unanswered == len(parsed.errors) == 5
        assert list(parsed.errors.items()) == [
            ("can_be_reviewed", "Select whether you can review this case"),
            ("safety", "Select whether you worry about this child’s safety"),
            ("outcome", "Select an outcome"),
            ("reasons", "Enter your reasons"),
            ("actions", "Select how many actions must follow"),
        ]

    def test_a_wrong_answer_is_no_missing_one(self):
        parsed = parsed_with(grade="splendid", reasons=" ")
        assert parsed.unanswered == 1
        assert list(parsed.errors) == ["grade", "reasons"]

    def test_an_unknown_key_is_refused(self):
        errors = parsed_with(is_admin="yes", **{"outcome-day": "1"}).errors
        refusal = "The form has no such question"
        assert errors == {"is_admin": refusal, "outcome-day": refusal}

    @pytest.mark.parametrize(
        ("changes", "question"),
        [
            ({"safety": "immediate_risk", "outcome": "close"}, "outcome"),
            ({"outcome": "cannot_review"}, "outcome"),
            ({"actions": "0"}, "actions"),
        ],
    )
    def test_answers_that_cannot_stand_together_are_refused(self, changes, question):
        assert next(iter(parsed_with(**changes).errors)) == question

    def test_a_case_that_cannot_be_reviewed_cannot_be_closed(self):
        errors = parse(CANNOT_REVIEW | {"outcome": "close", "close_ready": "none"}).errors
        assert list(errors) == ["outcome"]

    def test_contradictions_stand_in_the_order_of_the_form(self):
        errors = parsed_with(outcome="cannot_review", recheck_on="", reasons="").errors
        assert list(errors) == ["outcome", "reasons"]


class TestOneAnswer:
    @pytest.mark.parametrize(
        ("raw", "message"),
        [
            ("2016-02-25", "The date the child was last seen must be today or in the past"),
            ("2016-02-30", "The date the child was last seen must be a real date"),
            ("24/02/2016", "The date the child was last seen must be a real date"),
            ("", "Enter the date the child was last seen"),
            ({"day": "1", "month": "2"}, "The date the child was last seen must include a year"),
            (
                {"year": "2016"},
                "The date the child was last seen must include a day and month",
            ),
            (
                {"day": "1", "month": "2", "year": "16"},
                "The date the child was last seen must be a real date",
            ),
            (
                {"day": "one", "month": "2", "year": "2016"},
                "The date the child was last seen must be a real date",
            ),
            (20160201, "The date the child was last seen cannot be read"),
            (["2016-02-01"], "The date the child was last seen cannot be read"),
        ],
    )
    def test_a_wrong_date_says_how_to_put_it_right(self, raw, message):
        changed = without("last_seen_on-day", "last_seen_on-month", "last_seen_on-year")
        assert parse(changed | {"last_seen_on": raw}).errors == {"last_seen_on": message}

    def test_today_is_neither_future_nor_past(self):
        parsed = parsed_with(**{"last_seen_on-day": "24", "action_1_due": "2016-02-24"})
        assert parsed.errors == {}

    def test_an_action_cannot_be_due_yesterday(self):
        errors = parsed_with(action_1_due="2016-02-23").errors
        assert errors == {"action_1_due": "The due date of action 1 must be today or in the future"}

    @pytest.mark.parametrize("year", ["0", "1899", "999999999", "2016.0", "²⁰¹⁶", "-2016"])
    def test_a_year_is_four_digits_of_our_times(self, year):
        errors = parsed_with(**{"last_seen_on-year": year}).errors
        assert errors == {"last_seen_on": "The date the child was last seen must be a real date"}

    @pytest.mark.parametrize(
        ("raw", "message"),
        [
            ("", "Enter the thing"),
            ("many", "The thing must be a number"),
            ("1e3", "The thing must be a number"),
            ("٣", "The thing must be a number"),
            (True, "The thing cannot be read"),
            ("2.5", "The thing must be a whole number"),
            ("9" * 5000, "The thing must be a whole number"),
            ("-1", "The thing must be 0 or more"),
            ("1,001", "The thing must be 1,000 or fewer"),
        ],
    )
    def test_a_wrong_number_says_how_to_put_it_right(self, raw, message):
        form = form_of(QuestionType.NUMBER, maximum=1000)
        assert parse({"it": raw}, form=form).errors == {"it": message}

    @pytest.mark.parametrize("raw", ["1,000", " 1000 ", 1000])
    def test_a_number_may_be_written_as_people_write_it(self, raw):
        assert parse({"it": raw}, form=form_of(QuestionType.NUMBER, maximum=1000)).answers == {
            "it": 1000
        }

    def test_words_are_counted_as_the_page_counts_them(self):
        form = form_of(QuestionType.TEXTAREA, max_words=3)
        assert parse({"it": "one\ntwo – "}, form=form).errors == {}
        too_many = parse({"it": "one two three four"}, form=form)
        assert too_many.errors == {"it": "The thing must be 3 words or fewer"}

    def test_a_word_without_end_is_refused(self):
        form = form_of(QuestionType.TEXTAREA, max_words=3)
        errors = parse({"it": "a" * 61}, form=form).errors
        assert errors == {"it": "The thing must be 60 characters or fewer"}

    def test_a_long_line_is_refused(self):
        errors = parsed_with(action_1_owner="a" * 201).errors
        assert errors == {"action_1_owner": "The owner of action 1 must be 200 characters or fewer"}

    def test_text_loses_what_no_database_keeps_and_nothing_else(self):
        raw = " Said:\r\n\x00“I’m <b>fine</b>”\ud800 "
        answers = parsed_with(reasons=raw).answers
        assert answers["reasons"] == "Said:\n“I’m <b>fine</b>”\N{REPLACEMENT CHARACTER}"

    def test_a_line_has_no_line_breaks(self):
        assert parsed_with(action_1_owner="Health\n visitor").answers["action_1_owner"] == (
            "Health visitor"
        )

    @pytest.mark.parametrize("raw", ["perhaps", "YES", ["yes"], 1, {"yes": "yes"}])
    def test_an_answer_that_is_not_offered_is_refused(self, raw):
        errors = parsed_with(home_seen=raw).errors
        assert errors == {"home_seen": "Select whether a worker has seen the home from the list"}

    def test_boxes_come_back_in_the_order_of_the_form(self):
        assert parsed_with(factors=["4B", "3B", "", "4B"]).answers["factors"] == ("3B", "4B")

    def test_one_ticked_box_may_come_alone(self):
        assert parsed_with(factors="16A").answers["factors"] == ("16A",)

    def test_none_of_these_cannot_be_ticked_with_one_of_them(self):
        errors = parsed_with(factors=["16A", "none"]).errors
        assert errors == {
            "factors": "Select which risk factors are present now, or select “None of these” alone"
        }

    @pytest.mark.parametrize("raw", [["16A", "99Z"], {"16A": "on"}, [["16A"]]])
    def test_a_box_that_is_not_offered_is_refused(self, raw):
        errors = parsed_with(factors=raw).errors
        assert errors == {"factors": "Select which risk factors are present now from the list"}


class TestHandingOver:
    def test_a_review_is_handed_to_the_workflow_ready_for_json(self):
        handed = to_review_form(FORM, parse(REVIEW))
        assert (handed.form_id, handed.form_version) == ("cin_review", 1)
        assert (handed.outcome, handed.grade, handed.safety, handed.unanswered) == (
            "remain_cin_with_changes",
            "inadequate",
            "concern",
            0,
        )
        assert handed.answers["last_seen_on"] == "2016-02-11"
        assert handed.answers["factors"] == ["3B", "4B"]

    def test_a_case_that_cannot_be_reviewed_has_no_grade(self):
        assert to_review_form(FORM, parse(CANNOT_REVIEW)).grade == NOT_GRADED

    def test_a_form_with_errors_is_not_handed_over(self):
        with pytest.raises(InvalidInputError) as refusal:
            to_review_form(FORM, parsed_with(reasons="", level_reasons=""))
        assert str(refusal.value) == (
            "The form has answers to put right (2). The first: Enter your reasons for the level."
        )


_TEXT = st.text(st.characters(), max_size=60)
_NEAR = st.integers(-400, 400).map(lambda days: (TODAY + timedelta(days)).isoformat())
_PARTS = st.fixed_dictionaries(
    {"day": st.integers(0, 32), "month": st.integers(0, 13).map(str), "year": st.just("2015")}
)


def likely(question: Question) -> st.SearchStrategy[Any]:
    """Raw answers of which many are right and some are not."""
    values = [option.value for option in question.options]
    match question.type:
        case QuestionType.CHECKBOXES:
            return st.lists(st.sampled_from(values), max_size=3)
        case QuestionType.DATE:
            return _NEAR | _PARTS
        case QuestionType.NUMBER:
            return st.integers(-1, 300) | st.integers(0, 300).map(str)
        case QuestionType.TEXT | QuestionType.TEXTAREA:
            return _TEXT
        case _:
            return st.sampled_from(values)


_FILLED = st.fixed_dictionaries(
    {},
    optional={key: likely(question) for key, question in FORM.questions().items()},
)
_ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_TEXT, inner, max_size=2),
    max_leaves=3,
)
_KEYS = st.sampled_from([*FORM.questions(), "last_seen_on-day", "last_seen_on-hour", "nonsense"])


@settings(max_examples=40, deadline=None)
@given(raw=_FILLED)
def test_answers_that_were_stored_read_back_unchanged(raw):
    answers = parse(raw | {"can_be_reviewed": "yes"}, agency="constabulary").answers
    again = parse(dump_answers(answers), agency="constabulary")
    assert again.answers == answers
    assert again.dropped == {}


@settings(max_examples=40, deadline=None)
@given(raw=st.dictionaries(_KEYS, _ODD, max_size=8))
def test_whatever_is_sent_becomes_answers_or_messages(raw):
    parsed = parse(raw, agency="constabulary")
    assert parsed.answers.keys() <= FORM.questions().keys()
    assert not parsed.answers.keys() & parsed.dropped.keys()
    assert all(isinstance(message, str) and message for message in parsed.errors.values())
    assert parsed.unanswered <= len(parsed.errors)
