"""Whichever call to the database fails, a use case happens whole or not at all, and can be repeated."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import Any

import pytest
from sqlmodel import Session, select

from tests.factories import EARLY, as_actor, make_actor, make_form, make_review, make_reviewer
from tests.faults.failing import Breaker, CutError, content
from workflow import audit, reviews
from workflow.accounts import create_account
from workflow.caseload import import_caseload
from workflow.db import Database
from workflow.drafts import FormVersion, Typed, save_draft
from workflow.escalations import raise_escalation
from workflow.intake.rows import CaseRow, Extract
from workflow.models import EscalationKind, Programme, Review, Reviewer
from workflow.policy import Policy
from workflow.states import Action, Role
from workflow.tracking import sweep

pytestmark = pytest.mark.faults

COORDINATOR = make_actor(Role.COORDINATOR, Role.ADMINISTRATOR)
MANAGER = make_actor(Role.MANAGER, name="manager")
POLICY = Policy()
DAY = date(2016, 1, 20)


@dataclass
class Desk:
    """One programme with two reviewers and a review, inside one session."""

    session: Session

    @property
    def programme(self) -> Programme:
        return self.session.exec(select(Programme)).one()

    @property
    def review(self) -> Review:
        return self.session.exec(select(Review).order_by(Review.id)).first()

    def reviewer(self, place: int = 0) -> Reviewer:
        return self.session.exec(select(Reviewer).order_by(Reviewer.id)).all()[place]

    def prepare(self) -> None:
        for _ in range(2):
            make_reviewer(self.session, self.programme)
        make_review(self.session, self.programme)

    def allocate(self, place: int = 0, reason: str | None = None) -> None:
        reviews.allocate(
            self.session,
            review=self.review,
            reviewer_id=self.reviewer(place).key,
            due_on=DAY,
            actor=COORDINATOR,
            now=EARLY,
            reason=reason,
        )

    def act(self, action: Action, actor: Any = None, reason: str | None = None) -> None:
        reviews.act(
            self.session,
            review_id=self.review.key,
            action=action,
            actor=actor or as_actor(self.reviewer()),
            now=EARLY,
            reason=reason,
        )

    def hand_back(self, how: Callable[..., Review], actor: Any) -> None:
        how(self.session, review_id=self.review.key, actor=actor, now=EARLY, reason="away")

    def submit(self, **form: object) -> None:
        reviews.submit(
            self.session,
            review_id=self.review.key,
            form=make_form(**form),
            actor=as_actor(self.reviewer()),
            now=EARLY,
            programme=self.programme,
            policy=POLICY,
        )

    def save(self, **answers: object) -> None:
        save_draft(
            self.session,
            review_id=self.review.key,
            typed=Typed(section="child", answers=answers),
            newest=FormVersion("cin_review", 1, ("child",)),
            actor=as_actor(self.reviewer()),
            now=EARLY,
        )

    def confirm(self) -> None:
        reviews.confirm(
            self.session,
            review_id=self.review.key,
            actor=MANAGER,
            now=EARLY,
            programme=self.programme,
            policy=POLICY,
        )

    def escalate(self) -> None:
        raise_escalation(
            self.session,
            review=self.review,
            kind=EscalationKind.SAME_DAY,
            reason="worried",
            actor=COORDINATOR,
            now=EARLY,
            calendar=self.programme.calendar,
            policy=POLICY.tracking,
        )

    def take_file(self) -> None:
        rows = tuple(
            CaseRow(line=number, child_id=f"SYN{number:07}", episode_start=date(2015, 6, 1))
            for number in (8000001, 8000002, 8000003)
        )
        import_caseload(
            self.session,
            extract=Extract(
                file="a.csv", kind="csv", sha256="0" * 64, rows=rows, provides=frozenset()
            ),
            programme=self.programme,
            policy=POLICY,
            actor=COORDINATOR,
            now=EARLY,
            as_of=DAY,
        )

    def add_account(self) -> None:
        create_account(
            self.session,
            programme=self.programme,
            user_name="somebody",
            name="Somebody",
            roles=[Role.MANAGER],
            actor=COORDINATOR,
            now=EARLY,
        )

    def sweep(self) -> None:
        sweep(
            self.session,
            programme=self.programme,
            policy=POLICY,
            actor=COORDINATOR,
            now=EARLY,
            as_of=date(2016, 2, 20),
        )

    def started(self) -> None:
        self.allocate()
        self.act(Action.START)

    def submitted(self) -> None:
        self.started()
        self.save(outcome="close")
        self.submit()


Step = Callable[[Desk], None]


def nothing(_: Desk) -> None:
    """The prepared desk will do."""


USE_CASES: dict[str, tuple[Step, Step]] = {
    "open a review": (nothing, lambda desk: make_review(desk.session, desk.programme)),
    "allocate": (nothing, Desk.allocate),
    "re-allocate": (Desk.allocate, lambda desk: desk.allocate(1, reason="away")),
    "release": (Desk.started, lambda desk: desk.hand_back(reviews.release, COORDINATOR)),
    "decline": (
        Desk.allocate,
        lambda desk: desk.hand_back(reviews.decline, as_actor(desk.reviewer())),
    ),
    "start": (Desk.allocate, lambda desk: desk.act(Action.START)),
    "save a draft": (Desk.started, lambda desk: desk.save(outcome="close")),
    "save a draft again": (
        lambda desk: (desk.started(), desk.save(outcome="close")),
        lambda desk: desk.save(outcome="remain_cin"),
    ),
    "submit": (lambda desk: (desk.started(), desk.save(outcome="x")), Desk.submit),
    "submit an immediate risk": (Desk.started, lambda desk: desk.submit(safety="immediate_risk")),
    "confirm": (Desk.submitted, Desk.confirm),
    "return": (Desk.submitted, lambda desk: desk.act(Action.RETURN, MANAGER, "say more")),
    "withdraw": (Desk.started, lambda desk: desk.act(Action.WITHDRAW, COORDINATOR, "moved away")),
    "escalate": (Desk.started, Desk.escalate),
    "import a caseload": (nothing, Desk.take_file),
    "create an account": (nothing, Desk.add_account),
    "sweep": (Desk.started, Desk.sweep),
}


@pytest.fixture
def breaker(database: Database, programme: Programme) -> Iterator[Breaker]:
    del programme
    with database.write() as session:
        Desk(session).prepare()
    return Breaker(database)


@pytest.mark.parametrize("name", USE_CASES)
def test_a_failed_call_leaves_nothing_behind_and_the_next_try_succeeds(
    database: Database, breaker: Breaker, name: str
) -> None:
    prepare, use = USE_CASES[name]
    with database.write() as session:
        prepare(Desk(session))
    before = content(database)
    broken_at = 0
    for place in count(1):
        try:
            with breaker.breaking(place), database.write() as session:
                use(Desk(session))
        except CutError:
            broken_at = place
            assert content(database) == before, f"call {place} left something behind"
        else:
            break
    # Beginning, reading, writing and the commit at the least.
    assert broken_at >= 5
    assert content(database) != before
    with database.read() as session:
        assert audit.verify(session, Desk(session).programme.key).ok


def test_the_breaker_breaks_commits_too(database: Database, breaker: Breaker) -> None:
    """The last call counted is the commit: without it the promise of the test above is hollow."""
    with database.write() as session:
        Desk(session).allocate()
        session.flush()
        breaker.at, breaker.calls = 10**6, 0
    assert breaker.calls == 1
    breaker.at = None
