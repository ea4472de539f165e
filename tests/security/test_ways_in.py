"""What the door asks for, and what it does not (ASVS 6.2, 6.4, 7.4)."""

import re
import tomllib
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from sqlmodel import Session

from tests.security.asking import Place, Stage
from tests.security.test_source import ROOT
from tests.workflow.accounts.people import MORNING, make_account, try_in
from workflow.accounts.passwords import check_password_rules
from workflow.errors import InvalidInputError
from workflow.models import Programme

KNOWN = ROOT / "workflow" / "accounts" / "known.toml"
ASKED = {"user_name", "password", "code", "name", "next"}
"""Names of all fields anybody not signed in is asked to fill in."""
TEMPLATES = ("sign_in.html", "start.html")


class Inputs(HTMLParser):
    """The input elements of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[dict[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "input":
            self.found.append({name: value or "" for name, value in attrs})


def test_a_password_is_masked_can_be_shown_pasted_and_filled_in_by_a_manager(stage: Stage) -> None:
    address = "/sign-in"
    page = stage.ask("anonymous", Place("GET", address), address).text
    (field,) = [one for one in Inputs(page).found if one.get("name") == "password"]
    assert (field["type"], field["autocomplete"]) == ("password", "current-password")
    assert "maxlength" not in field
    assert "govuk-js-password-input-toggle" in page
    assert re.search(r"onpaste|oncopy|readonly", page) is None


def test_nothing_but_a_name_a_password_and_a_code_is_asked_at_the_door() -> None:
    """No secret question, no hint of a password."""
    folder = ROOT / "forms" / "templates"
    texts = [(folder / name).read_text(encoding="utf-8") for name in TEMPLATES]
    names = {name for text in texts for name in re.findall(r'"?name"?[:=] ?"(\w+)"', text)}
    assert names == ASKED
    assert [text for text in texts if re.search("(?i)maiden|pet|favourite|remind", text)] == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_password_does_not_grow_old(session: Session, programme: Programme) -> None:
    account = make_account(session, programme)
    assert try_in(session, account, now=MORNING + timedelta(days=3650)).token


def test_every_known_password_of_public_leaks_is_refused() -> None:
    known = tomllib.loads(KNOWN.read_text(encoding="utf-8"))["whole"]
    assert len(known) > 300
    taken = []
    for password in known:
        padded = password.ljust(12, "1")
        try:
            check_password_rules(padded, user_name="jane.smith@example.org")
        except InvalidInputError:
            continue
        taken.append(padded)
    assert taken == []
