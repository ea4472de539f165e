"""Flow: the report to the Improvement Board."""

from datetime import date
from pathlib import Path
from typing import Any

from prefect import flow

from flows.fan_out import opened
from flows.recording import leave_table, work
from flows.reports import write_report

_SHOWN = ("reviews.complete", "reviews.open", "reviews.overdue", "outlook.chance", "safe.made_safe")


@work
def file_report(folder: Path, as_of: date | None, programme: int | None) -> dict[str, Any]:
    """Gather the facts and write the files."""
    with opened(programme) as runtime:
        written = write_report(runtime, folder, as_of=as_of)
    figures = written.report.values
    return {
        "as_of": written.report.as_of.isoformat(),
        "version": written.report.version,
        "files": len(written.files),
        **{name: figures[name] for name in _SHOWN},
    }


@flow(name="board-report")
def board_report(
    folder: Path, as_of: date | None = None, programme: int | None = None
) -> dict[str, Any]:
    """File the Board's paper in a folder; the same data on the same day give the same figures.

    Args:
        programme: its number; None: the one of the settings.
    """
    summary = file_report(folder, as_of, programme)
    leave_table("board-report", summary, "Report to the Improvement Board")
    return summary
