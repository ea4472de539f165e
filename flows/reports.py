"""The Board report without Prefect: gather its facts, write its files."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from flows.runtime import Runtime
from forms.report import report_files
from workflow.calendar import local_date
from workflow.reporting import BoardReport, report_facts


@dataclass(frozen=True, slots=True)
class Written:
    """A report and the files it was written to."""

    report: BoardReport
    files: tuple[Path, ...]


def write_report(runtime: Runtime, folder: Path, *, as_of: date | None = None) -> Written:
    """Write the report of a day (default: the programme's day) into a folder, over an older one.

    Raises:
        InvalidInputError: the day lies ahead or before the programme, or there is no review yet.
    """
    with runtime.read() as at:
        report = report_facts(
            at.session,
            programme=at.programme,
            policy=at.policy,
            as_of=as_of or at.as_of,
            today=at.programme.demo_today or local_date(datetime.now(UTC)),
        )
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for file in report_files(report):
        path = folder / file.name
        path.write_bytes(file.content)
        written.append(path)
    return Written(report, tuple(written))
