"""The use of the demand forecast: what the events say so far, and what the completion forecast adds."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from workflow.calendar import local_date
from workflow.followup.demand import (
    Confirmed,
    Demand,
    Week,
    conference_demand,
    step_down_demand,
    step_up_demand,
)
from workflow.forecast import regroup
from workflow.forecast.outcomes import play
from workflow.forecast.reading import read_inputs
from workflow.models import Case, Event, Programme, Review
from workflow.policy import Policy
from workflow.programmes import geography_of
from workflow.states import Action, ReviewState

EARLY_HELP = "early_help"
"""Code of the geography's scheme of early help areas."""


@dataclass(frozen=True, slots=True)
class DemandOutlook:
    """Where children go after their reviews, against what those places can take in."""

    as_of: date
    step_downs: tuple[Demand, ...]
    """One for each early help area."""
    step_ups: tuple[Week, ...]
    """Strategy discussions a week, for the county."""
    conferences: Demand


def forecast_demand(
    session: Session, *, programme: Programme, policy: Policy, as_of: date, paths: int = 2000
) -> DemandOutlook:
    """Step-downs by early help area and step-ups by week, from what was known at the end of a day.

    Raises:
        InvalidInputError: there is nothing to forecast yet.
    """
    inputs = read_inputs(session, programme=programme, policy=policy, as_of=as_of, paths=paths)
    outcomes = play(regroup(inputs, "district"))
    confirmed = confirmed_outcomes(session, programme, as_of)
    scheme = geography_of(programme).schemes.get(EARLY_HELP)
    areas = {code: area for area, codes in scheme.areas.items() for code in codes} if scheme else {}
    limits = policy.capacity
    return DemandOutlook(
        as_of=as_of,
        step_downs=step_down_demand(outcomes, confirmed, areas=areas, policy=limits),
        step_ups=step_up_demand(outcomes, confirmed, policy=limits),
        conferences=conference_demand(outcomes, confirmed, policy=limits),
    )


def confirmed_outcomes(session: Session, programme: Programme, as_of: date) -> list[Confirmed]:
    """The reviews that stood complete at the end of a day, from the events alone, by day."""
    districts = _districts(session, programme)
    query = (
        select(Event)
        .where(Event.programme_id == programme.key, col(Event.action).is_not(None))
        .order_by(col(Event.seq))
    )
    submitted: dict[int, str] = {}
    standing: dict[int, Confirmed] = {}
    for event in session.exec(query):
        day, review_id = local_date(event.at), event.review_id
        if day > as_of or review_id is None:
            continue
        if event.action == Action.SUBMIT:
            submitted[review_id] = event.payload.get("outcome", "unknown")
        if event.to_state == ReviewState.COMPLETE:
            outcome = submitted.get(review_id, "unknown")
            standing[review_id] = Confirmed(day, districts.get(review_id), outcome)
        else:
            standing.pop(review_id, None)
    return sorted(standing.values(), key=lambda one: one.day)


def _districts(session: Session, programme: Programme) -> dict[int, str | None]:
    query = (
        select(Review.id, Case.district)
        .join(Case, col(Case.id) == col(Review.case_id))
        .where(Review.programme_id == programme.key)
    )
    return {review_id: district for review_id, district in session.exec(query) if review_id}
