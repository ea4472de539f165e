"""Shares, drift and agreement from rows, and what of them a Board may see."""

from datetime import date, timedelta

import pandas as pd
import pytest

from workflow.policy import QualityPolicy
from workflow.quality.agreement import NOTHING_RATED_TWICE
from workflow.quality.funnel import Place
from workflow.quality.levels import BAND_OF, DIRECTION_OF
from workflow.quality.measures import (
    MEASURES,
    agreement,
    drift,
    measure_counts,
    measure_funnel,
)
from workflow.quality.suppression import protect, recoverable
from workflow.quality.tables import (
    BOARD_TABLES,
    PRECIOUS,
    TEAM_TABLES,
    BoardTables,
    board_funnel,
    counted,
    team_tables,
)

POLICY = QualityPolicy()
MONDAY = date(2016, 2, 1)
AREAS = {"Burnley": "East", "Pendle": "East", "Fylde": "North", "Wyre": "North"}


def rows(n: int, **values) -> list[dict]:
    usual = {
        "district": "Burnley",
        "team": "Burnley 1",
        "agency": "council",
        "reviewer": "R1",
        "confirmed_on": MONDAY,
        "week": MONDAY,
        "outcome": "remain_cin",
        "grade": "good",
        "safety": "safe",
        "late": "no",
        "returned": "no",
    }
    one = usual | values
    one |= {"area": AREAS[one["district"]], "direction": DIRECTION_OF.get(one["outcome"])}
    one["grade_band"] = BAND_OF.get(one["grade"])
    return [dict(one) for _ in range(n)]


def frame(*parts: list[dict]) -> pd.DataFrame:
    return pd.DataFrame([row for part in parts for row in part])


COUNTY = frame(
    rows(60),
    rows(12, grade="inadequate"),
    rows(20, outcome="close", late="yes"),
    rows(30, district="Pendle", team="Pendle 1", agency="constabulary"),
    rows(3, district="Pendle", team="Pendle 1", grade="inadequate", returned="yes"),
    rows(25, district="Fylde", team="Fylde 1", outcome="step_down_early_help"),
    rows(2, district="Fylde", team="Fylde 1", outcome="transfer", late=None),
    rows(40, district="Wyre", team="Wyre 1", week=MONDAY + timedelta(7), grade="inadequate"),
    rows(9, district="Wyre", team="Wyre 2", grade="not_graded", outcome="cannot_review"),
)


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        ("close", {"Burnley": (20, 92), "Fylde": (0, 27), "Pendle": (0, 33), "Wyre": (0, 49)}),
        ("lessen", {"Burnley": (20, 92), "Fylde": (25, 27), "Pendle": (0, 33), "Wyre": (0, 49)}),
        (
            "inadequate",
            {"Burnley": (12, 92), "Fylde": (0, 27), "Pendle": (3, 33), "Wyre": (40, 40)},
        ),
        ("late", {"Burnley": (20, 92), "Fylde": (0, 25), "Pendle": (0, 33), "Wyre": (0, 49)}),
        ("returned", {"Burnley": (0, 92), "Fylde": (0, 27), "Pendle": (3, 33), "Wyre": (0, 49)}),
    ],
)
def test_a_measure_counts_those_it_can_be_asked_of(measure: str, expected) -> None:
    assert measure_counts(COUNTY, measure, "district") == expected


def test_a_funnel_by_team_finds_the_one_that_differs() -> None:
    found = measure_funnel(COUNTY, "inadequate", "team", POLICY)
    assert "Wyre 1" in [point.name for point in found.outside]
    assert [point.name for point in found.points][:2] == ["Burnley 1", "Fylde 1"]


def test_drift_follows_the_mix_by_week() -> None:
    found = drift(COUNTY, "grade", POLICY)
    last = found[found["week"] == MONDAY + timedelta(7)].set_index("value")
    assert (last.loc["inadequate", "n"], last.loc["inadequate", "share"]) == (40, 1.0)
    assert last.loc["inadequate", "unusual"]
    assert list(found["group"].unique()) == ["all"]
    assert found.groupby("week")["share"].sum().to_list() == pytest.approx([1, 1])


def test_drift_can_be_followed_within_agencies_and_areas() -> None:
    found = drift(COUNTY, "direction", POLICY, by="agency")
    assert list(found["group"].unique()) == ["constabulary", "council"]
    north = drift(COUNTY, "outcome", POLICY, by="area").query("group == 'North'")
    assert set(north["value"]) == {
        "step_down_early_help",
        "transfer",
        "remain_cin",
        "cannot_review",
    }
    assert not found["unusual"].any() or found["unusual"].dtype == bool


def test_drift_of_nothing_is_an_empty_table() -> None:
    found = drift(COUNTY.iloc[:0], "grade", POLICY)
    assert found.empty
    assert "unusual" in found


def pair(first: str, second: str, **values) -> dict:
    usual = {"agency": "council", "reviewer": "R1", "moderator": "m1"}
    return (
        usual
        | {
            "outcome": first,
            "second_outcome": second,
            "grade": "good",
            "second_grade": "good",
            "safety": "safe",
            "second_safety": "safe",
        }
        | values
    )


