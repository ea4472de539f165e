"""A form as data refuses to contradict itself, and says who is asked what."""

from typing import Any

import pytest
from pydantic import ValidationError

from forms.loading import read_form
from forms.schema import (
    Condition,
    Form,
    FormError,
    Option,
    Question,
    QuestionType,
    Rule,
    Section,
)

YES_NO = (Option("yes", "Yes"), Option("no", "No"))


def make_question(key: str = "seen", **changes: Any) -> Question:
    values = {"type": QuestionType.RADIOS, "text": "Seen?", "name": "whether seen"}
    if changes.get("type", QuestionType.RADIOS) in (QuestionType.RADIOS, QuestionType.CHECKBOXES):
        values["options"] = YES_NO
    return Question(id=key, **values | changes)


def make_section(*questions: Question, key: str = "child", **changes: Any) -> Section:
    return Section(id=key, letter="A", title="Child", group="Case", questions=questions, **changes)


def make_form(*sections: Section, **changes: Any) -> Form:
    return Form(id="trial", version=1, title="Trial", sections=sections, **changes)


def one_page(*questions: Question) -> Form:
    return make_form(make_section(*questions))


def line(key: str, **changes: Any) -> Question:
    return make_question(key, type=QuestionType.TEXT, **changes)


def asked(form: Form, agency: str = "council", **answers: str) -> list[str]:
    return [question.id for _, question in form.asked(answers, agency)]


