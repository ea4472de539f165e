"""Forecasts and scenarios as they were made; never rewritten, so that they can be judged later."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from workflow.db import JSON, Keyed, UtcDateTime, append_only


class StoredForecast(Keyed, table=True):
    """One forecast: the day it speaks from, what it looked at, and all it said."""

    __table_args__ = (sa.UniqueConstraint("programme_id", "as_of", "input_hash", "model_version"),)

    programme_id: int = Field(foreign_key="programme.id", index=True)
    as_of: date
    model_version: str
    input_hash: str
    inputs: dict[str, Any] = Field(sa_type=JSON)
    """All of the input (`workflow.forecast.kept`)."""
    result: dict[str, Any] = Field(sa_type=JSON)
    made_at: datetime = Field(sa_type=UtcDateTime)
    made_by: str = ""
    """User name, or `flow` with the name of its run."""


class SavedScenario(Keyed, table=True):
    """One run of a what-if scenario: what was changed, on which data, and what would come of it."""

    __table_args__ = (
        sa.UniqueConstraint(
            "programme_id", "as_of", "input_hash", "model_version", "definition_hash"
        ),
    )

    programme_id: int = Field(foreign_key="programme.id", index=True)
    name: str
    definition: dict[str, Any] = Field(sa_type=JSON)
    """The scenario's fields (`workflow.forecast.scenario_file`)."""
    definition_hash: str
    as_of: date
    model_version: str
    input_hash: str
    """Of the base that was changed; the same hash gives the same result."""
    seed: int
    paths: int
    result: dict[str, Any] = Field(sa_type=JSON)
    """The comparison of base and scenario."""
    created_by: str
    """User name of whoever saved it."""
    created_at: datetime = Field(sa_type=UtcDateTime)


append_only(StoredForecast)
append_only(SavedScenario)
