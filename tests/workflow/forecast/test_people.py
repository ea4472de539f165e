"""Who reviews where, and for how long."""

from datetime import date

import numpy as np
import pytest
from sqlmodel import Session

from tests.factories import make_review
from tests.workflow.forecast.worked import DISTRICTS, POLICY, Worked
from workflow.forecast import Group
from workflow.forecast.people import recent_pace
from workflow.forecast.reading import read_inputs
from workflow.models import Programme
from workflow.policy import ForecastPriors

MONDAY = date(2016, 2, 8)
NORTH, SOUTH = (Group(district, "council") for district in DISTRICTS)


def planned(session: Session, programme: Programme) -> dict[Group, np.ndarray]:
    """Reviewer-days ahead by group."""
    given = read_inputs(session, programme=programme, policy=POLICY, as_of=MONDAY, paths=10)
    assert not given.reviewers_move
    return dict(zip(given.groups, given.exposure.future.T, strict=True))


def test_whoever_has_worked_off_their_queue_counts_little_from_then_on(
    session: Session, programme: Programme
) -> None:
    worked = Worked(session, programme, each=20).until(MONDAY)
    for _ in range(40):
        worked.open(DISTRICTS[1], worked.people[1])
    days = planned(session, programme)
    assert days[NORTH][1] == pytest.approx(days[SOUTH][1])
    assert days[NORTH][-1] == pytest.approx(POLICY.forecast.idle_use * days[SOUTH].max(), rel=0.02)
    busy = (days[NORTH] > 0.5).sum()
    assert busy == pytest.approx(7, abs=1)  # seven reviews left at one a day
    assert (days[SOUTH] > 0.5).sum() > 5 * busy


def test_what_nobody_holds_yet_keeps_everybody_busy_for_longer(
    session: Session, programme: Programme
) -> None:
    Worked(session, programme, each=20).until(MONDAY)
    before = (planned(session, programme)[NORTH] > 0.5).sum()
    for _ in range(10):
        make_review(session, programme, district=DISTRICTS[0])
    after = (planned(session, programme)[NORTH] > 0.5).sum()
    assert after == pytest.approx(before + 5, abs=1)


def test_the_pace_is_the_plans_until_a_week_is_done() -> None:
    priors = ForecastPriors()
    few, many = np.full(4, 6.0), np.full(12, 6.0)
    assert recent_pace(few, np.full(4, 3.0), 1.5, priors) == 1.5
    assert recent_pace(many, np.full(12, 3.0), 1.5, priors) == 2.0
    assert recent_pace(np.zeros(12), np.full(12, 3.0), None, priors) is None
