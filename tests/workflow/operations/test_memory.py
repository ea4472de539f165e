"""Collecting garbage less often, as programs of many rows do."""

import gc
from collections.abc import Iterator

import pytest

from workflow.operations.memory import collect_less


@pytest.fixture
def as_python_starts() -> Iterator[tuple[int, int, int]]:
    """The thresholds of this process, put back afterwards."""
    kept, was_on = gc.get_threshold(), gc.isenabled()
    gc.set_threshold(700, 10, 10)
    yield gc.get_threshold()
    gc.set_threshold(*kept)
    (gc.enable if was_on else gc.disable)()


def test_garbage_is_collected_still_but_seldomer(as_python_starts: tuple[int, int, int]) -> None:
    collect_less()
    assert gc.get_threshold()[0] > 10 * as_python_starts[0]
    assert all(gc.get_threshold())
