"""The inputs of a forecast as one JSON document and back, exactly: kept, they explain it later.

Arrays are packed (zlib, base64, little-endian doubles), so that a day's inputs take some kilobytes.
"""

import base64
import zlib
from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import date
from typing import Any

import numpy as np

from workflow.calendar import WorkCalendar
from workflow.forecast.inputs import (
    COUNTS,
    Exposure,
    FloatArray,
    ForecastInput,
    Group,
    History,
    Stock,
    Vacancy,
)
from workflow.policy import ForecastPriors

_DOUBLE = "<f8"
_PLAIN = (
    "plan_rate",
    "managers",
    "moderators",
    "moderation_share",
    "reviewers_move",
    "effort_left",
    "starts_fresh",
    "new_cases_factor",
    "returned_factor",
    "seed",
    "paths",
)
"""Fields of `ForecastInput` that JSON holds as they are."""
_STAGES = tuple(field.name for field in fields(Stock))


def inputs_to_json(given: ForecastInput) -> dict[str, Any]:
    """All of a forecast's input; `inputs_from_json` gives back one with the same fingerprint."""
    calendar, exposure = given.calendar, given.exposure
    return {
        **{name: getattr(given, name) for name in _PLAIN},
        "as_of": given.as_of.isoformat(),
        "target": given.target.isoformat(),
        "scope_cut_off": given.scope_cut_off.isoformat() if given.scope_cut_off else None,
        "closures": _iso(sorted(calendar.closures)),
        "overtime": _iso(sorted(calendar.overtime)),
        "groups": [list(group) for group in given.groups],
        "past_days": _iso(given.history.days),
        "history": {name: _packed(array) for name, array in given.history.counts.items()},
        "days": _iso(exposure.days),
        "past": _packed(exposure.past),
        "future": _packed(exposure.future),
        "vacancies": [
            {
                "group": list(post.group),
                "weight": post.weight,
                "expected_on": post.expected_on.isoformat() if post.expected_on else None,
                "certain": post.certain,
            }
            for post in exposure.vacancies
        ],
        "stock": {name: _packed(getattr(given.stock, name)) for name in _STAGES},
        "confirm_capacity": _packed_or_none(given.confirm_capacity),
        "moderation_capacity": _packed_or_none(given.moderation_capacity),
        "durations": list(given.durations),
        "ages": [list(own) for own in given.ages],
        "priors": asdict(given.priors),
    }


def inputs_from_json(document: Mapping[str, Any]) -> ForecastInput:
    """The input that `inputs_to_json` wrote down.

    Raises:
        KeyError: the document is not one of these.
    """
    cut_off = document["scope_cut_off"]
    return ForecastInput(
        **{name: document[name] for name in _PLAIN},
        as_of=date.fromisoformat(document["as_of"]),
        target=date.fromisoformat(document["target"]),
        scope_cut_off=date.fromisoformat(cut_off) if cut_off else None,
        calendar=WorkCalendar(
            closures=frozenset(_dates(document["closures"])),
            overtime=frozenset(_dates(document["overtime"])),
        ),
        groups=tuple(Group(*group) for group in document["groups"]),
        history=History(
            days=_dates(document["past_days"]),
            **{name: _unpacked(document["history"][name]) for name in COUNTS},
        ),
        exposure=Exposure(
            days=_dates(document["days"]),
            past=_unpacked(document["past"]),
            future=_unpacked(document["future"]),
            vacancies=tuple(_vacancy(post) for post in document["vacancies"]),
        ),
        stock=Stock(**{name: _unpacked(document["stock"][name]) for name in _STAGES}),
        confirm_capacity=_unpacked_or_none(document["confirm_capacity"]),
        moderation_capacity=_unpacked_or_none(document["moderation_capacity"]),
        durations=tuple(document["durations"]),
        ages=tuple(tuple(own) for own in document["ages"]),
        priors=_priors(document["priors"]),
    )


def _vacancy(post: Mapping[str, Any]) -> Vacancy:
    expected = post["expected_on"]
    return Vacancy(
        group=Group(*post["group"]),
        weight=post["weight"],
        expected_on=date.fromisoformat(expected) if expected else None,
        certain=post["certain"],
    )


def _priors(document: Mapping[str, Any]) -> ForecastPriors:
    """Numbers the policy no longer knows are left out; new ones get their defaults."""
    known = {field.name for field in fields(ForecastPriors)}
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in document.items()
        if name in known
    }
    return ForecastPriors(**values)


def _iso(days: Any) -> list[str]:
    return [day.isoformat() for day in days]


def _dates(days: list[str]) -> tuple[date, ...]:
    return tuple(map(date.fromisoformat, days))


def _packed(array: FloatArray) -> dict[str, Any]:
    raw = np.ascontiguousarray(array, dtype=_DOUBLE).tobytes()
    return {"shape": list(array.shape), "zlib": base64.b64encode(zlib.compress(raw, 9)).decode()}


def _unpacked(packed: Mapping[str, Any]) -> FloatArray:
    raw = zlib.decompress(base64.b64decode(packed["zlib"]))
    return np.frombuffer(raw, dtype=_DOUBLE).reshape(packed["shape"]).astype(float)


def _packed_or_none(array: FloatArray | None) -> dict[str, Any] | None:
    return None if array is None else _packed(array)


def _unpacked_or_none(packed: Mapping[str, Any] | None) -> FloatArray | None:
    return None if packed is None else _unpacked(packed)
