"""The contract by which any series can be forecast."""

import numpy as np
import pandas as pd
import pytest

from tests.workflow.forecast.make import CALENDAR, START, working_days
from workflow.errors import InvalidInputError
from workflow.forecast import forecast

DAYS = working_days(START, 20)


def make_frame(groups: tuple[str, ...] = (), submitted: bool = False) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    rows = [
        {"date": day, "completed": rng.poisson(8), **({"group": group} if group else {})}
        for day in DAYS
        for group in groups or ("",)
    ]
    frame = pd.DataFrame(rows)
    return frame.assign(submitted=frame["completed"] + 1, returned=0) if submitted else frame


def sample(frame: pd.DataFrame, **changes: object) -> np.ndarray:
    arguments = {
        "exposure_hist": None,
        "exposure_future": None,
        "plan_rate": 8.0,
        "open_by_group": None,
        "horizon": 15,
        "n": 300,
        "seed": 1,
        **changes,
    }
    return forecast(frame, CALENDAR, **arguments)


def test_a_plain_series_gives_growing_samples_near_its_pace() -> None:
    samples = sample(make_frame())
    assert samples.shape == (300, 15)
    assert (np.diff(samples, axis=1) >= 0).all()
    assert samples[:, -1].mean() == pytest.approx(15 * 8, rel=0.15)
    np.testing.assert_array_equal(samples, sample(make_frame()))


def test_groups_come_in_sorted_order_and_share_the_pace() -> None:
    samples = sample(make_frame(("south", "north")), plan_rate=16.0)
    assert samples.shape == (300, 15, 2)
    assert samples[:, -1].sum(axis=1).mean() == pytest.approx(2 * 15 * 8, rel=0.15)
    assert np.corrcoef(samples[:, -1].T)[0, 1] > 0.2


def test_more_planned_reviewers_bring_more() -> None:
    past = np.full(20, 4.0)
    few, many = (
        sample(
            make_frame(),
            exposure_hist=past,
            exposure_future=np.full(15, staff),
            plan_rate=2.0,
        )
        for staff in (4.0, 8.0)
    )
    assert many[:, -1].mean() == pytest.approx(2 * few[:, -1].mean(), rel=0.1)


def test_known_open_reviews_are_the_most_that_can_be_completed() -> None:
    samples = sample(make_frame(submitted=True), open_by_group={None: 50.0})
    assert samples.shape == (300, 15)
    assert samples.max() <= 50.5
    assert samples[:, -1].mean() > 40


def test_a_plan_alone_is_enough_and_a_missing_column_is_not() -> None:
    nothing = make_frame().iloc[:0]
    assert sample(nothing)[:, -1].mean() == pytest.approx(15 * 8, rel=0.25)
    with pytest.raises(InvalidInputError, match="completed"):
        sample(make_frame().drop(columns="completed"))


def test_the_length_of_the_exposure_says_how_many_days_have_passed() -> None:
    quiet = sample(make_frame(), exposure_hist=np.ones(30))
    assert quiet[:, -1].mean() < 0.8 * sample(make_frame())[:, -1].mean()
