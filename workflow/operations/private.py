"""Files that nobody but their owner can read."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

_PRIVATE = 0o600


def write_private(file: Path, text: str) -> None:
    """Write a new file, or over an old one, that nobody but its owner can read."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        os.fchmod(stream.fileno(), _PRIVATE)
        stream.write(text)


@contextmanager
def appears_whole(file: Path) -> Iterator[Path]:
    """A private place to write a file; it takes its name when all is written and synced, or never."""
    with TemporaryDirectory(prefix=f".{file.name}.", dir=file.parent) as folder:
        draft = Path(folder) / file.name
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE))
        yield draft
        _sync(draft)
        draft.replace(file)
    _sync(file.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
