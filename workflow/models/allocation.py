"""Allocation runs: what was proposed, why, and what became of it."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from workflow.db import JSON, Keyed, UtcDateTime, enum_type, no_entries


class RunStatus(StrEnum):
    """What became of a run."""

    PREVIEW = "preview"
    """Stored for a coordinator to look at; nothing is allocated."""
    APPLIED = "applied"
    """Its placements were made, all of them in one transaction."""


class AllocationRun(Keyed, table=True):
    """One run of the allocator, with the weights in force and a hash of all it looked at."""

    programme_id: int = Field(foreign_key="programme.id", index=True)
    as_of: date
    status: RunStatus = Field(sa_type=enum_type(RunStatus))
    input_hash: str
    """SHA-256 of the problem: the same hash gives the same plan."""
    weights: dict[str, Any] = Field(sa_type=JSON)
    objective: float
    bound: float
    gap: float
    greedy_objective: float
    parts: dict[str, float] = Field(sa_type=JSON)
    utilisation: dict[str, float] = Field(sa_type=JSON)
    """Reviewer reference → share of capacity used."""
    allocated: int
    unallocated: int
    created_by: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    applied_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AllocationLine(Keyed, table=True):
    """What one run says of one review: who and why, or why nobody."""

    __table_args__ = (sa.UniqueConstraint("run_id", "review_id"),)

    run_id: int = Field(foreign_key="allocationrun.id", index=True)
    review_id: int = Field(foreign_key="review.id", index=True)
    reviewer_id: int | None = Field(default=None, foreign_key="reviewer.id")
    due_on: date | None = None
    rule: str | None = None
    """The rule that leaves it unallocated; None when it was placed."""
    reason: str
    runner_up_id: int | None = Field(default=None, foreign_key="reviewer.id")
    margin: float | None = None
    """How much worse the runner-up is, in cost units."""
    terms: dict[str, float] = Field(default_factory=no_entries, sa_type=JSON)
