"""Production does not start on weak settings, and says of each what to do instead (promise S15)."""

from typing import Any

from tests.measured import Measured
from tests.workflow.operations.test_production import (  # noqa: F401 - a fixture is found by its name
    LOCKED,
    MOUNTS,
    refused,
    strong,
)
from workflow.db import Database
from workflow.operations.database_checks import postgresql_role
from workflow.operations.production import production_checks
from workflow.settings import Settings

WEAK: tuple[tuple[str, dict[str, Any], dict[str, str]], ...] = (
    ("audit key", {"audit_key": None}, {}),
    ("audit key", {"audit_key": "short"}, {}),
    ("audit key", {"audit_key": "please-change-me-0123456789-abcdefgh"}, {}),
    ("base URL", {"base_url": "http://reviews.example.gov.uk"}, {}),
    ("base URL", {"base_url": ""}, {}),
    ("field keys", {"field_keys": None}, {}),
    ("database file", {"database_url": "sqlite://"}, {}),
    ("second factor", {"require_second_factor": False}, {}),
    ("single sign-on", {"password_sign_in": False}, {}),
    ("single sign-on", {"sso_issuer": "http://login.example"}, {}),
    ("Prefect", {}, {"PREFECT_SERVER_API_AUTH_STRING": ""}),
    ("Prefect", {}, {"PREFECT_SERVER_API_HOST": "0.0.0.0"}),  # noqa: S104
    ("telemetry", {}, {"PREFECT_SERVER_ANALYTICS_ENABLED": "true"}),
    ("telemetry", {}, {"PREFECT_LOGGING_TO_API_ENABLED": "1"}),
    ("telemetry", {}, {"DO_NOT_TRACK": "0"}),
    ("debugging", {}, {"PYTHONDEVMODE": "1"}),
    ("debugging", {}, {"PREFECT_DEBUG_MODE": "true"}),
    ("debugging", {}, {"PREFECT_LOGGING_LEVEL": "DEBUG"}),
)
"""What the refusal names, the weak settings, the weak variables."""
ELSEWHERE = (
    ("database file", "sqlite:////mnt/share/cin.db"),
    ("database connection", "postgresql+psycopg://u@db.example/cin"),
)
"""Databases that are reached over a network without protection."""
BAR = "each refused, with the fix in the message"


def test_each_weak_setting_is_refused_with_its_fix(
    strong: dict[str, Any],  # noqa: F811 - the fixture above
    measured: Measured,
) -> None:
    for name, change, environment in WEAK:
        said = refused(strong | change, LOCKED | environment)
        assert said.keys() == {name}
        assert said[name].strip().endswith(".")
    for name, url in ELSEWHERE:
        settings = Settings(**strong | {"database_url": url})
        checks = production_checks(settings, LOCKED, mounts=MOUNTS)
        found = next(check for check in checks if check.name == name)
        assert (found.ok, bool(found.fix)) == (False, True)
    many = len(WEAK) + len(ELSEWHERE)
    measured("S15", BAR, f"{many} of {many} weak settings")


def test_a_role_of_the_database_that_may_do_all_is_refused(
    database: Database, measured: Measured
) -> None:
    with database.read() as session:
        found = postgresql_role(session) if not database.is_sqlite else None
    if found is not None:
        assert (found.ok, bool(found.fix)) == (False, True)
        measured("S15", BAR, "a superuser's role is refused")
