"""One programme with two reviewers and a review, and short names for what people do to it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from tests.factories import EARLY, as_actor, make_actor, make_form, make_review, make_reviewer
from workflow import reviews
from workflow.accounts import create_account
from workflow.allocation.by_hand import allocate_by_hand
from workflow.caseload import import_caseload
from workflow.cohort import change_cohort_rules
from workflow.conflicts import step_aside
from workflow.drafts import FormVersion, Typed, save_draft
from workflow.errors import ConflictError
from workflow.escalations import raise_escalation
from workflow.intake.rows import CaseRow, Extract
from workflow.models import Case, ConflictKind, EscalationKind, Programme, Review, Reviewer
from workflow.policy import Policy
from workflow.states import Action, Role
from workflow.tracking import sweep

COORDINATOR = make_actor(Role.COORDINATOR, Role.ADMINISTRATOR)
MANAGER = make_actor(Role.MANAGER, name="manager")
POLICY = Policy()
DAY = date(2016, 1, 20)


@dataclass
class Desk:
    """The programme inside one session."""

    session: Session
    number: int | None = None
    """The review that is meant; None: the first."""
    seen: int | None = None
    """The version of it that whoever acts has seen."""

    @property
    def programme(self) -> Programme:
        return self.session.exec(select(Programme)).one()

    @property
    def review(self) -> Review:
        query = select(Review).order_by(col(Review.id))
        if self.number is not None:
            query = query.where(Review.id == self.number)
        return self.session.exec(query).first()

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
            version=self.seen,
        )

    def hand_back(self, how: Callable[..., Review], actor: Any) -> None:
        reviews.locked(self.session, self.review.key, version=self.seen)
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
            version=self.seen,
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

    def confirm(self, actor: Any = None) -> None:
        reviews.confirm(
            self.session,
            review_id=self.review.key,
            actor=actor or MANAGER,
            now=EARLY,
            programme=self.programme,
            policy=POLICY,
            version=self.seen,
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

    def give(self, place: int) -> None:
        """Allocate by hand, as the coordinators' pages do."""
        review = self.review
        done = allocate_by_hand(
            self.session,
            programme=self.programme,
            policy=POLICY,
            review_ids=[review.key],
            reviewer_id=self.reviewer(place).key,
            actor=COORDINATOR,
            now=EARLY,
            as_of=DAY,
            reason="away",
            override=True,
            versions={review.key: self.seen} if self.seen is not None else None,
        )
        if done.refused:
            raise ConflictError(done.refused[0].reason)

    def step_aside(self) -> None:
        review = self.review
        step_aside(
            self.session,
            case=self.session.get_one(Case, review.case_id),
            review=reviews.locked(self.session, review.key, version=self.seen),
            kind=ConflictKind.CASE,
            reason="a neighbour",
            actor=as_actor(self.reviewer()),
            now=EARLY,
        )

    def change_rules(self, *rules: str) -> None:
        change_cohort_rules(
            self.session,
            programme=self.programme,
            rules_on=frozenset(rules),
            policy=POLICY,
            actor=COORDINATOR,
            now=EARLY,
            as_of=DAY,
        )


Step = Callable[[Desk], None]
