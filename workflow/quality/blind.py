"""Who may see the first review of a case, and when: a moderator judges alone before they compare."""

from sqlmodel import Session, col, select

from workflow.models import ModerationReview, Review, Submission
from workflow.states import Actor, ReviewState, Role

_SETTLED = (ReviewState.COMPLETE, ReviewState.WITHDRAWN)


def latest_submission(session: Session, review_id: int) -> Submission | None:
    """The first review as it stands: the newest submission; None before there is one."""
    query = (
        select(Submission)
        .where(Submission.review_id == review_id)
        .order_by(col(Submission.number).desc())
        .limit(1)
    )
    return session.exec(query).first()


def has_second_review(session: Session, review: Review, moderator: str) -> bool:
    """Whether a moderator has handed in their own review beside the newest submission."""
    first = latest_submission(session, review.key)
    if first is None:
        return False
    query = select(ModerationReview.id).where(
        ModerationReview.submission_id == first.key, ModerationReview.moderator == moderator
    )
    return session.exec(query).first() is not None


def may_see_first(session: Session, review: Review, actor: Actor) -> bool:
    """Whether nothing of the first review has to be kept from this actor.

    It says nothing about people who never moderate: what their roles may see is decided elsewhere. A
    moderator sees it once their own review is in, once the review is settled, or where they can never
    be its moderator: they wrote it, or confirmed it as a manager.
    """
    if Role.MODERATOR not in actor.roles or review.state in _SETTLED:
        return True
    reviews_it = actor.reviewer_id in (review.author_id, review.reviewer_id)
    if actor.reviewer_id is not None and reviews_it:
        return True
    if review.confirmer is not None and review.confirmer == actor.name:
        return True
    decides = Role.MANAGER in actor.roles and review.state is not ReviewState.IN_MODERATION
    return decides or has_second_review(session, review, actor.name)
