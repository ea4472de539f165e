"""Files wait for a flow under numbers that tell nothing."""

import os
import stat
from pathlib import Path

import pytest

from flows.set_aside import KEPT_FOR, set_aside, waiting_file
from workflow.errors import NotFoundError


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CIN_DATA_FOLDER", str(tmp_path / "data"))
    file = tmp_path / "children of the Smiths.csv"
    file.write_text("Child ID\n1\n")
    return file


def test_a_file_is_found_by_its_number_alone(file: Path) -> None:
    number = set_aside(file)
    assert "Smith" not in number
    found = waiting_file(number)
    assert (found.name, found.read_text()) == (file.name, file.read_text())
    for path in (found, found.parent, found.parent.parent):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077


@pytest.mark.parametrize("number", ["0" * 32, "../../etc", "", "/etc/passwd"])
def test_what_was_not_set_aside_is_not_found(file: Path, number: str) -> None:
    set_aside(file)
    with pytest.raises(NotFoundError):
        waiting_file(number)


def test_a_file_goes_when_it_has_waited_for_long(file: Path) -> None:
    number = set_aside(file)
    old = waiting_file(number).stat().st_mtime - KEPT_FOR.total_seconds() - 60
    os.utime(waiting_file(number).parent, (old, old))
    kept = set_aside(file)
    assert waiting_file(kept)
    with pytest.raises(NotFoundError):
        waiting_file(number)
