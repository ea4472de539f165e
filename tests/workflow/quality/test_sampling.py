"""Who is drawn for a blind second look, and whether as many were as the plan wanted."""

import random
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from workflow.errors import InvalidInputError
from workflow.policy import ModerationPolicy
from workflow.quality.sampling import (
    ALWAYS,
    RANDOM,
    REPLACEMENT,
    Decided,
    Sampled,
    SamplingPlan,
    Stratum,
    balance,
    choose_replacement,
    draw,
    number_of,
)

ON = date(2016, 2, 10)
SEED = 2016
NOTHING = SamplingPlan(in_force_from=date.min, share=0, first_reviews=0, under_years=0)
USUAL = SamplingPlan.of_policy(ModerationPolicy())


def item(**overrides) -> Sampled:
    values = {
        "case_reference": "CIN-00001",
        "outcome": "remain_cin",
        "safety": "safe",
        "author_agency": "council",
        "district": "E07000117",
        "author_earlier_reviews": 50,
        "birth_on": date(2008, 5, 1),
        "already_moderated": False,
    }
    return Sampled(**values | overrides)


@pytest.mark.parametrize(
    ("rule", "facts"),
    [
        ("immediate_risk", {"safety": "immediate_risk"}),
        ("first_reviews", {"author_earlier_reviews": 4}),
        ("other_agency_lessens", {"author_agency": "constabulary", "outcome": "close"}),
        (
            "other_agency_lessens",
            {"author_agency": "constabulary", "outcome": "step_down_early_help"},
        ),
        ("very_young", {"birth_on": date(2014, 2, 11)}),
        ("very_young", {"birth_on": None, "outcome": "close"}),
        ("disagreement", {"earlier_outcomes": frozenset({"close", "remain_cin"})}),
    ],
)
def test_some_submissions_always_go(rule: str, facts) -> None:
    found = draw(item(**facts), plan=replace(USUAL, share=0), on=ON, seed=SEED)
    assert (found.rule, found.share) == (rule, 1.0)
    assert found.because


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"author_earlier_reviews": 5},
        {"author_agency": "constabulary"},
        {"outcome": "close"},
        {"birth_on": date(2014, 2, 9)},
        {"birth_on": None},
        {"earlier_outcomes": frozenset({"remain_cin"})},
    ],
)
def test_others_go_only_by_the_draw(facts) -> None:
    assert draw(item(**facts), plan=replace(USUAL, share=0), on=ON, seed=SEED).rule is None
    drawn = draw(item(**facts), plan=replace(USUAL, share=1), on=ON, seed=SEED)
    assert (drawn.rule, drawn.because) == (RANDOM, "drawn at random")


def test_a_rule_can_be_switched_off() -> None:
    plan = replace(NOTHING, always=frozenset(ALWAYS) - {"immediate_risk"})
    assert draw(item(safety="immediate_risk"), plan=plan, on=ON, seed=SEED).rule is None


def test_nobody_is_moderated_twice() -> None:
    again = item(already_moderated=True, safety="immediate_risk")
    found = draw(again, plan=replace(USUAL, share=1), on=ON, seed=SEED)
    assert (found.rule, found.share) == (None, 0.0)


def test_a_replacement_goes_without_a_draw() -> None:
    found = draw(item(replaces=True), plan=NOTHING, on=ON, seed=SEED)
    assert (found.rule, found.share) == (REPLACEMENT, 1.0)


def test_the_largest_share_of_its_strata_counts() -> None:
    plan = replace(
        NOTHING,
        share=0.1,
        strata=(
            Stratum("agency", "constabulary", 0.4),
            Stratum("outcome", "close", 0.25),
            Stratum("district", "E07000117", 0.02),
        ),
    )
    assert plan.share_of(item()) == 0.02
    assert plan.share_of(item(district=None)) == 0.1
    assert plan.share_of(item(outcome="close")) == 0.25
    assert plan.share_of(item(outcome="close", author_agency="constabulary")) == 0.4


def drawn(references: list[str], share: float, seed: int = SEED) -> set[str]:
    plan = replace(NOTHING, share=share)
    return {
        one
        for one in references
        if draw(item(case_reference=one), plan=plan, on=ON, seed=seed).rule
    }


