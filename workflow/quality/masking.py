"""What is on record of a case, without a word of the first review, for whoever has yet to judge it."""

from dataclasses import replace
from typing import Final

from sqlmodel import Session

from workflow.case_file import CaseFile, read_case_file
from workflow.models import Escalation, Event, Programme
from workflow.quality.blind import may_see_first
from workflow.states import Actor

MASK: Final = "Kept from you until your own review of this case is in."
_TELLS_NOTHING = frozenset(
    {
        "review_opened",
        "review_allocated",
        "review_reallocated",
        "review_released",
        "review_started",
        "review_resumed",
    }
)
"""Events whose reason and details say nothing of what a reviewer found."""


def tells(kind: str) -> bool:
    """Whether an event of this kind may say something of the first review."""
    return kind not in _TELLS_NOTHING


def masked_event(event: Event) -> Event:
    """The event without what it says of the first review; a copy that is not stored."""
    if not tells(event.kind):
        return event
    return type(event)(**event.model_dump() | {"reason": event.reason and MASK, "payload": {}})


def masked_escalation(escalation: Escalation) -> Escalation:
    """The escalation with its kind and its clock alone; a copy that is not stored.

    That a child may be unsafe is told to everybody on duty at once, whoever moderates the review.
    """
    said = {"reason": MASK, "outcome": escalation.outcome and MASK}
    return Escalation(**escalation.model_dump() | said)


def case_file_for(session: Session, programme: Programme, reference: str, actor: Actor) -> CaseFile:
    """The file of a case as this actor may read it.

    Raises:
        NotFoundError: the programme has no such case.
    """
    found = read_case_file(session, programme, reference)
    if found.review is None or may_see_first(session, found.review, actor):
        return found
    return replace(
        found,
        events=[masked_event(event) for event in found.events],
        escalations=[masked_escalation(one) for one in found.escalations],
    )
