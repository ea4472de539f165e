"""Daily series that none of the methods is made for: regimes, bursts, staff that come and go."""

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import pandas as pd

FIRST = date(2014, 1, 6)


def _steady(rng: np.random.Generator, days: int) -> np.ndarray:
    return np.ones(days)


def _bursts(rng: np.random.Generator, days: int) -> np.ndarray:
    return 2.5 * (rng.random(days) < 0.4) * rng.gamma(0.8, 1.25, days)


def _regimes(rng: np.random.Generator, days: int) -> np.ndarray:
    starts = rng.random(days) < 1 / 45
    level = rng.normal(0.0, 0.6, days)[np.maximum.accumulate(np.where(starts, np.arange(days), 0))]
    return np.exp(level) * rng.gamma(6.0, 1 / 6, days)


def _drift(rng: np.random.Generator, days: int) -> np.ndarray:
    state, states = 0.0, []
    for step in 0.12 * rng.standard_normal(days):
        state = 0.97 * state + step
        states.append(state)
    return np.exp(states) * rng.gamma(4.0, 0.25, days)


def _staff(rng: np.random.Generator, days: int) -> np.ndarray:
    total = np.zeros(days)
    for _ in range(40):
        first = int(rng.integers(-200, days))
        total[max(first, 0) : max(first + int(rng.integers(60, 400)), 0)] += rng.gamma(5.0, 0.02)
    return total


def _season(rng: np.random.Generator, days: int) -> np.ndarray:
    wave = np.exp(0.5 * np.sin(2 * np.pi * np.arange(days) / rng.uniform(90, 365)))
    for first in rng.integers(0, days, 6):
        wave[first : first + 8] *= 0.25
    return wave * rng.gamma(5.0, 0.2, days)


def _heavy(rng: np.random.Generator, days: int) -> np.ndarray:
    return np.minimum(rng.pareto(1.6, days), 40.0)


KINDS: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "steady": _steady,
    "bursts": _bursts,
    "regimes": _regimes,
    "drift": _drift,
    "staff": _staff,
    "season": _season,
    "heavy": _heavy,
}


def make_series(kind: str, seed: int, days: int = 560) -> pd.DataFrame:
    """`days` calendar days of one kind, with its own weekday profile and size."""
    rng = np.random.default_rng([seed, *map(ord, kind)])
    dates = [FIRST + timedelta(n) for n in range(days)]
    weekday = np.array([day.weekday() for day in dates])
    profile = (1 + 0.25 * rng.standard_normal(7)).clip(0.2) * (np.arange(7) < 5)
    size = np.exp(rng.uniform(np.log(1.5), np.log(60)))
    counts = rng.poisson(size * profile[weekday] * KINDS[kind](rng, days))
    return pd.DataFrame(
        {
            "date": [day.isoformat() for day in dates],
            "completed": counts,
            "group": f"{kind} {seed}",
        }
    )
