"""A case: one child's episode of need, as the caseload files state it."""

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from workflow.db import JSON, Keyed, no_items


def siblings_group(family: str | None, child_id: str) -> str:
    """Name of the group that is reviewed together: a family, or a child alone."""
    return f"family {family}" if family else f"child {child_id}"


class Case(Keyed, table=True):
    """One episode of one child; in the cohort, or out of it with the rule that excludes it.

    `facts` holds every field of `workflow.intake.CaseRow` a file has spoken for (dates in ISO form);
    the columns beside it repeat what lists filter by. No child's name is ever stored.
    """

    __table_args__ = (
        sa.UniqueConstraint("programme_id", "child_id", "episode_start"),
        sa.UniqueConstraint("programme_id", "reference"),
        sa.Index("ix_case_programme_family", "programme_id", "family"),
    )

    programme_id: int = Field(foreign_key="programme.id")
    reference: str
    """What people call the case, e.g. CIN-00412."""
    child_id: str
    episode_start: date
    family: str | None = None
    district: str | None = None
    team: str | None = None
    worker: str | None = None
    facts: dict[str, Any] = Field(sa_type=JSON)
    in_cohort: bool = False
    cohort_rule: str | None = None
    """Code of the rule that keeps the case out; None when it is in."""
    cohort_reason: str = ""
    band: int = 1
    """Risk band 1 (lowest) to 5: the order of work, never an outcome."""
    band_reasons: list[str] = Field(default_factory=no_items, sa_type=JSON)
    effort: int = 0
    """Review points a review of this case takes."""

    @property
    def unit(self) -> str:
        """The siblings' group: the family, or the child alone when no family is known."""
        return siblings_group(self.family, self.child_id)
