"""What a plan will draw, from what is known before a review is written."""

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from tests.workflow.quality.stage import FIRST, NO_SAMPLE, Stage
from workflow.quality.outlook import Ahead, expected, outlook
from workflow.quality.sampling import SamplingPlan, Stratum

NONE = SamplingPlan.of_policy(NO_SAMPLE.moderation)
GROWN, BABY = date(2005, 1, 1), date(2015, 6, 1)


def ahead(holder: int | None = 1, birth_on: date | None = GROWN, district: str = "B") -> Ahead:
    return Ahead(holder, "council", district, birth_on)


def test_first_reviews_are_those_a_reviewer_has_left() -> None:
    plan = replace(NONE, first_reviews=3)
    reviews = [ahead(1) for _ in range(5)] + [ahead(2), ahead(None)]
    found = expected(reviews, Counter({1: 1, 2: 3}), plan, on=FIRST)
    assert (found.undecided, found.first_reviews, found.total) == (7, 2, 2)


def test_a_young_child_counts_once_and_the_rest_by_their_share() -> None:
    plan = replace(NONE, under_years=2, share=0.1, strata=(Stratum("district", "P", 0.5),))
    reviews = [ahead(birth_on=BABY), ahead(), ahead(district="P"), ahead(birth_on=None)]
    found = expected(reviews, Counter(), plan, on=FIRST)
    assert found.very_young == 1
    assert found.at_random == pytest.approx(0.1 + 0.5 + 0.1)


def test_rules_that_are_off_draw_nothing() -> None:
    plan = replace(NONE, first_reviews=3, under_years=2, always=frozenset())
    assert expected([ahead(birth_on=BABY)], Counter(), plan, on=FIRST).total == 0


def test_reviews_that_are_decided_are_no_more_to_be_drawn(stage: Stage) -> None:
    stage.confirmed(stage.submitted())
    stage.in_moderation()
    stage.submitted()
    stage.open(facts={"birth_on": "2015-06-01"})
    plan = replace(NONE, under_years=2, first_reviews=3)
    found = outlook(stage.session, stage.programme, plan, on=FIRST)
    assert (found.undecided, found.first_reviews, found.very_young) == (2, 1, 1)
