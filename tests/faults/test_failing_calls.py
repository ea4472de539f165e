"""Whichever call to the database fails, a use case happens whole or not at all, and can be repeated."""

from collections.abc import Iterator
from itertools import count

import pytest

from tests.factories import as_actor, make_review
from tests.faults.desk import COORDINATOR, MANAGER, Desk, Step
from tests.faults.failing import Breaker, CutError, content
from tests.measured import Measured
from workflow import audit, reviews
from workflow.db import Database
from workflow.models import Programme
from workflow.states import Action

pytestmark = pytest.mark.faults


def nothing(_: Desk) -> None:
    """The prepared desk will do."""


USE_CASES: dict[str, tuple[Step, Step]] = {
    "open a review": (nothing, lambda desk: make_review(desk.session, desk.programme)),
    "allocate": (nothing, Desk.allocate),
    "re-allocate": (Desk.allocate, lambda desk: desk.allocate(1, reason="away")),
    "release": (Desk.started, lambda desk: desk.hand_back(reviews.release, COORDINATOR)),
    "decline": (
        Desk.allocate,
        lambda desk: desk.hand_back(reviews.decline, as_actor(desk.reviewer())),
    ),
    "start": (Desk.allocate, lambda desk: desk.act(Action.START)),
    "save a draft": (Desk.started, lambda desk: desk.save(outcome="close")),
    "save a draft again": (
        lambda desk: (desk.started(), desk.save(outcome="close")),
        lambda desk: desk.save(outcome="remain_cin"),
    ),
    "submit": (lambda desk: (desk.started(), desk.save(outcome="x")), Desk.submit),
    "submit an immediate risk": (Desk.started, lambda desk: desk.submit(safety="immediate_risk")),
    "confirm": (Desk.submitted, Desk.confirm),
    "return": (Desk.submitted, lambda desk: desk.act(Action.RETURN, MANAGER, "say more")),
    "withdraw": (Desk.started, lambda desk: desk.act(Action.WITHDRAW, COORDINATOR, "moved away")),
    "escalate": (Desk.started, Desk.escalate),
    "give by hand": (nothing, lambda desk: desk.give(0)),
    "step aside": (Desk.started, Desk.step_aside),
    "change the cohort rules": (Desk.take_file, lambda desk: desk.change_rules("over_18")),
    "import a caseload": (nothing, Desk.take_file),
    "create an account": (nothing, Desk.add_account),
    "sweep": (Desk.started, Desk.sweep),
}


_BROKEN: dict[str, dict[str, int]] = {}
"""Database → use case → calls that were broken."""


@pytest.fixture
def breaker(database: Database, programme: Programme) -> Iterator[Breaker]:
    del programme
    with database.write() as session:
        Desk(session).prepare()
    return Breaker(database)


@pytest.mark.parametrize("name", USE_CASES)
def test_a_failed_call_leaves_nothing_behind_and_the_next_try_succeeds(
    database: Database, breaker: Breaker, measured: Measured, name: str
) -> None:
    prepare, use = USE_CASES[name]
    with database.write() as session:
        prepare(Desk(session))
    before = content(database)
    broken_at = 0
    for place in count(1):
        try:
            with breaker.breaking(place), database.write() as session:
                use(Desk(session))
        except CutError:
            broken_at = place
            assert content(database) == before, f"call {place} left something behind"
        else:
            break
    # Beginning, reading, writing and the commit at the least.
    assert broken_at >= 5
    assert content(database) != before
    with database.read() as session:
        assert audit.verify(session, Desk(session).programme.key).ok
    broken = _BROKEN.setdefault(measured.database, {})
    broken[name] = broken_at
    measured(
        "R8",
        "All or nothing whichever call fails; the next try succeeds",
        f"{sum(broken.values())} calls of {len(broken)} use cases broken, nothing left behind",
    )


def test_the_breaker_breaks_commits_too(database: Database, breaker: Breaker) -> None:
    """The last call counted is the commit: without it the promise of the test above is hollow."""
    with database.write() as session:
        Desk(session).allocate()
        session.flush()
        breaker.at, breaker.calls = 10**6, 0
    assert breaker.calls == 1
    breaker.at = None