REFERENCES = [f"CIN-{number:05}" for number in range(1, 2001)]


@given(st.randoms(use_true_random=False), st.floats(0, 1))
@settings(max_examples=10, deadline=None)
def test_the_order_of_decisions_changes_nothing(rng: random.Random, share: float) -> None:
    few = REFERENCES[:200]
    assert drawn(rng.sample(few, len(few)), share) == drawn(few, share)


def test_the_number_of_a_review_is_the_same_for_whoever_works_it_out() -> None:
    assert number_of("CIN-00001", 2016) == pytest.approx(0.24689408828390358, abs=1e-15)


def test_a_larger_share_only_adds_reviews() -> None:
    assert drawn(REFERENCES, 0.05) < drawn(REFERENCES, 0.2)


def test_another_seed_draws_others() -> None:
    assert drawn(REFERENCES, 0.1, seed=1) != drawn(REFERENCES, 0.1, seed=2)


def test_as_many_are_drawn_as_the_share_says() -> None:
    low, high = binom.ppf([0.0005, 0.9995], len(REFERENCES), 0.1)
    assert all(low <= len(drawn(REFERENCES, 0.1, seed=seed)) <= high for seed in range(8))


def test_a_replacement_is_the_next_number_above_the_share() -> None:
    share = 0.1
    outside = sorted(set(REFERENCES) - drawn(REFERENCES, share), key=lambda r: number_of(r, SEED))
    chosen = choose_replacement(REFERENCES, above=share, seed=SEED, taken=frozenset())
    assert chosen == outside[0]
    again = choose_replacement(REFERENCES, above=share, seed=SEED, taken=frozenset({chosen}))
    assert again == outside[1]


def test_without_candidates_nothing_replaces() -> None:
    assert choose_replacement([], above=0.1, seed=SEED, taken=frozenset()) is None
    assert choose_replacement(["CIN-1"], above=1.0, seed=SEED, taken=frozenset()) is None


def decided(rule: str | None, share: float, **strata: str) -> Decided:
    return Decided(rule=rule, share=share, strata=strata)


def test_expected_and_actual_counts_stand_side_by_side() -> None:
    made = [
        *[decided("first_reviews", 1.0, agency="council")] * 5,
        *[decided(RANDOM, 0.1, agency="council")] * 12,
        *[decided(None, 0.1, agency="council")] * 88,
        *[decided(None, 0.5, agency="constabulary")] * 20,
    ]
    police, council = balance(made, "agency")
    assert (council.decided, council.certain, council.drawn) == (105, 5, 17)
    assert council.expected == pytest.approx(15.0)
    assert (council.low, council.high) == tuple(5 + binom.ppf([0.025, 0.975], 100, 0.1))
    assert council.as_expected
    assert not police.as_expected


@given(st.lists(st.sampled_from([0.0, 0.1, 0.35, 1.0]), min_size=1, max_size=9))
@settings(max_examples=30, deadline=None)
def test_the_range_of_mixed_shares_is_exact(shares: list[float]) -> None:
    odds = np.ones(1)
    for share in shares:
        odds = np.convolve(odds, [1 - share, share])
    up_to = np.cumsum(odds)
    (found,) = balance([decided(None, share) for share in shares], "agency")
    assert found.value == "unknown"
    assert up_to[found.low] >= 0.025 - 1e-12
    assert found.low == 0 or up_to[found.low - 1] < 0.025 + 1e-12
    assert up_to[found.high] >= 0.975 - 1e-12


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"share": 1.2}, "between 0 and 1"),
        ({"strata": (Stratum("agency", "council", -1),)}, "between 0 and 1"),
        ({"strata": (Stratum("weather", "rain", 0.1),)}, "weather"),
        ({"first_reviews": -1}, "negative"),
        ({"always": frozenset({"full_moon"})}, "full_moon"),
    ],
)
def test_a_plan_that_cannot_be_meant_is_refused(change, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        replace(USUAL, **change).check()


def test_a_plan_survives_being_stored() -> None:
    plan = replace(
        USUAL, in_force_from=ON, strata=(Stratum("outcome", "close", 0.5),), always=frozenset()
    )
    assert SamplingPlan.from_json(plan.to_json(), ON) == plan
