"""Any sequence of actions by anybody: what the events say is always what is stored."""

from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlmodel import Session, SQLModel

from tests.conftest import AUDIT_KEY
from tests.effort import examples
from tests.factories import (
    EARLY,
    as_actor,
    make_actor,
    make_form,
    make_programme,
    make_review,
    make_reviewer,
)
from workflow import audit, reviews
from workflow.db import Database
from workflow.errors import WorkflowError
from workflow.models import Event, Review
from workflow.policy import ModerationPolicy, Policy
from workflow.quality.blind import has_second_review
from workflow.quality.second_reviews import submit_second_review
from workflow.states import HELD_STATES, TRANSITIONS, Action, ReviewState, Role

PLAIN = list(reviews.PLAIN_ACTIONS)
POLICY = Policy(moderation=ModerationPolicy(share=0.5, first_reviews=1))


class Lifecycle(RuleBasedStateMachine):
    """Several reviews, several people, any action at any time; refusals must change nothing."""

    @initialize()
    def open_programme(self) -> None:
        self.database = Database("sqlite://", audit_key=AUDIT_KEY)
        SQLModel.metadata.create_all(self.database.engine)
        self.context = self.database.write()
        self.session: Session = self.context.__enter__()
        self.programme = make_programme()
        self.session.add(self.programme)
        self.session.flush()
        self.people = [
            make_reviewer(self.session, self.programme, agency=agency)
            for agency in ("council", "council", "constabulary")
        ]
        self.actors = [
            make_actor(Role.COORDINATOR),
            make_actor(Role.MANAGER),
            make_actor(Role.MODERATOR),
            *(as_actor(person, Role.MANAGER, Role.MODERATOR) for person in self.people),
        ]
        self.reviews = [make_review(self.session, self.programme) for _ in range(2)]
        self.now = EARLY
        self.session.flush()

    def teardown(self) -> None:
        self.context.__exit__(None, None, None)
        self.database.close()

    def attempt(self, review: Review, deed) -> None:
        """Do it; a refusal must leave state, version and history as they were."""
        before = (review.state, review.version, self.events_of(review))
        self.now += timedelta(minutes=1)
        try:
            deed()
        except WorkflowError:
            assert (review.state, review.version, self.events_of(review)) == before
        else:
            assert self.events_of(review) > before[2]
        self.session.flush()

    def events_of(self, review: Review) -> int:
        self.session.flush()
        return len(audit.timeline(self.session, review.key))

    @rule(review=st.integers(0, 1), who=st.integers(0, 5), to=st.integers(0, 2), why=st.booleans())
    def allocate(self, review: int, who: int, to: int, *, why: bool) -> None:
        chosen = self.reviews[review]
        self.attempt(
            chosen,
            lambda: reviews.allocate(
                self.session,
                review=chosen,
                reviewer_id=self.people[to].key,
                due_on=None,
                actor=self.actors[who],
                now=self.now,
                reason="moved" if why else None,
            ),
        )

    @rule(
        review=st.integers(0, 1),
        who=st.integers(0, 5),
        action=st.sampled_from(PLAIN),
        why=st.booleans(),
    )
    def act(self, review: int, who: int, action: Action, *, why: bool) -> None:
        chosen = self.reviews[review]
        self.attempt(
            chosen,
            lambda: reviews.act(
                self.session,
                review_id=chosen.key,
                action=action,
                actor=self.actors[who],
                now=self.now,
                reason="because" if why else None,
            ),
        )

    @rule(review=st.integers(0, 1), to=st.integers(0, 2), way=st.integers(0, 1))
    def advance(self, review: int, to: int, way: int) -> None:
        """The right person does the right thing, so that every state is reached."""
        chosen = self.reviews[review]
        coordinator, manager, moderator = range(3)
        holder = 3 + next(
            (n for n, person in enumerate(self.people) if person.key == chosen.reviewer_id), 0
        )
        by_state = {
            ReviewState.ALLOCATED: (Action.START, holder),
            ReviewState.RETURNED: (Action.START, holder),
            ReviewState.ON_HOLD: (Action.RESUME, coordinator),
            ReviewState.IN_MODERATION: ((Action.AGREE, Action.DISAGREE)[way], moderator),
            ReviewState.COMPLETE: (Action.REOPEN, manager),
            ReviewState.WITHDRAWN: (Action.REINSTATE, coordinator),
        }
        if chosen.state is ReviewState.UNALLOCATED:
            self.allocate(review, coordinator, to, why=False)
        elif chosen.state is ReviewState.IN_PROGRESS and way:
            self.submit(review, holder, blank=False)
        elif chosen.state is ReviewState.IN_PROGRESS:
            self.act(review, holder, Action.HOLD, why=True)
        elif chosen.state is ReviewState.SUBMITTED:
            self.confirm(review, manager)
        elif chosen.state is ReviewState.IN_MODERATION and not to:
            self.second_review(review, moderator)
        elif chosen.state is ReviewState.IN_MODERATION and not has_second_review(
            self.session, chosen, self.actors[moderator].name
        ):
            self.act(review, moderator, Action.AGREE, why=True)
            assert chosen.state is ReviewState.IN_MODERATION
        else:
            action, who = by_state[chosen.state]
            version = chosen.version
            self.act(review, who, action, why=True)
            assert chosen.version == version + 1

    @rule(review=st.integers(0, 1), who=st.integers(0, 5), leave=st.booleans())
    def give_back(self, review: int, who: int, *, leave: bool) -> None:
        chosen, deed = self.reviews[review], reviews.release if leave else reviews.decline
        self.attempt(
            chosen,
            lambda: deed(
                self.session,
                review_id=chosen.key,
                actor=self.actors[who],
                now=self.now,
                reason="cannot",
            ),
        )

    @rule(review=st.integers(0, 1), who=st.integers(3, 5), blank=st.booleans())
    def submit(self, review: int, who: int, *, blank: bool) -> None:
        chosen = self.reviews[review]
        self.attempt(
            chosen,
            lambda: reviews.submit(
                self.session,
                review_id=chosen.key,
                form=make_form(unanswered=int(blank)),
                actor=self.actors[who],
                now=self.now,
                programme=self.programme,
                policy=POLICY,
            ),
        )

    @rule(review=st.integers(0, 1), who=st.integers(0, 5))
    def second_review(self, review: int, who: int) -> None:
        chosen = self.reviews[review]
        self.attempt(
            chosen,
            lambda: submit_second_review(
                self.session,
                review_id=chosen.key,
                form=make_form(),
                actor=self.actors[who],
                now=self.now,
                programme=self.programme,
                policy=POLICY,
            ),
        )

    @rule(review=st.integers(0, 1), who=st.integers(0, 5))
    def confirm(self, review: int, who: int) -> None:
        chosen = self.reviews[review]
        self.attempt(
            chosen,
            lambda: reviews.confirm(
                self.session,
                review_id=chosen.key,
                actor=self.actors[who],
                now=self.now,
                programme=self.programme,
                policy=POLICY,
            ),
        )

    @invariant()
    def replaying_the_events_gives_the_stored_state(self) -> None:
        for review in getattr(self, "reviews", []):
            replayed = audit.replay(audit.timeline(self.session, review.key))
            assert replayed.state is review.state
            assert replayed.changes == review.version - 1
            if review.state in HELD_STATES:
                assert replayed.reviewer_id == review.reviewer_id

    @invariant()
    def a_review_is_held_exactly_when_its_state_says_so(self) -> None:
        for review in getattr(self, "reviews", []):
            if review.state in HELD_STATES:
                assert review.reviewer_id is not None
            if review.state in (ReviewState.UNALLOCATED, ReviewState.WITHDRAWN):
                assert review.reviewer_id is None

    @invariant()
    def nobody_decides_on_their_own_work(self) -> None:
        for review in getattr(self, "reviews", []):
            for event in audit.timeline(self.session, review.key):
                row = TRANSITIONS.get(event.action or "")
                if row and row.roles & {Role.MANAGER, Role.MODERATOR}:
                    author = next(
                        (p.reference for p in self.people if p.key == review.author_id), None
                    )
                    last = review.state in (ReviewState.COMPLETE, ReviewState.IN_MODERATION)
                    assert not (last and event is self.last_event(review) and event.actor == author)

    def last_event(self, review: Review) -> Event:
        return audit.timeline(self.session, review.key)[-1]

    @invariant()
    def the_chain_of_events_holds(self) -> None:
        if hasattr(self, "session"):
            assert audit.verify(self.session, self.programme.key).ok


TestLifecycle = Lifecycle.TestCase
TestLifecycle.settings = settings(
    max_examples=examples(12),
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
