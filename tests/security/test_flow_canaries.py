"""Prefect keeps parameters, results, artifacts and logs in clear: nothing of a child is in them (S9)."""

from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from flows.runtime import open_runtime
from flows.set_aside import set_aside
from tests.flows.conftest import prefect_server
from tests.measured import Measured
from tests.workflow.intake.files import CSV_ROW, csv_text, row

__all__ = ["prefect_server"]  # a fixture, found by its name
CANARY = "Zebedee Quillfeather"
BORN = "17/05/2008"
SECRETS = (CANARY, "Zebedee", "Quillfeather", BORN, "2008-05-17", "ZQ-4711")
DAY = date(2016, 1, 20)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """A caseload whose every text is a canary, and one that is refused for a row of it."""
    monkeypatch.setenv("CIN_DATABASE_URL", f"sqlite:///{tmp_path / 'cin.db'}")
    monkeypatch.setenv("CIN_DATA_FOLDER", str(tmp_path))
    named = row(Child_ID="ZQ-4711", Team=CANARY, Family_ID=CANARY, Date_of_Birth=BORN)
    wrong = row(Child_ID=CANARY, CIN_Start_Date=CANARY, Date_of_Birth=BORN)
    files = [tmp_path / f"{CANARY} {number}.csv" for number in range(2)]
    for file, rows in zip(files, [(CSV_ROW, named), (CSV_ROW, wrong)], strict=True):
        file.write_text(csv_text(*rows))
    return files


@pytest.mark.soak
@pytest.mark.flow
@pytest.mark.filterwarnings("default")  # Prefect and its server bring warnings of their own
def test_prefects_database_holds_nothing_of_a_child(
    files: list[Path],
    prefect_server: None,
    measured: Measured,
    capfd: pytest.CaptureFixture[str],
) -> None:
    from prefect.settings import PREFECT_SERVER_DATABASE_CONNECTION_URL

    from flows.import_caseload import import_caseload
    from flows.track_reviews import track_reviews

    open_runtime().database.close()
    numbers = [set_aside(file) for file in files]
    imported, tracked = import_caseload(numbers, DAY), track_reviews(DAY)
    assert (imported["created"], imported["refused"]) == (2, 1)
    place = Path(str(sa.make_url(PREFECT_SERVER_DATABASE_CONNECTION_URL.value()).database))
    kept = [one.read_bytes() for one in place.parent.glob(f"{place.name}*")]
    assert any(numbers[0].encode() in one for one in kept)
    printed = capfd.readouterr()
    said = [*kept, *(text.encode() for text in (repr((imported, tracked)), *printed))]
    assert [secret for secret in SECRETS for text in said if secret.encode() in text] == []
    size = sum(map(len, kept)) / 1_000_000
    measured("S9", "0 hits", f"0 in Prefect's database ({size:.1f} MB) and in what flows print")