PAIRS = pd.DataFrame(
    [pair("close", "close")] * 12
    + [pair("close", "step_down_early_help")] * 4
    + [pair("remain_cin", "remain_cin", agency="constabulary", reviewer="R2")] * 3
    + [pair("remain_cin", "close", agency="constabulary", reviewer="R2")] * 3
    + [pair("transfer", "transfer", grade="not_graded")]
)


def test_agreement_is_told_for_each_finding() -> None:
    found = {one.finding: one for one in agreement(PAIRS, POLICY)}
    assert list(found) == ["outcome", "direction", "grade", "safety"]
    assert (found["outcome"].pairs, found["outcome"].same) == (23, 16)
    assert (found["direction"].pairs, found["direction"].same) == (22, 19)
    assert (found["grade"].pairs, found["grade"].kappa.value) == (22, 1.0)
    assert found["direction"].ac.value > found["outcome"].ac.value


@pytest.mark.parametrize("by", ["agency", "reviewer"])
def test_agencies_and_reviewers_are_told_apart(by: str) -> None:
    found = [one for one in agreement(PAIRS, POLICY, by=by) if one.finding == "outcome"]
    council, other = sorted(found, key=lambda one: -one.pairs)
    assert (council.pairs, other.pairs) == (17, 6)
    assert council.ac.value > other.ac.value


def test_without_pairs_there_is_no_agreement_to_tell() -> None:
    found = agreement(PAIRS.iloc[:0], POLICY)
    assert {one.ac.note for one in found} == {NOTHING_RATED_TWICE}
    assert agreement(PAIRS.iloc[:0], POLICY, by="agency") == []


def board_tables(
    frame: pd.DataFrame, tables: tuple[tuple[str, ...], ...] = BOARD_TABLES
) -> BoardTables:
    return BoardTables(protect(counted(frame, tables), POLICY, precious=PRECIOUS), tables)


@pytest.fixture(scope="module")
def board() -> BoardTables:
    return board_tables(COUNTY, (*BOARD_TABLES, *TEAM_TABLES))


def test_no_count_a_board_sees_is_small(board: BoardTables) -> None:
    for down, across in [("area", "outcome"), ("team", "late"), ("agency", "week")]:
        shown = [n for n in board.table(down, across).to_numpy().ravel() if n is not None]
        assert not [n for n in shown if 0 < n < POLICY.smallest_published]


def test_no_hidden_count_comes_back_from_all_tables_together(board: BoardTables) -> None:
    assert board.protected.primary
    assert recoverable(board.protected) == frozenset()


def test_teams_are_shown_without_giving_away_what_the_board_may_not_see() -> None:
    published = board_tables(COUNTY).protected
    teams = team_tables(COUNTY, published, POLICY)
    assert published.hidden <= teams.protected.hidden
    assert recoverable(teams.protected) == frozenset()
    seen = {one for one in published.tables.counts if published.shown(one) is not None}
    assert all(teams.protected.shown(one) == published.shown(one) for one in seen)


def test_a_table_has_its_totals_and_gaps(board: BoardTables) -> None:
    table = board.table("district", "grade_band")
    assert list(table.index) == ["Burnley", "Fylde", "Pendle", "Wyre", "Total"]
    assert table.loc["Pendle", "inadequate"] is None
    assert board.shown(district="Burnley", rise="no") == 92


def test_what_is_shown_is_what_was_counted(board: BoardTables) -> None:
    table = board.table("district", "returned")
    counted = pd.crosstab(COUNTY["district"], COUNTY["returned"])
    for district in counted.index:
        for answer in counted.columns:
            shown = table.loc[district, answer]
            assert shown is None or shown == counted.loc[district, answer]


@pytest.mark.parametrize("measure", ["lessen", "rise", "inadequate", "late", "returned"])
@pytest.mark.parametrize("by", ["district", "team"])
def test_a_boards_funnel_is_made_of_shown_counts(board: BoardTables, measure, by) -> None:
    found = board_funnel(board, measure, POLICY, by=by)
    if found.funnel is None:
        assert found.left_out == tuple(board.values_of(by))
        return
    real = measure_counts(COUNTY, measure, by)
    for point in found.funnel.points:
        assert (point.hits, point.total) == real[point.name]
        assert not 0 < point.hits < POLICY.smallest_published
        assert point.name not in found.left_out


def test_a_boards_funnel_leaves_small_units_out(board: BoardTables) -> None:
    found = board_funnel(board, "inadequate", POLICY, by="district")
    assert "Pendle" in found.left_out
    assert found.funnel is not None
    places = {point.name: point.place for point in found.funnel.points}
    assert places.get("Wyre", Place.ALARM) is Place.ALARM


def test_a_funnel_needs_its_table(board: BoardTables) -> None:
    assert "close" in MEASURES
    with pytest.raises(KeyError):
        board_funnel(board, "close", POLICY, by="district")


def test_nothing_confirmed_is_a_table_of_nothing() -> None:
    empty = board_tables(COUNTY.iloc[:0])
    assert empty.table("district", "lessen").to_numpy().tolist() == [[0]]
    found = board_funnel(empty, "late", POLICY, by="district")
    assert found.funnel is not None
    assert found.funnel.points == ()
