"""Files that wait for a flow: kept under an opaque number, which is all that Prefect gets to see."""

import re
import shutil
import time
from datetime import timedelta
from pathlib import Path
from secrets import token_hex

from workflow.errors import NotFoundError
from workflow.operations.private import appears_whole
from workflow.settings import Settings

KEPT_FOR = timedelta(days=7)
"""How long a file waits, so that a flow can be repeated; then it goes when the next one is set aside."""
_NUMBER = re.compile(r"[0-9a-f]{32}")


def set_aside(file: Path) -> str:
    """Keep a copy of a caseload file for a flow; gives the number that the flow is started with."""
    folder = _folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _clear(folder)
    number = token_hex(16)
    (folder / number).mkdir(mode=0o700)
    with appears_whole(folder / number / file.name) as draft:
        shutil.copyfile(file, draft)
    return number


def waiting_file(number: str) -> Path:
    """The file of a number.

    Raises:
        NotFoundError: there is none, or no longer, on this machine.
    """
    if _NUMBER.fullmatch(number):
        for found in (_folder() / number).glob("*"):
            return found
    raise NotFoundError("file set aside", number[:32])


def _folder() -> Path:
    return Settings().data_folder / "set-aside"


def _clear(folder: Path) -> None:
    oldest = time.time() - KEPT_FOR.total_seconds()
    for kept in folder.iterdir():
        if kept.stat().st_mtime < oldest:
            shutil.rmtree(kept)
