"""A reviewer's own conflict of interest: declared, and the review let go of in the same step."""

from datetime import datetime

from sqlmodel import Session

from workflow import reviews
from workflow.errors import InvalidInputError, NotFoundError
from workflow.models import Case, ConflictKind, Review, Reviewer
from workflow.roster import declare_conflict
from workflow.states import Action, Actor, ReviewState


def step_aside(
    session: Session,
    *,
    case: Case,
    review: Review,
    kind: ConflictKind,
    reason: str,
    actor: Actor,
    now: datetime,
) -> Review:
    """Declare a conflict with a case one holds the review of, and hand the review back.

    What was not started is declined; what was started is put on hold for a coordinator to re-allocate,
    so that what is written goes on with it.

    Raises:
        InvalidInputError: no reason was given, or the caseload does not say which family or team.
        NotFoundError: the actor holds no review.
    """
    subject = {
        ConflictKind.CASE: case.reference,
        ConflictKind.CHILD: case.child_id,
        ConflictKind.FAMILY: case.family,
        ConflictKind.TEAM: case.team,
    }[kind]
    if not reason.strip():
        raise InvalidInputError("Say what connects you.", "reason")
    if subject is None:
        raise InvalidInputError(f"The caseload does not say which {kind} it is.", "kind")
    reviewer = session.get(Reviewer, actor.reviewer_id) if actor.reviewer_id else None
    if reviewer is None:
        raise NotFoundError("reviewer", actor.name)
    declare_conflict(
        session,
        reviewer=reviewer,
        kind=kind,
        subject=subject,
        reason=reason,
        actor=actor,
        now=now,
    )
    why = f"Conflict of interest with the {kind}: {reason.strip()}"
    if review.state is ReviewState.ALLOCATED:
        return reviews.decline(session, review_id=review.key, actor=actor, now=now, reason=why)
    if review.state is ReviewState.IN_PROGRESS:
        return reviews.act(
            session, review_id=review.key, action=Action.HOLD, actor=actor, now=now, reason=why
        )
    return review
