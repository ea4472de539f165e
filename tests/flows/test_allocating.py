"""`cin allocate` and its commands; and the operation under them, when the data move meanwhile."""

from datetime import date

import pytest
from sqlmodel import select

from flows import operations
from flows.runtime import Runtime, operator
from tests.factories import make_review, make_reviewer
from workflow.allocation.inputs import Inputs
from workflow.allocation.runs import Proposal, solved
from workflow.db import Database
from workflow.errors import ConflictError
from workflow.models import AllocationRun, Programme

DAY = date(2016, 1, 20)


@pytest.fixture
def council(database: Database, programme: Programme) -> Runtime:
    """Two reviewers and four reviews that wait, on both databases."""
    with database.write() as session:
        stored = session.get_one(Programme, programme.key)
        for _ in range(2):
            make_reviewer(session, stored)
        for _ in range(4):
            make_review(session, stored)
    return Runtime(database)


class Interrupted:
    """Solves, but lets a review come in while it does, as often as told."""

    def __init__(self, runtime: Runtime, times: int):
        self.runtime, self.times, self.solved = runtime, times, 0

    def __call__(self, inputs: Inputs) -> Proposal:
        self.solved += 1
        if self.solved <= self.times:
            with self.runtime.write(DAY) as at:
                make_review(at.session, at.programme)
        return solved(inputs)


def test_when_the_data_move_while_solving_it_is_solved_again(
    council: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted = Interrupted(council, times=2)
    monkeypatch.setattr(operations, "solved", interrupted)
    done = operations.allocate(council, actor=operator(), as_of=DAY)
    assert (done.run.allocated, interrupted.solved) == (6, 3)


def test_it_gives_up_when_the_data_never_stand_still(
    council: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "solved", Interrupted(council, times=99))
    with pytest.raises(ConflictError, match="1 review came in"):
        operations.allocate(council, actor=operator(), as_of=DAY)
    with council.read(DAY) as at:
        assert at.session.exec(select(AllocationRun)).all() == []


def test_nobody_waits_for_the_solver(council: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    def writing_meanwhile(inputs: Inputs) -> Proposal:
        with council.write(DAY) as at:
            at.programme.next_reference += 1
        return solved(inputs)

    monkeypatch.setattr(operations, "solved", writing_meanwhile)
    assert operations.allocate(council, actor=operator(), as_of=DAY).run.allocated == 4
