"""How simulated moderators work: a review of their own first, then they agree or disagree."""

from collections.abc import Iterable
from datetime import time

import numpy as np

from flows.demo.forms import fill_form
from flows.demo.people import DISAGREES, OUTCOMES, Judgement
from flows.runtime import Moment
from workflow import reviews
from workflow.calendar import at_local
from workflow.models import Review, Reviewer
from workflow.quality.levels import GRADES
from workflow.quality.second_reviews import submit_second_review
from workflow.states import Action, Actor, Role

MODERATORS = 2
OTHER_AGENCY = 2.0
"""How much oftener a moderator differs from another agency's reviewer than from the council's."""
GRADE_DIFFERS = 0.25

_READING, _NOON = time(11), time(12)


def moderate(at: Moment, rng: np.random.Generator, waiting: Iterable[Review]) -> None:
    """Write a second review of each, blind, then compare it with the first."""
    for number, review in enumerate(waiting):
        moderator = Actor(
            name=f"{Role.MODERATOR}-{number % MODERATORS + 1}", roles=frozenset({Role.MODERATOR})
        )
        own = _own_view(rng, review, _agency(at, review))
        submit_second_review(
            at.session,
            review_id=review.key,
            form=fill_form(own, agency=moderator.agency, today=at.as_of, rng=rng),
            actor=moderator,
            now=at_local(at.as_of, _READING),
            programme=at.programme,
            policy=at.policy,
        )
        agrees = own.outcome == review.outcome
        reviews.act(
            at.session,
            review_id=review.key,
            action=Action.AGREE if agrees else Action.DISAGREE,
            actor=moderator,
            now=at_local(at.as_of, _NOON),
            reason=None if agrees else "I see another level of need",
        )


def _own_view(rng: np.random.Generator, review: Review, agency: str) -> Judgement:
    """Mostly what the first reviewer saw: both read the same file."""
    outcome, grade = str(review.outcome), str(review.grade)
    differs = rng.random() < DISAGREES * (1 if agency == "council" else OTHER_AGENCY)
    if differs and review.safety != "immediate_risk":  # that leaves no choice of outcome
        outcome = str(rng.choice([other for other in OUTCOMES if other != outcome]))
    if grade in GRADES and rng.random() < GRADE_DIFFERS:
        step = 1 if rng.random() < 1 / 2 else -1
        grade = GRADES[int(np.clip(GRADES.index(grade) + step, 0, len(GRADES) - 1))]
    return Judgement(outcome, grade, str(review.safety))


def _agency(at: Moment, review: Review) -> str:
    author = at.session.get(Reviewer, review.author_id) if review.author_id else None
    return author.agency if author else "council"
