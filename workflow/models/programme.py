"""A programme of reviews: one council, one start, one target."""

from datetime import date, datetime
from typing import Any

from sqlmodel import Field

from workflow.calendar import WorkCalendar
from workflow.db import JSON, Keyed, UtcDateTime, no_entries, no_items


class Programme(Keyed, table=True):
    """Every case of one council's caseload is reviewed between `starts_on` and `target_on`."""

    name: str = Field(unique=True)
    authority_code: str
    """DfE number of the local authority, e.g. 888 for Lancashire."""
    starts_on: date
    target_on: date
    scope_cut_off_on: date | None = None
    """Cases that become known after this day are outside the programme; None: no cut-off."""
    cohort_rules: list[str] = Field(sa_type=JSON)
    """Codes of the cohort rules in force (`workflow.intake.cohort`)."""
    policy: dict[str, dict[str, Any]] = Field(default_factory=no_entries, sa_type=JSON)
    """Numbers that differ from the default policy, by part and field."""
    geography: str | None = None
    """TOML text of the geography; None: the one shipped for Lancashire."""
    closures: list[str] = Field(default_factory=no_items, sa_type=JSON)
    """ISO dates on which the council is shut although they are working days."""
    overtime: list[str] = Field(default_factory=no_items, sa_type=JSON)
    """ISO dates, weekend or bank holiday, that are worked."""
    seed: int = 2016
    """Seeds every draw of the programme: sampling, tie-breaking, simulation."""
    next_reference: int = 1
    """Number of the next case reference."""
    demo_today: date | None = None
    """The day a demonstration pretends it is; None in a programme with real data."""
    created_at: datetime = Field(sa_type=UtcDateTime)

    @property
    def is_demo(self) -> bool:
        """Whether this is a demonstration that may be started afresh."""
        return self.demo_today is not None

    @property
    def calendar(self) -> WorkCalendar:
        """The working days of this council."""
        return WorkCalendar(
            closures=frozenset(map(date.fromisoformat, self.closures)),
            overtime=frozenset(map(date.fromisoformat, self.overtime)),
        )
