"""Tests of the tests: faults put in on purpose are caught."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.mutants import MUTANTS, ROOT, Mutant, copy_product
from tests.measured import Measured

pytestmark = pytest.mark.faults
_FAILED = 1
"""pytest's answer when tests ran and some of them failed."""


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_still_fits(mutant: Mutant) -> None:
    assert mutant.fits(), f"{mutant.file} has changed: write this mutant anew"
    assert all((ROOT / test).exists() for test in mutant.tests)


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("product")
    copy_product(folder)
    return folder


def run(folder: Path, tests: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider", *tests],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder), "CIN_PROMISES": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


_CAUGHT: list[str] = []


@pytest.mark.soak
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_is_caught(product: Path, mutant: Mutant, measured: Measured) -> None:
    sound = (product / mutant.file).read_text()
    mutant.infect(product)
    try:
        done = run(product, mutant.tests)
    finally:
        (product / mutant.file).write_text(sound)
    assert done.returncode == _FAILED, done.stdout[-2000:]
    _CAUGHT.append(mutant.name)
    measured(
        "R4",
        "Every seeded mutant is caught",
        f"{len(_CAUGHT)} of {len(MUTANTS)} caught",
        database="",
    )


@pytest.mark.soak
def test_the_copy_without_a_fault_passes(product: Path) -> None:
    tests = tuple(sorted({test for mutant in MUTANTS for test in mutant.tests}))
    done = run(product, tests)
    assert done.returncode == 0, done.stdout[-2000:]
