"""`cin quality`: what the sample finds, and the plan it is drawn by."""

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest

from flows.cli import main
from flows.runtime import Runtime

ON = ("--as-of", "2016-01-20")


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


def test_a_plan_is_tried_without_a_trace_then_set_and_shown(cin: Callable[..., Any]) -> None:
    change = ("--share", 50, "--stratum", "district Burnley 100", "--reason", "A second month")
    tried = cin("quality", "plan", *change, "--dry-run", "--json", *ON)
    assert tried["share"] == 0.5
    assert cin("quality", "plan", "--json", *ON)["in_force_from"] is None
    cin("quality", "plan", *change, *ON)
    now = cin("quality", "plan", "--json", *ON)
    assert now["strata"] == [{"dimension": "district", "value": "E07000117", "share": 1.0}]
    assert now["will_draw"]["undecided"] > now["will_draw"]["total"] > 0
    assert "100 % where the district is Burnley" in cin("quality", "plan", *ON)


def test_a_plan_without_a_reason_or_that_cannot_be_read_is_refused(cin: Callable[..., Any]) -> None:
    assert "Say why" in cin("quality", "plan", "--share", 5, *ON, code=1)
    said = cin("quality", "plan", "--stratum", "close 20", "--reason", "x", *ON, code=1)
    assert "outcome close 20" in said


def test_everything_is_shown_before_a_single_review_is_complete(cin: Callable[..., Any]) -> None:
    said = cin("quality", "show", "--json", *ON)
    assert said["tables"]["sample"] == []
    cin("quality", "show", *ON)
