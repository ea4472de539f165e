"""Who may see the first review of a case, and when: a moderator judges alone before they compare."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from workflow.audit import VIEWED
from workflow.models import Escalation, Event, ModerationReview, Review, Submission
from workflow.states import Actor, ReviewState, Role

_SETTLED = (ReviewState.COMPLETE, ReviewState.WITHDRAWN)
_PAGE_OF_FIRST = "/decisions/{reference}"
"""Where a manager reads a submission, as the record of looks names it."""
KNOWS = "You know the first review of this case already, so somebody else gives it the second look."


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
    return bool(_second_reviews_in(session, moderator, (review.key,)))


def knows_first(session: Session, review: Review, actor: Actor) -> bool:
    """Whether somebody read the first review as a manager, or took on an escalation on it.

    Such a person cannot judge blind any more, so that they may see all of it and moderate none of it.
    """
    return bool(_known_to(session, actor, (review.key,)))


def may_see_first(session: Session, review: Review, actor: Actor) -> bool:
    """Whether nothing of the first review has to be kept from this actor.

    It says nothing about people who never moderate: what their roles may see is decided elsewhere. A
    moderator sees it once their own review is in, once the review is settled, or where they can never
    be its moderator: they wrote it, confirmed it as a manager, or know it already.
    """
    if _may_see(_Standing.of(review), actor):
        return True
    return has_second_review(session, review, actor.name) or knows_first(session, review, actor)


def kept_back(session: Session, programme_id: int, actor: Actor) -> frozenset[int]:
    """The reviews of a programme of which this actor may not see the first review: `may_see_first`."""
    if Role.MODERATOR not in actor.roles:
        return frozenset()
    columns: tuple[Any, ...] = (
        col(Review.id),
        col(Review.state),
        col(Review.author_id),
        col(Review.reviewer_id),
        col(Review.confirmer),
    )
    query = sa.select(*columns).where(
        col(Review.programme_id) == programme_id,
        col(Review.author_id).is_not(None),
        col(Review.state).not_in(_SETTLED),
    )
    found = [_Standing(*row) for row in session.connection().execute(query)]
    unseen = {one.number for one in found if not _may_see(one, actor)}
    if not unseen:
        return frozenset()
    seen = _second_reviews_in(session, actor.name, unseen) | _known_to(session, actor, unseen)
    return frozenset(unseen - seen)


@dataclass(frozen=True, slots=True)
class _Standing:
    """What the rules look at in a review."""

    number: int
    state: ReviewState
    author_id: int | None
    """None: nothing was submitted yet."""
    reviewer_id: int | None
    confirmer: str | None

    @classmethod
    def of(cls, review: Review) -> "_Standing":
        return cls(review.key, review.state, review.author_id, review.reviewer_id, review.confirmer)


def _may_see(review: _Standing, actor: Actor) -> bool:
    """What the review itself says; what the actor did about it takes a query."""
    if Role.MODERATOR not in actor.roles or review.state in _SETTLED:
        return True
    if review.author_id is None:
        return True
    reviews_it = actor.reviewer_id in (review.author_id, review.reviewer_id)
    if actor.reviewer_id is not None and reviews_it:
        return True
    if review.confirmer is not None and review.confirmer == actor.name:
        return True
    return Role.MANAGER in actor.roles and review.state is not ReviewState.IN_MODERATION


def _second_reviews_in(session: Session, moderator: str, among: Collection[int]) -> frozenset[int]:
    """Reviews beside whose newest submission stands a moderator's own."""
    newer = aliased(Submission)
    query = (
        select(ModerationReview.review_id)
        .join(Submission, col(Submission.id) == col(ModerationReview.submission_id))
        .where(
            ModerationReview.moderator == moderator,
            col(ModerationReview.review_id).in_(among),
            ~sa.exists().where(
                col(newer.review_id) == col(Submission.review_id),
                col(newer.number) > col(Submission.number),
            ),
        )
    )
    return frozenset(session.exec(query))


def _known_to(session: Session, actor: Actor, among: Collection[int]) -> frozenset[int]:
    """Reviews whose first review the actor read as a manager, or of which they took on an escalation."""
    looks = select(Event.review_id, Event.payload).where(
        col(Event.review_id).in_(among), Event.kind == VIEWED, Event.actor == actor.name
    )
    taken = select(Escalation.review_id).where(
        col(Escalation.review_id).in_(among),
        Escalation.acknowledged_by == actor.name,
        Escalation.raised_by != actor.name,
    )
    read = (
        number
        for number, payload in session.exec(looks)
        if number is not None and payload.get("page", "").endswith(_PAGE_OF_FIRST)
    )
    return frozenset((*read, *session.exec(taken)))
