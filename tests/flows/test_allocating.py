"""`cin allocate` and its commands; and the operation under them, when the data move meanwhile."""

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from flows import operations
from flows.cli import main
from flows.commands import allocate as commands
from flows.runtime import Runtime, operator
from tests.factories import make_review, make_reviewer
from workflow.allocation.inputs import Inputs
from workflow.allocation.runs import Proposal, solved
from workflow.db import Database
from workflow.errors import ConflictError
from workflow.models import AllocationRun, Case, Programme, Reviewer

DAY = date(2016, 1, 20)
ON_THE_DAY = ("--as-of", DAY.isoformat())


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


class Cin:
    """Calls `cin allocate …` on the council's database, in this process."""

    def __init__(self, capture: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
        self.capture, self.monkeypatch = capture, monkeypatch

    def __call__(self, *words: object, code: int = 0) -> str:
        self.monkeypatch.setattr(sys, "argv", ["cin", "allocate", *map(str, words)])
        try:
            main()
        except SystemExit as stop:
            found = int(stop.code or 0)
        else:
            found = 0
        said = self.capture.readouterr()
        assert found == code, said.out + said.err
        return said.out + said.err

    def json(self, *words: object, code: int = 0) -> Any:
        return json.loads(self(*words, "--json", code=code))


@pytest.fixture
def cin(
    council: Runtime,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Cin:
    monkeypatch.setenv("CIN_DATA_FOLDER", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(commands, "open_runtime", lambda: council)
    return Cin(capsys, monkeypatch)


def references(council: Runtime) -> tuple[list[str], list[str]]:
    """Cases and reviewers, in the order they were made."""
    with council.read(DAY) as at:
        cases = at.session.exec(select(Case.reference).order_by(Case.id)).all()
        reviewers = at.session.exec(select(Reviewer.reference).order_by(Reviewer.id)).all()
        return list(cases), list(reviewers)


def test_a_dry_run_is_applied_and_undone_by_its_number(cin: Cin) -> None:
    run = cin.json("--dry-run", *ON_THE_DAY)
    assert (run["status"], run["allocated"], run["unallocated"]) == ("preview", 4, [])
    assert "4 reviews allocated" in cin("apply", run["run"], *ON_THE_DAY)
    assert "applied already" in cin("apply", run["run"], *ON_THE_DAY, code=1)
    assert cin.json("undo", run["run"], *ON_THE_DAY)["status"] == "undone"
    assert cin.json("runs")["runs"][0]["undone_by"].startswith("cli:")
    assert "undone" in cin("runs")


def test_a_preview_shows_what_moved_since(cin: Cin, council: Runtime) -> None:
    run = cin.json("--dry-run", *ON_THE_DAY)["run"]
    assert cin.json("show", run, *ON_THE_DAY)["moved"] == []
    with council.write(DAY) as at:
        make_review(at.session, at.programme)
    (moved,) = cin.json("show", run, *ON_THE_DAY)["moved"]
    assert "1 review came in" in moved
    assert moved in cin("show", run, *ON_THE_DAY)
    assert moved in cin("apply", run, *ON_THE_DAY, code=1)


def test_a_leaver_hands_everything_over(cin: Cin, council: Runtime) -> None:
    cin(*ON_THE_DAY)
    _, (leaver, taker) = references(council)
    run = cin.json("leaver", leaver, "--last-day", "2016-01-19", *ON_THE_DAY)
    assert run["kind"] == "leaver"
    assert {(line["from"], line["reviewer"]) for line in run["reasons"]} == {(leaver, taker)}
    assert f"{leaver}'s last day" in cin("show", run["run"], *ON_THE_DAY)


def test_an_absence_and_a_rebalance_are_runs_of_their_own(cin: Cin, council: Runtime) -> None:
    cin(*ON_THE_DAY)
    _, (away, _) = references(council)
    days = ("--from", "2016-01-20", "--to", "2016-03-31")
    absence = cin.json("absence", away, *days, "--dry-run", *ON_THE_DAY)
    assert (absence["kind"], absence["status"]) == ("absence", "preview")
    assert absence["allocated"] > 0
    assert "0 reviews moved, 0 stay where they are" in cin("rebalance", *ON_THE_DAY)


def test_a_case_is_given_by_hand_from_a_list_of_choices(cin: Cin, council: Runtime) -> None:
    (case, *_), _ = references(council)
    best, *_ = cin.json("who", case, *ON_THE_DAY)["options"]
    assert best["obstacles"] == []
    assert best["reviewer"] in cin("who", case, *ON_THE_DAY)
    done = cin.json("case", case, "--to", best["reviewer"], *ON_THE_DAY)
    assert [placed["case"] for placed in done["placed"]] == [case]


def test_a_refused_case_says_why_and_how_to_insist(cin: Cin, council: Runtime) -> None:
    with council.write(DAY) as at:
        busy = make_reviewer(at.session, at.programme, points_per_day=1, available_to=DAY)
        reference = busy.reference
    (case, *_), _ = references(council)
    give = ("case", case, "--to", reference, *ON_THE_DAY)
    assert "--override with a --reason would allow it" in cin(*give, code=1)
    assert "Give a reason" in cin(*give, "--override", code=1)
    said = cin(*give, "--override", "--reason", "Overtime agreed.", "--due", "2016-02-01")
    assert f"{case}: allocated to {reference}, due 1 February 2016. Set aside: capacity." in said
    assert "No reviewer nobody" in cin("case", case, "--to", "nobody", *ON_THE_DAY, code=1)
