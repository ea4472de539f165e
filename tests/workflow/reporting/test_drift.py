"""Agencies and areas beside one another; nothing small is shown."""

from typing import Any

import pandas as pd
import pytest

from workflow.policy import QualityPolicy
from workflow.reporting.drift import agency_agreement
from workflow.reporting.values import HIDDEN

POLICY = QualityPolicy()
FINDINGS = ("outcome", "grade", "safety")
COLUMNS = ["agency", *FINDINGS, *(f"second_{name}" for name in FINDINGS)]


def pairs(*groups: tuple[str, int, int]) -> pd.DataFrame:
    """Agency, pairs and how many of them differ in the outcome."""
    rows: list[dict[str, Any]] = []
    for agency, count, differ in groups:
        for number in range(count):
            said = {"outcome": "close", "grade": "good", "safety": "safe"}
            second = said | ({"outcome": "remain_cin"} if number < differ else {})
            rows.append({"agency": agency, **said} | {f"second_{k}": v for k, v in second.items()})
    return pd.DataFrame(rows, columns=COLUMNS)


def outcome_rows(found: pd.DataFrame) -> list[tuple[Any, ...]]:
    return [row for row in agency_agreement(found, POLICY).rows if row[0] == "Outcome"]


def test_each_agency_has_its_own_agreement() -> None:
    constabulary, council = outcome_rows(pairs(("council", 40, 10), ("constabulary", 20, 8)))
    assert constabulary[1:4] == ("Constabulary", 20, 0.6)
    assert council[1:4] == ("Council", 40, 0.75)
    assert council[5] < council[4] < council[6]


def test_a_small_number_hides_the_other_agency_too() -> None:
    for row in outcome_rows(pairs(("council", 40, 10), ("constabulary", 20, 2))):
        assert set(row[2:]) == {HIDDEN}


@pytest.mark.parametrize("found", [pairs(), pairs(("council", 2, 0))])
def test_too_few_pairs_show_nothing(found: pd.DataFrame) -> None:
    assert all(set(row[2:]) <= {HIDDEN, None, 0} for row in outcome_rows(found))
