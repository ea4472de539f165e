"""What it costs to take a caseload in, against reading the same file with nothing done about it.

`python -m tests.bench.bench_intake [--cases 2000] [--json]`; the long form is `--cases 100000`.
Processor seconds. The peers are what the formats' own libraries take to give every cell or element:
`openpyxl`, `xml.etree` and `csv`. The limit is a minute for 100,000 cases.
"""

import argparse
import csv
import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import openpyxl
from sqlmodel import SQLModel

from flows import operations
from flows.runtime import Runtime, operator
from workflow.db import Database
from workflow.demo import make_caseload, write_caseload
from workflow.geography import load_geography
from workflow.intake import read_file
from workflow.intake.codes import Vocabulary
from workflow.operations.memory import collect_less
from workflow.programmes import start_programme

DAY = date(2016, 1, 20)
LIMIT = 60 / 100_000
"""Seconds for a row: every one is a case, in the cohort or kept out of it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One file: processor seconds of reading alone, of our reading, and of the whole import."""

    file: str
    rows: int
    mb: float
    peer: float
    read: float
    imported: float
    limit: float


def measure(cases: int) -> list[Line]:
    """Every file of a synthetic caseload, imported in order into an empty database."""
    geography = load_geography()
    with tempfile.TemporaryDirectory(prefix="cin-bench-") as name:
        folder = Path(name)
        files = write_caseload(make_caseload(geography, seed=1, cases=cases), geography, folder)
        database = Database(f"sqlite:///{folder}/cin.db", audit_key=b"for measuring only")
        SQLModel.metadata.create_all(database.engine)
        with database.write() as session:
            start_programme(session, actor=operator(), now=datetime.now(UTC))
        runtime = Runtime(database)
        lines = [_line(runtime, file) for file in files]
        database.close()
    return lines


def _line(runtime: Runtime, file: Path) -> Line:
    peer = _seconds(lambda: _PEERS[file.suffix](file))
    known = {"vocabulary": Vocabulary({}), "geography": load_geography(), "today": DAY}
    read = _seconds(lambda: read_file(file, **known))
    results = []
    imported = _seconds(
        lambda: results.append(operations.import_file(runtime, file, actor=operator(), as_of=DAY))
    )
    size = file.stat().st_size / 1e6
    rows = results[0].rows
    return Line(file.name, rows, round(size, 1), peer, read, imported, round(LIMIT * rows, 3))


def _read_xlsx(file: Path) -> int:
    book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    count = sum(len(row) for sheet in book for row in sheet.iter_rows(values_only=True))
    book.close()
    return count


def _read_xml(file: Path) -> int:
    parsed = ET.iterparse(file)  # noqa: S314 - a file of our own
    return sum(1 for _ in parsed)


def _read_csv(file: Path) -> int:
    with file.open(newline="", encoding="utf-8") as stream:
        return sum(len(row) for row in csv.reader(stream))


_PEERS: dict[str, Callable[[Path], int]] = {
    ".xlsx": _read_xlsx,
    ".xml": _read_xml,
    ".csv": _read_csv,
}


def _seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return round(time.process_time() - started, 3)


def main() -> None:
    """Print the table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    collect_less()  # as `cin` does
    lines = measure(asked.cases)
    if asked.json:
        json.dump([asdict(line) for line in lines], sys.stdout)
        return
    for line in lines:
        sys.stdout.write(
            f"{line.file:<24} {line.rows:>7} rows  alone {line.peer:>7.2f} s  read {line.read:>7.2f} s"
            f"  imported {line.imported:>7.2f} s  limit {line.limit:.2f} s\n"
        )


if __name__ == "__main__":
    main()
