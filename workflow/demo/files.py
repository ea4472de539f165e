"""The synthetic caseload as the files a council really has."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path

from workflow.demo.annex_a import STATUSES, YES_NO, write_annex_a
from workflow.demo.caseload import DemoCaseload
from workflow.demo.census import write_census
from workflow.geography import Geography
from workflow.intake.columns import ColumnMapping, dump_mapping
from workflow.intake.rows import CaseRow

ANNEX_A = "annex_a_list_6.xlsx"
CENSUS = "cin_census_2016.xml"
PLACES = "case_places.csv"
MAPPING = "case_places.toml"
"""Names of the files in their folder."""
_TITLE = "SYNTHETIC: no child in this file exists"

PLACES_MAPPING = ColumnMapping(
    columns={
        "Child Unique ID": "child_id",
        "District": "district",
        "Allocated Team": "team",
        "Family ID": "family",
        "Allocated Worker": "worker",
        "Worker Qualified": "worker_qualified",
        "Date Child Was Last Seen": "last_seen_on",
        "Looked After": "looked_after",
        "Case Status": "status",
    },
    dates={"last_seen_on": "dd/mm/yyyy"},
    delimiter=",",
    encoding="utf-8",
)
"""What the columns of the places file mean; the headings say it too."""
_NEWCOMER_HEADINGS = (
    *("Child Unique ID", "Date of Birth", "Gender", "CIN Start Date", "Primary Need Code"),
    *("Case Status", "District", "Family ID", "Allocated Team", "Allocated Worker"),
)


@dataclass(frozen=True, slots=True)
class DemoFiles:
    """Where the files were written; iterating gives those to import, in order."""

    annex_a: Path
    """Annex A list 6 with extra columns: who is in need, where, held by whom, and with which status."""
    census: Path
    """The CIN census return: every episode with its assessments, enquiries and protection plans."""
    places: Path
    """CSV with the extra columns alone, by child: for a census that comes without list 6."""
    mapping: Path
    """What the columns of `places` mean (TOML)."""

    def __iter__(self) -> Iterator[Path]:
        """List 6, then the census: the list says who is looked after, which the census does not."""
        return iter((self.annex_a, self.census))


def write_caseload(caseload: DemoCaseload, geography: Geography, folder: Path) -> DemoFiles:
    """Write Annex A list 6, the census, and the extra columns by themselves with their mapping."""
    folder.mkdir(parents=True, exist_ok=True)
    files = DemoFiles(
        annex_a=folder / ANNEX_A,
        census=folder / CENSUS,
        places=folder / PLACES,
        mapping=folder / MAPPING,
    )
    write_census(caseload, geography, files.census)
    _write_csv(files.places, tuple(PLACES_MAPPING.columns), _places(caseload.rows, geography))
    files.mapping.write_text(f"# {_TITLE}\n{dump_mapping(PLACES_MAPPING)}", "utf-8", newline="\n")
    write_annex_a(caseload, geography, files.annex_a)
    return files


def write_newcomers(rows: Iterable[CaseRow], geography: Geography, path: Path) -> Path:
    """Write new cases as the CSV a case system exports each week."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (
        (
            row.child_id,
            _british(row.birth_on),
            (row.gender or "").title(),
            _british(row.episode_start),
            row.primary_need or "",
            _status(row),
            geography.name_of(row.district or ""),
            row.family or "",
            row.team or "",
            row.worker or "",
        )
        for row in rows
    )
    return _write_csv(path, _NEWCOMER_HEADINGS, lines)


def _places(rows: Iterable[CaseRow], geography: Geography) -> Iterator[Sequence[str]]:
    """One line a child, in the order of `PLACES_MAPPING`: what its latest episode says."""
    for _, episodes in groupby(rows, key=lambda row: row.child_id):
        *_, row = episodes
        yield (
            row.child_id,
            geography.name_of(row.district or ""),
            row.team or "",
            row.family or "",
            row.worker or "",
            YES_NO[row.worker_qualified],
            _british(row.last_seen_on),
            YES_NO[row.looked_after],
            _status(row),
        )


def _write_csv(path: Path, headings: Sequence[str], lines: Iterable[Sequence[str]]) -> Path:
    """Write a title, the headings and the lines."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerows(((_TITLE,), headings))
        writer.writerows(lines)
    return path


def _status(row: CaseRow) -> str:
    return STATUSES[row.status] if row.status else ""


def _british(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else ""
