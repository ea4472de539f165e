"""Options that many commands share, and what they do with them."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from flows.output import print_json, print_table

DAY = ["%Y-%m-%d"]
AsOf = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=DAY, metavar="DATE", help="Speak of this day (2016-02-24)."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would happen; keep nothing.")]
Flow = Annotated[bool, typer.Option("--flow", help="Run it as a recorded Prefect flow run.")]
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)]


def day(instant: datetime | None) -> date | None:
    """The day a command was told, if any."""
    return instant.date() if instant else None


def finish_flow(summary: dict[str, Any], as_json: bool) -> None:
    """Show what a flow run returned."""
    if as_json:
        print_json(summary)
        return
    print_table("Flow run", ["", ""], sorted(summary.items()))
