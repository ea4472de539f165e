"""What the pages for operators and auditors say is what the code does (ASVS 2.1, 6.1, 6.3, 7.1)."""

import ast
import re
from pathlib import Path

import pytest

from tests.security.test_source import ROOT, calls, sources
from workflow.accounts.policy import SIGN_IN_POLICY
from workflow.intake import limits

PAGE = (ROOT / "workflow" / "operations" / "README.md").read_text(encoding="utf-8")
SIGNING_IN = PAGE.split("## Signing in", 1)[1].split("\n## ", 1)[0]
PLAIN = re.sub(r"\s+", " ", SIGNING_IN)
HOURS, MINUTES = 3600, 60


def test_the_limits_of_signing_in_are_written_down_as_they_are() -> None:
    (per_name,), (per_address,) = SIGN_IN_POLICY.per_user, SIGN_IN_POLICY.per_address
    assert per_name == per_address
    minutes = int(per_name.within.total_seconds() / MINUTES)
    assert f"{per_name.failures} failures in {minutes} minutes per name and per address" in PLAIN
    soon, hour, day = (limit.failures for limit in SIGN_IN_POLICY.codes_per_user)
    assert f"{soon} codes in 5 minutes, {hour} an hour, {day} a day" in PLAIN
    code = int(SIGN_IN_POLICY.setup_code.total_seconds() / HOURS)
    assert f"{code} hours or {SIGN_IN_POLICY.invitation.days} days" in PLAIN


def test_the_life_and_number_of_sessions_are_written_down_as_they_are() -> None:
    idle, absolute = SIGN_IN_POLICY.idle, SIGN_IN_POLICY.absolute
    hours = [int(span.total_seconds() / HOURS) for span in (idle, absolute)]
    assert f"after {hours[0]} idle hours and after {hours[1]} in all" in PLAIN
    words = {3: "three", 5: "five", 10: "ten"}
    assert f"{words[SIGN_IN_POLICY.sessions_at_once]} at once, the oldest makes room" in PLAIN


def test_every_way_in_is_written_down() -> None:
    """Sessions and tokens are opened in four places, and each stands in the table."""
    openers = {
        name
        for name, tree in sources().items()
        for call in calls(tree)
        if isinstance(call.func, ast.Name) and call.func.id in {"open_session", "remember"}
    }
    assert openers == {
        "workflow/accounts/signing_in.py",
        "workflow/accounts/single_sign_on.py",
        "api/pages/sign_in.py",
        "api/pages/single_sign_on.py",
    }
    ways = re.findall(r"^\| ([a-zA-Z -]+) \|", SIGNING_IN, re.MULTILINE)
    assert ways == ["way", "password", "one-time code", "single sign-on", "API token"]


@pytest.mark.parametrize("name", [name for name in vars(limits) if name.isupper()])
def test_every_limit_of_a_file_is_a_number_with_a_name(name: str) -> None:
    value = vars(limits)[name]
    assert isinstance(value, int)
    assert value > 0


def test_no_answer_of_another_server_leads_elsewhere() -> None:
    """Whoever asks the provider follows no redirect; the other addresses are on this machine."""
    wrong = []
    for name, tree in sources().items():
        for call in calls(tree):
            if not isinstance(call.func, ast.Attribute):
                continue
            if ast.unparse(call.func.value) in {"httpx2", "httpx", "requests"}:
                given = {key.arg: ast.unparse(key.value) for key in call.keywords}
                asks = call.func.attr in {"get", "post", "request", "Client", "AsyncClient"}
                wrong += [name] if asks and given.get("follow_redirects") != "False" else []
    assert wrong == []


def test_nothing_for_testing_is_in_what_is_installed() -> None:
    """Packages are named one by one, and none of them is the tests or their tools."""
    setuptools = pytest.importorskip("setuptools")
    packages = setuptools.find_packages(
        str(ROOT), include=["workflow*", "api*", "forms*", "flows*"]
    )
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert 'include = ["workflow*", "api*", "forms*", "flows*"]' in settings
    assert {name.partition(".")[0] for name in packages} == {"workflow", "api", "forms", "flows"}
    files = [path for name in packages for path in Path(ROOT, *name.split(".")).glob("*.py")]
    assert [path.name for path in files if path.name.startswith(("test_", "conftest"))] == []
    assert files
