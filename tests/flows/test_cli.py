"""`cin` as a user meets it: the way of a caseload, and one clear sentence for every wrong use."""

import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from flows.cli import main
from workflow.demo import make_caseload, make_roster, write_caseload, write_roster
from workflow.geography import load_geography


@dataclass
class Answer:
    """What one call gave."""

    code: int
    out: str
    err: str


@dataclass
class Cin:
    """Calls the command on a database of its own."""

    capture: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch

    def __call__(self, *words: object, code: int = 0) -> str:
        done = self.run(*words)
        assert done.code == code, done.out + done.err
        return done.out + done.err

    def json(self, *words: object, code: int = 0) -> Any:
        done = self.run(*words, "--json")
        assert done.code == code, done.out + done.err
        return json.loads(done.out)

    def run(self, *words: object) -> Answer:
        self.monkeypatch.setattr(sys, "argv", ["cin", *map(str, words)])
        try:
            main()
        except SystemExit as stop:
            code = stop.code or 0
        else:
            code = 0
        said = self.capture.readouterr()
        return Answer(int(code), said.out, said.err)


@pytest.fixture
def cin(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cin:
    monkeypatch.setenv("CIN_DATABASE_URL", f"sqlite:///{tmp_path / 'cin.db'}")
    monkeypatch.setenv("CIN_DATA_FOLDER", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")
    return Cin(capsys, monkeypatch)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A small synthetic council's files."""
    folder = tmp_path_factory.mktemp("files")
    geography = load_geography()
    caseload = make_caseload(geography, seed=7, cases=60)
    annex, census = write_caseload(caseload, geography, folder)
    roster = make_roster(caseload, geography, seed=7, reviewers=10)
    return {
        "census": census,
        "annex": annex,
        "roster": write_roster(roster, folder / "roster.xlsx"),
    }


def test_a_caseload_goes_in_is_allocated_tracked_and_forecast(
    cin: Cin, files: dict[str, Path]
) -> None:
    day = ("--as-of", "2016-01-20")
    taken = cin.json("import", files["annex"], *day, code=1)
    assert taken["created"] == taken["rows"] > 60
    cin("import", files["census"], *day, code=1)
    cin("roster", files["roster"])
    preview = cin.json("allocate", "--dry-run", *day)
    run = cin.json("allocate", *day)
    assert run["allocated"] == preview["allocated"] > 45
    assert run["allocated"] + len(run["unallocated"]) == 60
    assert all(left["reason"] for left in run["unallocated"])
    assert run["objective"] == pytest.approx(preview["objective"])
    assert run["bound"] <= run["objective"] <= run["greedy_objective"] + 1e-9
    tracked = cin.json("track", "--as-of", "2016-01-29")
    assert tracked["opened"]["not_started"] == run["allocated"]
    forecast = cin.json("forecast", *day)
    assert (forecast["total"], forecast["open"], forecast["basis"]) == (60, 60, "plan")
    assert 0 <= forecast["p_done_by_target"] <= 1
    assert cin.json("audit", "verify")["ok"] is True


def test_a_dry_run_import_leaves_nothing_behind(cin: Cin, files: dict[str, Path]) -> None:
    first = cin.json("import", files["census"], "--dry-run", code=1)
    second = cin.json("import", files["census"], "--dry-run", code=1)
    assert first == second
    assert "no programme yet" in cin("allocate", code=1)


def test_json_is_the_only_thing_on_standard_output(cin: Cin, files: dict[str, Path]) -> None:
    done = cin.run("import", files["census"], "--json")
    assert list(json.loads(done.out)) == [
        *("file", "kind", "rows", "refused", "created", "updated", "unchanged", "excluded"),
        *("in_cohort", "opened", "withdrawn", "reinstated", "findings"),
    ]


BILLION_LAUGHS = """<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">
<!ENTITY lol2 "&lol;&lol;&lol;&lol;">]><Message>&lol2;</Message>"""
PAGE = "<!DOCTYPE html><html><head><title>Sign in</title></head><body>Sign in</body></html>"


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("empty.csv", b"", "file-empty"),
        ("empty.xml", b"", "file-empty"),
        ("laughs.xml", BILLION_LAUGHS.encode(), "xml-dtd-forbidden"),
        ("page.csv", PAGE.encode(), "file-is-html"),
        ("deep.xml", b"<Message>" + b"<a>" * 200_000, "xml-too-deep"),
        ("headings.csv", b"Child Unique ID,CIN Start Date\n", None),
        ("picture.csv", b"\x89PNG\r\n\x1a\n\x00\x00", None),
        ("cut.xml", b"<Message><Header>", None),
    ],
)
def test_a_file_that_is_no_caseload_is_refused_with_a_finding(
    cin: Cin, tmp_path: Path, name: str, content: bytes, rule: str | None
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    result = cin.json("import", path, "--dry-run", code=1)
    assert result["refused"] is True
    assert result["created"] == 0
    assert rule is None or result["findings"][0]["rule"] == rule
    assert all(finding["message"] and finding["fix"] for finding in result["findings"])


def test_a_csv_with_british_dates_comes_in(cin: Cin, tmp_path: Path) -> None:
    path = tmp_path / "caseload.csv"
    path.write_text(
        "Child Unique ID,Date of Birth,CIN Start Date,Primary Need Code,District\n"
        "0000123,04/03/2009,31/12/2015,N1,Burnley\n"
        "0000124,25/12/2010,01/02/2015,N5,Wyre\n"
    )
    result = cin.json("import", path, "--dry-run", "--as-of", "2016-01-20")
    assert (result["created"], result["in_cohort"], result["findings"]) == (2, 2, [])


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["teapot"], 2, "No such command 'teapot'"),
        (["import"], 2, "Missing argument"),
        (["import", "/nowhere.csv"], 2, "does not exist"),
        (["allocate", "--as-of", "tomorrow"], 2, "does not match"),
        (["import", "--kind", "pdf", "/dev/null"], 2, "census-xml"),
        (["allocate"], 1, "no programme yet"),
        (["forecast"], 1, "no programme yet"),
        (["track"], 1, "no programme yet"),
        (["demo", "--as-of", "2017-01-01", "--no-serve"], 2, "must lie from"),
        (["init", "--target", "2016-01-01"], 1, "must be after the start"),
        (["values", "primary_need"], 2, "or nothing at all"),
        (["init", "--authority", "abc"], 1, "no DfE number"),
        (["init", "--cut-off", "2010-01-01"], 1, "must not be before the start"),
    ],
)
def test_a_wrong_use_ends_in_one_clear_sentence(
    cin: Cin, words: list[str], code: int, sentence: str
) -> None:
    assert sentence in cin(*words, code=code)


