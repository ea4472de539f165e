"""What is published never changes, and the Child in Need review asks what the field asks."""

from dataclasses import fields
from importlib.resources import files

import pytest

from forms import catalogue
from forms.answers import FINDINGS
from forms.catalogue import PUBLISHED, all_forms, fingerprint, get_form, latest_form
from forms.loading import read_form
from forms.schema import NOT_EVIDENCED, Form, FormError, Option, Question, QuestionType, Section
from workflow.errors import NotFoundError
from workflow.quality.levels import LESSENING

FORM = latest_form("cin_review")
DEFINITION = (files("forms") / "definitions" / "cin_review_v1.toml").read_text("utf-8")

LINE = Question(id="a", type=QuestionType.TEXT, text="A?", name="a")

PUBLISHED_FOR_EVER = {
    ("cin_review", 1): "bf1e1e812087b45b91b6ab98e5a382fbce42c64692b4990d409e766b41a281f1",
}
"""Written here a second time: to change a published form is to change two files against the rule."""


def section(key: str) -> Section:
    return next(one for one in FORM.sections if one.id == key)


def values_of(key: str) -> list[str]:
    return [option.value for option in FORM.questions()[key].options]


def test_a_published_version_never_changes():
    assert PUBLISHED_FOR_EVER.items() <= PUBLISHED.items()
    assert {(form.id, form.version): fingerprint(form) for form in all_forms()} == PUBLISHED


def test_every_definition_in_the_folder_is_published():
    names = {path.name for path in (files("forms") / "definitions").iterdir()}
    assert names == {f"{form.id}_v{form.version}.toml" for form in all_forms()}


def test_another_word_is_another_fingerprint():
    changed = DEFINITION.replace("Was the child seen alone?", "Was the child alone?")
    assert changed != DEFINITION
    assert fingerprint(read_form(changed)) != fingerprint(FORM)


def test_a_comment_leaves_the_fingerprint_alone():
    assert fingerprint(read_form("# Read this.\n" + DEFINITION)) == fingerprint(FORM)


def test_a_field_added_to_the_schema_would_not_touch_old_forms():
    spelt_out = Question(id="a", type=QuestionType.TEXT, text="A?", name="a", hint="", maximum=999)
    assert fingerprint(_of(LINE)) == fingerprint(_of(spelt_out))


def _of(question: Question) -> Form:
    page = Section(id="a", letter="A", title="A", group="A", questions=(question,))
    return Form(id="trial", version=1, title="Trial", sections=(page,))


def test_defaults_never_change_because_fingerprints_leave_them_out():
    question = {field.name: field.default for field in fields(Question)}
    assert (question["required"], question["minimum"], question["maximum"]) == (True, 0, 999)
    assert {field.name: field.default for field in fields(Option)}["exclusive"] is False


def test_a_changed_published_form_stops_the_program_and_gives_the_new_hash():
    with pytest.raises(FormError) as refusal:
        catalogue._load("cin_review", 1, "0" * 64)
    assert "a published version never changes" in str(refusal.value)
    assert fingerprint(FORM) in str(refusal.value)


def test_a_file_must_define_the_form_it_is_named_after(monkeypatch):
    monkeypatch.setattr(catalogue, "read_form", lambda _: _of(LINE))
    with pytest.raises(FormError, match=r"cin_review_v1\.toml must define cin_review v1"):
        catalogue._load("cin_review", 1, "0" * 64)


def test_a_form_that_does_not_ask_for_an_outcome_cannot_be_published():
    with pytest.raises(FormError, match="Form trial v1, question grade: every review form asks"):
        catalogue._as_published(_of(LINE), fingerprint(_of(LINE)))


def test_a_form_is_found_by_id_and_version():
    assert get_form("cin_review", 1) is FORM
    assert FORM in all_forms()


@pytest.mark.parametrize(("form_id", "version"), [("cin_review", 99), ("unheard_of", 1)])
def test_a_form_that_was_never_published_is_not_found(form_id, version):
    with pytest.raises(NotFoundError, match=f"No form {form_id} v{version}"):
        get_form(form_id, version)


def test_an_unknown_form_has_no_latest_version():
    with pytest.raises(NotFoundError, match="No form unheard_of"):
        latest_form("unheard_of")


def test_the_review_has_the_sections_a_to_k_and_each_cites_its_source():
    assert "".join(one.letter for one in FORM.sections) == "ABCDEFGHIJK"
    assert [one.id for one in FORM.sections if not one.source] == []


def test_only_the_constabulary_is_asked_what_the_police_hold():
    restricted = {one.id: one.restricted_to for one in FORM.sections if one.restricted_to}
    assert restricted == {"police": {"constabulary"}}


def test_every_evidence_question_tells_a_silent_file_from_a_no():
    evidence = [
        question
        for question in FORM.questions().values()
        if question.type is QuestionType.YES_NO_EVIDENCE
    ]
    assert len(evidence) > 30
    offered = {tuple(option.value for option in question.options[:3]) for question in evidence}
    assert offered == {("yes", "no", NOT_EVIDENCED)}


def test_practice_and_safety_are_two_questions():
    assert values_of("grade") == ["outstanding", "good", "requires_improvement", "inadequate"]
    assert values_of("safety") == ["safe", "concern", "immediate_risk"]


def test_the_outcomes_are_those_of_the_field():
    assert values_of("outcome") == [
        "close",
        "step_down_early_help",
        "step_down_universal",
        "remain_cin",
        "remain_cin_with_changes",
        "change_of_worker",
        "step_up_strategy_discussion",
        "edge_of_care",
        "transfer",
        "cannot_review",
    ]
    assert set(values_of("outcome")) > LESSENING


def test_the_level_of_need_is_asked_as_recorded_and_as_it_is_now():
    levels = ["level_1", "level_2", "level_3", "level_4"]
    assert values_of("level_recorded") == [*levels, NOT_EVIDENCED]
    assert values_of("level_now") == levels


def test_every_action_has_an_owner_and_a_due_date():
    asked = [question.id for question in section("outcome").questions]
    for number in "1234":
        place = asked.index(f"action_{number}")
        owner_and_due = [f"action_{number}_owner", f"action_{number}_due"]
        assert asked[place + 1 : place + 3] == owner_and_due


def test_every_form_asks_what_the_workflow_acts_on():
    for form in all_forms():
        assert set(FINDINGS) <= form.questions().keys()


def test_messages_read_as_sentences():
    for question in FORM.questions().values():
        assert question.name[0].islower(), question.id
        assert not question.name.endswith((".", "?")), question.id
        assert question.text.endswith("?"), question.id
