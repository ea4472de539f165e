"""`cin actions`, `board`, `capacity`, `subject` and `retention`, and the simulation's people."""

import json
import stat
import sys
from collections.abc import Callable
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlmodel import select

from flows.cli import main
from flows.demo.followthrough import begin, follow_day
from flows.runtime import Runtime
from tests.workflow.followup.desk import complete
from workflow import capacity, followup
from workflow.models import Case, Review

START, DAY = date(2016, 1, 20), date(2016, 2, 24)
CLOSED = {"closed_on": "2016-02-01"}
ON = ("--as-of", "2016-02-24")


@pytest.fixture
def cin(
    council: Runtime, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Any]:
    """Calls the command on the small council; gives the JSON, or the words when it is not asked for."""
    monkeypatch.setenv("COLUMNS", "200")

    def call(*words: object, code: int = 0) -> Any:
        monkeypatch.setattr(sys, "argv", ["cin", *map(str, words)])
        with pytest.raises(SystemExit) as stop:
            main()
        assert (stop.value.code or 0) == code
        said = capsys.readouterr()
        return json.loads(said.out) if "--json" in words else said.out + said.err

    return call


@pytest.fixture
def transferred(council: Runtime) -> str:
    """Reference of a case whose review ended in a transfer two weeks ago."""
    with council.write(DAY) as at:
        review = complete(at.session, at.programme, "transfer", reference="CIN-T0001", facts=CLOSED)
        return at.session.get_one(Case, review.case_id).reference


def test_the_list_says_how_many_cases_are_made_safe(cin, transferred: str) -> None:
    said = cin("actions", "list", "--json", *ON)
    assert said["counts"]["complete"] == 1
    assert said["counts"]["made_safe"] == 0
    assert {action["kind"] for action in said["actions"]} == {"transfer", "family_told"}
    assert "1 reviews complete, 0 cases made safe" in cin("actions", "list", "--overdue", *ON)


def test_demand_has_a_line_for_each_early_help_area(cin, transferred: str) -> None:
    assert len(cin("actions", "demand", "--json", *ON)["step_downs"]) == 5
    assert "Burnley and Pendle" in cin("actions", "demand", *ON)


def test_the_boards_register_is_loaded_listed_and_closed(cin, tmp_path: Path) -> None:
    shipped = files("workflow") / "data" / "board_2016_01_20.toml"
    file = tmp_path / "board.toml"
    file.write_text(shipped.read_text("utf-8"), "utf-8")
    assert cin("board", "load", file, "--dry-run", "--json")["commitments"] == 9
    assert cin("board", "load", file, "--json")["commitments"] == 9
    assert cin("board", "load", file, "--json")["commitments"] == 0
    assert "C5 is met" in cin("board", "close", "C5", "--evidence", "Letter of 2 February", *ON)
    listed = {one["reference"]: one["rag"] for one in cin("board", "list", "--json", *ON)}
    assert (listed["C5"], listed["C3"]) == ("met", "green")
    assert "Not due yet" in cin("board", "list", *ON)
    assert "No commitment C99" in cin("board", "close", "C99", "--evidence", "None", code=1)


def test_capacity_shows_both_burn_downs(cin) -> None:
    said = cin("capacity", "--json", *ON)
    assert said["vacant_posts"]["left"] == 10
    assert said["carried_cases"]["left"] == 0
    assert "vacant posts" in cin("capacity", *ON)


def test_a_subject_file_is_for_its_owner_alone_and_needs_a_purpose(
    cin, transferred: str, tmp_path: Path
) -> None:
    file = tmp_path / "subject.json"
    cin("subject", transferred, file, code=2)
    assert not file.exists()
    file.write_text("old")
    said = cin("subject", transferred, file, "--purpose", "Request 17")
    assert "texts to look at" in said
    assert json.loads(file.read_text("utf-8"))["case"] == transferred
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_records_are_held_listed_and_purged_only_when_asked(cin, transferred: str) -> None:
    future = ("--as-of", "2040-01-02")
    assert cin("retention", "due", "--json", *ON) == []
    cin("retention", "hold", transferred, "--reason", "Claim 12", *ON)
    listed = {line["case"]: line for line in cin("retention", "due", "--json", *future)}
    assert listed[transferred]["kept_because"] == "it is on legal hold."
    cin("retention", "lift", transferred, "--reason", "Settled", *ON)
    assert "no date of birth" in cin("retention", "due", *future)
    assert "stays" in cin("retention", "purge", transferred, "--yes", *future, code=1)


def test_the_simulations_people_follow_their_reviews_through(council: Runtime) -> None:
    begin(council, START)
    with council.write(START) as at:
        for outcome in ("transfer", "change_of_worker", "step_up_strategy_discussion", "close"):
            complete(at.session, at.programme, outcome, now=at.now)
        days = at.programme.calendar.working_days(START, date(2016, 3, 4))
    for day in days:
        with council.write(day) as at:
            follow_day(at, np.random.default_rng([1, day.toordinal()]))
    with council.read(days[-1]) as at:
        standing = followup.follow_through(at.session, at.programme, days[-1])
        carried = capacity.carried_cases(
            at.session, programme=at.programme, policy=at.policy, as_of=days[-1]
        )
        reviews = at.session.exec(select(Review).where(Review.outcome.is_not(None))).all()
    assert len(reviews) == standing.complete == 4
    assert standing.done >= 4
    assert standing.made_safe >= 1
    assert carried.left < carried.past[0].left
