"""What is installed is what was chosen, under licences that may be used (promise S16)."""

import re
import sys
import tomllib
from importlib import metadata

import pytest

from tests.measured import Measured
from tests.security.test_source import ROOT

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PINS = re.findall(r"^([a-z0-9][\w.-]*)(?:\[[\w,-]+\])?==(\S+)(.*(?:\n    .*)*)", LOCK, re.MULTILINE)
"""Name, version and the rest of each entry: its marker and its digests."""
FREE = re.compile(
    r"\b(MIT|MIT-0|MIT-CMU|BSD|0BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla Public|"
    r"Zlib|CC0|Unlicense|Public Domain|CNRI)"
)
"""Licences without a duty to open what uses them; one of several choices is enough."""
STRICT = {
    "text-unidecode": "text-unidecode by choice under the Artistic License, unchanged, with Prefect"
}
"""Package under another licence → why it may be used."""
WEAK_COPYLEFT = re.compile(r"\bLGPL|Lesser General Public")
"""Used as a library that anybody can replace: nothing follows for the product."""


def licence(name: str) -> str:
    """The licence an installed distribution states, in the newest way it knows."""
    facts = metadata.distribution(name).metadata
    stated = [one for one in facts.get_all("Classifier", []) if one.startswith("License")]
    by_classifier = "; ".join(one.rpartition(" :: ")[2] for one in stated)
    return facts.get("License-Expression") or by_classifier or (facts.get("License") or "")[:200]


def installed() -> list[str]:
    """What of the lock is installed here; the rest is for other systems and Pythons."""
    here = {(dist.name or "").lower().replace("_", "-") for dist in metadata.distributions()}
    return sorted({name for name, _, _ in PINS} & here)


def test_every_package_is_pinned_with_digests() -> None:
    entries = [line for line in LOCK.splitlines() if line and line[0] not in " #-"]
    assert len(entries) == len(PINS)
    assert [name for name, _, rest in PINS if "--hash=sha256:" not in rest] == []
    weak = re.findall(r"--hash=(?!sha256:[0-9a-f]{64}(?:\s|$))\S+", LOCK)
    assert weak == []
    assert (
        re.search(r"^-|://|@ ", LOCK, re.MULTILINE) is None
    )  # one source, named by whoever installs


def test_every_dependency_of_the_project_is_in_the_lock() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.split(r"[\[<>=~! ;]", one)[0].lower().replace("_", "-") for one in wanted}
    assert names - {name for name, _, _ in PINS} == set()


def test_what_is_installed_is_what_is_pinned(measured: Measured) -> None:
    pinned: dict[str, set[str]] = {}
    for name, version, _ in PINS:
        pinned.setdefault(name, set()).add(version)
    found = {name: metadata.version(name) for name in installed()}
    other = {name: version for name, version in found.items() if version not in pinned[name]}
    if other and not sys.prefix.startswith(str(ROOT)):
        pytest.skip("another environment than the project's own")
    assert other == {}
    measured(
        "S16",
        "every package pinned with digests",
        f"{len(PINS)} pinned with SHA-256; {len(found)} installed here, all as pinned",
    )


def test_every_package_may_be_used(measured: Measured) -> None:
    stated = {name: licence(name) for name in installed()}
    strict = {
        name: text
        for name, text in stated.items()
        if not FREE.search(text) and not WEAK_COPYLEFT.search(text)
    }
    assert strict.keys() <= STRICT.keys(), strict
    figure = f"{len(stated) - len(strict)} of {len(stated)} permissive, weak copyleft or by choice"
    measured("S16", "licences known and usable", figure, "; ".join(STRICT[name] for name in strict))


def test_whoever_runs_it_is_told_how_to_look_up_known_vulnerabilities(measured: Measured) -> None:
    page = (ROOT / "workflow" / "operations" / "README.md").read_text(encoding="utf-8")
    assert "pip-audit --require-hashes -r requirements.lock" in page
    measured(
        "S16",
        "0 known vulnerabilities fixable",
        "not measured: the command stands in the operator's guide",
        "pip-audit asks a database of advisories on the internet; no test does",
        met=False,
    )
