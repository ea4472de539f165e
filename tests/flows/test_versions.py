"""Prefect and the rest of the product keep to their sides; both servers start in other tests."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.soak  # import-linter says the same of what stands in the files
def test_only_the_flows_import_prefect() -> None:
    walk = (
        "import importlib, pkgutil, sys\n"
        "for name in ('workflow', 'forms', 'api'):\n"
        "    package = importlib.import_module(name)\n"
        "    for module in pkgutil.walk_packages(package.__path__, f'{name}.'):\n"
        "        if '.migrations.' not in module.name:\n"
        "            importlib.import_module(module.name)\n"
        "    assert 'prefect' not in sys.modules, name\n"
    )
    subprocess.run([sys.executable, "-c", walk], check=True, timeout=120)


def test_prefect_starts_on_a_machine_that_never_held_our_data(tmp_path: Path) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    environment = clean | {"CIN_DATA_FOLDER": str(tmp_path / "not" / "yet" / "made")}
    subprocess.run(
        [sys.executable, "-W", "error", "-c", "import flows.deployments"],
        env=environment,
        check=True,
        timeout=120,
    )