@pytest.mark.parametrize(
    "command",
    [
        *("init", "import", "cohort", "values", "roster", "allocate", "track", "forecast"),
        *("demo", "serve"),
    ],
)
def test_every_command_explains_itself(cin: Cin, command: str) -> None:
    text = cin(command, "--help")
    assert f"cin {command}" in text
    assert len(text.splitlines()) > 5


def test_a_database_that_cannot_be_reached_is_said_in_one_sentence(
    cin: Cin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CIN_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/none")
    assert "The database cannot be used" in cin("track", code=1)


def test_an_address_that_is_none_is_wrong_use(cin: Cin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CIN_DATABASE_URL", "not an address")
    assert "The settings cannot be used" in cin("track", code=2)


def test_the_installed_command_starts(cin: Cin) -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("cin"), "--help"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "Usage: cin" in done.stdout


def test_the_cohort_rules_can_be_changed_after_a_look_at_the_effect(
    cin: Cin, files: dict[str, Path]
) -> None:
    cin("import", files["census"], "--as-of", "2016-01-20", code=1)
    before = cin.json("cohort")
    shown = cin("cohort", "--off", "child_protection_plan", "--dry-run")
    assert "would open" in shown
    assert cin.json("cohort") == before
    cin("cohort", "--off", "child_protection_plan")
    assert cin.json("cohort")["in_cohort"] > before["in_cohort"]


def test_an_unmapped_value_can_be_listed_and_taught(cin: Cin, tmp_path: Path) -> None:
    path = tmp_path / "caseload.csv"
    path.write_text(
        "Child Unique ID,Date of Birth,CIN Start Date,Primary Need Code\n"
        "0000123,04/03/2009,31/12/2015,Trilogy of Risk\n"
    )
    cin("import", path, "--as-of", "2016-01-20", code=1)
    assert cin.json("values") == [{"field": "primary_need", "value": "Trilogy of Risk", "rows": 1}]
    cin("values", "primary_need", "Trilogy of Risk", "N1")
    assert cin.json("values") == []
    again = cin.json("import", path, "--as-of", "2016-01-20")
    assert (again["unchanged"], again["findings"]) == (1, [])


def test_a_programme_without_a_caseload_cannot_be_forecast(cin: Cin) -> None:
    cin("init")
    assert "import a caseload first" in cin("forecast", code=1)


def test_another_council_starts_with_its_own_dates(cin: Cin) -> None:
    text = cin("init", "--name", "Elsewhere", "--start", "2016-02-01", "--target", "2016-06-30")
    assert "1 February 2016 to 30 June 2016" in text


def test_the_day_defaults_to_the_programmes_start_when_it_is_long_over(
    cin: Cin, files: dict[str, Path]
) -> None:
    cin("import", files["census"], "--as-of", "2016-01-20", code=1)
    cin("roster", files["roster"])
    run = cin.json("allocate")
    assert date.fromisoformat(run["as_of"]) == date(2016, 1, 20)
