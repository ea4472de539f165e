"""The Board report without Prefect: gather its facts, write its files."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from flows.runtime import Runtime
from forms.report import report_files
from workflow.calendar import local_date
from workflow.programme_changes import as_it_was
from workflow.programmes import policy_of
from workflow.reporting import BoardReport, report_facts


@dataclass(frozen=True, slots=True)
class Written:
    """A report and the files it was written to."""

    report: BoardReport
    files: tuple[Path, ...]


def write_report(runtime: Runtime, folder: Path, *, as_of: date | None = None) -> Written:
    """Write the report of a day (default: the programme's day) into a folder, over an older one.

    Settings count as they stood at the end of that day, so that a later change leaves it as it was.

    Raises:
        InvalidInputError: the day lies ahead or before the programme, or there is no review yet.
    """
    with runtime.read() as at:
        day = as_of or at.as_of
        programme = as_it_was(at.session, at.programme, day)
        report = report_facts(
            at.session,
            programme=programme,
            policy=policy_of(programme),
            as_of=day,
            today=at.programme.demo_today or local_date(datetime.now(UTC)),
        )
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for file in report_files(report):
        path = folder / file.name
        path.write_bytes(file.content)
        written.append(path)
    return Written(report, tuple(written))
