"""Prefect's server and our web app start from the same installed FastAPI."""

import subprocess
import sys

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
