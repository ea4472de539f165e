import doctest
from datetime import date

import pytest

from forms import wording


def test_the_examples_in_the_module_hold() -> None:
    assert doctest.testmod(wording).failed == 0


@pytest.mark.parametrize(
    ("probability", "said"),
    [
        (0.0, "<1 %"),
        (1.0, ">99 %"),
        (0.62, "62 % (about 6 in 10)"),
        (0.03, "3 % (fewer than 1 in 20)"),
    ],
)
def test_a_chance_is_said_in_per_cent_and_in_words_but_never_as_certain(probability, said) -> None:
    assert wording.chance_in_words(probability) == said


def test_dates_are_said_in_full_in_sentences_and_short_in_tables() -> None:
    day = date(2016, 1, 22)
    assert (wording.long_date(day), wording.short_date(day)) == ("22 January 2016", "22 Jan 2016")
