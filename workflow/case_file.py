"""Everything a coordinator or a manager sees of one case; reads, never writes."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from workflow import audit
from workflow.errors import NotFoundError
from workflow.models import (
    AllocationLine,
    AllocationRun,
    Case,
    Conflict,
    ConflictKind,
    Escalation,
    Event,
    Programme,
    Review,
    Reviewer,
    RunStatus,
    Submission,
)


@dataclass(frozen=True, slots=True)
class Sibling:
    """Another child of the family whose case is in the programme."""

    reference: str
    review: Review | None
    reviewer: Reviewer | None


@dataclass(frozen=True, slots=True)
class AllocationReason:
    """What the newest applied run said of a review."""

    run: AllocationRun
    line: AllocationLine
    runner_up: Reviewer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """One case with its review and all that happened to it."""

    case: Case
    review: Review | None
    """None: the case is outside the cohort."""
    reviewer: Reviewer | None
    siblings: list[Sibling]
    conflicts: list[tuple[Reviewer, Conflict]]
    """Reviewers who must keep away from the case, and why."""
    allocation: AllocationReason | None
    submissions: list[tuple[Submission, Reviewer]]
    """Oldest first, each with its author."""
    escalations: list[Escalation]
    events: list[Event]
    """Oldest first."""
    names: dict[int, str]
    """Number of each reviewer an event names → name."""


def find_case(session: Session, programme: Programme, reference: str) -> Case:
    """The case of a reference.

    Raises:
        NotFoundError: the programme has none of it.
    """
    query = select(Case).where(Case.programme_id == programme.key, Case.reference == reference)
    case = session.exec(query).one_or_none()
    if case is None:
        raise NotFoundError("case", reference)
    return case


def find_review(session: Session, programme: Programme, reference: str) -> tuple[Case, Review]:
    """The case of a reference and its review.

    Raises:
        NotFoundError: there is no such case, or it is outside the cohort and has no review.
    """
    case = find_case(session, programme, reference)
    review = session.exec(select(Review).where(Review.case_id == case.key)).one_or_none()
    if review is None:
        raise NotFoundError("review of case", reference)
    return case, review


def read_case_file(session: Session, programme: Programme, reference: str) -> CaseFile:
    """The whole file of a case.

    Raises:
        NotFoundError: the programme has no such case.
    """
    case = find_case(session, programme, reference)
    review = session.exec(select(Review).where(Review.case_id == case.key)).one_or_none()
    events = audit.timeline(session, review.key) if review else []
    holder = review.reviewer_id if review else None
    return CaseFile(
        case=case,
        review=review,
        reviewer=session.get(Reviewer, holder) if holder else None,
        siblings=siblings_of(session, case),
        conflicts=_conflicts(session, case),
        allocation=_allocation(session, review) if review else None,
        submissions=_submissions(session, review) if review else [],
        escalations=_escalations(session, review) if review else [],
        events=events,
        names=_names(session, events),
    )


def siblings_of(session: Session, case: Case) -> list[Sibling]:
    """The other cases of the family, in the order of their references."""
    if case.family is None:
        return []
    query = (
        select(Case.reference, Review, Reviewer)
        .outerjoin(Review, col(Review.case_id) == col(Case.id))
        .outerjoin(Reviewer, col(Reviewer.id) == col(Review.reviewer_id))
        .where(
            Case.programme_id == case.programme_id,
            Case.family == case.family,
            col(Case.id) != case.key,
        )
        .order_by(col(Case.reference))
    )
    return [Sibling(*row) for row in session.exec(query)]


def _conflicts(session: Session, case: Case) -> list[tuple[Reviewer, Conflict]]:
    named = {
        ConflictKind.CASE: case.reference,
        ConflictKind.FAMILY: case.family,
        ConflictKind.CHILD: case.child_id,
        ConflictKind.TEAM: case.team,
    }
    query = (
        select(Reviewer, Conflict)
        .join(Conflict, col(Conflict.reviewer_id) == col(Reviewer.id))
        .where(
            Reviewer.programme_id == case.programme_id,
            col(Conflict.subject).in_([subject for subject in named.values() if subject]),
        )
        .order_by(col(Reviewer.name))
    )
    return [row for row in session.exec(query) if named[row[1].kind] == row[1].subject]


def _allocation(session: Session, review: Review) -> AllocationReason | None:
    query = (
        select(AllocationRun, AllocationLine)
        .join(AllocationLine, col(AllocationLine.run_id) == col(AllocationRun.id))
        .where(AllocationLine.review_id == review.key, AllocationRun.status == RunStatus.APPLIED)
        .order_by(col(AllocationRun.id).desc())
    )
    newest = session.exec(query).first()
    if newest is None:
        return None
    run, line = newest
    runner_up = session.get(Reviewer, line.runner_up_id) if line.runner_up_id else None
    return AllocationReason(run, line, runner_up)


def _submissions(session: Session, review: Review) -> list[tuple[Submission, Reviewer]]:
    query = (
        select(Submission, Reviewer)
        .join(Reviewer, col(Reviewer.id) == col(Submission.author_id))
        .where(Submission.review_id == review.key)
        .order_by(col(Submission.number))
    )
    return list(session.exec(query))


def _escalations(session: Session, review: Review) -> list[Escalation]:
    query = (
        select(Escalation)
        .where(Escalation.review_id == review.key)
        .order_by(col(Escalation.raised_at))
    )
    return list(session.exec(query))


def _names(session: Session, events: list[Event]) -> dict[int, str]:
    named = {event.payload.get("reviewer_id") for event in events} - {None}
    if not named:
        return {}
    query = select(Reviewer.id, Reviewer.name).where(col(Reviewer.id).in_(named))
    return {number: name for number, name in session.exec(query) if number is not None}
