"""Forecasts as they were made; never rewritten, so that they can be judged later."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from workflow.db import JSON, Keyed, UtcDateTime


class StoredForecast(Keyed, table=True):
    """One forecast: the day it speaks from, what it looked at, and all it said."""

    __table_args__ = (sa.UniqueConstraint("programme_id", "as_of", "input_hash", "model_version"),)

    programme_id: int = Field(foreign_key="programme.id", index=True)
    as_of: date
    model_version: str
    input_hash: str
    inputs: dict[str, Any] = Field(sa_type=JSON)
    result: dict[str, Any] = Field(sa_type=JSON)
    made_at: datetime = Field(sa_type=UtcDateTime)
