"""Production starts with strong settings only; each weak one is named with what to do instead."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from api.app import create_app
from workflow.operations.fields import new_key
from workflow.operations.mounts import network_kind
from workflow.operations.production import (
    WeakSettingsError,
    check_production,
    production_checks,
)
from workflow.settings import Settings

STRONG_KEY = "9f3b7c1d5e8a4f6092b1c7d3e5f80a1b2c4d6e8f"
LOCKED = {"PREFECT_SERVER_API_AUTH_STRING": "cin:long-and-random"}
MOUNTS = """\
/dev/vda1 / ext4 rw 0 0
server:/share /mnt/share nfs4 rw 0 0
//server/data /mnt/with\\040space cifs rw 0 0
/dev/vdb1 /mnt/share/local xfs rw 0 0
"""


@pytest.fixture
def strong(tmp_path: Path) -> dict[str, Any]:
    """Settings that production accepts."""
    return {
        "mode": "production",
        "base_url": "https://reviews.example.gov.uk",
        "audit_key": STRONG_KEY,
        "field_keys": f"2026a:{new_key()}",
        "require_second_factor": True,
        "data_folder": tmp_path,
        "database_url": f"sqlite:///{tmp_path / 'cin.db'}",
    }


def refused(settings: dict[str, Any], environment: dict[str, str]) -> dict[str, str]:
    """Name of each refused setting → what is said of it."""
    with pytest.raises(WeakSettingsError) as error:
        check_production(Settings(**settings), environment)
    return {check.name: f"{check.found}. {check.fix}" for check in error.value.weak}


def test_strong_settings_are_accepted(strong: dict[str, Any]) -> None:
    check_production(Settings(**strong), LOCKED)


def test_in_development_nothing_is_refused(strong: dict[str, Any]) -> None:
    check_production(Settings(mode="development", data_folder=strong["data_folder"]), {})


@pytest.mark.parametrize(
    ("change", "name", "fix"),
    [
        ({"audit_key": None}, "audit key", "CIN_AUDIT_KEY_FILE"),
        ({"audit_key": "short"}, "audit key", "5 characters"),
        ({"audit_key": "a" * 64}, "audit key", "no random secret"),
        ({"audit_key": "please-change-me-0123456789-abcdefgh"}, "audit key", "no random"),
        ({"base_url": ""}, "base URL", "CIN_BASE_URL"),
        ({"base_url": "http://reviews.example.gov.uk"}, "base URL", "TLS"),
        ({"field_keys": None}, "field keys", "cin keys new"),
        ({"database_url": "sqlite://"}, "database file", "CIN_DATABASE_URL"),
        ({"require_second_factor": False}, "second factor", "CIN_REQUIRE_SECOND_FACTOR"),
        ({"password_sign_in": False}, "single sign-on", "CIN_SSO_ISSUER"),
        ({"sso_issuer": "https://login.example"}, "single sign-on", "CIN_SSO_CLIENT_ID"),
        (
            {
                "sso_issuer": "http://login.example",
                "sso_client_id": "cin",
                "sso_roles": {"Managers": "manager"},
            },
            "single sign-on",
            "Correct CIN_SSO_ISSUER.",
        ),
    ],
)
def test_each_weak_setting_is_refused_with_its_fix(
    strong: dict[str, Any], change: dict[str, Any], name: str, fix: str
) -> None:
    said = refused(strong | change, LOCKED)
    assert said.keys() == {name}
    assert fix in said[name]


@pytest.mark.parametrize(
    ("environment", "name", "said"),
    [
        ({}, "Prefect", "PREFECT_SERVER_API_AUTH_STRING"),
        (LOCKED | {"PREFECT_SERVER_API_HOST": "0.0.0.0"}, "Prefect", "0.0.0.0"),  # noqa: S104
        (LOCKED | {"PREFECT_SERVER_ANALYTICS_ENABLED": "true"}, "telemetry", "Remove"),
        (LOCKED | {"PREFECT_LOGGING_TO_API_ENABLED": "1"}, "telemetry", "Remove"),
        (LOCKED | {"DO_NOT_TRACK": "0"}, "telemetry", "DO_NOT_TRACK"),
        (LOCKED | {"PYTHONDEVMODE": "1"}, "debugging", "PYTHONDEVMODE"),
        (LOCKED | {"PREFECT_LOGGING_LEVEL": "debug"}, "debugging", "PREFECT_LOGGING_LEVEL"),
    ],
)
def test_each_weak_variable_is_refused_with_its_fix(
    strong: dict[str, Any], environment: dict[str, str], name: str, said: str
) -> None:
    found = refused(strong, environment)
    assert found.keys() == {name}
    assert said in found[name]


def test_all_that_is_weak_is_named_at_once(tmp_path: Path) -> None:
    names = refused({"mode": "production", "data_folder": tmp_path, "database_url": ""}, {})
    assert names.keys() >= {"audit key", "base URL", "field keys", "Prefect"}


def test_a_key_file_must_lie_away_from_the_data(strong: dict[str, Any], tmp_path: Path) -> None:
    beside = tmp_path / "keys" / "audit.key"
    beside.parent.mkdir()
    beside.write_text(STRONG_KEY)
    away = tmp_path.parent / f"{tmp_path.name}.key"
    away.write_text(STRONG_KEY)
    without = strong | {"audit_key": None}
    assert "audit key" in refused(without | {"audit_key_file": beside}, LOCKED)
    check_production(Settings(**without | {"audit_key_file": away}), LOCKED)


def test_sqlite_on_a_network_path_is_refused(strong: dict[str, Any]) -> None:
    settings = Settings(**strong | {"database_url": "sqlite:////mnt/share/cin.db"})
    checks = production_checks(settings, LOCKED, mounts=MOUNTS)
    (wrong,) = [check for check in checks if not check.ok]
    assert (wrong.name, "nfs4" in wrong.found) == ("database file", True)
    assert "PostgreSQL" in wrong.fix


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/cin/cin.db", None),
        ("/mnt/share/cin.db", "nfs4"),
        ("/mnt/shared/cin.db", None),
        ("/mnt/share/local/cin.db", None),
        ("/mnt/with space/cin.db", "cifs"),
    ],
)
def test_the_nearest_mount_decides(path: str, kind: str | None) -> None:
    assert network_kind(Path(path), MOUNTS) == kind


def test_a_superuser_and_a_distant_server_without_tls_are_refused(
    strong: dict[str, Any], postgres_address: str
) -> None:
    settings = Settings(**strong | {"database_url": f"{postgres_address}/postgres"})
    checks = {check.name: check for check in production_checks(settings, LOCKED)}
    assert not checks["database role"].ok
    assert "superuser" in checks["database role"].found
    assert checks["database connection"].ok  # on this machine
    distant = Settings(**strong | {"database_url": "postgresql+psycopg://u@db.example/cin"})
    names = iter(production_checks(distant, LOCKED))
    connection = next(check for check in names if check.name == "database connection")
    assert not connection.ok
    assert "verify-full" in connection.fix


def test_the_app_refuses_to_start_with_weak_settings(tmp_path: Path) -> None:
    settings = Settings(mode="production", data_folder=tmp_path)
    with pytest.raises(WeakSettingsError, match="CIN_BASE_URL"):
        create_app(settings)


def test_the_message_shows_no_secret(strong: dict[str, Any]) -> None:
    with pytest.raises(WeakSettingsError) as error:
        check_production(Settings(**strong | {"audit_key": "hunter2", "base_url": ""}), LOCKED)
    assert "hunter2" not in str(error.value)
    assert all(dataclasses.asdict(check)["fix"] for check in error.value.weak)
