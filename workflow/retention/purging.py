"""What is due to go, and its removal.

A purge removes what is held of the child and leaves the frame: that there was a case and a review, its
dates, its outcome for the counts, and every event without the words of its reason. Nothing is purged by
itself: `purge_due` lists, and an administrator purges what they name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, select

from workflow import audit
from workflow.calendar import local_date
from workflow.db import ROW_LOCK
from workflow.errors import GuardNotMetError
from workflow.models import (
    Alert,
    AllocationLine,
    Case,
    Conflict,
    ConflictKind,
    Draft,
    Escalation,
    Event,
    FollowOnAction,
    LegalHold,
    ModerationReview,
    Programme,
    PurgedCase,
    Review,
    SecondDraft,
    Submission,
)
from workflow.retention.schedule import (
    MAY_PURGE,
    Keeping,
    check_role,
    keeping_on,
    years_after,
)
from workflow.states import OPEN_STATES, Actor

PURGED = "Removed at the end of its retention."
ADULT = 18

_CONTENT: dict[type[SQLModel], dict[str, Any]] = {
    Submission: {"answers": {}},
    ModerationReview: {"answers": {}},
    Escalation: {"reason": PURGED, "outcome": PURGED},
    FollowOnAction: {"task": "", "owner": None, "receiver": None, "result": PURGED},
    AllocationLine: {"reason": PURGED, "terms": {}},
    Alert: {"detail": {}},
}
"""What a purge takes out of the tables that hang on a review: column → what stands there afterwards."""


@dataclass(frozen=True, slots=True)
class Due:
    """One case whose time is over, or would be."""

    case: Case
    closed_on: date
    due_on: date
    kept_because: str | None
    """Why it stays all the same; None when it may go."""


def purge_due(session: Session, programme: Programme, as_of: date) -> list[Due]:
    """Closed cases whose time is over on a day, the longest over first, with those that must stay."""
    keeping = keeping_on(session, programme, as_of)
    if keeping.years_after_closure is None:
        return []
    query = (
        select(Case, Review, LegalHold)
        .outerjoin(Review, col(Review.case_id) == col(Case.id))
        .outerjoin(
            LegalHold,
            (col(LegalHold.case_id) == col(Case.id)) & col(LegalHold.lifted_at).is_(None),
        )
        .outerjoin(PurgedCase, col(PurgedCase.case_id) == col(Case.id))
        .where(Case.programme_id == programme.key, col(PurgedCase.id).is_(None))
    )
    found = [_due(case, review, hold, keeping) for case, review, hold in session.exec(query)]
    return sorted(
        (due for due in found if due is not None and due.due_on <= as_of),
        key=lambda due: (due.due_on, due.case.reference),
    )


def purge(
    session: Session,
    *,
    programme: Programme,
    references: Sequence[str],
    actor: Actor,
    now: datetime,
) -> list[PurgedCase]:
    """Remove the content of the named cases; all of them, or (when one may not go) none.

    Raises:
        NotPermittedError: the actor is no administrator.
        GuardNotMetError: a case is not due, or is kept for a reason.
    """
    check_role(actor, MAY_PURGE, "purge a case")
    reviews = _locked(session, programme, references)
    as_of = local_date(now)
    due = {due.case.reference: due for due in purge_due(session, programme, as_of)}
    for reference in references:
        if reference not in due:
            raise GuardNotMetError("purge", f"{reference} is not due to be purged.")
        if reason := due[reference].kept_because:
            raise GuardNotMetError("purge", f"{reference} stays: {reason}")
    rule_id = keeping_on(session, programme, as_of).rule_id
    return [
        _purge_case(session, due[reference], reviews.get(reference), rule_id, actor, now)
        for reference in dict.fromkeys(references)
    ]


def unexplained_purges(session: Session, programme: Programme) -> list[int]:
    """Cases marked as purged without the event that belongs to it: done behind the product's back."""
    explained = select(Event.case_id).where(
        Event.programme_id == programme.key, Event.kind == "case_purged"
    )
    marked = (
        select(PurgedCase.case_id)
        .join(Case, col(Case.id) == col(PurgedCase.case_id))
        .where(Case.programme_id == programme.key, col(PurgedCase.case_id).not_in(explained))
        .order_by(col(PurgedCase.case_id))
    )
    return list(session.exec(marked))


