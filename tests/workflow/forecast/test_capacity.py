"""How many decisions managers and moderators can take."""

import numpy as np
import pytest

from workflow.forecast.capacity import stage_capacity

STATED = np.full(20, 10.0)


def shown(decided: float, waiting: float) -> float:
    stage = stage_capacity(np.full(10, decided), waiting, past=STATED, future=STATED, people=2)
    assert stage.future is not None
    return float(stage.future[0])


def test_people_can_do_at_least_what_they_have_done() -> None:
    assert shown(20.0, waiting=0.0) == pytest.approx(10 * 250 / 150)
    assert shown(4.0, waiting=0.0) == 10.0


def test_where_a_queue_stands_what_they_did_is_also_the_most() -> None:
    assert shown(4.0, waiting=50.0) == pytest.approx(10 * 90 / 150)


def test_before_anything_is_decided_the_stated_capacity_holds() -> None:
    stage = stage_capacity(np.zeros(0), 5.0, past=np.zeros(0), future=STATED, people=2)
    assert stage.future is not None
    assert stage.future.tolist() == STATED.tolist()


def test_without_people_nothing_is_known() -> None:
    nothing = np.zeros(20)
    assert stage_capacity(nothing, 0.0, past=nothing, future=nothing, people=0).future is None
