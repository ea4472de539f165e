"""How good the forecasts have been."""

import pytest

from workflow.forecast import Resolved, track_record


def resolved(truth: float, days: int = 5, naive: bool = True) -> Resolved:
    return Resolved(
        working_days=days,
        start=100.0,
        quantiles={0.1: 180.0, 0.5: 200.0, 0.9: 220.0},
        naive={0.1: 248.0, 0.5: 250.0, 0.9: 252.0} if naive else None,
        truth=truth,
    )


def test_it_counts_the_truths_inside_and_weighs_skill_and_bias() -> None:
    record = track_record([resolved(190.0), resolved(215.0), resolved(150.0)], 5)
    assert (record.n, record.inside80) == (3, 2)
    assert record.skill is not None
    assert 0 < record.skill < 1
    assert record.bias == pytest.approx(45 / 255)
    assert record.cover_in_words == (
        "Of the last 3 five-day-ahead forecasts, 2 fell inside our 80 % range "
        "(0 to 3 would be ordinary luck)."
    )
    assert record.skill_in_words.startswith("Our errors have been ")
    assert "smaller than those of resampling past days." in record.skill_in_words
    assert record.bias_in_words == "On average we have been 18 % too optimistic."
    assert record.to_json()["cover"] == record.cover_in_words


def test_only_the_last_forecasts_of_the_look_ahead_count() -> None:
    many = [resolved(150.0)] * 30 + [resolved(200.0)] * 20 + [resolved(150.0, days=10)]
    record = track_record(many, 5)
    assert (record.n, record.inside80) == (20, 20)
    assert record.bias_in_words.endswith("neither too optimistic nor too pessimistic.")


def test_overlapping_forecasts_share_their_luck_so_that_few_of_them_count() -> None:
    record = track_record([resolved(200.0)] * 20, 5)
    assert record.by_luck == (10, 20)
    assert track_record([resolved(200.0, days=10)] * 20, 10).by_luck == (10, 20)


def test_the_reliability_sets_each_quantile_against_how_often_the_truth_lay_below() -> None:
    rows = track_record([resolved(190.0), resolved(215.0), resolved(150.0)], 5).reliability
    assert [row.said for row in rows] == [0.1, 0.25, 0.5, 0.75, 0.9]
    assert [round(3 * row.happened) for row in rows] == [1, 1, 2, 2, 3]
    assert {row.n for row in rows} == {3}
    assert track_record([], 5).reliability == ()


def test_too_low_forecasts_are_pessimistic() -> None:
    assert "25 % too pessimistic" in track_record([resolved(233.3)], 5).bias_in_words


def test_without_anything_resolved_it_says_so() -> None:
    record = track_record([resolved(200.0, naive=False)], 5)
    assert record.skill is None
    assert "nothing to compare" in record.skill_in_words
    nothing = track_record([], 10)
    assert nothing.cover_in_words == "No ten-day-ahead forecast has come due yet."
    assert nothing.bias is None
    assert "nothing to judge" in nothing.bias_in_words