def _locked(session: Session, programme: Programme, references: Sequence[str]) -> dict[str, Review]:
    """Lock the cases and their reviews, all before the first event; gives reference → review."""
    session.get(Programme, programme.key, with_for_update=ROW_LOCK)
    cases = (
        select(Case)
        .where(Case.programme_id == programme.key, col(Case.reference).in_(references))
        .order_by(col(Case.id))
        .with_for_update(**ROW_LOCK)
    )
    names = {case.key: case.reference for case in session.exec(cases)}
    reviews = (
        select(Review)
        .where(col(Review.case_id).in_(names))
        .order_by(col(Review.id))
        .with_for_update(**ROW_LOCK)
    )
    return {names[review.case_id]: review for review in session.exec(reviews)}


def _due(case: Case, review: Review | None, hold: LegalHold | None, keeping: Keeping) -> Due | None:
    """When a closed case's time is over; None when no file has called it closed."""
    closed = case.facts.get("closed_on")
    if not closed or keeping.years_after_closure is None:
        return None
    closed_on = date.fromisoformat(closed)
    due_on = years_after(closed_on, keeping.years_after_closure)
    born = case.facts.get("birth_on") or case.facts.get("expected_birth_on")
    if born and keeping.years_after_eighteenth is not None:
        grown = years_after(date.fromisoformat(born), ADULT + keeping.years_after_eighteenth)
        due_on = max(due_on, grown)
    reasons = (
        (hold is not None, "it is on legal hold."),
        (review is not None and review.state in OPEN_STATES, "its review is still open."),
        (
            not born and keeping.years_after_eighteenth is not None,
            "no date of birth is known, so the child's age cannot be reckoned.",
        ),
    )
    return Due(case, closed_on, due_on, next((why for holds, why in reasons if holds), None))


def _purge_case(
    session: Session,
    due: Due,
    review: Review | None,
    rule_id: int | None,
    actor: Actor,
    now: datetime,
) -> PurgedCase:
    case = due.case
    marker = PurgedCase(
        case_id=case.key,
        review_id=review.key if review else None,
        rule_id=rule_id,
        purged_by=actor.name,
        purged_at=now,
    )
    session.add(marker)
    session.flush()  # the database empties submissions only once the marker stands
    if review is not None:
        _empty_review(session, review.key)
    _empty_reasons(session, case, review)
    _empty_conflicts(session, case)
    _empty_case(session, case, due.closed_on)
    audit.record(
        session,
        programme_id=case.programme_id,
        kind="case_purged",
        actor=actor,
        at=now,
        case_id=case.key,
        payload={
            "closed_on": due.closed_on.isoformat(),
            "due_on": due.due_on.isoformat(),
            "rule_id": rule_id,
        },
    )
    return marker


def _empty_review(session: Session, review_id: int) -> None:
    for model, blanks in _CONTENT.items():
        columns: Any = sa.inspect(model).columns
        session.exec(sa.update(model).where(columns.review_id == review_id).values(**blanks))
    for drafts in (Draft, SecondDraft):
        session.exec(sa.delete(drafts).where(col(drafts.review_id) == review_id))


def _empty_reasons(session: Session, case: Case, review: Review | None) -> None:
    """What people gave as their reasons goes; that it happened, when and by whom stays on record."""
    concerned = col(Event.case_id) == case.key
    if review is not None:
        concerned |= col(Event.review_id) == review.key
    reasons = sa.update(Event).where(concerned, col(Event.reason).is_not(None))
    session.exec(reasons.values(reason=None))


def _empty_conflicts(session: Session, case: Case) -> None:
    """Conflicts with this case and child go; with the family only when no other case of it is held."""
    subjects = [(ConflictKind.CASE, case.reference), (ConflictKind.CHILD, case.child_id)]
    kin = select(Case.id).where(
        Case.programme_id == case.programme_id,
        col(Case.family) == case.family,
        col(Case.id) != case.key,
    )
    if case.family and session.exec(kin.limit(1)).first() is None:
        subjects.append((ConflictKind.FAMILY, case.family))
    for kind, subject in subjects:
        session.exec(
            sa.delete(Conflict).where(col(Conflict.kind) == kind, col(Conflict.subject) == subject)
        )


def _empty_case(session: Session, case: Case, closed_on: date) -> None:
    """What is left, for counts: reference, start and end of the episode, district and risk band."""
    holds = sa.update(LegalHold).where(col(LegalHold.case_id) == case.key)
    session.exec(holds.values(reason=PURGED, lifted_because=PURGED))
    case.child_id = f"purged-{case.key}"
    case.family = case.team = case.worker = None
    case.facts, case.band_reasons = {"closed_on": closed_on.isoformat()}, []
    case.cohort_reason = ""
