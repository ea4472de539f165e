"""What is kept by whose order: rules that were set, and the holds that stand; reads only."""

from sqlmodel import Session, col, select

from workflow.models import Case, LegalHold, Programme, PurgedCase, RetentionRule


def rules_of(session: Session, programme: Programme) -> list[RetentionRule]:
    """The rules a council has set, the latest to be in force first."""
    query = select(RetentionRule).where(RetentionRule.programme_id == programme.key)
    return list(
        session.exec(
            query.order_by(col(RetentionRule.in_force_from).desc(), col(RetentionRule.id).desc())
        )
    )


def standing_holds(session: Session, programme: Programme) -> list[tuple[LegalHold, str]]:
    """The holds that stand, the oldest first, each with the reference of its case."""
    query = (
        select(LegalHold, Case.reference)
        .join(Case, col(Case.id) == col(LegalHold.case_id))
        .where(Case.programme_id == programme.key, col(LegalHold.lifted_at).is_(None))
        .order_by(col(LegalHold.placed_at), col(LegalHold.id))
    )
    return [(hold, reference) for hold, reference in session.exec(query)]


def holds_on(session: Session, case_id: int) -> list[LegalHold]:
    """Every hold a case is or was on, the newest first."""
    query = select(LegalHold).where(LegalHold.case_id == case_id)
    return list(session.exec(query.order_by(col(LegalHold.id).desc())))


def is_purged(session: Session, case_id: int) -> bool:
    """Whether what was held of a case has been removed."""
    query = select(PurgedCase.id).where(PurgedCase.case_id == case_id)
    return session.exec(query).first() is not None
