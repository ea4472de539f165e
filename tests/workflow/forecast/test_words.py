"""How numbers are said."""

from datetime import date

import pytest

from workflow.forecast import DateQuantile, chance_in_words, percentage


@pytest.mark.parametrize(
    ("probability", "said"),
    [
        (0.0, "<1 %"),
        (0.004, "<1 %"),
        (0.03, "3 % (fewer than 1 in 20)"),
        (0.06, "6 % (about 1 in 10)"),
        (0.5, "50 % (about 5 in 10)"),
        (0.62, "62 % (about 6 in 10)"),
        (0.94, "94 % (about 9 in 10)"),
        (0.97, "97 % (more than 19 in 20)"),
        (0.996, ">99 %"),
        (1.0, ">99 %"),
    ],
)
def test_a_chance_is_never_certain_and_has_its_frequency(probability: float, said: str) -> None:
    assert chance_in_words(probability) == said
    assert said.startswith(percentage(probability))


def test_a_date_beyond_the_horizon_is_never_made_up() -> None:
    known, beyond = DateQuantile(date(2016, 4, 5)), DateQuantile(date(2016, 7, 1), beyond=True)
    assert (str(known), known.json) == ("5 April 2016", "2016-04-05")
    assert (str(beyond), beyond.json) == ("not before 1 July 2016", None)
