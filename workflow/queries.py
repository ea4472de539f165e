"""Read models for the command line, the pages and the forecast; nothing here ever writes."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd
import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from workflow.calendar import LONDON
from workflow.models import Case, Event, Programme, Review, Reviewer, StoredForecast
from workflow.states import ReviewState

UNALLOCATED_AGENCY = "not allocated"


@dataclass(frozen=True, slots=True)
class Counts:
    """Reviews by state, agency and district, as they stand now."""

    by_state: dict[ReviewState, int]
    """Every state, also those with none, in the order a review passes them."""
    by_agency: dict[str, dict[ReviewState, int]]
    by_district: dict[str, dict[ReviewState, int]]

    @property
    def total(self) -> int:
        """Reviews in scope: all but the withdrawn ones."""
        return sum(self.by_state.values()) - self.by_state[ReviewState.WITHDRAWN]

    @property
    def complete(self) -> int:
        """Reviews whose outcome is confirmed."""
        return self.by_state[ReviewState.COMPLETE]


def count_reviews(session: Session, programme: Programme) -> Counts:
    """Count the programme's reviews by state, by the agency that holds them and by district."""
    query = (
        select(col(Review.state), col(Reviewer.agency), col(Case.district), func.count())
        .join(Case, col(Case.id) == col(Review.case_id))
        .outerjoin(Reviewer, col(Reviewer.id) == col(Review.reviewer_id))
        .where(Review.programme_id == programme.key)
        .group_by(col(Review.state), col(Reviewer.agency), col(Case.district))
    )
    states: Counter[ReviewState] = Counter()
    agencies: dict[str, Counter[ReviewState]] = {}
    districts: dict[str, Counter[ReviewState]] = {}
    for state, agency, district, count in session.exec(query):
        states[state] += count
        agencies.setdefault(agency or UNALLOCATED_AGENCY, Counter())[state] += count
        districts.setdefault(district or "unknown", Counter())[state] += count
    return Counts(
        by_state={state: states[state] for state in ReviewState},
        by_agency={name: dict(agencies[name]) for name in sorted(agencies)},
        by_district={name: dict(districts[name]) for name in sorted(districts)},
    )


def review_moves(session: Session, programme: Programme) -> pd.DataFrame:
    """Every opening and every change of state, oldest first.

    Returns:
        One row per event: `review_id` int, `kind` str, `to_state` str (`unallocated` for an opening),
        `reviewer_id` float (holder after the change, NaN without one), `day` date in London.
    """
    query = (
        sa.select(
            col(Event.review_id),
            col(Event.kind),
            col(Event.to_state),
            col(Event.at),
            col(Event.payload),
        )
        .where(
            col(Event.programme_id) == programme.key,
            col(Event.action).is_not(None) | (col(Event.kind) == "review_opened"),
        )
        .order_by(col(Event.seq))
    )
    rows = session.connection().execute(query).all()
    frame = pd.DataFrame(
        {
            "review_id": [row[0] for row in rows],
            "kind": [row[1] for row in rows],
            "to_state": [row[2] or ReviewState.UNALLOCATED.value for row in rows],
            "reviewer_id": [_holder(row[4]) for row in rows],
            "at": pd.to_datetime([row[3] for row in rows], utc=True),
        }
    )
    frame["day"] = frame.pop("at").dt.tz_convert(LONDON).dt.date
    frame["reviewer_id"] = frame.groupby("review_id")["reviewer_id"].ffill().replace(-1, pd.NA)
    frame["reviewer_id"] = frame["reviewer_id"].astype("Float64")
    return frame


def _holder(payload: dict[str, object]) -> float | None:
    """The holder an event names: a number, -1 for nobody from now on, None if it is silent."""
    if "reviewer_id" not in payload:
        return None
    named = payload["reviewer_id"]
    return float(named) if isinstance(named, int) else -1.0


def review_places(session: Session, programme: Programme) -> pd.DataFrame:
    """Where each review belongs.

    Returns:
        Indexed by `review_id`: `reference`, `district`, `unit` (family or child), `effort` in points.
    """
    query = (
        select(Review.id, Case)
        .join(Case, col(Case.id) == col(Review.case_id))
        .where(Review.programme_id == programme.key)
    )
    rows = [
        (review_id, case.reference, case.district, case.unit, case.effort)
        for review_id, case in session.exec(query)
    ]
    columns = ["review_id", "reference", "district", "unit", "effort"]
    return pd.DataFrame(rows, columns=columns).set_index("review_id")


def overdue_reviews(session: Session, programme: Programme, as_of: date) -> int:
    """How many reviews are past their due date and not yet submitted."""
    waiting = [
        ReviewState.UNALLOCATED,
        ReviewState.ALLOCATED,
        ReviewState.IN_PROGRESS,
        ReviewState.ON_HOLD,
        ReviewState.RETURNED,
    ]
    query = (
        select(func.count())
        .select_from(Review)
        .where(
            Review.programme_id == programme.key,
            col(Review.due_on) < as_of,
            col(Review.state).in_(waiting),
        )
    )
    return session.exec(query).one()


def latest_forecast(
    session: Session, programme: Programme, *, up_to: date | None = None
) -> StoredForecast | None:
    """The newest stored forecast, or the newest that speaks from `up_to` or before."""
    query = select(StoredForecast).where(StoredForecast.programme_id == programme.key)
    if up_to is not None:
        query = query.where(col(StoredForecast.as_of) <= up_to)
    return session.exec(
        query.order_by(col(StoredForecast.as_of).desc(), col(StoredForecast.id).desc()).limit(1)
    ).first()


def outcome_mix(session: Session, programme: Programme) -> dict[str, int]:
    """Confirmed outcomes and how often, most frequent first."""
    count = func.count()
    query = (
        select(Review.outcome, count)
        .where(Review.programme_id == programme.key, Review.state == ReviewState.COMPLETE)
        .group_by(col(Review.outcome))
        .order_by(sa.desc(count), col(Review.outcome))
    )
    rows: Sequence[tuple[str | None, int]] = session.exec(query).all()
    return {outcome or "unknown": number for outcome, number in rows}
