"""Prefect's server and our web app start from the same installed FastAPI."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    "statement",
    [
        "import flows.prefect_defaults; from prefect.server.api.server import create_app; create_app()",
        "from api.app import create_app_from_environment",
    ],
)
def test_both_servers_import(statement: str) -> None:
    subprocess.run([sys.executable, "-c", statement], check=True, timeout=120)


@pytest.mark.parametrize("package", ["workflow", "forms", "api"])
def test_only_the_flows_import_prefect(package: str) -> None:
    walk = (
        "import importlib, pkgutil, sys;"
        f"package = importlib.import_module('{package}');"
        "[importlib.import_module(m.name) for m in pkgutil.walk_packages(package.__path__, "
        f"'{package}.') if '.migrations.' not in m.name];"
        "sys.exit('prefect' in sys.modules)"
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
