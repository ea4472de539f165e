"""A programme whose reviews can be brought to any point by one call each."""

from datetime import date, datetime, time

from sqlmodel import Session

from tests.factories import as_actor, make_actor, make_form, make_review, make_reviewer
from workflow import reviews
from workflow.calendar import at_local
from workflow.models import ModerationReview, Programme, Review, Reviewer
from workflow.policy import ModerationPolicy, Policy
from workflow.quality.second_reviews import submit_second_review
from workflow.states import Action, Actor, Role

NO_SAMPLE = Policy(moderation=ModerationPolicy(share=0, first_reviews=0))
ALL_SAMPLED = Policy(moderation=ModerationPolicy(share=1, first_reviews=0))
COORDINATOR = make_actor(Role.COORDINATOR)
MANAGER = make_actor(Role.MANAGER, name="manager-1")
MODERATOR = make_actor(Role.MODERATOR, name="moderator-1")
FIRST = date(2016, 2, 1)
DUE = date(2016, 2, 10)


class Stage:
    """Short names for what people do with several reviews on several days."""

    def __init__(self, session: Session, programme: Programme) -> None:
        self.session, self.programme = session, programme
        self.council = make_reviewer(session, programme, agency="council")
        self.constabulary = make_reviewer(session, programme, agency="constabulary")

    def open(self, **case: object) -> Review:
        return make_review(self.session, self.programme, **case)

    def submitted(
        self,
        review: Review | None = None,
        *,
        on: date = FIRST,
        by: Reviewer | None = None,
        case: dict[str, object] | None = None,
        **form: object,
    ) -> Review:
        """A review, allocated when it is new, and submitted."""
        author = by or self.council
        if review is None:
            review = self.open(**case or {})
            reviews.allocate(
                self.session,
                review=review,
                reviewer_id=author.key,
                due_on=DUE,
                actor=COORDINATOR,
                now=_at(on, 9),
            )
        self.act(review, Action.START, as_actor(author), on, 10)
        reviews.submit(
            self.session,
            review_id=review.key,
            form=make_form(**form),
            actor=as_actor(author),
            now=_at(on, 11),
            programme=self.programme,
            policy=NO_SAMPLE,
        )
        return review

    def confirmed(
        self, review: Review, *, on: date = FIRST, policy: Policy = NO_SAMPLE, by: Actor = MANAGER
    ) -> Review:
        return reviews.confirm(
            self.session,
            review_id=review.key,
            actor=by,
            now=_at(on, 12),
            programme=self.programme,
            policy=policy,
        )

    def in_moderation(self, *, on: date = FIRST, **how: object) -> Review:
        return self.confirmed(self.submitted(on=on, **how), on=on, policy=ALL_SAMPLED)

    def second(
        self, review: Review, *, by: Actor = MODERATOR, on: date = FIRST, **form: object
    ) -> ModerationReview:
        return submit_second_review(
            self.session,
            review_id=review.key,
            form=make_form(**form),
            actor=by,
            now=_at(on, 13),
            programme=self.programme,
            policy=NO_SAMPLE,
        )

    def act(
        self, review: Review, action: Action, actor: Actor, on: date = FIRST, hour: int = 14
    ) -> Review:
        return reviews.act(
            self.session,
            review_id=review.key,
            action=action,
            actor=actor,
            now=_at(on, hour),
            reason="because",
        )


def _at(day: date, hour: int) -> datetime:
    return at_local(day, time(hour))
