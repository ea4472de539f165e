"""A small programme in the database, worked on for a while by the use cases people use."""

from datetime import date, time

from sqlmodel import Session

from tests.factories import as_actor, make_actor, make_form, make_review, make_reviewer
from workflow import reviews
from workflow.calendar import at_local
from workflow.models import Programme, Review, Reviewer
from workflow.policy import ModerationPolicy, Policy
from workflow.states import Action, Role

POLICY = Policy(moderation=ModerationPolicy(share=0.0, first_reviews=0))
DISTRICTS = ("E07000117", "E07000118")
COORDINATOR, MANAGER = make_actor(Role.COORDINATOR), make_actor(Role.MANAGER)


class Worked:
    """Reviews of two districts, one reviewer each, a manager and a moderator besides."""

    def __init__(self, session: Session, programme: Programme, *, each: int = 25) -> None:
        self.session, self.programme = session, programme
        self.people = [
            make_reviewer(session, programme, district=district) for district in DISTRICTS
        ]
        make_reviewer(session, programme, roles=["manager"], points_per_day=12.0)
        make_reviewer(session, programme, roles=["moderator"], points_per_day=6.0)
        self.queues = {
            person.key: [self.open(district, person) for _ in range(each)]
            for district, person in zip(DISTRICTS, self.people, strict=True)
        }

    def open(self, district: str, person: Reviewer) -> Review:
        review = make_review(self.session, self.programme, district=district)
        reviews.allocate(
            self.session,
            review=review,
            reviewer_id=person.key,
            due_on=None,
            actor=COORDINATOR,
            now=at_local(self.programme.starts_on),
        )
        return review

    def until(self, day: date, *, each: int = 1) -> "Worked":
        """Everybody submits so many reviews a day up to the day before `day`, all confirmed."""
        for past in self.programme.calendar.working_days(self.programme.starts_on, day):
            if past < day:
                self.work(past, each)
        return self

    def work(self, day: date, each: int = 1) -> None:
        for person in self.people:
            for _ in range(each):
                self._review(self.queues[person.key].pop(0), person, day)

    def _review(self, review: Review, person: Reviewer, day: date) -> None:
        author = as_actor(person)
        reviews.act(
            self.session,
            review_id=review.key,
            action=Action.START,
            actor=author,
            now=at_local(day, time(9)),
        )
        reviews.submit(
            self.session,
            review_id=review.key,
            form=make_form(),
            actor=author,
            now=at_local(day, time(15)),
            programme=self.programme,
            policy=POLICY,
        )
        reviews.confirm(
            self.session,
            review_id=review.key,
            actor=MANAGER,
            now=at_local(day, time(16)),
            programme=self.programme,
            policy=POLICY,
        )
