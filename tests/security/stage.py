"""A programme with people of every role and a row of most kinds, and others just like it beside.

`beside` copies every row of every table into another programme, by the tables' own columns: a new table
takes part without being named here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

from tests.api.conftest import FULL_TIME, make_forecast
from tests.factories import (
    as_actor,
    make_actor,
    make_form,
    make_programme,
    make_review,
    make_reviewer,
)
from workflow import reviews
from workflow.accounts import create_account, disable, open_session
from workflow.board.commitments import add_commitment
from workflow.board.meetings import record_meeting
from workflow.capacity.managers import add_manager
from workflow.capacity.posts import open_post
from workflow.escalations import raise_escalation
from workflow.models import (
    Account,
    AllocationRun,
    Case,
    CommitmentKind,
    EscalationKind,
    Programme,
    Review,
    Reviewer,
    RunStatus,
)
from workflow.policy import Policy
from workflow.states import Action, Role

CANARY = "Zebedee"
"""Stands in the twins' free texts, and in what is told of children and families here."""
COORDINATOR = make_actor(Role.COORDINATOR)
MANAGER = make_actor(Role.MANAGER)
ADMINISTRATOR = make_actor(Role.ADMINISTRATOR)
OFFICES = [role for role in Role if role is not Role.REVIEWER]
REVIEWERS = {"reviewer-a": "council", "reviewer-b": "council", "reviewer-police": "constabulary"}
POLICY = Policy()
DUE = date(2016, 2, 26)
_UNTOUCHED = frozenset({"signinattempt", "setupcode", "recoverycode", "alembic_version"})


@dataclass(frozen=True, slots=True)
class People:
    """Who may come: name of the principal → token of their session."""

    tokens: Mapping[str, str]
    roles: Mapping[str, frozenset[Role]]
    holds: Mapping[str, str]
    """Reviewer → reference of the case they have begun to review."""
    on_roster: str
    """Reference of a reviewer."""


def set_up(session: Session, now: datetime, forecast: dict[str, Any]) -> People:
    """Fill an empty database with one programme."""
    programme = make_programme()
    session.add(programme)
    session.flush()
    staff = {
        name: make_reviewer(session, programme, agency=agency, pattern=FULL_TIME)
        for name, agency in REVIEWERS.items()
    }
    holds = {
        name: _case(_held(session, programme, who, now), session) for name, who in staff.items()
    }
    _further(session, programme, staff["reviewer-a"], now)
    _records(session, programme, now, forecast)
    return _people(session, programme, staff, holds, now)


def _held(session: Session, programme: Programme, reviewer: Reviewer, now: datetime) -> Review:
    review = make_review(session, programme, family=f"FAM-{CANARY}", worker=f"Worker {CANARY}")
    _allocate(session, review, reviewer, now)
    return _act(session, review, Action.START, as_actor(reviewer), now)


def _further(session: Session, programme: Programme, reviewer: Reviewer, now: datetime) -> None:
    """A review nobody has, one handed in, one waiting for its moderator, and an escalation."""
    make_review(session, programme)
    for confirmed in (False, True):
        review = _held(session, programme, reviewer, now)
        reviews.submit(
            session,
            review_id=review.key,
            form=make_form(answers={"outcome": "remain_cin", "note": f"Told by {CANARY}"}),
            actor=as_actor(reviewer),
            now=now,
            programme=programme,
            policy=POLICY,
        )
        if confirmed:
            actor, then = MANAGER, {"programme": programme, "policy": POLICY}
            reviews.confirm(session, review_id=review.key, actor=actor, now=now, **then)
    raise_escalation(
        session,
        review=review,
        kind=EscalationKind.SAME_DAY,
        reason=f"{CANARY} was not seen.",
        actor=as_actor(reviewer),
        now=now,
        calendar=programme.calendar,
        policy=POLICY.tracking,
    )


