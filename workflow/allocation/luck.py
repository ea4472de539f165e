"""Random numbers tied to what they are drawn for, not to the order of drawing.

A small change of a problem then changes little of the search: the rest of it meets the same luck.
"""

import numpy as np

from workflow.allocation.model import Floats, Ints

_STEP, _LOW, _HIGH = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
"""Constants of the SplitMix64 generator."""
_WORD = 2**64 - 1
_LOGISTIC = np.pi / np.sqrt(3)
"""Standard deviation of the logistic distribution."""


def uniform(seed: int, turn: int, numbers: Ints) -> Floats:
    """A number between 0 and 1 (neither of them) for each of `numbers`, another one each turn."""
    start = ((seed * _LOW + turn + 1) * _STEP) & _WORD
    mixed = numbers.astype(np.uint64) * np.uint64(_STEP) + np.uint64(start)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(_LOW)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(_HIGH)
    mixed ^= mixed >> np.uint64(31)
    return np.asarray(((mixed >> np.uint64(12)) + 0.5) / 2.0**52, np.float64)


def noise(seed: int, turn: int, numbers: Ints, spread: float) -> Floats:
    """A number around 0 for each of `numbers` (logistic, of standard deviation `spread`)."""
    drawn = uniform(seed, turn, numbers)
    return np.asarray(np.log(drawn / (1 - drawn)) * (spread / _LOGISTIC), np.float64)


def exponential(seed: int, turn: int, numbers: Ints, mean: float) -> Floats:
    """A number above 0 for each of `numbers`."""
    return np.asarray(-mean * np.log(uniform(seed, turn, numbers)), np.float64)
