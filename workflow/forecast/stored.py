"""The use cases of the forecast: make it, keep what was said for good, and answer for it later."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from workflow import audit
from workflow.errors import InvalidInputError
from workflow.forecast.completion import AHEAD, CompletionForecast, forecast_completion
from workflow.forecast.history import resolve, what_was_said
from workflow.forecast.inputs import MODEL_VERSION, ForecastInput
from workflow.forecast.kept import inputs_from_json, inputs_to_json
from workflow.forecast.movement import Movement, why_moved
from workflow.forecast.reading import read_inputs
from workflow.forecast.record import TrackRecord, track_record
from workflow.models import Programme, StoredForecast
from workflow.policy import Policy
from workflow.states import Actor

LAST = 20
"""Forecasts of each look-ahead that are judged."""
PATHS = 4000
"""Futures that explaining a step plays: a whole point is told from none."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """A forecast with what it stands on."""

    inputs: ForecastInput
    forecast: CompletionForecast


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Why the number moved since an earlier kept forecast."""

    since: date
    """The day the earlier forecast spoke from."""
    as_of: date
    movement: Movement
    same_model: bool
    """False: the method itself has changed since; both days are said by the present one."""

    def __str__(self) -> str:
        """In words, e.g. "Since 23 February 2016: 61 % → 54 %: -5 scope (+38 cases)"."""
        return f"Since {self.since.day} {self.since:%B %Y}: {self.movement}"

    def to_json(self) -> dict[str, Any]:
        """The parts, the two days and the sentence."""
        return {
            "since": self.since.isoformat(),
            "as_of": self.as_of.isoformat(),
            **self.movement.to_json(),
            "same_model": self.same_model,
            "words": str(self),
        }


def forecast_programme(
    session: Session, *, programme: Programme, policy: Policy, as_of: date, paths: int = 10_000
) -> Outlook:
    """Forecast from what stood on the morning of `as_of`; stores nothing.

    Raises:
        InvalidInputError: there is nothing to forecast yet.
    """
    inputs = read_inputs(session, programme=programme, policy=policy, as_of=as_of, paths=paths)
    return Outlook(inputs, forecast_completion(inputs))


def store_forecast(
    session: Session,
    *,
    programme: Programme,
    outlook: Outlook,
    actor: Actor,
    now: datetime,
) -> StoredForecast:
    """Keep a forecast for good; the same inputs on the same day are kept once."""
    inputs = outlook.inputs
    query = select(StoredForecast).where(
        StoredForecast.programme_id == programme.key,
        StoredForecast.as_of == inputs.as_of,
        StoredForecast.input_hash == inputs.fingerprint(),
        StoredForecast.model_version == MODEL_VERSION,
    )
    if known := session.exec(query).first():
        return known
    stored = StoredForecast(
        programme_id=programme.key,
        as_of=inputs.as_of,
        model_version=MODEL_VERSION,
        input_hash=inputs.fingerprint(),
        inputs=inputs_to_json(inputs),
        result=outlook.forecast.to_json(),
        made_at=now,
        made_by=actor.name,
    )
    session.add(stored)
    session.flush()  # the event names the forecast's number
    audit.record(
        session,
        programme_id=programme.key,
        kind="forecast_stored",
        actor=actor,
        at=now,
        payload={"forecast_id": stored.id, "as_of": inputs.as_of.isoformat()},
    )
    return stored


def forecast_record(
    session: Session, *, programme: Programme, as_of: date, last: int = LAST
) -> tuple[TrackRecord, ...]:
    """How good our forecasts have been, five and ten working days ahead.

    Of every day the first forecast counts, so that nobody can pick the one that fared best. A truth is
    known once its day is over: before `as_of`.
    """
    said = what_was_said(session, programme, up_to=as_of)
    resolved = resolve(session, programme, said, as_of=as_of)
    return tuple(track_record(resolved, ahead, last) for ahead in AHEAD)


def why_forecast_moved(
    session: Session,
    *,
    programme: Programme,
    policy: Policy,
    as_of: date,
    since: date | None = None,
    paths: int = PATHS,
) -> Step | None:
    """Why the chance moved since the last kept forecast before `as_of` (or the one of `since`).

    Returns:
        None when no earlier forecast was kept.

    Raises:
        InvalidInputError: there is nothing to forecast yet, or `since` is not before `as_of`.
    """
    if since is not None and since >= as_of:
        raise InvalidInputError(f"Only an earlier day can be compared with {as_of}.")
    earlier = [row for row in _first_of_each_day(session, programme) if row.as_of < as_of]
    if since is not None:
        earlier = [row for row in earlier if row.as_of <= since]
    if not earlier:
        return None
    before, after = (
        earlier[-1],
        read_inputs(session, programme=programme, policy=policy, as_of=as_of, paths=paths),
    )
    return Step(
        since=before.as_of,
        as_of=as_of,
        movement=why_moved(inputs_from_json(before.inputs), after),
        same_model=before.model_version == MODEL_VERSION,
    )


def step_between(before: StoredForecast, after: StoredForecast) -> Step:
    """Why the chance moved from one kept forecast to a later one; takes a second of simulation."""
    return Step(
        since=before.as_of,
        as_of=after.as_of,
        movement=why_moved(
            replace(inputs_from_json(before.inputs), paths=PATHS),
            replace(inputs_from_json(after.inputs), paths=PATHS),
        ),
        same_model=before.model_version == after.model_version,
    )


def _first_of_each_day(session: Session, programme: Programme) -> list[StoredForecast]:
    query = (
        select(StoredForecast)
        .where(StoredForecast.programme_id == programme.key)
        .order_by(col(StoredForecast.as_of), col(StoredForecast.id))
    )
    first: dict[date, StoredForecast] = {}
    for row in session.exec(query):
        first.setdefault(row.as_of, row)
    return list(first.values())


def forecasts_kept(session: Session, *, programme: Programme) -> Sequence[StoredForecast]:
    """The first forecast of each day, oldest first: how the number moved."""
    return _first_of_each_day(session, programme)
