"""What the tests measured of the promises, in one file that `tests/faults/table.py` makes a page of.

A test asks for the fixture `measured` and calls it once, with its bar and its figure. Nothing is written
unless `CIN_PROMISES` names the file, as `make soak` does: a hurried run does not replace good figures.
"""

import fcntl
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "CIN_PROMISES"
"""The environment variable that names the file to write to."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table."""

    promise: str
    """R1 to R16, or S1 to S18."""
    bar: str
    figure: str
    database: str
    """`sqlite`, `postgresql` or empty where it does not matter."""
    test: str
    met: bool = True
    note: str = ""
    """What the figure does not say; the reason, where the bar is not met."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Takes down what one test measured."""

    test: str
    database: str

    def __call__(
        self,
        promise: str,
        bar: str,
        figure: str,
        note: str = "",
        *,
        met: bool = True,
        database: str | None = None,
    ) -> None:
        """Put a figure into the table; one of an unmet bar needs its reason as `note`."""
        assert met or note, "say why the bar is not met"
        on = self.database if database is None else database
        if path := os.environ.get(FILE):
            keep(Path(path), Figure(promise, bar, figure, on, self.test, met, note))


def keep(path: Path, figure: Figure) -> None:
    """Put a figure in the file in place of the same test's older one; several processes may write."""
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = [one for one in read(path) if _place(one) != _place(figure)]
        rows = [asdict(one) for one in sorted([*kept, figure], key=_place)]
        path.write_text(json.dumps(rows, indent=1) + "\n")


def read(path: Path) -> list[Figure]:
    """The figures of a file; none when there is no file yet, or an empty one."""
    text = path.read_text() if path.exists() else ""
    return [Figure(**row) for row in json.loads(text or "[]")]


def _place(figure: Figure) -> tuple[str, int, str, str]:
    kind, number = figure.promise[:1], figure.promise[1:]
    return kind, int(number), figure.test, figure.database
