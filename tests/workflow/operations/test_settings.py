"""Settings: keys are made once and kept private, and a wrong one is named."""

import stat
import threading
from pathlib import Path

import pytest

from workflow.migrations import upgrade
from workflow.operations.fields import new_key
from workflow.settings import Settings, SettingsError


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_made_is_private_to_its_owner(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    settings = Settings(data_folder=folder, database_url="")
    database = settings.database()
    upgrade(database)
    found = {path.name: mode(path) for path in folder.iterdir()}
    database.close()
    assert mode(folder) == 0o700
    assert found.pop("cin.db") == 0o600
    assert set(found.values()) == {0o600}


def test_programs_started_at_once_use_one_key(tmp_path: Path) -> None:
    settings = Settings(data_folder=tmp_path / "new")
    keys: list[bytes] = []
    starts = [
        threading.Thread(target=lambda: keys.append(settings.read_audit_key())) for _ in range(8)
    ]
    for start in starts:
        start.start()
    for start in starts:
        start.join()
    assert len(keys) == 8
    assert len(set(keys)) == 1
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["audit.key"]


def test_an_empty_or_missing_key_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "audit.key"
    with pytest.raises(SettingsError, match="CIN_AUDIT_KEY_FILE"):
        Settings(audit_key_file=file).read_audit_key()
    file.touch()
    with pytest.raises(SettingsError, match="empty"):
        Settings(audit_key_file=file).read_audit_key()
    assert Settings(data_folder=tmp_path / "x", audit_key="given").read_audit_key() == b"given"


def test_field_keys_come_from_the_setting_or_its_file(tmp_path: Path) -> None:
    file = tmp_path / "field.keys"
    file.write_text(f"b:{new_key()}\na:{new_key()}\n")
    found = Settings(field_keys_file=file).read_field_keys()
    assert found is not None
    assert list(found.keys) == ["b", "a"]
    assert Settings(field_keys=f"c:{new_key()}").read_field_keys().newest == "c"
    assert Settings(data_folder=tmp_path).read_field_keys() is None


def test_a_wrong_field_key_is_named_without_being_shown() -> None:
    with pytest.raises(SettingsError, match="CIN_FIELD_KEYS") as refused:
        Settings(field_keys="2026a:hunter2").read_field_keys()
    assert "hunter2" not in str(refused.value)


def test_secrets_do_not_show_when_settings_are_printed() -> None:
    assert "hunter2" not in repr(Settings(audit_key="hunter2", field_keys="a:hunter2"))
