"""Rows that quality is counted from: confirmed reviews, pairs of reviews, draws. Reads, never writes.

All of them speak of the end of a day, from events, submissions and second reviews, which never change: a
report for a past day can be made again.
"""

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import Any

import pandas as pd
import sqlalchemy as sa
from sqlmodel import Session, col, select

from workflow.calendar import local_date
from workflow.geography import Geography
from workflow.models import Case, Event, ModerationReview, Programme, Review, Reviewer, Submission
from workflow.quality.levels import BAND_OF, DIRECTION_OF
from workflow.quality.sampling import Decided
from workflow.states import ReviewState

UNKNOWN = "unknown"
_CONFIRMED_COLUMNS = (
    "review_id",
    "district",
    "area",
    "team",
    "agency",
    "reviewer",
    "confirmed_on",
    "week",
    "outcome",
    "direction",
    "grade",
    "grade_band",
    "safety",
    "late",
    "returned",
)


def confirmed_reviews(
    session: Session, programme: Programme, as_of: date, *, geography: Geography, scheme: str
) -> pd.DataFrame:
    """The reviews that stood complete at the end of a day.

    Args:
        scheme: code of the geography's areas, e.g. `social_care`.

    Returns:
        One row per review, by number: `review_id` int, `district` and `area` names, `team`, `agency` and
        `reviewer` (reference) of the author, `confirmed_on` date, `week` (its Monday) date, `outcome`,
        `direction`, `grade`, `grade_band`, `safety`, `late` (`yes` when submitted first after its due
        date, None without one) and `returned` (`yes` when sent back at least once).
    """
    past = _histories(session, programme, as_of)
    latest = _latest_submissions(session, programme, as_of)
    rows = []
    for review_id, case in _cases(session, programme):
        history = past.get(review_id)
        found = latest.get(review_id)
        if history is None or found is None or not history.is_complete:
            continue
        submission, author = found
        day = history.last_on
        rows.append(
            (
                review_id,
                geography.name_of(case.district) if case.district else UNKNOWN,
                _area(geography, scheme, case.district),
                case.team or UNKNOWN,
                author.agency,
                author.reference,
                day,
                day - timedelta(day.weekday()),
                submission.outcome,
                DIRECTION_OF.get(submission.outcome),
                submission.grade,
                BAND_OF.get(submission.grade),
                submission.safety,
                history.late,
                "yes" if history.returned else "no",
            )
        )
    return pd.DataFrame(rows, columns=list(_CONFIRMED_COLUMNS))


def rated_pairs(session: Session, programme: Programme, as_of: date) -> pd.DataFrame:
    """First and second reviews of the same case, up to the end of a day.

    Returns:
        One row per second review, oldest first: `review_id`, `on` date, `agency` and `reviewer`
        (reference) of the first, `moderator`, and `outcome`, `grade`, `safety` of the first, with
        `second_` before them of the second.
    """
    query = (
        select(ModerationReview, Submission, Reviewer)
        .join(Submission, col(Submission.id) == col(ModerationReview.submission_id))
        .join(Reviewer, col(Reviewer.id) == col(Submission.author_id))
        .join(Review, col(Review.id) == col(ModerationReview.review_id))
        .where(Review.programme_id == programme.key)
        .order_by(col(ModerationReview.id))
    )
    rows = [
        {
            "review_id": second.review_id,
            "on": local_date(second.submitted_at),
            "agency": author.agency,
            "reviewer": author.reference,
            "moderator": second.moderator,
            **{name: getattr(first, name) for name in _FINDINGS},
            **{f"second_{name}": getattr(second, name) for name in _FINDINGS},
        }
        for second, first, author in session.exec(query)
        if local_date(second.submitted_at) <= as_of
    ]
    return pd.DataFrame(rows, columns=list(_PAIR_COLUMNS))


_FINDINGS = ("outcome", "grade", "safety")
_PAIR_COLUMNS = (
    "review_id",
    "on",
    "agency",
    "reviewer",
    "moderator",
    *_FINDINGS,
    *(f"second_{name}" for name in _FINDINGS),
)


