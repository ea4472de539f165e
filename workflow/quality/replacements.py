"""Draws another review when one of the random sample is withdrawn before anybody moderated it.

The rule: of the undecided reviews of the same district (of the county when it has none left), the one
whose number comes next above the share takes the place. Reviews that a rule took are not replaced: what
made them certain is not found in another child's case.
"""

from datetime import datetime

from sqlmodel import Session, col, select

from workflow import audit
from workflow.models import Case, Event, Programme, Review, SampleReplacement
from workflow.quality.sampling import RANDOM, REPLACEMENT, choose_replacement
from workflow.states import HELD_STATES, Actor, ReviewState

_UNDECIDED = (*sorted(HELD_STATES), ReviewState.UNALLOCATED, ReviewState.SUBMITTED)


def replace_withdrawn(
    session: Session, *, review: Review, actor: Actor, now: datetime
) -> SampleReplacement | None:
    """Fill the place of a review that was withdrawn from moderation; None when there is none to fill.

    The caller has just withdrawn the review and commits both together.
    """
    share = _share_drawn_with(session, review)
    if share is None:
        return None
    programme = session.get_one(Programme, review.programme_id)
    taken = _taken(session, programme.key)
    district = session.get_one(Case, review.case_id).district
    undecided = _undecided(session, programme.key)
    for pool in (undecided.get(district, {}), _merged(undecided)):
        chosen = choose_replacement(pool, above=share, seed=programme.seed, taken=taken)
        if chosen is not None:
            return _record(session, review, pool[chosen], actor, now)
    return None


def is_replacement(session: Session, review_id: int) -> bool:
    """Whether the review was drawn in place of another one."""
    query = select(SampleReplacement.id).where(SampleReplacement.review_id == review_id)
    return session.exec(query).first() is not None


def _share_drawn_with(session: Session, review: Review) -> float | None:
    """The share a review was drawn by at random; None when a rule took it."""
    query = (
        select(Event)
        .where(Event.review_id == review.key, Event.kind == "review_sent_to_moderation")
        .order_by(col(Event.seq).desc())
        .limit(1)
    )
    drawn = session.exec(query).first()
    if drawn is None or drawn.payload.get("rule") not in (RANDOM, REPLACEMENT):
        return None
    share = drawn.payload["share"]
    return float(share) if drawn.payload["rule"] == RANDOM else 0.0


def _taken(session: Session, programme_id: int) -> frozenset[str]:
    query = (
        select(Case.reference)
        .join(Review, col(Review.case_id) == col(Case.id))
        .join(SampleReplacement, col(SampleReplacement.review_id) == col(Review.id))
        .where(Review.programme_id == programme_id)
    )
    return frozenset(session.exec(query))


def _undecided(session: Session, programme_id: int) -> dict[str | None, dict[str, int]]:
    """District → reference → number of each review that nobody has decided on."""
    query = (
        select(Case.district, Case.reference, Review.id)
        .join(Review, col(Review.case_id) == col(Case.id))
        .where(
            Review.programme_id == programme_id,
            col(Review.state).in_(_UNDECIDED),
            col(Review.moderated).is_(False),
        )
    )
    found: dict[str | None, dict[str, int]] = {}
    for district, reference, review_id in session.exec(query):
        found.setdefault(district, {})[reference] = review_id or 0
    return found


def _merged(pools: dict[str | None, dict[str, int]]) -> dict[str, int]:
    return {reference: number for pool in pools.values() for reference, number in pool.items()}


def _record(
    session: Session, withdrawn: Review, review_id: int, actor: Actor, now: datetime
) -> SampleReplacement:
    replacement = SampleReplacement(withdrawn_id=withdrawn.key, review_id=review_id, drawn_at=now)
    session.add(replacement)
    audit.record(
        session,
        programme_id=withdrawn.programme_id,
        kind="sample_replacement_drawn",
        actor=actor,
        at=now,
        review_id=review_id,
        payload={"withdrawn_review_id": withdrawn.key},
    )
    return replacement
