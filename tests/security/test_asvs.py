"""The map of ASVS 5.0, level 2: every requirement has its control, and every check it names exists."""

import ast
import csv
import re
from functools import cache
from pathlib import Path

from tests.measured import Measured

ROOT = Path(__file__).parents[2]
LEAST_AUTOMATIC = 0.95
"""Share of the application's requirements that a test checks; the others ask for documents."""


def rows() -> list[dict[str, str]]:
    with (Path(__file__).parent / "asvs.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@cache
def names_in(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@cache
def sections_of(file: str) -> frozenset[str]:
    """The anchors of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)
    plain = (re.sub(r"[^a-z0-9 -]", "", heading.lower()) for heading in headings)
    return frozenset(heading.replace(" ", "-") for heading in plain)


def exists(check: str) -> bool:
    file, _, test = check.partition("::")
    if test:
        return (ROOT / file).is_file() and test in names_in(file)
    file, _, section = check.partition("#")
    return (ROOT / file).is_file() and (not section or section in sections_of(file))


def test_every_requirement_that_applies_is_there_once_with_a_control() -> None:
    found = rows()
    assert len({row["id"] for row in found}) == len(found)
    assert all(row["control"] and row["check"] for row in found)
    by = [row["by"] for row in found]
    assert (by.count("app"), by.count("operator")) == (185, 16)


def test_every_check_it_names_exists() -> None:
    assert sorted({row["check"] for row in rows() if not exists(row["check"])}) == []


def test_most_of_it_is_checked_by_tests(measured: Measured) -> None:
    ours = [row for row in rows() if row["by"] == "app"]
    automatic = sum("::" in row["check"] for row in ours)
    assert automatic / len(ours) >= LEAST_AUTOMATIC
    figure = f"100 % mapped, {automatic / len(ours):.1%} by a test ({automatic} of {len(ours)})"
    measured("S17", "100 % mapped, ≥ 95 % by automatic test", figure)