def _records(session: Session, programme: Programme, now: datetime, forecast: Any) -> None:
    """One of each thing that has a page of its own."""
    who: dict[str, Any] = {"programme": programme, "actor": ADMINISTRATOR, "now": now}
    add_commitment(
        session,
        **who,
        reference="C1",
        kind=CommitmentKind.COMMITMENT,
        title="Review every case",
        owner="Head of service",
        due_on=DUE,
    )
    record_meeting(session, **who, held_on=date(2016, 1, 20), title="Improvement Board")
    open_post(session, **who, reference="V1", role="social worker", since_on=DUE, expected_on=None)
    add_manager(session, **who, reference="P1", name="Pat Example", cases=9, ends_on=None)
    session.add(make_forecast(programme, forecast))
    session.add(
        AllocationRun(
            programme_id=programme.key,
            as_of=now.date(),
            status=RunStatus.PREVIEW,
            input_hash="0",
            weights={},
            parts={},
            utilisation={},
            created_by="c",
            created_at=now,
            **dict.fromkeys(("objective", "bound", "gap", "greedy_objective"), 0.0),
            allocated=0,
            unallocated=0,
        )
    )


def _people(
    session: Session,
    programme: Programme,
    staff: Mapping[str, Reviewer],
    holds: Mapping[str, str],
    now: datetime,
) -> People:
    made = {role.value: _account(session, programme, role.value, role, now) for role in OFFICES}
    for name, reviewer in staff.items():
        made[name] = _account(session, programme, name, Role.REVIEWER, now, reviewer=reviewer)
    made["disabled"] = _account(session, programme, "disabled", Role.COORDINATOR, now)
    session.flush()
    tokens = {name: open_session(session, account=one, now=now) for name, one in made.items()}
    session.flush()
    disable(session, account=made["disabled"], actor=ADMINISTRATOR, now=now)
    roles = {name: frozenset(map(Role, one.roles)) for name, one in made.items()}
    return People(tokens, roles, holds, staff["reviewer-a"].reference)


def _account(
    session: Session, programme: Programme, name: str, role: Role, now: datetime, **more: Any
) -> Account:
    return create_account(
        session,
        programme=programme,
        user_name=name,
        name="Alex Example",
        roles=[role],
        actor=make_actor(Role.ADMINISTRATOR, name="root"),
        now=now,
        **more,
    )


def _allocate(session: Session, review: Review, reviewer: Reviewer, now: datetime) -> None:
    reviews.allocate(
        session, review=review, reviewer_id=reviewer.key, due_on=DUE, actor=COORDINATOR, now=now
    )


def _act(session: Session, review: Review, action: Action, actor: Any, now: datetime) -> Review:
    reviews.act(session, review_id=review.key, action=action, actor=actor, now=now)
    return review


def _case(review: Review, session: Session) -> str:
    return session.get_one(Case, review.case_id).reference


def beside(connection: sa.Connection, *copies: tuple[int, str]) -> None:
    """Copy every row into other programmes.

    Args:
        copies: of each, what is added to every number and to every number that names another row; and
            what is put before references, so that they are found nowhere else (empty: the same ones).
    """
    tables = [one for one in SQLModel.metadata.sorted_tables if one.name not in _UNTOUCHED]
    rows = {one: connection.execute(sa.select(one)).mappings().all() for one in tables}
    for shift, mark in copies:
        for table in filter(rows.__getitem__, tables):
            moved = [_moved(table, row, shift, mark) for row in rows[table]]
            connection.execute(sa.insert(table), moved)


def _moved(table: sa.Table, row: Any, shift: int, mark: str) -> dict[str, Any]:
    unique = _unique(table)
    return {
        column.name: _moved_value(
            column, row[column.name], shift, mark, is_unique=column.name in unique
        )
        for column in table.columns
    }


def _moved_value(
    column: "sa.Column[Any]", value: Any, shift: int, mark: str, *, is_unique: bool
) -> Any:
    if value is None:
        return None
    if column.foreign_keys or (column.primary_key and isinstance(value, int)):
        return value + shift
    if is_unique and isinstance(value, str):
        return f"{value}-{shift}"
    return f"{mark}{value}" if column.name == "reference" else value


def _unique(table: sa.Table) -> set[str]:
    """Columns whose values are unique in the whole installation."""
    indexes = [set(index.columns.keys()) for index in table.indexes if index.unique]
    alone = {column.name for column in table.columns if column.unique}
    alone |= {name for names in indexes if len(names) == 1 for name in names}
    for constraint in table.constraints:
        if isinstance(constraint, sa.UniqueConstraint) and len(constraint.columns) == 1:
            alone |= set(constraint.columns.keys())
    return alone
