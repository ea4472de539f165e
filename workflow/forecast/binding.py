"""Which stage binds: the one where a little more capacity would bring the end forward most."""

from dataclasses import replace

import numpy as np

from workflow.forecast.inputs import FloatArray, ForecastInput
from workflow.forecast.outcomes import mean_time, play, with_exposure

MORE = 1.25
"""Each stage in turn gets a quarter more."""
PATHS = 500
"""The same futures for every stage: differences need few."""
WORTH_NAMING = 0.05
"""Working days gained below which nothing binds."""
DISTRICT_SHARE = 0.7
"""One district binds when helping it alone gains this share of helping all."""
REVIEWING, CONFIRMING, MODERATION = "reviewing", "confirming", "moderation"


def binding_stage(given: ForecastInput) -> str | None:
    """Name the stage that binds, for an input grouped by district.

    Returns:
        `reviewing`, `confirming`, `moderation` or a district's name; None when more capacity
        anywhere would change nothing.
    """
    given = replace(given, paths=min(given.paths, PATHS))
    now = play(given)
    base = mean_time(now)
    gains = {
        REVIEWING: base - _time(with_exposure(given, MORE)),
        CONFIRMING: base - _time(_with_confirming(given)),
        MODERATION: base - _time(_with_moderation(given)),
    }
    stage = max(gains, key=lambda name: gains[name])
    if gains[stage] < WORTH_NAMING:
        return None
    if stage != REVIEWING or given.reviewers_move or len(given.groups) == 1:
        return stage
    slowest = int(now.nearly.mean(axis=1).argmax())
    district = given.groups[slowest].district
    alone = np.where(np.arange(len(given.groups)) == slowest, MORE, 1.0)
    helped = base - _time(with_exposure(given, alone))
    return district if district and helped >= DISTRICT_SHARE * gains[REVIEWING] else stage


def _time(given: ForecastInput) -> float:
    return mean_time(play(given))


def _more(capacity: FloatArray | None) -> FloatArray | None:
    return None if capacity is None else capacity * MORE


def _with_confirming(given: ForecastInput) -> ForecastInput:
    return replace(given, confirm_capacity=_more(given.confirm_capacity))


def _with_moderation(given: ForecastInput) -> ForecastInput:
    return replace(given, moderation_capacity=_more(given.moderation_capacity))
