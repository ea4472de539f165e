"""`cin forecast`: when the reviews will be complete, what if, and how good such forecasts are."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer
from rich.progress import Progress

from flows import operations
from flows.commands.options import DAY, AsOf, File, Flow, Json, day, finish_flow
from flows.output import errors, in_words, note, print_findings, print_json, print_table, say
from flows.pictures import write_papers
from flows.runtime import Runtime, open_runtime, operator
from workflow.errors import InvalidInputError
from workflow.forecast import CompletionForecast, Scenario, chance_in_words, percentage
from workflow.forecast.backtest import backtest
from workflow.forecast.completion import Pace
from workflow.forecast.scenario_file import read_scenario
from workflow.forecast.stored import forecast_record, why_forecast_moved
from workflow.forecast.what_if import saved_scenarios
from workflow.programmes import geography_of

app = typer.Typer(
    invoke_without_command=True,
    help="Forecast when the reviews will be complete, ask what if, check how good forecasts are.",
)


@app.callback()
def forecast(
    ctx: typer.Context,
    *,
    scenario: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="Ask what if: a scenario file (TOML) against the plan.",
        ),
    ] = None,
    save: Annotated[bool, typer.Option("--save", help="Keep the scenario and its result.")] = False,
    as_json: Json = False,
    as_of: AsOf = None,
    flow: Flow = False,
) -> None:
    """Forecast when the reviews will be complete."""
    if ctx.invoked_subcommand:
        return
    if save and scenario is None:
        raise typer.BadParameter("--save keeps a scenario, so it needs --scenario")
    if scenario is not None:
        if flow:
            raise typer.BadParameter("--scenario does not go with --flow")
        _what_if(scenario, save=save, as_json=as_json, as_of=day(as_of))
        return
    if flow:
        from flows.forecast_completion import forecast_completion

        finish_flow(forecast_completion(day(as_of)), as_json)
        return
    runtime = open_runtime()
    result = operations.forecast(runtime, actor=operator(), as_of=day(as_of)).forecast
    if as_json:
        print_json(result.to_json())
        return
    _say_forecast(result, _district_names(runtime))


@app.command("record")
def record_command(*, as_json: Json = False, as_of: AsOf = None) -> None:
    """How good our forecasts have been, five and ten working days ahead."""
    with open_runtime().read(day(as_of)) as at:
        records = forecast_record(at.session, programme=at.programme, as_of=at.as_of)
    if as_json:
        print_json([record.to_json() for record in records])
        return
    for record in records:
        say(record.cover_in_words)
        if record.n:
            say(f"{record.skill_in_words} {record.bias_in_words}")


@app.command("why")
def why_command(
    *,
    since: Annotated[
        datetime | None,
        typer.Option(formats=DAY, metavar="DATE", help="Compare with this day's forecast."),
    ] = None,
    as_json: Json = False,
    as_of: AsOf = None,
) -> None:
    """Why the chance moved since the last kept forecast: data, capacity or scope."""
    with open_runtime().read(day(as_of)) as at:
        step = why_forecast_moved(
            at.session,
            programme=at.programme,
            policy=at.policy,
            as_of=at.as_of,
            since=day(since),
        )
    if as_json:
        print_json(step.to_json() if step else None)
    elif step is None:
        say("No earlier forecast was kept, so there is nothing to compare with.")
    else:
        say(f"{step}.")


@app.command("scenarios")
def scenarios_command(*, as_json: Json = False) -> None:
    """The scenarios kept so far, the newest first."""
    with open_runtime().read() as at:
        saved = [
            scenario.model_dump()
            for scenario in saved_scenarios(at.session, programme=at.programme)
        ]
    if as_json:
        print_json(saved)
        return
    print_table(
        "Scenarios",
        ["", "scenario", "as of", "by", "chance before", "and after"],
        [
            (
                *(row["id"], row["name"], row["as_of"], row["created_by"]),
                *(percentage(row["result"][f"p_done_{which}"]) for which in ("base", "scenario")),
            )
            for row in saved
        ],
    )


@app.command("papers")
def papers_command(
    folder: Annotated[Path, typer.Argument(file_okay=False, help="Where the files are written.")],
    *,
    as_of: AsOf = None,
) -> None:
    """Write the pictures for a paper (SVG, PNG), each with its sentence and its numbers (CSV)."""
    runtime = open_runtime()
    outlook = operations.forecast(runtime, actor=operator(), as_of=day(as_of))
    with runtime.read(day(as_of)) as at:
        records = forecast_record(at.session, programme=at.programme, as_of=at.as_of)
    for file in write_papers(outlook, records, _district_names(runtime), folder):
        say(str(file))


@app.command("backtest")
def backtest_command(
    file: File,
    *,
    windows: Annotated[
        int, typer.Option(min=1, max=500, help="Programmes replayed per series.")
    ] = 25,
    paths: Annotated[int, typer.Option(min=50, max=20_000, help="Futures per forecast.")] = 1500,
    as_json: Json = False,
) -> None:
    """Score our forecaster against the naive one on a daily series (CSV: date, completed[, group])."""
    frame = read_table(file)
    with Progress(console=errors, transient=True) as progress:
        bar = progress.add_task("Replaying", total=None)
        result = backtest(
            frame,
            windows=windows,
            paths=paths,
            progress=lambda done, of: progress.update(bar, completed=done, total=of),
        )
    document = result.to_json()
    for name, why in result.left_out.items():
        note(f"Left out {name or 'the series'}: {why}")
    if as_json:
        print_json(document)
        return
    rows = [
        (measure, f"{ours:.3f}", f"{document['naive'][measure]:.3f}", _ratio(document, measure))
        for measure, ours in document["ours"].items()
    ]
    title = f"{result.forecasts} forecasts of {result.series} series"
    print_table(title, ["measure", "ours", "naive", "ratio"], rows)
    print_table(
        "What was said and what happened",
        ["said", "happened", "forecasts"],
        [(f"{row.said:.0%}", f"{row.happened:.0%}", row.n) for row in result.reliability],
    )


def _ratio(document: dict[str, Any], measure: str) -> str:
    ratio = document["ratio"].get(measure)
    return "" if ratio is None else f"{ratio:.2f}"


def _what_if(file: Path, *, save: bool, as_json: bool, as_of: date | None) -> None:
    runtime = open_runtime()
    scenario = _read(runtime, file, as_json=as_json)
    run = operations.what_if(runtime, scenario, actor=operator(), as_of=as_of, save=save)
    if as_json:
        print_json(run.to_json())
        return
    for sentence in run.comparison.sentences:
        say(sentence)


def _read(runtime: Runtime, file: Path, *, as_json: bool) -> Scenario:
    """The scenario of a file; a file that cannot be used is shown with its findings (exit code 1)."""
    with runtime.read() as at:
        find_district = geography_of(at.programme).find_district
    read = read_scenario(file.read_bytes(), file=file.name, find_district=find_district)
    if read.scenario is not None:
        return read.scenario
    if as_json:
        print_json(read.to_json())
    else:
        print_findings(read.findings)
    raise typer.Exit(1)


def _district_names(runtime: Runtime) -> dict[str, str]:
    with runtime.read() as at:
        return geography_of(at.programme).districts


def read_table(file: Path) -> pd.DataFrame:
    """The rows of a CSV as text; the backtest checks what they say.

    Raises:
        InvalidInputError: it is not a CSV with a heading and rows.
    """
    try:
        return pd.read_csv(file, dtype=str, index_col=False, encoding="utf-8-sig")
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as problem:
        message = f"{file.name} is not a CSV with the columns date and completed."
        raise InvalidInputError(message) from problem


def _say_forecast(result: CompletionForecast, names: dict[str, str]) -> None:
    say(headline(result))
    print_table(
        "By when",
        ["", "50 %", "80 %", "95 %"],
        [
            ("98 % of reviews", result.dates.p50, result.dates.p80, result.dates.p95),
            ("last review", result.last_case.p50, result.last_case.p80, result.last_case.p95),
        ],
    )
    print_table("Pace", ["reviews", "required", "achieved"], _pace_rows(result.pace))
    for title, parts in (("By district", result.by_district), ("By agency", result.by_agency)):
        rows = [
            (
                *(names.get(part.name or "", part.name), part.open, part.complete),
                *(chance_in_words(part.p_done), part.dates.p80),
            )
            for part in parts
        ]
        print_table(title, [title[3:], "open", "complete", "chance in time", "80 % sure by"], rows)


def _pace_rows(pace: Pace) -> list[tuple[str, str, str]]:
    figures = (
        ("per working day", pace.required_per_working_day, pace.achieved_per_working_day, 0),
        ("per reviewer-day", pace.required_per_reviewer_day, pace.achieved_per_reviewer_day, 2),
    )

    def said(figure: float | None, digits: int) -> str:
        return "unknown" if figure is None else f"{figure:.{digits}f}"

    return [
        (label, said(required, digits), said(achieved, digits))
        for label, required, achieved, digits in figures
    ]


def headline(result: CompletionForecast) -> str:
    """The forecast in a few sentences."""
    if not result.open:
        return f"All {result.total:,} reviews are complete."
    basis = "from the capacity plan alone" if result.basis == "plan" else "from the work so far"
    pace = result.pace.achieved_per_working_day
    achieved = f"; of late it was {pace:.0f}" if pace is not None else ""
    left = result.left_at_target
    range_left = (
        f"; between {left[0]:,} and {left[1]:,} are expected to be left then (80 % range)"
        if left
        else ""
    )
    return (
        f"As of {in_words(result.as_of)}, {result.open:,} of {result.total:,} reviews are open. "
        f"There is a {chance_in_words(result.p_done_by_target)} chance that all are complete by "
        f"{in_words(result.target)} ({basis}){range_left}. "
        f"Needed: {result.pace.required_per_working_day or 0:.0f} a working day{achieved}. "
        f"What binds: {result.binding_stage or 'nothing'}."
    )
