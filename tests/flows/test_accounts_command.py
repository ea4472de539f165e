"""`cin accounts`, and the one-time codes `cin init` and it print."""

import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.cli import main
from flows.runtime import open_runtime
from workflow.accounts import begin_account, first_administrator, sign_in

CHOSEN = "heather lighthouse mug"
JANE = "jane@example.org"


class Cin:
    """Calls the command and gives what it said."""

    def __init__(self, capture: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self.capture, self.patch = capture, patch

    def __call__(self, *words: str, code: int = 0) -> str:
        self.patch.setattr(sys, "argv", ["cin", *words])
        with pytest.raises(SystemExit) as stop:
            main()
        said = self.capture.readouterr()
        assert (stop.value.code or 0) == code, said
        return said.out + said.err


@pytest.fixture
def cin(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cin:
    monkeypatch.setenv("CIN_DATABASE_URL", f"sqlite:///{tmp_path / 'cin.db'}")
    monkeypatch.setenv("CIN_DATA_FOLDER", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    return Cin(capsys, monkeypatch)


def code_in(text: str) -> str:
    found = re.search(r"\b\w{4}(-\w{4}){4}\b", text)
    assert found, text
    return found[0]


def begin(code: str) -> None:
    with open_runtime().database.write() as session:
        begin_account(session, code=code, user_name=JANE, password=CHOSEN, now=datetime.now(UTC))


def signs_in() -> bool:
    with open_runtime().database.write() as session:
        result = sign_in(
            session, user_name=JANE, password=CHOSEN, address="", now=datetime.now(UTC)
        )
    return result.token is not None


def test_the_code_of_init_makes_the_first_administrator(cin: Cin) -> None:
    code = code_in(cin("init"))
    with open_runtime().database.write() as session:
        first_administrator(
            session,
            code=code,
            user_name=JANE,
            name="Jane",
            password=CHOSEN,
            now=datetime.now(UTC),
        )
    assert signs_in()
    assert "One-time code" not in cin("init")


def test_init_again_changes_nothing_but_the_code(cin: Cin) -> None:
    first = cin("init")
    again = cin("init", "--target", "2016-06-30")
    assert "20 January 2016 to 31 March 2016: the database is up to date" in again
    assert code_in(first) != code_in(again)


def test_somebody_added_chooses_a_password_with_the_code(cin: Cin) -> None:
    cin("init")
    code = code_in(
        cin(
            "accounts",
            "add",
            JANE,
            "--name",
            "Jane Smith",
            "--role",
            "manager",
            "--role",
            "reviewer",
        )
    )
    assert "invited" in cin("accounts", "list")
    begin(code)
    assert signs_in()
    listed = cin("accounts", "list", "--json")
    assert '"roles": "manager, reviewer", "state": "active"' in listed


def test_an_account_can_be_disabled_enabled_reset_and_given_other_roles(cin: Cin) -> None:
    cin("init")
    begin(code_in(cin("accounts", "add", JANE, "--name", "Jane", "--role", "manager")))
    assert "is disabled" in cin("accounts", "disable", JANE)
    assert not signs_in()
    cin("accounts", "enable", JANE)
    assert signs_in()
    assert "is now auditor" in cin("accounts", "roles", JANE, "--role", "auditor")
    code = code_in(cin("accounts", "reset", JANE, "--second-factor"))
    assert not signs_in()
    begin(code)
    assert signs_in()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["disable", "nobody"], 1, "No account nobody"),
        (["add", JANE, "--name", "J", "--role", "king"], 2, "Invalid value"),
        (["add", "a b", "--name", "J", "--role", "manager"], 1, "user name"),
        (
            ["add", JANE, "--name", "J", "--role", "reviewer", "--reviewer", "R1"],
            1,
            "No reviewer R1",
        ),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    cin: Cin, words: list[str], code: int, said: str
) -> None:
    cin("init")
    assert said in cin("accounts", *words, code=code)
