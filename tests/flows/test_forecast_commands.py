"""`cin forecast` and what belongs to it, on a small council."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from flows.cli import app
from flows.runtime import Runtime

DAY = "2016-01-25"
SCENARIO = """
name = "Two more"
[[reviewers]]
count = 2
from_on = 2016-02-01
district = "Burnley"
"""


def cin(*words: object) -> Result:
    return CliRunner().invoke(app, ["forecast", *map(str, words)], env={"COLUMNS": "200"})


def as_json(*words: object) -> Any:
    result = cin(*words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    path = tmp_path / "more.toml"
    path.write_text(SCENARIO, encoding="utf-8")
    return path


@pytest.mark.usefixtures("council")
def test_a_scenario_is_compared_in_words_and_as_json(scenario: Path) -> None:
    said = cin("--scenario", scenario, "--as-of", DAY)
    assert said.exit_code == 0, said.output
    assert said.stdout.startswith("Two more: the chance to finish by the target goes from ")
    document = as_json("--scenario", scenario, "--as-of", DAY)
    assert document["scenario"]["reviewers"][0]["district"].startswith("E07")
    assert document["words"] == said.stdout.splitlines()
    assert document["p_done_scenario"] >= document["p_done_base"]


@pytest.mark.usefixtures("council")
def test_a_scenario_file_that_cannot_be_used_names_what_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text('name = "x"\ntaget = 2016-04-01\n', encoding="utf-8")
    said = cin("--scenario", path)
    assert said.exit_code == 1
    assert "bad.toml, line 2, taget" in said.stdout
    assert 'Did you mean "target"?' in said.stdout
    document = cin("--scenario", path, "--json")
    assert document.exit_code == 1
    assert json.loads(document.stdout)["findings"][0]["rule"] == "field-unknown"


@pytest.mark.usefixtures("council")
def test_a_saved_scenario_is_listed_with_what_it_would_change(scenario: Path) -> None:
    assert cin("--scenario", scenario, "--as-of", DAY, "--save").exit_code == 0
    (saved,) = as_json("scenarios")
    assert saved["name"] == "Two more"
    assert saved["as_of"] == DAY
    assert "Two more" in cin("scenarios").stdout


def test_saving_needs_a_scenario(council: Runtime, scenario: Path) -> None:
    del council
    assert cin("--save").exit_code == 2
    assert cin("--scenario", scenario, "--flow").exit_code == 2


@pytest.mark.usefixtures("council")
def test_why_the_number_moved_is_told_from_the_second_kept_forecast_on() -> None:
    assert "No earlier forecast was kept" in cin("why", "--as-of", DAY).stdout
    assert as_json("why", "--as-of", DAY) is None
    as_json("--as-of", "2016-01-21")
    assert cin("why", "--as-of", DAY).stdout.startswith("Since 21 January 2016: ")
    assert as_json("why", "--as-of", DAY)["since"] == "2016-01-21"


@pytest.mark.usefixtures("council")
def test_the_record_tells_how_good_forecasts_have_been() -> None:
    assert "No five-day-ahead forecast has come due yet." in cin("record", "--as-of", DAY).stdout
    as_json("--as-of", "2016-01-21")
    five, ten = as_json("record", "--as-of", "2016-02-02")
    assert (five["n"], ten["n"]) == (1, 0)
    assert "Of the last 1 five-day-ahead" in cin("record", "--as-of", "2016-02-02").stdout


@pytest.mark.usefixtures("council")
def test_papers_are_pictures_with_their_sentence_and_numbers(tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    said = cin("papers", folder, "--as-of", DAY)
    assert said.exit_code == 0, said.output
    names = {path.name for path in folder.iterdir()}
    assert names == {
        f"{picture}{rest}"
        for picture in ("burn-down", "districts")
        for rest in ("-wide.svg", "-narrow.svg", "-wide.png", ".txt", ".csv")
    }
    with (folder / "districts.csv").open(newline="", encoding="utf-8") as file:
        districts = {row["district"] for row in csv.DictReader(file)}
    assert "Burnley" in districts
    assert "reviews are still open" in (folder / "burn-down.txt").read_text(encoding="utf-8")


def test_a_backtest_says_what_was_left_out_and_how_both_methods_did(tmp_path: Path) -> None:
    counts = np.random.default_rng(1).poisson(9, 200)
    dates = pd.date_range("2015-01-05", periods=200).strftime("%Y-%m-%d")
    long = pd.DataFrame({"date": dates, "completed": counts, "group": "long"})
    short = long.head(20).assign(group="short")
    path = tmp_path / "series.csv"
    pd.concat([long, short]).to_csv(path, index=False)
    said = cin("backtest", path, "--windows", 2, "--paths", 50)
    assert said.exit_code == 0, said.output
    assert "forecasts of 1 series" in said.stdout
    assert "Left out short: 16 working days" in said.stderr
    document = as_json("backtest", path, "--windows", 2, "--paths", 50)
    assert document["left_out"] == {"short": "16 working days; 60 are needed"}
    pd.concat([long, long.tail(1)]).to_csv(path, index=False)
    refused = cin("backtest", path)
    assert "is there twice" in str(refused.exception)
