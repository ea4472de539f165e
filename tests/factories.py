"""Plain functions that make the things tests talk about; every value can be overridden."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from sqlmodel import Session

from workflow.models import Case, Programme, Review, Reviewer
from workflow.reviews import ReviewForm, open_reviews
from workflow.states import Actor, Role

EARLY = datetime(2016, 1, 20, 9, tzinfo=UTC)


def make_actor(*roles: Role, name: str | None = None, **overrides: Any) -> Actor:
    return Actor(name=name or "-".join(roles), roles=frozenset(roles), **overrides)


def make_programme(**overrides: Any) -> Programme:
    values: dict[str, Any] = {
        "name": "Child in Need case reviews",
        "authority_code": "888",
        "starts_on": date(2016, 1, 20),
        "target_on": date(2016, 3, 31),
        "cohort_rules": ["closed", "child_protection_plan", "looked_after"],
        "created_at": EARLY,
    }
    return Programme(**values | overrides)


_counter = iter(range(1, 10**9))


def make_case(session: Session, programme: Programme, **overrides: Any) -> Case:
    number = next(_counter)
    values: dict[str, Any] = {
        "programme_id": programme.key,
        "reference": f"CIN-5{number:06}",
        "child_id": f"SYN{number:07}",
        "episode_start": date(2015, 6, 1),
        "family": None,
        "district": "E07000117",
        "team": "Burnley 1",
        "facts": {"birth_on": "2008-05-01"},
        "in_cohort": True,
        "band": 2,
        "effort": 6,
    }
    case = Case(**values | overrides)
    session.add(case)
    session.flush()
    return case


def make_review(session: Session, programme: Programme, **case: Any) -> Review:
    (review,) = make_reviews(session, programme, [case])
    return review


def make_reviews(
    session: Session, programme: Programme, cases: Iterable[dict[str, Any]]
) -> list[Review]:
    """A review of each case described."""
    return open_reviews(
        session,
        cases=[make_case(session, programme, **case) for case in cases],
        actor=make_actor(Role.COORDINATOR),
        now=EARLY,
        opened_on=date(2016, 1, 20),
    )


def make_reviewer(session: Session, programme: Programme, **overrides: Any) -> Reviewer:
    number = next(_counter)
    values: dict[str, Any] = {
        "programme_id": programme.key,
        "reference": f"R{number:04}",
        "name": f"Reviewer {number}",
        "agency": "council",
        "team": None,
        "district": "E07000117",
        "available_from": date(2016, 1, 20),
        "points_per_day": 12.0,
        "pattern": [1, 1, 1, 1, 1, 0, 0],
        "qualification": "social_worker",
    }
    reviewer = Reviewer(**values | overrides)
    session.add(reviewer)
    session.flush()
    return reviewer


def as_actor(reviewer: Reviewer, *more: Role) -> Actor:
    return Actor(
        name=reviewer.reference,
        roles=frozenset({Role.REVIEWER, *more}),
        agency=reviewer.agency,
        reviewer_id=reviewer.key,
    )


def make_form(**overrides: Any) -> ReviewForm:
    values: dict[str, Any] = {
        "form_id": "cin_review",
        "form_version": 1,
        "answers": {"outcome": "remain_cin"},
        "outcome": "remain_cin",
        "grade": "good",
        "safety": "safe",
    }
    return ReviewForm(**values | overrides)
