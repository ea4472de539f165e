"""Allocation runs: what was proposed, why, and what became of it."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from workflow.db import JSON, Keyed, UtcDateTime, enum_type, no_entries


class RunKind(StrEnum):
    """What a run sets out to do."""

    BACKLOG = "backlog"
    """Places what waits; what somebody holds stays."""
    REBALANCE = "rebalance"
    """Moves unopened reviews that are overdue or more than their reviewer's share."""
    LEAVER = "leaver"
    """Moves what somebody cannot finish before their last day."""
    ABSENCE = "absence"
    """Moves what somebody cannot finish in time because they are away."""


class RunStatus(StrEnum):
    """What became of a run."""

    PREVIEW = "preview"
    """Stored for a coordinator to look at; nothing is allocated."""
    APPLIED = "applied"
    """Its placements were made, all of them in one transaction."""
    UNDONE = "undone"
    """It was applied, and everything was put back where it was before, in one transaction."""


class AllocationRun(Keyed, table=True):
    """One run of the allocator, with the weights in force and a hash of all it looked at."""

    programme_id: int = Field(foreign_key="programme.id", index=True)
    as_of: date
    kind: RunKind = Field(default=RunKind.BACKLOG, sa_type=enum_type(RunKind))
    about: dict[str, str] = Field(default_factory=no_entries, sa_type=JSON)
    """Whom a leaver or absence plan is about: `reviewer` (reference), `first_on`, `last_on` (ISO)."""
    status: RunStatus = Field(sa_type=enum_type(RunStatus))
    input_hash: str
    """SHA-256 of the problem: the same hash gives the same plan."""
    solver: str = ""
    """What solved it: a digest of the solver's source, and the version of the flow library."""
    seconds: float = 0.0
    """Time the solver took."""
    weights: dict[str, Any] = Field(sa_type=JSON)
    objective: float
    bound: float
    gap: float
    greedy_objective: float
    parts: dict[str, float] = Field(sa_type=JSON)
    utilisation: dict[str, float] = Field(sa_type=JSON)
    """Reviewer reference → share of capacity used."""
    shadow_price: dict[str, float] = Field(default_factory=no_entries, sa_type=JSON)
    """Reviewer reference → what one more working day of theirs would save, in cost units."""
    allocated: int
    """Reviews it places, or moves."""
    unallocated: int
    """Reviews it would have placed or moved, and could not."""
    created_by: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    applied_by: str | None = None
    applied_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    undone_by: str | None = None
    undone_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AllocationInputs(SQLModel, table=True):
    """Digests of what a preview looked at, so that a refusal can say what moved.

    Kept while a run can still be applied: not once it was, and not beyond its day.
    """

    run_id: int = Field(primary_key=True, foreign_key="allocationrun.id")
    fingerprint: dict[str, Any] = Field(sa_type=JSON)


class AllocationLine(Keyed, table=True):
    """What one run says of one review: who and why, or why nobody."""

    __table_args__ = (sa.UniqueConstraint("run_id", "review_id"),)

    run_id: int = Field(foreign_key="allocationrun.id", index=True)
    review_id: int = Field(foreign_key="review.id", index=True)
    from_reviewer_id: int | None = Field(default=None, foreign_key="reviewer.id")
    """Who holds it before the run; None when it waits."""
    from_due_on: date | None = None
    reviewer_id: int | None = Field(default=None, foreign_key="reviewer.id")
    """Who gets it; None when it stays where it is."""
    due_on: date | None = None
    rule: str | None = None
    """The rule that leaves it where it is; None when it was placed."""
    reason: str
    runner_up_id: int | None = Field(default=None, foreign_key="reviewer.id")
    margin: float | None = None
    """How much worse the runner-up is, in cost units."""
    terms: dict[str, float] = Field(default_factory=no_entries, sa_type=JSON)
    applied_version: int | None = None
    """`Review.version` once the run was applied: a review that is past it was touched since."""
