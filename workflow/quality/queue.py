"""The moderators' queue: what waits for a blind second look; reads, never writes.

The queue tells nothing of what the first reviewer found, nor why the sample drew the review: some rules
follow from its outcome, so that is said when the moderator's own review is in.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from workflow.case_file import find_review
from workflow.errors import NotFoundError
from workflow.models import (
    Case,
    Event,
    ModerationReview,
    Programme,
    Review,
    SecondDraft,
    Submission,
)
from workflow.quality.blind import KNOWS, has_second_review, knows_first
from workflow.reviews import facts_for
from workflow.states import Action, Actor, ReviewState, refusal


@dataclass(frozen=True, slots=True)
class InModeration:
    """A review that waits for a moderator."""

    reference: str
    district: str | None
    team: str | None
    band: int
    since: datetime
    """When a manager's confirmation sent it here."""
    begun_at: datetime | None
    """When this moderator last saved a draft."""
    is_in: bool
    """This moderator has handed in their own review and has to agree or disagree."""
    refusal: str
    """Why this moderator cannot take it; empty when they can."""


_SENT = (
    sa.select(col(Event.review_id), sa.func.max(col(Event.at)).label("at"))
    .where(
        col(Event.programme_id) == sa.bindparam("programme"),
        col(Event.action) == Action.SEND_TO_MODERATION,
    )
    .group_by(col(Event.review_id))
    .subquery()
)
_NEWEST = (
    sa.select(sa.func.max(col(Submission.id)))
    .where(col(Submission.review_id) == col(Review.id))
    .correlate(Review)
    .scalar_subquery()
)
_QUEUE: Any = (
    select(Case, Review, SecondDraft, ModerationReview)
    .add_columns(_SENT.c.at)
    .select_from(Review)
    .join(Case, col(Case.id) == col(Review.case_id))
    .join(_SENT, _SENT.c.review_id == col(Review.id))
    .outerjoin(
        SecondDraft,
        sa.and_(
            col(SecondDraft.review_id) == col(Review.id),
            col(SecondDraft.moderator) == sa.bindparam("moderator"),
        ),
    )
    .outerjoin(
        ModerationReview,
        sa.and_(
            col(ModerationReview.submission_id) == _NEWEST,
            col(ModerationReview.moderator) == sa.bindparam("moderator"),
        ),
    )
    .where(
        col(Review.programme_id) == sa.bindparam("programme"),
        col(Review.state) == ReviewState.IN_MODERATION,
    )
    .order_by(_SENT.c.at, col(Case.reference))
)


def moderation_queue(session: Session, programme: Programme, actor: Actor) -> list[InModeration]:
    """Reviews in moderation as one moderator finds them, the longest waiting first."""
    values = {"programme": programme.key, "moderator": actor.name}
    return [
        InModeration(
            reference=case.reference,
            district=case.district,
            team=case.team,
            band=case.band,
            since=since,
            begun_at=draft.saved_at if draft else None,
            is_in=second is not None,
            refusal=_refusal(session, review, actor),
        )
        for case, review, draft, second, since in session.exec(_QUEUE, params=values)
    ]


def why_drawn(session: Session, review: Review) -> str:
    """Why the sample drew a review, as a part of a sentence; for whoever has judged it already."""
    query = (
        select(Event.payload)
        .where(Event.review_id == review.key, Event.kind == "review_sent_to_moderation")
        .order_by(col(Event.seq).desc())
        .limit(1)
    )
    payload = session.exec(query).first() or {}
    return str(payload.get("because", ""))


def find_in_moderation(
    session: Session, programme: Programme, actor: Actor, reference: str
) -> tuple[Case, Review]:
    """A review for a moderator: one that waits, or one beside whose first review theirs is in.

    Raises:
        NotFoundError: it is neither, or there is none; nothing tells which.
    """
    missing = NotFoundError("review", "in moderation with this reference")
    try:
        case, review = find_review(session, programme, reference)
    except NotFoundError:
        raise missing from None
    waits = review.state is ReviewState.IN_MODERATION
    if not waits and not has_second_review(session, review, actor.name):
        raise missing
    return case, review


def _refusal(session: Session, review: Review, actor: Actor) -> str:
    """Why the actor can never moderate a review; that their own is not in yet is no reason."""
    facts = facts_for(session, review, actor)
    if refused := refusal(
        review.state, Action.AGREE, actor, replace(facts, has_second_review=True)
    ):
        return str(refused)
    knows = not facts.has_second_review and knows_first(session, review, actor)
    return KNOWS if knows else ""
