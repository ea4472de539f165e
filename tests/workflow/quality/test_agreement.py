"""Kappa and AC agree with reference implementations, and answer where those give up."""

import json
from itertools import combinations, product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow.errors import InvalidInputError
from workflow.quality import agreement as ag
from workflow.quality.agreement import gwet_ac, weighted_kappa, weights_of
from workflow.quality.levels import GRADES

REFERENCE = json.loads(
    (Path(__file__).parents[2] / "data" / "agreement_reference.json").read_text()
)
CASES = [
    pytest.param(case, id=f"{case['name']}, {case['weights']}") for case in REFERENCE["expected"]
]
BOTH = [gwet_ac, weighted_kappa]
CLOSE = {"rel": 0, "abs": 1e-9}


def ratings_of(case) -> list[list[str | None]]:
    rows = REFERENCE["ratings"][case["name"]]
    return [[REFERENCE["letters"][letter] for letter in row] for row in rows]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(("name", "coefficient"), [("ac", gwet_ac), ("kappa", weighted_kappa)])
def test_value_and_interval_match_gwets_own_formulas(case, name, coefficient) -> None:
    found = coefficient(ratings_of(case), GRADES, weights=case["weights"])
    said = {key: getattr(found, key) for key in case[name]}
    assert said == pytest.approx(case[name], **CLOSE)


@pytest.mark.parametrize("case", [case for case in CASES if "statsmodels" in case.values[0]])
def test_kappa_of_two_raters_matches_a_second_reference(case) -> None:
    found = weighted_kappa(ratings_of(case), GRADES, weights=case["weights"])
    n = found.subjects
    expected = case["statsmodels"]
    assert found.value == pytest.approx(expected["kappa"], **CLOSE)
    # That one divides the variance by n, Gwet's by n - 1.
    assert found.se * np.sqrt((n - 1) / n) == pytest.approx(expected["se"], **CLOSE)


GRID = st.lists(
    st.lists(st.sampled_from([*GRADES[:3], None]), min_size=3, max_size=3), min_size=1, max_size=12
)


def slow_ac(ratings, q: int) -> float | None:
    """AC1 by counting pairs one at a time."""
    rows = [[x for x in row if x is not None] for row in ratings]
    rows = [row for row in rows if row]
    twice = [row for row in rows if len(row) > 1]
    if not twice:
        return None
    shares = [np.mean([a == b for a, b in combinations(row, 2)]) for row in twice]
    usual = [np.mean([row.count(grade) / len(row) for row in rows]) for grade in GRADES]
    chance = sum(p * (1 - p) for p in usual) / (q - 1)
    return float((np.mean(shares) - chance) / (1 - chance))


@given(GRID)
@settings(max_examples=60, deadline=None)
def test_ac_is_what_counting_pairs_gives(ratings) -> None:
    expected = slow_ac(ratings, len(GRADES))
    found = gwet_ac(ratings, GRADES)
    assert found.value == (None if expected is None else pytest.approx(expected, **CLOSE))


@given(GRID, st.sampled_from(["identity", "linear", "quadratic"]))
@settings(max_examples=60, deadline=None)
def test_every_answer_is_a_number_within_its_interval(ratings, weights) -> None:
    for coefficient in BOTH:
        found = coefficient(ratings, GRADES, weights=weights)
        if found.value is None:
            assert found.note == ag.NOTHING_RATED_TWICE
            continue
        numbers = [found.value, found.se, found.low, found.high, found.observed, found.chance]
        assert np.isfinite(numbers).all()
        assert found.low - 1e-9 <= found.value <= found.high + 1e-9
        assert min(-1, found.value) <= found.low <= found.high <= 1


@given(GRID)
@settings(max_examples=30, deadline=None)
def test_the_order_of_subjects_and_raters_does_not_matter(ratings) -> None:
    turned = [row[::-1] for row in ratings[::-1]]
    for coefficient in BOTH:
        one, other = coefficient(ratings, GRADES), coefficient(turned, GRADES)
        assert one.note == other.note
        assert (one.value or 0.0, one.low) == pytest.approx(
            (other.value or 0.0, other.low), **CLOSE
        )


def test_a_single_category_has_an_answer_from_both() -> None:
    ratings = [("good", "good")] * 20
    ac, kappa = gwet_ac(ratings, GRADES), weighted_kappa(ratings, GRADES)
    assert (ac.value, kappa.value) == (1.0, 1.0)
    assert ac.low == pytest.approx(0.025 ** (1 / 20))
    assert (kappa.low, kappa.high, kappa.note) == (0.0, 1.0, ag.ONE_CATEGORY)


def test_a_scale_of_one_category_says_nothing_beyond_chance() -> None:
    found = gwet_ac([("good", "good")] * 5, ["good"])
    assert (found.value, found.low, found.note) == (1.0, 0.0, ag.ONE_CATEGORY)


def test_full_agreement_on_few_cases_is_not_called_certain() -> None:
    found = weighted_kappa([("good", "good"), ("inadequate", "inadequate")], GRADES)
    assert (found.value, found.note) == (1.0, ag.NO_VARIATION)
    assert found.low < 0


def test_one_pair_has_an_answer_and_a_wide_interval() -> None:
    found = gwet_ac([("good", "inadequate")], GRADES)
    assert found.value is not None
    assert found.value < 0
    assert found.high > 0.9


@pytest.mark.parametrize("ratings", [[], [("good", None)], [(None, None)]])
def test_nothing_rated_twice_is_no_value(ratings) -> None:
    assert [coefficient(ratings, GRADES).value for coefficient in BOTH] == [None, None]


def test_near_misses_count_in_part_on_an_ordered_scale() -> None:
    near = [("good", "outstanding"), ("good", "good"), ("inadequate", "requires_improvement")] * 5
    plain, ordered = (gwet_ac(near, GRADES, weights=w).value for w in ("identity", "linear"))
    assert plain < ordered


def test_prevalence_pulls_kappa_down_and_leaves_ac_steady() -> None:
    ratings = [("good", "good")] * 90 + [("good", "inadequate")] * 5 + [("inadequate", "good")] * 5
    assert weighted_kappa(ratings, GRADES).value < 0
    assert gwet_ac(ratings, GRADES).value > 0.85


def test_an_unknown_rating_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="splendid"):
        gwet_ac([("good", "splendid")], GRADES)


@pytest.mark.parametrize("q", [1, 2, 5])
def test_weights_are_whole_on_the_diagonal_and_symmetric(q: int) -> None:
    for scheme, (a, b) in product(("identity", "linear", "quadratic"), [(0, 0), (0, q - 1)]):
        matrix = weights_of(scheme, q)
        assert matrix[a, a] == 1
        assert matrix[a, b] == matrix[b, a]