def differing_questions(
    session: Session, programme: Programme, as_of: date, *, questions: Collection[str]
) -> pd.DataFrame:
    """Which questions first and second reviews answer differently.

    Args:
        questions: ids of the questions that are compared: those with set answers, no free text.

    Returns:
        Indexed by question id, the most often differing first: `both` (answered in both) and `differ`.
    """
    query = (
        select(ModerationReview, Submission)
        .join(Submission, col(Submission.id) == col(ModerationReview.submission_id))
        .join(Review, col(Review.id) == col(ModerationReview.review_id))
        .where(Review.programme_id == programme.key)
    )
    rows = [
        (question, 1, int(first.answers[question] != second.answers[question]))
        for second, first in session.exec(query)
        if local_date(second.submitted_at) <= as_of
        for question in first.answers.keys() & second.answers.keys() & set(questions)
    ]
    counted = pd.DataFrame(rows, columns=["question", "both", "differ"])
    sums = counted.groupby("question").sum().astype(int).reset_index()
    return sums.sort_values(["differ", "question"], ascending=[False, True]).set_index("question")


def decided_submissions(
    session: Session, programme: Programme, as_of: date, *, geography: Geography
) -> list[Decided]:
    """Every draw of the sample up to the end of a day, as it was made then."""
    query = (
        select(Event, Case.district)
        .join(Review, col(Review.id) == col(Event.review_id))
        .join(Case, col(Case.id) == col(Review.case_id))
        .where(
            Event.programme_id == programme.key,
            col(Event.kind).in_(("review_confirmed", "review_sent_to_moderation")),
        )
        .order_by(col(Event.seq))
    )
    return [
        _decided(event.payload, geography.name_of(district) if district else UNKNOWN)
        for event, district in session.exec(query)
        if "share" in event.payload and local_date(event.at) <= as_of
    ]


def _decided(payload: dict[str, Any], district: str) -> Decided:
    return Decided(
        rule=payload.get("rule"),
        share=payload["share"],
        strata={
            "outcome": payload.get("outcome", UNKNOWN),
            "agency": payload.get("agency", UNKNOWN),
            "district": district,
        },
    )


class _History:
    """What a review's changes of state say of it, folded oldest first."""

    def __init__(self) -> None:
        self.stands: str | None = None
        self.last_on = date.min
        self.due_on: str | None = None
        self.late: str | None = None
        self.returned = False
        self._submitted = False

    @property
    def is_complete(self) -> bool:
        return self.stands == ReviewState.COMPLETE

    def add(self, kind: str, to_state: str | None, day: date, payload: dict[str, Any]) -> None:
        self.stands, self.last_on = to_state, day
        self.due_on = payload.get("due_on", self.due_on)
        self.returned |= kind == "review_returned"
        if kind == "review_submitted" and not self._submitted:
            self._submitted = True
            if self.due_on:
                self.late = "yes" if day > date.fromisoformat(self.due_on) else "no"


def _histories(session: Session, programme: Programme, as_of: date) -> dict[int, _History]:
    columns: tuple[Any, ...] = (
        col(Event.review_id),
        col(Event.kind),
        col(Event.to_state),
        col(Event.at),
        col(Event.payload),
    )
    query = (
        sa.select(*columns)
        .where(col(Event.programme_id) == programme.key, col(Event.action).is_not(None))
        .order_by(col(Event.seq))
    )
    found: dict[int, _History] = {}
    rows: Iterable[Any] = session.connection().execute(query)
    for review_id, kind, to_state, at, payload in rows:
        if (day := local_date(at)) <= as_of:
            found.setdefault(review_id, _History()).add(kind, to_state, day, payload)
    return found


def _latest_submissions(
    session: Session, programme: Programme, as_of: date
) -> dict[int, tuple[Submission, Reviewer]]:
    query = (
        select(Submission, Reviewer)
        .join(Reviewer, col(Reviewer.id) == col(Submission.author_id))
        .join(Review, col(Review.id) == col(Submission.review_id))
        .where(Review.programme_id == programme.key)
        .order_by(col(Submission.number))
    )
    return {
        submission.review_id: (submission, author)
        for submission, author in session.exec(query)
        if local_date(submission.submitted_at) <= as_of
    }


def _cases(session: Session, programme: Programme) -> list[tuple[int, Case]]:
    query = (
        select(Review.id, Case)
        .join(Case, col(Case.id) == col(Review.case_id))
        .where(Review.programme_id == programme.key)
        .order_by(col(Review.id))
    )
    return [(review_id or 0, case) for review_id, case in session.exec(query)]


def _area(geography: Geography, scheme: str, district: str | None) -> str:
    return geography.areas_of(district).get(scheme, UNKNOWN) if district else UNKNOWN
