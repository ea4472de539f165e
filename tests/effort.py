"""How hard the suite tries: `CIN_TEST_EFFORT` multiplies the examples of costly properties."""

import os

_TIMES = int(os.environ.get("CIN_TEST_EFFORT", "1"))

LONG = _TIMES > 1
"""Whether this is `make soak`, which takes its time."""


def examples(number: int) -> int:
    """So many examples in `make test`, and a multiple of them in `make soak`."""
    return number * _TIMES
