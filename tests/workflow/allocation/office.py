"""A programme with reviewers and waiting reviews, and the runs over them."""

from datetime import date, datetime
from typing import Any

from sqlmodel import Session, select

from tests.factories import as_actor, make_actor, make_review, make_reviewer
from workflow import audit, reviews
from workflow.allocation.applying import apply_allocation, apply_proposal
from workflow.allocation.by_hand import ByHand, allocate_by_hand
from workflow.allocation.lines import RunLine, lines_of
from workflow.allocation.runs import Proposal, propose, store_preview
from workflow.allocation.tasks import BACKLOG, Task
from workflow.allocation.undoing import undo_allocation
from workflow.models import AllocationRun, Case, Event, Programme, Review, Reviewer
from workflow.policy import Policy
from workflow.states import Action, Actor, Role

AS_OF = date(2016, 1, 20)
COORDINATOR = make_actor(Role.COORDINATOR)


class Office:
    """One session's view; every step is one call."""

    def __init__(self, session: Session, programme: Programme, now: datetime):
        self.session, self.now, self.as_of = session, now, AS_OF
        self.programme = session.get_one(Programme, programme.key)
        self.policy = Policy()

    def reviewer(self, **values: Any) -> Reviewer:
        return make_reviewer(self.session, self.programme, **values)

    def review(self, **case: Any) -> Review:
        return make_review(self.session, self.programme, **case)

    def case(self, review: Review) -> Case:
        return self.session.get_one(Case, review.case_id)

    def give(self, review: Review, reviewer: Reviewer, due_on: date | None = None) -> Review:
        self.session.flush()
        return reviews.allocate(
            self.session,
            review=review,
            reviewer_id=reviewer.key,
            due_on=due_on,
            actor=COORDINATOR,
            now=self.now,
            reason="By the test.",
        )

    def start(self, review: Review, reviewer: Reviewer) -> Review:
        return self.act(review, Action.START, as_actor(reviewer))

    def decline(self, review: Review, reviewer: Reviewer) -> Review:
        return reviews.decline(
            self.session,
            review_id=review.key,
            actor=as_actor(reviewer),
            now=self.now,
            reason="No time.",
        )

    def act(self, review: Review, action: Action, actor: Actor, **more: Any) -> Review:
        return reviews.act(
            self.session, review_id=review.key, action=action, actor=actor, now=self.now, **more
        )

    def how(self, **more: Any) -> dict[str, Any]:
        """What most use cases want to know."""
        return {
            "programme": self.programme,
            "policy": self.policy,
            "actor": COORDINATOR,
            "now": self.now,
        } | more

    def propose(self, task: Task = BACKLOG) -> Proposal:
        return propose(
            self.session,
            programme=self.programme,
            policy=self.policy,
            as_of=self.as_of,
            task=task,
        )

    def preview(self, task: Task = BACKLOG) -> AllocationRun:
        return store_preview(
            self.session,
            self.propose(task),
            programme=self.programme,
            actor=COORDINATOR,
            now=self.now,
        )

    def apply(self, run: AllocationRun) -> AllocationRun:
        return apply_allocation(self.session, run.key, **self.how())

    def allocate(self, task: Task = BACKLOG) -> AllocationRun:
        return apply_proposal(self.session, self.propose(task), **self.how())

    def undo(self, run: AllocationRun) -> AllocationRun:
        return undo_allocation(
            self.session,
            run.key,
            programme=self.programme,
            actor=COORDINATOR,
            now=self.now,
        )

    def by_hand(self, reviewer: Reviewer, *those: Review, **more: Any) -> ByHand:
        return allocate_by_hand(
            self.session,
            review_ids=[review.key for review in those],
            reviewer_id=reviewer.key,
            as_of=self.as_of,
            **self.how(**more),
        )

    def lines(self, run: AllocationRun) -> dict[int, RunLine]:
        return {line.review_id: line for line in lines_of(self.session, run.key)}

    def events(self, review: Review) -> list[Event]:
        return audit.timeline(self.session, review.key)

    def newest_event(self) -> Event:
        self.session.flush()
        return self.session.exec(select(Event).order_by(Event.seq.desc())).first()
