"""Files that come in do no harm to the service, files that go out none to whoever opens them (S12)."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest
import sqlalchemy as sa
from sqlmodel import AutoString, SQLModel

from tests.measured import Measured
from tests.security.asking import Answer, Stage, first_allowed
from tests.workflow.intake.test_malformed import FILE_ERRORS, archive

FORMULA = "=1+1"
LIVE = ("=", "+", "-", "@", "\t", "\r", "\n", "＝")
TYPED = frozenset(
    {"name", "title", "worker", "team", "family_id", "reason", "display_name", "role"}
)
"""Columns that hold what somebody typed or a file brought."""
MIB = 1024
READER = """
import json, sys, time
from pathlib import Path
from tests.workflow.intake.files import read

def held(which):
    return int(Path("/proc/self/status").read_text().partition(which)[2].split()[0])

read(Path(sys.argv[1]))
for name in sys.argv[2:]:
    Path("/proc/self/clear_refs").write_text("5")
    before, began = held("VmRSS:"), time.perf_counter()
    found = read(Path(name))
    assert found.errors and not found.rows, name
    print(json.dumps([name, held("VmHWM:") - before, time.perf_counter() - began]))
"""
"""Reads each file and says how many KiB and seconds it took; the first one warms up."""


@pytest.mark.soak
def test_no_bomb_takes_much_memory_or_time(tmp_path: Path, measured: Measured) -> None:
    bombs = {name: content for name, content, _ in FILE_ERRORS}
    bombs["great.xlsx"] = archive(("xl/workbook.xml", b"<w/>"), ("xl/a.xml", bytes(500_000_000)))
    bombs["long-line.csv"] = b"Child ID," + b"x," * 20_000_000
    bombs["commas.csv"] = (b"Child ID" + b"," * 900_000 + b"\n") * 40
    bombs["empty-tags.xml"] = b"<Message>" + b"<a/>" * 2_000_000
    for name, content in bombs.items():
        (tmp_path / name).write_bytes(content)
    names = [next(iter(bombs)), *bombs]
    done = subprocess.run(
        [sys.executable, "-c", READER, *(tmp_path / name for name in names)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    figures = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(figures) == len(bombs)
    most, longest = max(one[1] for one in figures), max(one[2] for one in figures)
    assert most <= 200 * MIB, max(figures, key=lambda one: one[1])
    assert longest <= 10, max(figures, key=lambda one: one[2])
    figure = f"at most {most / MIB:.0f} MiB and {longest:.1f} s, in {len(figures)} hostile files"
    measured("S12", "reader's memory ≤ 200 MiB, ≤ 10 s", figure)


@pytest.fixture
def typed_formulas(stage: Stage) -> Stage:
    """Every text that somebody typed is a formula."""
    with stage.database.write() as session:
        connection = session.connection()
        for table in SQLModel.metadata.sorted_tables:
            columns = [one for one in table.columns if one.name in TYPED and _is_text(one)]
            if columns and table.name not in {"event", "submission"}:
                changes = {one.name: sa.literal(FORMULA) + one for one in columns}
                connection.execute(sa.update(table).values(changes))
    return stage


def _is_text(column: "sa.Column[object]") -> bool:
    return isinstance(column.type, AutoString)


def test_no_file_that_goes_out_holds_a_live_formula(
    typed_formulas: Stage, measured: Measured
) -> None:
    cells, files, live = 0, 0, []
    for place, who in first_allowed().items():
        if place.template.startswith("/board/report/"):  # tests/flows/test_report_command.py
            continue
        for kind in ("csv", "xlsx") if "{kind}" in place.template else ("",):
            stage = typed_formulas
            own = stage.people.holds.get(who, stage.people.holds["reviewer-a"])
            address = place.at(reference=own, number="1") if not kind else place.at(kind=kind)
            if not address.endswith((".csv", ".xlsx")):
                continue
            answer = stage.ask(who, place, address)
            if answer.status_code != 200:
                continue
            texts = _texts(answer)
            files += 1
            cells += sum(FORMULA in text for text in texts)
            live += [(address, text) for text in texts if text.startswith(LIVE)]
    assert live == []
    assert files >= 7
    assert cells > 0
    measured("S12", "0 live formulas", f"0 in {files} kinds of files ({cells} cells hold one)")


def _texts(answer: Answer) -> list[str]:
    """The texts of a file; a workbook's formulas begin with `=`, its texts cannot be one."""
    if answer.content.startswith(b"PK"):
        book = openpyxl.load_workbook(io.BytesIO(answer.content))
        found = [one for sheet in book for row in sheet.iter_rows() for one in row]
        texts = [one for one in found if isinstance(one.value, str)]
        return [one.value if one.data_type == "f" else f"'{one.value}" for one in texts]
    rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))
    return [text for row in rows for text in row if not _is_number(text)]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
