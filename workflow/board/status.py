"""Red, amber or green by date. Pure; a word always goes with the colour."""

from datetime import date
from enum import StrEnum

from workflow.calendar import WorkCalendar
from workflow.models import Commitment, CommitmentStatus


class Rag(StrEnum):
    """How a commitment stands on a day."""

    RED = "red"
    """Its date has passed and it is not met."""
    AMBER = "amber"
    """It is due soon, or its date was moved."""
    GREEN = "green"
    """Its date is not near."""
    MET = "met"
    DROPPED = "dropped"
    NO_DATE = "no_date"
    """Nobody has given a date: it cannot be green."""

    @property
    def words(self) -> str:
        """What a page says beside the colour."""
        return _WORDS[self]


_WORDS = {
    Rag.RED: "Overdue",
    Rag.AMBER: "Due soon, or moved",
    Rag.GREEN: "Not due yet",
    Rag.MET: "Met",
    Rag.DROPPED: "Fallen away",
    Rag.NO_DATE: "No date given",
}
_SETTLED = {CommitmentStatus.MET: Rag.MET, CommitmentStatus.DROPPED: Rag.DROPPED}


def rag_of(
    commitment: Commitment,
    as_of: date,
    *,
    due_on: date | None,
    calendar: WorkCalendar,
    amber_within: int,
) -> Rag:
    """How a commitment stands at the end of a day; one settled later still counts as open then.

    Args:
        due_on: its date as it was on that day.
        amber_within: working days before its date, `BoardPolicy.amber_within`.
    """
    settled_on = commitment.settled_on
    if settled_on is not None and settled_on <= as_of:
        return _SETTLED[commitment.status]
    if due_on is None:
        return Rag.NO_DATE
    if due_on < as_of:
        return Rag.RED
    moved = commitment.first_due_on is not None and due_on > commitment.first_due_on
    soon = calendar.working_days_between(as_of, due_on) <= amber_within
    return Rag.AMBER if soon or moved else Rag.GREEN
