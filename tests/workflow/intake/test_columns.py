"""Headings known by name, and mappings that are saved and loaded."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow.errors import InvalidInputError
from workflow.intake.codes import code_list
from workflow.intake.columns import (
    HEADINGS,
    ColumnMapping,
    dump_mapping,
    field_of,
    guess_mapping,
    load_mapping,
)
from workflow.intake.decode import KINDS

COLUMNS = "[columns]\nRef = 'child_id'\n"


def test_every_heading_means_one_field_and_every_field_can_be_read():
    assert set(HEADINGS) <= set(KINDS)
    for name, headings in HEADINGS.items():
        assert [field_of(heading) for heading in headings] == [name] * len(headings)


def test_a_guess_takes_each_field_once():
    guess = guess_mapping(["Team", "Child ID", "Allocated Team", "Age", ""])
    assert guess.mapping.columns == {"Child ID": "child_id", "Allocated Team": "team"}
    assert guess.ambiguous == {"Team": "team"}
    assert guess.lookalikes == {}


def test_a_lookalike_is_not_offered_for_a_field_that_is_given():
    assert guess_mapping(["Distirct", "District"]).lookalikes == {}
    assert guess_mapping(["Distirct"]).lookalikes == {"Distirct": "District"}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("not toml", "not valid TOML"),
        ("", "names no columns"),
        ("[columns]\nRef = 'shoe_size'", "shoe_size"),
        ("[columns]\nA = 'child_id'\nB = 'child_id'", "two columns"),
        ("[columns]\nA = 7", "pair names with text"),
        ("columns = 7", "pair names with text"),
        (COLUMNS + "[colours]\nx = 'y'", "unknown part: colours"),
        (COLUMNS + "[dates]\nepisode_start = 'whenever'", "not a date format"),
        (COLUMNS + "[constants]\nshoe_size = '7'", "shoe_size"),
        (COLUMNS + "[values.primary_need]\nx = 'N77'", "N77"),
        ("values = 7\n" + COLUMNS, "must be a table"),
        (COLUMNS + "[file]\ndelimiter = 'x'", "delimiter"),
        (COLUMNS + "[file]\nencoding = 'klingon'", "klingon"),
    ],
)
def test_a_wrong_mapping_is_refused_in_one_sentence(text, complaint):
    with pytest.raises(InvalidInputError, match=complaint):
        load_mapping(text)


TEXTS = st.text(max_size=12)


@given(
    columns=st.dictionaries(TEXTS, st.sampled_from(sorted(KINDS)), min_size=1, max_size=4),
    constants=st.dictionaries(st.sampled_from(sorted(KINDS)), TEXTS, max_size=3),
    needs=st.dictionaries(TEXTS, st.sampled_from(sorted(code_list("primary_need"))), max_size=3),
    delimiter=st.sampled_from([None, ",", ";", "\t", "|"]),
)
@settings(max_examples=60)
def test_a_mapping_is_read_back_as_it_was_written(columns, constants, needs, delimiter):
    once = {name: heading for heading, name in columns.items()}
    mapping = ColumnMapping(
        columns={heading: name for name, heading in once.items()},
        dates={"*": "dd/mm/yyyy"},
        constants=constants,
        values={"primary_need": needs} if needs else {},
        delimiter=delimiter,
        encoding="cp1252",
    )
    assert load_mapping(dump_mapping(mapping)) == mapping
