"""What an allocation run sets out to do: place what waits, or move what is held."""

from dataclasses import dataclass
from datetime import date, timedelta

from workflow.errors import InvalidInputError
from workflow.models import RunKind


@dataclass(frozen=True, slots=True)
class Task:
    """A kind of run, and for a leaver or an absence whom it is about.

    They are away from `first_on` to `last_on`, both counted; without a last day they are gone for good.
    """

    kind: RunKind = RunKind.BACKLOG
    reviewer: str | None = None
    """Roster reference."""
    first_on: date | None = None
    last_on: date | None = None

    def to_json(self) -> dict[str, str]:
        """The values a run stores in `about`."""
        values = {"reviewer": self.reviewer, "first_on": self.first_on, "last_on": self.last_on}
        return {name: str(value) for name, value in values.items() if value is not None}

    @property
    def because(self) -> str:
        """Why somebody's work moves, as the beginning of a sentence."""
        if self.first_on is None:
            return "Moved to even out the work"
        if self.last_on is None:
            return f"{self.reviewer}'s last day is {self.first_on - timedelta(1):%-d %B %Y}"
        return f"{self.reviewer} is away from {self.first_on:%-d %B} to {self.last_on:%-d %B %Y}"


BACKLOG = Task()
REBALANCE = Task(RunKind.REBALANCE)


def leaver(reviewer: str, last_day: date) -> Task:
    """Move what a reviewer cannot finish by their last day."""
    return Task(RunKind.LEAVER, reviewer, last_day + timedelta(1))


def absence(reviewer: str, first_on: date, last_on: date) -> Task:
    """Move what a reviewer cannot finish in time because they are away, both days counted.

    Raises:
        InvalidInputError: the last day lies before the first.
    """
    if last_on < first_on:
        raise InvalidInputError("The last day of an absence lies before its first.", "last_on")
    return Task(RunKind.ABSENCE, reviewer, first_on, last_on)


def task_of(kind: RunKind, about: dict[str, str]) -> Task:
    """The task of a stored run."""
    first_on, last_on = about.get("first_on"), about.get("last_on")
    return Task(
        kind,
        about.get("reviewer"),
        date.fromisoformat(first_on) if first_on else None,
        date.fromisoformat(last_on) if last_on else None,
    )
