"""Flow: take caseload files in."""

from datetime import date
from typing import Any

from prefect import flow

from flows.operations import import_file
from flows.recording import leave_table, work
from flows.runtime import FLOW, open_runtime
from flows.set_aside import waiting_file


@work
def import_one(file: str, as_of: date | None) -> dict[str, Any]:
    """One file, in one transaction; counts only."""
    result = import_file(open_runtime(), waiting_file(file), actor=FLOW, as_of=as_of)
    counts = ("rows", "created", "updated", "unchanged", "in_cohort", "refused")
    summary = {name: getattr(result, name) for name in counts}
    return summary | {"findings": len(result.findings)}


@flow(name="import-caseload", validate_parameters=False)
def import_caseload(files: list[str], as_of: date | None = None) -> dict[str, Any]:
    """Take files in one after the other; a refused file stores nothing and stops nothing.

    Args:
        files: the numbers under which they were set aside (`cin import --set-aside`), never their paths:
            Prefect keeps parameters in plain text.
    """
    summaries = [import_one(file, as_of) for file in files]
    for number, summary in enumerate(summaries, start=1):
        leave_table("caseload-import", summary, f"File {number} of {len(files)}")
    return {
        "files": len(files),
        "refused": sum(summary["refused"] for summary in summaries),
        "created": sum(summary["created"] for summary in summaries),
        "updated": sum(summary["updated"] for summary in summaries),
        "findings": sum(summary["findings"] for summary in summaries),
    }
