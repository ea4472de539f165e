"""No small count of children can be worked out from the counts that are shown (promise S3)."""

import random
from itertools import product

import pytest

from tests.measured import Measured
from workflow.policy import QualityPolicy
from workflow.quality.suppression import protect, recoverable, tabulate

POLICY = QualityPolicy()
DISTRICTS, OUTCOMES, AGENCIES = ("d1", "d2", "d3", "d4"), ("o1", "o2", "o3"), ("a1", "a2")
FILTERS = [("district", "outcome"), ("district", "agency"), ("agency", "outcome")]
"""Tables whose differences somebody could take."""


@pytest.mark.parametrize("caseloads", [4, pytest.param(100, marks=pytest.mark.soak)])
def test_no_difference_of_tables_gives_a_small_count_away(
    caseloads: int, measured: Measured
) -> None:
    dice, small, given_away = random.Random(5), 0, 0
    for _ in range(caseloads):
        records = [
            {"district": district, "outcome": outcome, "agency": agency}
            for district, outcome, agency in product(DISTRICTS, OUTCOMES, AGENCIES)
            for _ in range(dice.choice((dice.randrange(7), dice.randrange(60))))
        ]
        done = protect(tabulate(records, FILTERS), POLICY)
        small += len(done.primary)
        given_away += len(recoverable(done) | done.exposed)
        assert all(done.shown(one) is None for one in done.primary)
    assert small
    assert given_away == 0
    figure = (
        f"0 of {small} small counts, in {caseloads} caseloads with {len(FILTERS)} linked tables"
    )
    measured("S3", "differencing finds none", figure)
