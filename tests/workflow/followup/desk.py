"""One review worked to completion, with short names for what people do to its actions."""

from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from tests.factories import as_actor, make_actor, make_form, make_review, make_reviewer
from workflow import reviews
from workflow.calendar import at_local
from workflow.followup import actions_of
from workflow.models import ActionKind, FollowOnAction, Programme, Review
from workflow.policy import ModerationPolicy, Policy
from workflow.states import Action, Role

NO_SAMPLE = Policy(moderation=ModerationPolicy(share=0, first_reviews=0, under_years=0))
MANAGER = make_actor(Role.MANAGER, name="manager-1")
COORDINATOR = make_actor(Role.COORDINATOR)
CONFIRMED = date(2016, 2, 10)
NOON = at_local(CONFIRMED)


def complete(
    session: Session,
    programme: Programme,
    outcome: str = "remain_cin",
    *,
    now: datetime = NOON,
    answers: dict[str, Any] | None = None,
    **case: Any,
) -> Review:
    """A review confirmed at `now` with an outcome."""
    reviewer = make_reviewer(session, programme)
    review = make_review(session, programme, **case)
    reviews.allocate(
        session,
        review=review,
        reviewer_id=reviewer.key,
        due_on=date(2016, 2, 10),
        actor=COORDINATOR,
        now=now,
    )
    return finish(session, programme, review, as_actor(reviewer), outcome, now, answers)


def finish(session, programme, review, author, outcome, now, answers=None) -> Review:
    reviews.act(session, review_id=review.key, action=Action.START, actor=author, now=now)
    reviews.submit(
        session,
        review_id=review.key,
        form=make_form(outcome=outcome, answers={"outcome": outcome} | (answers or {})),
        actor=author,
        now=now,
        programme=programme,
        policy=NO_SAMPLE,
    )
    return reviews.confirm(
        session,
        review_id=review.key,
        actor=MANAGER,
        now=now,
        programme=programme,
        policy=NO_SAMPLE,
    )


def reopen(session: Session, review: Review, now: datetime = NOON) -> Review:
    return reviews.act(
        session,
        review_id=review.key,
        action=Action.REOPEN,
        actor=MANAGER,
        now=now,
        reason="New information",
    )


def action(session: Session, review: Review, kind: ActionKind) -> FollowOnAction:
    (found,) = [a for a in actions_of(session, review.key) if a.kind is kind]
    return found