FAULTS: dict[str, tuple[list[Question], str]] = {
    "two questions with one id": (
        [line("seen"), line("seen")],
        "question seen: another question has the same id",
    ),
    "a condition on a later question": (
        [line("why", show_if=Condition("seen", ("yes",))), make_question()],
        "question why: the condition looks at seen, which is not asked earlier",
    ),
    "a condition on an option that is not there": (
        [make_question(), line("why", show_if=Condition("seen", ("maybe",)))],
        "question why: the condition wants ['maybe'] of seen",
    ),
    "a condition that nothing meets": (
        [make_question(), line("why", show_if=Condition("seen", ()))],
        "question why: the condition wants nothing of seen",
    ),
    "two options with one value": (
        [make_question(options=(Option("yes", "Yes"), Option("yes", "Certainly")))],
        "question seen: two options have the same value",
    ),
    "two options with one label": (
        [make_question(options=(Option("yes", "Yes"), Option("no", "Yes")))],
        "question seen: two options have the same label",
    ),
    "radios without options": (
        [make_question(options=())],
        "question seen: radios needs options",
    ),
    "a long text without a limit": (
        [make_question(type=QuestionType.TEXTAREA)],
        "question seen: textarea needs max_words",
    ),
    "a word limit where there are no words": (
        [make_question(max_words=10)],
        "question seen: radios has no max_words",
    ),
    "a past that is not a date's": (
        [line("seen", not_future=True)],
        "question seen: text has no not_future",
    ),
    "a number that cannot be": (
        [make_question(type=QuestionType.NUMBER, minimum=2, maximum=1)],
        "question seen: minimum is above maximum",
    ),
    "a question without words": (
        [line("seen", text="")],
        "question seen: text and name must say something",
    ),
    "an id that a web page cannot carry": (
        [line("last-seen")],
        "question last-seen: an id has small letters, digits and _ only",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_form_that_contradicts_itself_is_refused_by_name(fault):
    questions, message = FAULTS[fault]
    with pytest.raises(FormError) as refusal:
        one_page(*questions)
    assert str(refusal.value) == f"Form trial v1, {message}."


def test_two_sections_with_one_id_are_refused():
    with pytest.raises(FormError, match="Form trial v1: two sections have the id child"):
        make_form(make_section(line("one")), make_section(line("two")))


def test_a_section_cannot_depend_on_its_own_questions():
    with pytest.raises(FormError, match="looks at seen, which is not asked earlier"):
        make_form(make_section(make_question(), show_if=Condition("seen", ("yes",))))


def test_a_rule_about_an_unknown_question_is_refused():
    rule = Rule(when=Condition("gone", ("a",)), forbids=Condition("seen", ("yes",)), message="No")
    with pytest.raises(FormError, match="looks at gone"):
        make_form(make_section(make_question()), rules=(rule,))


def test_a_form_cannot_be_changed():
    form = one_page(make_question())
    with pytest.raises(AttributeError):
        form.title = "Another"


def test_an_unknown_type_is_refused():
    with pytest.raises(ValidationError):
        make_question(type="slider")


def test_a_question_is_asked_when_its_condition_holds():
    form = one_page(make_question(), line("why", show_if=Condition("seen", ("no",))))
    assert asked(form, seen="no") == ["seen", "why"]
    assert asked(form, seen="yes") == ["seen"]
    assert asked(form) == ["seen"]


def test_ticking_one_of_several_boxes_meets_a_condition():
    condition = Condition("seen", ("yes",))
    assert condition.holds({"seen": ("no", "yes")})
    assert condition.holds({"seen": ["yes"]})
    assert not condition.holds({"seen": ("no",)})


def test_a_chain_of_conditions_falls_together():
    form = one_page(
        make_question(),
        make_question("why", show_if=Condition("seen", ("no",))),
        line("more", show_if=Condition("why", ("yes",))),
    )
    assert asked(form, seen="no", why="yes") == ["seen", "why", "more"]
    assert asked(form, seen="yes", why="yes") == ["seen"]


def test_a_section_may_be_asked_of_one_agency_only():
    form = make_form(
        make_section(line("name")),
        make_section(line("incidents"), key="police", restricted_to=frozenset({"constabulary"})),
    )
    assert asked(form, "council") == ["name"]
    assert asked(form, "constabulary") == ["name", "incidents"]


def test_a_section_may_depend_on_an_earlier_one():
    form = make_form(
        make_section(make_question()),
        make_section(line("views"), key="voice", show_if=Condition("seen", ("yes",))),
    )
    assert asked(form, seen="yes") == ["seen", "views"]
    assert asked(form, seen="no") == ["seen"]


def test_answers_may_be_filled_in_while_the_questions_are_given_out():
    form = one_page(make_question(), line("why", show_if=Condition("seen", ("no",))))
    answers: dict[str, str] = {}
    for _, question in form.asked(answers, "council"):
        answers[question.id] = "no" if question.id == "seen" else "Nobody was at home"
    assert list(answers) == ["seen", "why"]


def test_an_option_is_found_by_its_value():
    assert make_question().label_of("no") == "No"


DEFINITION = """
id = "trial"
version = 2
title = "Trial"
[options]
often = [{ value = "once", label = "Once" }, { value = "more", label = "More often" }]
[[sections]]
id = "child"
letter = "B"
title = "Child"
group = "Case"
[[sections.questions]]
id = "seen"
type = "yes_no_evidence"
text = "Was the child seen?"
name = "whether the child was seen"
[[sections.questions]]
id = "often"
type = "radios"
text = "How often?"
name = "how often"
options = "often"
not_evidenced = true
"""


def values_of(form: Form, key: str) -> list[str]:
    return [option.value for option in form.questions()[key].options]


def test_a_definition_says_not_evidenced_apart_from_no():
    form = read_form(DEFINITION)
    assert values_of(form, "seen") == ["yes", "no", "not_evidenced", "not_applicable"]
    assert values_of(form, "often") == ["once", "more", "not_evidenced"]


def test_a_question_that_always_applies_does_not_offer_the_way_out():
    form = read_form(
        DEFINITION.replace(
            'type = "yes_no_evidence"', 'type = "yes_no_evidence"\nalways_applies = true'
        )
    )
    assert values_of(form, "seen") == ["yes", "no", "not_evidenced"]


def test_not_evidenced_stands_alone_among_checkboxes():
    form = read_form(DEFINITION.replace('type = "radios"', 'type = "checkboxes"'))
    assert [one.exclusive for one in form.questions()["often"].options] == [False, False, True]


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('"radios"', '"slider"', "Form trial v2, question often: type: input should be"),
        ('name = "how often"', "", "Form trial v2, question often: name: "),
        ('name = "how often"', 'nane = "how often"', "Form trial v2, question often: "),
        ('options = "often"', 'options = "rarely"', "there is no list of options rarely"),
        ('title = "Trial"', "", "Form trial v2: title: "),
        ("version = 2", "version = ", "Form (unreadable): this is no TOML"),
    ],
)
def test_a_wrong_definition_is_refused_with_its_place(before, after, message):
    with pytest.raises(FormError) as refusal:
        read_form(DEFINITION.replace(before, after))
    assert message in str(refusal.value)
