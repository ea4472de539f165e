"""Bands and efforts of cases, stored as an allocation went by them."""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlmodel import Session, col

from workflow.allocation.families import OpenReview
from workflow.models import Case


def bring_up_to_date(session: Session, reviews: Iterable[OpenReview]) -> None:
    """Store the risk bands, reasons and efforts of the day; unchanged ones are left alone."""
    rows = [
        {
            "case": review.case_id,
            "to_band": review.priority.band,
            "to_effort": review.priority.effort,
            "to_reasons": list(review.priority.reasons),
        }
        for review in reviews
        if review.is_stale
    ]
    if not rows:
        return
    session.flush()
    session.connection().execute(_PRIORITIES, rows)
    for known in list(session.identity_map.values()):
        if isinstance(known, Case):
            session.expire(known)


_PRIORITIES = (
    sa.update(Case)
    .where(col(Case.id) == sa.bindparam("case"))
    .values(
        band=sa.bindparam("to_band"),
        effort=sa.bindparam("to_effort"),
        band_reasons=sa.bindparam("to_reasons"),
    )
)
