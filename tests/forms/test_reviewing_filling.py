"""A form while it is being filled in: what was typed, which sections are open, what they show."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms.answers import parse_answers
from forms.catalogue import latest_form
from forms.reviewing.check import all_faults
from forms.reviewing.fields import Field, groups_of
from forms.reviewing.filling import (
    Filling,
    Standing,
    condition_words,
    fill,
    read_section,
    says_something,
)
from forms.schema import QuestionType
from tests.forms.test_answers import CANNOT_REVIEW, POLICE, REVIEW
from workflow.errors import NotFoundError

FORM = latest_form("cin_review")
SECTIONS = {section.id: section for section in FORM.sections}
EVERY = frozenset(SECTIONS)
TODAY = date(2016, 2, 24)


def typed(sent: dict[str, Any]) -> dict[str, Any]:
    return {
        key: value
        for section in FORM.sections
        for key, value in read_section(section, sent).items()
    }


def filled(
    sent: dict[str, Any], completed: frozenset[str] = frozenset(), agency: str = "council"
) -> Filling:
    return fill(FORM, typed(sent), completed=completed, agency=agency, today=TODAY)


def standings(filling: Filling) -> dict[str, Standing]:
    return {task.section.id: task.standing for task in filling.tasks}


def fields(filling: Filling, section: str, **how: Any) -> dict[str, Field]:
    how = {"typed": filling.raw, "errors": {}} | how
    groups = groups_of(filling, SECTIONS[section], how.pop("typed"), **how)
    return {field.id: field for group in groups for field in group.fields}


def test_at_first_only_the_sections_that_depend_on_nothing_can_be_started() -> None:
    found = standings(filled({}))

    assert found["identity"] is Standing.NOT_STARTED
    assert found["outcome"] is Standing.NOT_STARTED
    assert found["child"] is found["judgement"] is Standing.CANNOT_START


def test_a_section_waits_for_the_question_that_decides_it() -> None:
    waits_for = filled({}).task("plan").waits_for

    assert waits_for is not None
    assert waits_for.id == "can_be_reviewed"


def test_the_sections_that_an_answer_makes_needless_do_not_count() -> None:
    filling = filled(CANNOT_REVIEW, EVERY)

    assert standings(filling)["plan"] is Standing.NOT_NEEDED
    assert [task.section.id for task in filling.needed] == ["identity", "judgement", "outcome"]
    assert filling.completed == 3


def test_a_section_called_completed_with_something_missing_is_in_progress() -> None:
    filling = filled(REVIEW | {"reasons": " "}, EVERY)

    assert standings(filling)["outcome"] is Standing.IN_PROGRESS
    assert filling.task("outcome").errors == {"reasons": "Enter your reasons"}


def test_a_section_with_answers_nobody_called_completed_is_in_progress() -> None:
    assert standings(filled(REVIEW))["plan"] is Standing.IN_PROGRESS


def test_only_the_constabulary_sees_its_section() -> None:
    assert "police" in standings(filled(REVIEW | POLICE, agency="constabulary"))
    with pytest.raises(NotFoundError):
        filled(REVIEW).task("police")


def test_a_whole_form_has_no_faults_once_every_section_is_called_completed() -> None:
    assert all_faults(filled(REVIEW, EVERY), "CIN-00001") == ()
    lacking = all_faults(filled(REVIEW, EVERY - {"plan"}), "CIN-00001")
    assert [(fault.text, fault.page) for fault in lacking] == [
        ("Say that you have completed “Plan”", "/my-reviews/CIN-00001/form/plan")
    ]


def test_a_fault_leads_to_the_first_control_of_its_question() -> None:
    sent = {k: v for k, v in REVIEW.items() if not k.startswith("last_seen_on")}
    (fault,) = all_faults(filled(sent, EVERY), "CIN-00001")

    assert fault.page + "#" + fault.field == "/my-reviews/CIN-00001/form/child#last_seen_on-day"


def test_what_is_typed_is_kept_as_it_was_typed() -> None:
    sent = {
        "last_seen_on-day": ["31"],
        "last_seen_on-month": ["Febuary"],
        "daily_life": [" two\r\nlines "],
    }
    raw = read_section(SECTIONS["child"], sent)

    assert raw["last_seen_on"] == {"day": "31", "month": "Febuary", "year": ""}
    assert raw["daily_life"] == " two\r\nlines "
    assert raw["seen_recorded"] == ""


def test_what_no_database_can_keep_is_left_out() -> None:
    raw = read_section(SECTIONS["child"], {"daily_life": "a\x00b\ud800c"})

    assert raw["daily_life"] == "abc"


def test_a_submitted_date_comes_back_in_its_three_fields() -> None:
    filling = fill(FORM, {"last_seen_on": "2016-02-01"}, agency="council", today=TODAY)
    parts = fields(filling, "child")["last_seen_on"].parts

    assert [part.value for part in parts] == ["1", "2", "2016"]


def test_questions_of_the_same_page_are_shown_with_their_condition() -> None:
    filling = filled(REVIEW)
    groups = groups_of(filling, SECTIONS["child"], filling.raw, errors={})
    conditions = {field.id: group.condition for group in groups for field in group.fields}

    assert conditions["seen_recorded"] == ""
    assert conditions["last_seen_on"] == (
        "Only if you answered “Yes” to “Does the file say when a worker last saw the child?”"
    )


def test_questions_that_an_earlier_section_rules_out_are_not_shown() -> None:
    assert "grade" not in fields(filled(CANNOT_REVIEW), "judgement")
    assert "grade" in fields(filled(REVIEW), "judgement")


def test_a_condition_names_every_answer_that_meets_it() -> None:
    condition = FORM.questions()["close_ready"].show_if
    assert condition is not None
    assert condition_words(FORM, condition).startswith(
        "Only if you answered “Close”, “Step down to early help” or “Step down to a universal service”"
    )


def test_the_answer_saved_elsewhere_is_shown_where_it_differs() -> None:
    filling = filled(REVIEW)
    mine = read_section(SECTIONS["outcome"], REVIEW | {"reasons": "Mine."})
    shown = fields(filling, "outcome", typed=mine, saved=filling.raw)

    assert shown["reasons"].value == "Mine."
    assert shown["reasons"].elsewhere == REVIEW["reasons"]
    assert shown["outcome"].elsewhere == ""


_SENT = st.dictionaries(
    st.sampled_from(
        [
            *FORM.questions(),
            *(
                f"{key}-{part}"
                for key, question in FORM.questions().items()
                if question.type is QuestionType.DATE
                for part in ("day", "month", "year")
            ),
        ]
    ),
    st.lists(st.sampled_from(["yes", "no", "none", "1", "2016", "", "step_down_early_help", "x"])),
    max_size=30,
)


@given(_SENT)
@settings(max_examples=30, deadline=None)
def test_whatever_is_sent_can_be_kept_shown_and_parsed_again(sent: dict[str, list[str]]) -> None:
    raw = typed(sent)

    assert typed(raw) == raw
    filling = fill(FORM, raw, agency="constabulary", today=TODAY)
    for section in FORM.sections:
        groups_of(filling, section, raw, errors=filling.parsed.errors, saved={})
    assert parse_answers(FORM, raw, agency="constabulary", today=TODAY) == filling.parsed


@pytest.mark.parametrize("nothing", [None, "", "  ", [], [""], {}, {"day": "", "month": " "}])
def test_an_empty_answer_says_nothing(nothing: object) -> None:
    assert not says_something(nothing)


@pytest.mark.parametrize("something", ["0", ["a"], {"day": "1"}, 0])
def test_any_answer_says_something(something: object) -> None:
    assert says_something(something)
