"""Code lists by collection year, and the vocabulary that understands spellings without guessing."""

import pytest

from workflow.errors import InvalidInputError
from workflow.intake.codes import FLAGS, Vocabulary, code_list, is_in_year, label_of

SHIPPED = Vocabulary.shipped()


@pytest.mark.parametrize(
    ("field", "size"),
    [
        ("ethnicity", 20),
        ("disabilities", 13),
        ("referral_source", 22),
        ("primary_need", 10),
        ("closure_reason", 9),
        ("factors", 44),
        ("status", 5),
        ("gender", 4),
    ],
)
def test_every_list_is_complete(field, size):
    assert len(code_list(field)) == size


@pytest.mark.parametrize(
    ("field", "code", "last_without", "first_with"),
    [
        ("closure_reason", "RC9", 2022, 2023),
        ("referral_source", "5D", 2022, 2023),
        *(("factors", code, 2020, 2021) for code in ("18B", "18C", "19B", "19C")),
        ("factors", "22A", 2016, 2017),
        ("factors", "23A", 2016, 2017),
        ("factors", "24A", 2021, 2022),
    ],
)
def test_codes_belong_to_the_collections_that_have_them(field, code, last_without, first_with):
    assert not is_in_year(field, code, last_without)
    assert is_in_year(field, code, first_with)
    assert is_in_year(field, code, None)


@pytest.mark.parametrize("field", ["ethnicity", "primary_need", "closure_reason", "factors"])
def test_every_code_and_label_means_itself(field):
    for code, entry in code_list(field).items():
        assert SHIPPED.find(field, code) == code
        assert SHIPPED.find(field, code.lower()) == code
        assert SHIPPED.find(field, entry.label) == code
        assert SHIPPED.find(field, f"{code} - {entry.label}") == code
        assert SHIPPED.find(field, f"{entry.label} [{code}]") == code


@pytest.mark.parametrize(
    ("field", "raw", "code"),
    [
        ("primary_need", "N1 - Abuse or Neglect", "N1"),
        ("primary_need", "n1: abuse or neglect", "N1"),
        ("primary_need", "ABS_NEG", "N1"),
        ("primary_need", "1ABUSNEG", "N1"),
        ("primary_need", "Abuse, neglect and exploitation", "N1"),
        ("status", "c) Child in need plan", "child_in_need_plan"),
        ("status", "(c) CHILD IN NEED PLAN", "child_in_need_plan"),
        ("gender", "a) Male", "male"),
        ("gender", "2", "female"),
        ("gender", "1 - Male", "male"),
        ("gender", "c) Not stated/recorded (or unborn)", "unknown"),
        ("ethnicity", "i) MOTH", "MOTH"),
        ("ethnicity", "WBRI\u00a0- White British", "WBRI"),
        ("ethnicity", "White British [WBRI]", "WBRI"),
        ("closure_reason", "h) Child not in need after assessment", "RC8"),
        ("referral_source", "6 Police", "6"),
        ("referral_source", "INDIVIDUAL \u2013 family member, relative or carer", "1A"),
        ("disabilities", "a) Yes", "DDA"),
        ("no_further_action", "TRUE", "yes"),
        ("no_further_action", "0", "no"),
        ("worker_qualified", "Family support worker", "no"),
    ],
)
def test_usual_spellings_are_understood(field, raw, code):
    assert SHIPPED.find(field, raw) == code


@pytest.mark.parametrize(
    ("field", "raw"),
    [
        ("primary_need", "Trilogy of Risk"),
        ("primary_need", "N1 - Low income"),
        ("primary_need", "Low income (N1)"),
        ("primary_need", "N77"),
        ("gender", "2 bananas"),
        ("gender", "purple"),
        ("ethnicity", ""),
        ("no_such_field", "anything"),
    ],
)
def test_nothing_is_guessed(field, raw):
    assert SHIPPED.find(field, raw) is None


def test_what_is_taught_is_known_in_any_spelling_and_the_teacher_keeps_the_old_book():
    taught = SHIPPED.learn("primary_need", "Trilogy of Risk", "N1")
    assert taught.find("primary_need", "  TRILOGY-of risk ") == "N1"
    assert SHIPPED.find("primary_need", "Trilogy of Risk") is None


def test_what_is_taught_comes_before_what_is_shipped():
    assert SHIPPED.learn("primary_need", "Neglect", "N5").find("primary_need", "neglect") == "N5"


def test_many_lessons_are_learnt_at_once_and_add_up():
    taught = SHIPPED.learn("gender", "lad", "male").learn_all(
        [("gender", "lass", "female"), ("district", "Atlantis", "E07000117")]
    )
    assert [taught.find("gender", raw) for raw in ("lad", "lass")] == ["male", "female"]
    assert taught.find("district", "ATLANTIS") == "E07000117"


@pytest.mark.parametrize(
    ("field", "code"), [("primary_need", "N77"), ("colour", "blue"), ("gender", "1")]
)
def test_only_real_codes_can_be_taught(field, code):
    with pytest.raises(InvalidInputError, match=r"is not a code of"):
        SHIPPED.learn(field, "something", code)


def test_questions_of_yes_and_no_share_one_list():
    assert all(set(code_list(name)) == {"yes", "no"} for name in FLAGS)


def test_labels_are_given_for_codes():
    assert label_of("primary_need", "N4") == "Family in acute stress"
    assert label_of("primary_need", "N77") == "N77"
