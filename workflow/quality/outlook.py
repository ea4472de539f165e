"""What a sampling plan would draw from the reviews that nobody has decided on; reads, never writes.

Only what is known before a review is written counts: whose it is, the child's age, the shares. What a
reviewer will find is not known, so the rules that follow it come on top.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col

from workflow.models import Case, Programme, Review, Reviewer
from workflow.quality.sampling import (
    FIRST_REVIEWS,
    VERY_YOUNG,
    Sampled,
    SamplingPlan,
    is_under,
)
from workflow.states import ReviewState

_SAMPLED_BEFORE = (ReviewState.IN_MODERATION, ReviewState.COMPLETE)
_OUT = (*_SAMPLED_BEFORE, ReviewState.WITHDRAWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """Second looks to expect of one plan."""

    undecided: int
    """Reviews it can still draw from."""
    first_reviews: int
    very_young: int
    """Not among the first reviews of their holder."""
    at_random: float
    """Expected number of all others."""

    @property
    def total(self) -> float:
        """All of them; rules that follow what is found come on top."""
        return self.first_reviews + self.very_young + self.at_random


class Ahead(NamedTuple):
    """A review that nobody has decided on."""

    holder: int | None
    """Number of its reviewer."""
    agency: str
    district: str | None
    birth_on: date | None


def outlook(session: Session, programme: Programme, plan: SamplingPlan, *, on: date) -> Outlook:
    """What a plan would draw if every open review were decided on this day."""
    return expected(_ahead(session, programme), _had(session, programme), plan, on=on)


def expected(ahead: Iterable[Ahead], had: Counter[int], plan: SamplingPlan, *, on: date) -> Outlook:
    """Second looks to expect of reviews in the order in which they are due.

    Args:
        had: reviewer → reviews of theirs that were confirmed already.
    """
    reviews, so_far = list(ahead), had.copy()
    firsts = young = 0
    at_random = 0.0
    for one in reviews:
        is_first = one.holder is not None and so_far[one.holder] < plan.first_reviews
        if one.holder is not None:
            so_far[one.holder] += 1
        if is_first and FIRST_REVIEWS in plan.always:
            firsts += 1
        elif VERY_YOUNG in plan.always and is_under(one.birth_on, plan.under_years, on):
            young += 1
        else:
            at_random += plan.share_of(_unwritten(one))
    return Outlook(
        undecided=len(reviews), first_reviews=firsts, very_young=young, at_random=at_random
    )


def _unwritten(one: Ahead) -> Sampled:
    """A review without findings, as the shares look at it."""
    return Sampled(
        case_reference="",
        outcome="",
        safety="",
        author_agency=one.agency,
        district=one.district,
        author_earlier_reviews=0,
        birth_on=one.birth_on,
        already_moderated=False,
    )


def _ahead(session: Session, programme: Programme) -> list[Ahead]:
    columns: tuple[Any, ...] = (
        col(Review.reviewer_id),
        sa.func.coalesce(col(Reviewer.agency), "council"),
        col(Case.district),
        col(Case.facts)["birth_on"].as_string(),
    )
    query = (
        sa.select(*columns)
        .select_from(Review)
        .join(Case, col(Case.id) == col(Review.case_id))
        .outerjoin(Reviewer, col(Reviewer.id) == col(Review.reviewer_id))
        .where(
            col(Review.programme_id) == programme.key,
            col(Review.state).not_in(_OUT),
            col(Review.moderated).is_(False),
        )
        .order_by(col(Review.due_on), col(Review.id))
    )
    return [
        Ahead(holder, agency, district, date.fromisoformat(birth) if birth else None)
        for holder, agency, district, birth in session.connection().execute(query)
    ]


def _had(session: Session, programme: Programme) -> Counter[int]:
    query = (
        sa.select(col(Review.author_id), sa.func.count())
        .where(
            col(Review.programme_id) == programme.key,
            col(Review.state).in_(_SAMPLED_BEFORE),
            col(Review.author_id).is_not(None),
        )
        .group_by(col(Review.author_id))
    )
    found = session.connection().execute(query)
    return Counter({author: count for author, count in found if author is not None})
