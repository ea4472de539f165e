"""A programme in which a bit of everything has happened, and people who may do everything."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlmodel import Session

from tests.factories import (
    EARLY,
    as_actor,
    make_actor,
    make_form,
    make_programme,
    make_review,
    make_reviewer,
)
from workflow import reviews
from workflow.accounts import create_account, open_session
from workflow.calendar import WorkCalendar, at_local
from workflow.db import Database
from workflow.escalations import raise_escalation
from workflow.models import (
    Account,
    EscalationKind,
    ImportRun,
    Programme,
    Review,
    Reviewer,
    ValueMapping,
)
from workflow.policy import Policy
from workflow.states import Action, Actor, Role

NOW = at_local(date(2016, 1, 20))
COORDINATOR = make_actor(Role.COORDINATOR)
FULL_TIME = [1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0]
WORKING = tuple(role for role in Role if role is not Role.AUDITOR)
"""Roles one person can hold together."""


@dataclass(frozen=True)
class Busy:
    """What there is, and the cookies of two people: one who works, one who audits."""

    programme: Programme
    reviewer: Reviewer
    references: tuple[str, ...]
    worker: str
    auditor: str

    def cookie(self, roles: frozenset[Role] | None) -> str:
        """The cookie of somebody a route is open to."""
        return self.auditor if roles == frozenset({Role.AUDITOR}) else self.worker


def make_busy(database: Database, now: datetime = NOW) -> Busy:
    with database.write() as session:
        programme = make_programme(created_at=EARLY)
        session.add(programme)
        session.flush()
        reviewer = make_reviewer(
            session, programme, reference="R1", name="Robin Reader", pattern=FULL_TIME
        )
        make_reviewer(
            session,
            programme,
            reference="R2",
            name="Sam Constable",
            agency="constabulary",
            pattern=FULL_TIME,
        )
        made = [
            make_review(
                session, programme, reference=f"CIN-0000{n}", family="F1" if n < 3 else None
            )
            for n in range(1, 7)
        ]
        _work(session, programme, reviewer, made[1:])
        _file(session, programme)
        worker = _person(session, programme, "worker", WORKING, now, reviewer)
        auditor = _person(session, programme, "auditor", (Role.AUDITOR,), now)
    return Busy(programme, reviewer, tuple(f"CIN-0000{n}" for n in range(1, 7)), worker, auditor)


def _work(session: Session, programme: Programme, reviewer: Reviewer, given: list[Review]) -> None:
    """One review allocated, one being written, one on hold, one submitted, one complete."""
    author = as_actor(reviewer)
    for review in given:
        reviews.allocate(
            session,
            review=review,
            reviewer_id=reviewer.key,
            due_on=date(2016, 2, 1),
            actor=COORDINATOR,
            now=EARLY,
        )
    for review in given[1:]:
        _act(session, review, Action.START, author)
    _act(session, given[2], Action.HOLD, author, "The file is missing")
    for review in given[3:]:
        reviews.submit(
            session,
            review_id=review.key,
            form=make_form(),
            actor=author,
            now=EARLY,
            programme=programme,
            policy=Policy(),
        )
    raise_escalation(
        session,
        review=given[1],
        kind=EscalationKind.SAME_DAY,
        reason="Nobody has seen the child",
        actor=author,
        now=EARLY,
        calendar=WorkCalendar(),
        policy=Policy().tracking,
    )


def _act(
    session: Session, review: Review, action: Action, actor: Actor, reason: str | None = None
) -> None:
    reviews.act(session, review_id=review.key, action=action, actor=actor, now=EARLY, reason=reason)


def _file(session: Session, programme: Programme) -> None:
    finding = {
        "file": "week 1.csv",
        "line": 2,
        "field": "team",
        "value": "=1+1",
        "rule": "team-unknown",
        "message": "Nobody knows this team.",
        "fix": "Check the team.",
        "severity": "warning",
    }
    session.add(
        ImportRun(
            programme_id=programme.key,
            file="week 1.csv",
            kind="csv",
            sha256="0" * 64,
            as_of=date(2016, 1, 20),
            speaks_of=date(2016, 1, 20),
            rows=6,
            created=6,
            updated=0,
            unchanged=0,
            excluded={"closed": 1},
            findings=[finding, {**finding, "line": 3, "severity": "error"}],
            imported_by="coordinator",
            imported_at=datetime(2016, 1, 20, 8, tzinfo=UTC),
        )
    )
    session.add(
        ValueMapping(programme_id=programme.key, field="primary_need", raw="Neglekt", seen=2)
    )


def _person(
    session: Session,
    programme: Programme,
    name: str,
    roles: tuple[Role, ...],
    now: datetime,
    reviewer: Reviewer | None = None,
) -> str:
    made: Account = create_account(
        session,
        programme=programme,
        user_name=name,
        name=f"Alex {name.capitalize()}",
        roles=roles,
        reviewer=reviewer,
        actor=make_actor(Role.ADMINISTRATOR),
        now=now,
    )
    session.flush()
    return open_session(session, account=made, now=now)
