"""Reads what the sections are filled from, each as it stood on the day of the report; never writes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlmodel import Session, col, select

from workflow.calendar import at_local, local_date
from workflow.capacity import carriers_of, posts_of
from workflow.followup.demand import STEP_DOWN
from workflow.followup.outlook import EARLY_HELP, confirmed_outcomes
from workflow.forecast.stored import forecast_programme, forecasts_kept
from workflow.geography import Geography
from workflow.models import (
    Escalation,
    Event,
    FollowOnAction,
    ImportRun,
    PracticeManager,
    Programme,
    Vacancy,
)
from workflow.moved_dates import moved_since
from workflow.policy import Policy
from workflow.quality.reading import UNKNOWN
from workflow.queries import review_places
from workflow.reporting.following import Acting, acting
from workflow.reporting.people import Dated
from workflow.reporting.sources import Basis
from workflow.reporting.standing import Standing
from workflow.states import ReviewState

_NOT_HANDED_IN = (
    ReviewState.UNALLOCATED,
    ReviewState.ALLOCATED,
    ReviewState.IN_PROGRESS,
    ReviewState.ON_HOLD,
    ReviewState.RETURNED,
)


@dataclass(frozen=True, slots=True)
class Said:
    """The forecast of the day, and whether it is the one that was kept then."""

    forecast: Mapping[str, Any]
    is_kept: bool


def forecast_of(session: Session, programme: Programme, policy: Policy, as_of: date) -> Said:
    """What was said on the day, the first time; without any, what is to be said from its events.

    Raises:
        InvalidInputError: there is no review to forecast yet.
    """
    for kept in forecasts_kept(session, programme=programme):
        if kept.as_of == as_of:
            return Said(kept.result, is_kept=True)
    outlook = forecast_programme(session, programme=programme, policy=policy, as_of=as_of)
    return Said(outlook.forecast.to_json(), is_kept=False)


def district_names(session: Session, programme: Programme, geography: Geography) -> Any:
    """Review number → name of the district, as a series."""
    districts = review_places(session, programme)["district"]
    return districts.map(lambda code: name_of(code, geography))


def name_of(code: object, geography: Geography) -> str:
    """A district's name; `unknown` where no file has named one."""
    return geography.name_of(code) if isinstance(code, str) else UNKNOWN


def overdue(session: Session, programme: Programme, standing: Standing) -> int:
    """Reviews past the due date they had then and not yet submitted."""
    waiting = set(standing.states[standing.states.isin(_NOT_HANDED_IN)].index)
    query = (
        select(Event.review_id, Event.payload, Event.at)
        .where(Event.programme_id == programme.key, col(Event.action).is_not(None))
        .order_by(col(Event.seq))
    )
    due: dict[int | None, str | None] = {}
    for review_id, payload, at in session.exec(query):
        if "due_on" in payload and local_date(at) <= standing.until:
            due[review_id] = payload["due_on"]
    today = standing.as_of.isoformat()
    return sum((day := due.get(review_id)) is not None and day < today for review_id in waiting)


def step_downs(
    session: Session, programme: Programme, geography: Geography, until: date
) -> dict[str, int]:
    """Early help area → step-downs to early help confirmed by the end of a day."""
    scheme = geography.schemes.get(EARLY_HELP)
    if scheme is None:
        return {}
    counts = dict.fromkeys(sorted(scheme.areas), 0)
    for one in confirmed_outcomes(session, programme, until):
        area = scheme.area_of(one.district) if one.district else None
        if one.outcome == STEP_DOWN:
            name = area or "area not known"
            counts[name] = counts.get(name, 0) + 1
    return counts


def actions(session: Session, programme: Programme, standing: Standing) -> list[Acting]:
    """Follow-on actions as they stood."""
    moved = moved_since(
        session, programme.key, kind="action_moved", subject="action_id", as_of=standing.until
    )
    query = select(FollowOnAction).where(FollowOnAction.programme_id == programme.key)
    found = session.exec(query.order_by(col(FollowOnAction.id)))
    return list(acting(found, moved, until=standing.until, as_of=standing.as_of))


def escalations(session: Session, programme: Programme) -> list[Escalation]:
    """Every escalation, the oldest first."""
    query = select(Escalation).where(Escalation.programme_id == programme.key)
    return list(session.exec(query.order_by(col(Escalation.id))))


def vacancies(
    session: Session, programme: Programme, geography: Geography, as_of: date
) -> list[Dated]:
    """The posts that stood vacant, by reference, with the dates of that day."""
    query = select(Vacancy.reference, Vacancy.district).where(Vacancy.programme_id == programme.key)
    districts = dict(session.exec(query).all())
    return [
        Dated(
            reference=post.reference,
            district=_anywhere(districts[post.reference], geography),
            since_on=post.since_on,
            first_on=post.first_expected_on,
            now_on=post.expected_on,
        )
        for post in posts_of(session, programme, as_of)
        if post.is_vacant(as_of)
    ]


def managers(
    session: Session, programme: Programme, geography: Geography, as_of: date
) -> list[Dated]:
    """The Practice Managers who carried cases, by reference, with the dates of that day."""
    query = select(PracticeManager).where(PracticeManager.programme_id == programme.key)
    known = {manager.reference: manager for manager in session.exec(query)}
    return [
        Dated(
            reference=carrier.reference,
            district=_anywhere(known[carrier.reference].district, geography),
            first_on=known[carrier.reference].first_ends_on if carrier.ends_on else None,
            now_on=carrier.ends_on,
        )
        for carrier in carriers_of(session, programme, as_of)
        if carrier.cases_on(as_of)
    ]


def _anywhere(code: str | None, geography: Geography) -> str:
    return geography.name_of(code) if code else "Any"


def rewritten_commitments(session: Session, programme: Programme, as_of: date) -> set[int]:
    """Commitments whose owner or evidence was rewritten after a day."""
    kinds = ("commitment_updated", "commitment_met", "commitment_dropped")
    query = select(Event.kind, Event.payload).where(
        Event.programme_id == programme.key, col(Event.kind).in_(kinds), Event.at >= _end(as_of)
    )
    return {
        payload["commitment_id"]
        for kind, payload in session.exec(query)
        if kind != kinds[0] or {"owner", "evidence"} & set(payload["changed"])
    }


def imports(session: Session, programme: Programme, as_of: date) -> list[ImportRun]:
    """The caseload files taken in by the end of a day, the oldest first."""
    query = select(ImportRun).where(
        ImportRun.programme_id == programme.key, col(ImportRun.imported_at) < _end(as_of)
    )
    return list(session.exec(query.order_by(col(ImportRun.id))))


def basis_of(session: Session, programme: Programme, standing: Standing, said: Said) -> Basis:
    """What the report can be made again from."""
    query = (
        select(Event.seq, Event.mac)
        .where(Event.programme_id == programme.key, Event.at < _end(standing.until))
        .order_by(col(Event.seq).desc())
        .limit(1)
    )
    last = session.exec(query).first()
    return Basis(
        as_of=standing.as_of,
        until=standing.until,
        events=last[0] if last else 0,
        last_seal=last[1] if last else "",
        forecast_as_of=date.fromisoformat(said.forecast["as_of"]),
        forecast_kept=said.is_kept,
        forecast_inputs=said.forecast["input_hash"],
        model_version=said.forecast["model_version"],
    )


def _end(day: date) -> datetime:
    """The instant at which a day is over."""
    return at_local(day + timedelta(1), time())
