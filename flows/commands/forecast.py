"""`cin forecast`: when the reviews will be complete, and how good such forecasts are."""

from pathlib import Path

import pandas as pd
import typer
from rich.progress import Progress

from flows import operations
from flows.commands.options import AsOf, File, Flow, Json, day, finish_flow
from flows.output import errors, in_words, print_json, print_table, say
from flows.runtime import open_runtime, operator
from workflow.errors import InvalidInputError
from workflow.forecast import CompletionForecast, chance_in_words
from workflow.forecast.backtest import backtest

app = typer.Typer(
    invoke_without_command=True,
    help="Forecast when the reviews will be complete, or check how good such forecasts are.",
)


@app.callback()
def forecast(
    ctx: typer.Context,
    *,
    as_json: Json = False,
    as_of: AsOf = None,
    flow: Flow = False,
) -> None:
    """Forecast when the reviews will be complete."""
    if ctx.invoked_subcommand:
        return
    if flow:
        from flows.forecast_completion import forecast_completion

        finish_flow(forecast_completion(day(as_of)), as_json)
        return
    outlook = operations.forecast(open_runtime(), actor=operator(), as_of=day(as_of))
    result = outlook.forecast
    if as_json:
        print_json(result.to_json())
        return
    say(headline(result))
    print_table(
        "By when",
        ["", "50 %", "80 %", "95 %"],
        [
            ("98 % of reviews", result.dates.p50, result.dates.p80, result.dates.p95),
            ("last review", result.last_case.p50, result.last_case.p80, result.last_case.p95),
        ],
    )
    for title, parts in (("By district", result.by_district), ("By agency", result.by_agency)):
        rows = [
            (part.name, part.open, part.complete, chance_in_words(part.p_done), part.dates.p80)
            for part in parts
        ]
        print_table(title, [title[3:], "open", "complete", "chance in time", "80 % sure by"], rows)


@app.command("backtest")
def backtest_command(file: File, *, as_json: Json = False) -> None:
    """Score our forecaster against the naive one on a daily series (CSV: date, completed[, group])."""
    with Progress(console=errors, transient=True) as progress:
        bar = progress.add_task("Replaying", total=None)
        frame = read_table(file)
        result = backtest(
            frame, progress=lambda done, of: progress.update(bar, completed=done, total=of)
        ).to_json()
    if as_json:
        print_json(result)
        return
    rows = [
        (measure, f"{ours:.3f}", f"{result['naive'][measure]:.3f}")
        for measure, ours in result["ours"].items()
    ]
    print_table(f"{result['forecasts']} forecasts", ["measure", "ours", "naive"], rows)


def read_table(file: Path) -> pd.DataFrame:
    """The rows of a CSV as text; the backtest checks what they say.

    Raises:
        InvalidInputError: it is not a CSV with a heading and rows.
    """
    try:
        return pd.read_csv(file, dtype=str, index_col=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as problem:
        message = f"{file.name} is not a CSV with the columns date and completed."
        raise InvalidInputError(message) from problem


def headline(result: CompletionForecast) -> str:
    """The forecast in three sentences."""
    if not result.open:
        return f"All {result.total:,} reviews are complete."
    basis = "from the capacity plan alone" if result.basis == "plan" else "from the work so far"
    pace = result.pace.achieved_per_working_day
    achieved = f"; the last ten brought {pace:.0f}" if pace is not None else ""
    return (
        f"As of {in_words(result.as_of)}, {result.open:,} of {result.total:,} reviews are open. "
        f"There is a {chance_in_words(result.p_done_by_target)} chance that all are complete by "
        f"{in_words(result.target)} ({basis}). "
        f"Needed: {result.pace.required_per_working_day or 0:.0f} a working day{achieved}. "
        f"What binds: {result.binding_stage or 'nothing'}."
    )
