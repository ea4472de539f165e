"""`cin`: the one command of the product.

Exit codes: 0 done, 1 refused or findings, 2 wrong use. With `--json` a command prints one JSON document
on standard output and nothing else; remarks go to standard error.
"""

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import sqlalchemy as sa
import typer
from pydantic import ValidationError
from rich.markup import escape
from rich.progress import Progress

from flows import operations
from flows.demo_command import demo
from flows.output import errors, in_words, print_findings, print_json, print_table, say
from flows.runtime import open_runtime, operator
from flows.serving import flows_app, serve
from workflow import audit
from workflow.caseload import ImportResult
from workflow.cohort import CohortChange, change_cohort_rules, cohort_counts
from workflow.errors import InvalidInputError, WorkflowError
from workflow.forecast import CompletionForecast, chance_in_words
from workflow.forecast.backtest import backtest
from workflow.intake import Kind, load_mapping
from workflow.intake.cohort import COHORT_RULES
from workflow.programmes import (
    DEFAULT_AUTHORITY,
    DEFAULT_NAME,
    DEFAULT_START,
    DEFAULT_TARGET,
    start_programme,
)
from workflow.tracking import open_alerts
from workflow.vocabulary import map_value, unmapped_values

app = typer.Typer(
    name="cin",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Child in Need case reviews: a caseload goes in, reviews are allocated, tracked and forecast.",
    epilog="Start with `cin demo`, or `cin init` and `cin import FILE`. "
    "CIN_DATABASE_URL names the database, CIN_PROGRAMME the programme where there are several.",
)
forecast_app = typer.Typer(
    invoke_without_command=True,
    help="Forecast when the reviews will be complete, or check how good such forecasts are.",
)
audit_app = typer.Typer(no_args_is_help=True, help="The record of everything that happened.")
app.add_typer(forecast_app, name="forecast")
app.add_typer(audit_app, name="audit")
app.add_typer(flows_app, name="flows")
app.command(help="Make a fresh demonstration and work through it, then show it.")(demo)
app.command(help="Serve the progress page on this machine.")(serve)

MOST_SHOWN = 20
DAY = ["%Y-%m-%d"]
AsOf = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=DAY, metavar="DATE", help="Speak of this day (2016-02-24)."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would happen; keep nothing.")]
Flow = Annotated[bool, typer.Option("--flow", help="Run it as a recorded Prefect flow run.")]
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)]


@app.command()
def init(
    name: Annotated[str, typer.Option(help="What the programme is called.")] = DEFAULT_NAME,
    authority: Annotated[str, typer.Option(help="DfE number of the council.")] = DEFAULT_AUTHORITY,
    start: Annotated[datetime, typer.Option(formats=DAY)] = datetime.combine(
        DEFAULT_START, datetime.min.time()
    ),
    target: Annotated[datetime, typer.Option(formats=DAY)] = datetime.combine(
        DEFAULT_TARGET, datetime.min.time()
    ),
    cut_off: Annotated[
        datetime | None,
        typer.Option(formats=DAY, help="Cases that become known after this day stay out."),
    ] = None,
    geography: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="TOML of districts and areas."),
    ] = None,
) -> None:
    """Create or migrate the database and start a programme."""
    runtime = open_runtime()
    with runtime.database.write() as session:
        programme = start_programme(
            session,
            actor=operator(),
            now=datetime.now(UTC),
            name=name,
            authority_code=authority,
            starts_on=start.date(),
            target_on=target.date(),
            scope_cut_off_on=_day(cut_off),
            geography=geography.read_text(encoding="utf-8") if geography else None,
        )
    say(
        f"Started {programme.name}: {in_words(programme.starts_on)} to "
        f"{in_words(programme.target_on)}. Next: cin import FILE."
    )


@app.command("import")
def import_command(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, metavar="FILE…")],
    kind: Annotated[
        Kind | None,
        typer.Option(help="What the files are; looked for in their content when not given."),
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Saved column mapping (TOML) of a CSV."),
    ] = None,
    *,
    skip_bad_rows: Annotated[
        bool, typer.Option(help="Take the good rows of a file whose other rows have errors.")
    ] = False,
    dry_run: DryRun = False,
    as_json: Json = False,
    as_of: AsOf = None,
    flow: Flow = False,
) -> None:
    """Take caseload files in: CIN census XML, Ofsted Annex A list 6 (XLSX) or CSV.

    Each file is stored whole or not at all; the same file again changes nothing.
    """
    if flow and not dry_run:
        from flows.import_caseload import import_caseload

        if kind or mapping or skip_bad_rows:
            raise typer.BadParameter("--kind, --mapping and --skip-bad-rows do not go with --flow")
        summary = import_caseload([str(file.resolve()) for file in files], _day(as_of))
        _finish_flow(summary, as_json)
        if summary["findings"]:
            raise typer.Exit(1)
        return
    runtime = open_runtime()
    columns = load_mapping(mapping.read_text(encoding="utf-8")) if mapping else None
    results = [
        operations.import_file(
            runtime,
            file,
            actor=operator(),
            as_of=_day(as_of),
            kind=kind,
            mapping=columns,
            dry_run=dry_run,
            skip_bad_rows=skip_bad_rows,
        )
        for file in files
    ]
    if as_json:
        documents = [result.to_json() for result in results]
        print_json(documents[0] if len(documents) == 1 else documents)
    else:
        for result in results:
            _print_import(result, dry_run=dry_run)
    if any(result.findings for result in results):
        raise typer.Exit(1)


@app.command()
def cohort(
    on: Annotated[list[str] | None, typer.Option(help="Switch a rule on.")] = None,
    off: Annotated[list[str] | None, typer.Option(help="Switch a rule off.")] = None,
    *,
    dry_run: DryRun = False,
    as_json: Json = False,
    as_of: AsOf = None,
) -> None:
    """Show the cohort rules and whom they keep out, or change them (see the effect first: --dry-run)."""
    runtime = open_runtime()
    with runtime.write(_day(as_of), dry_run=dry_run) as at:
        change: CohortChange | None = None
        if on or off:
            change = change_cohort_rules(
                at.session,
                programme=at.programme,
                rules_on=frozenset(at.programme.cohort_rules) - set(off or ()) | set(on or ()),
                policy=at.policy,
                actor=operator(),
                now=at.now,
                as_of=at.as_of,
            )
        in_force = set(at.programme.cohort_rules)
        counts = cohort_counts(at.session, at.programme)
    rules = [
        {"rule": r.code, "on": r.code in in_force, "keeps_out": counts.excluded.get(r.code, 0)}
        for r in COHORT_RULES
    ]
    if as_json:
        print_json({"in_cohort": counts.in_cohort, "rules": rules})
        return
    rows = [
        (r["rule"], r["on"], r["keeps_out"], rule.label)
        for r, rule in zip(rules, COHORT_RULES, strict=True)
    ]
    print_table(
        f"{counts.in_cohort:,} cases to review", ["rule", "on", "keeps out", "meaning"], rows
    )
    if change:
        tense = "would open" if dry_run else "opened"
        say(
            f"{change.opened} reviews {tense}, {change.withdrawn} withdrawn, "
            f"{change.reinstated} reinstated."
        )


@app.command()
def values(
    field: Annotated[str | None, typer.Argument(help="Field of the unmapped value.")] = None,
    raw: Annotated[str | None, typer.Argument(help="The spelling as the file has it.")] = None,
    code: Annotated[str | None, typer.Argument(help="The code it stands for.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """List the values no code fits yet, or teach what one means (FIELD VALUE CODE)."""
    runtime = open_runtime()
    if code is not None and field and raw:
        with runtime.write() as at:
            cases = map_value(
                at.session,
                programme=at.programme,
                field=field,
                raw=raw,
                code=code,
                policy=at.policy,
                actor=operator(),
                now=at.now,
                as_of=at.as_of,
            )
        say(f"{raw!r} now means {code} in {field}; {cases} cases were put right.")
        return
    if field is not None:
        raise typer.BadParameter("give the field, the value and the code, or nothing at all")
    with runtime.read() as at:
        waiting = unmapped_values(at.session, at.programme)
    rows = [(mapping.field, mapping.raw, mapping.seen) for mapping in waiting]
    if as_json:
        print_json([dict(zip(("field", "value", "rows"), row, strict=True)) for row in rows])
        return
    print_table(f"{len(rows)} unmapped values", ["field", "value", "rows"], rows)


@app.command()
def roster(file: File, *, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Take a roster in: reviewers, capacity, leave, skills, conflicts and vacant posts (XLSX or CSV)."""
    result = operations.take_roster(open_runtime(), file, actor=operator(), dry_run=dry_run)
    if as_json:
        print_json(result.to_json())
    else:
        print_findings(result.findings)
        verb = (
            "Refused, nothing stored" if result.refused else "Would store" if dry_run else "Stored"
        )
        say(
            f"{verb}: {result.reviewers} reviewers ({result.created} new, {result.updated} changed, "
            f"{result.unchanged} unchanged), {result.vacancies} vacancies changed."
        )
    if result.findings:
        raise typer.Exit(1)


@app.command()
def allocate(
    *, dry_run: DryRun = False, as_json: Json = False, as_of: AsOf = None, flow: Flow = False
) -> None:
    """Allocate the waiting reviews to reviewers; a dry run stores only the preview."""
    if flow and not dry_run:
        from flows.allocate_reviews import allocate_reviews

        _finish_flow(allocate_reviews(_day(as_of)), as_json)
        return
    done = operations.allocate(open_runtime(), actor=operator(), as_of=_day(as_of), dry_run=dry_run)
    if as_json:
        print_json(done.to_json())
        return
    run = done.run
    verb = "would be allocated" if dry_run else "allocated"
    say(f"{run.allocated:,} reviews {verb}, {run.unallocated:,} left over (run {run.key}).")
    say(
        f"Cost {run.objective:,.0f}; no allocation can cost less than {run.bound:,.0f} "
        f"(gap {run.gap:.1%}); greedy would cost {run.greedy_objective:,.0f}."
    )
    left = [(case.reference, line.reason) for line, case in done.lines if line.reviewer_id is None]
    if left:
        print_table("Left over", ["case", "reason"], left[:MOST_SHOWN])
        if len(left) > MOST_SHOWN:
            say(f"… and {len(left) - MOST_SHOWN} more; --json lists them all.")


@app.command()
def track(*, as_json: Json = False, as_of: AsOf = None, flow: Flow = False) -> None:
    """Sweep the open reviews: overdue, due soon, stale, unacknowledged, holder gone."""
    if flow:
        from flows.track_reviews import track_reviews

        _finish_flow(track_reviews(_day(as_of)), as_json)
        return
    runtime = open_runtime()
    done = operations.track(runtime, actor=operator(), as_of=_day(as_of))
    if as_json:
        print_json(
            {
                "as_of": done.as_of,
                "opened": done.opened,
                "cleared": done.cleared,
                "released": done.released,
                "notified": done.notified,
            }
        )
        return
    with runtime.read() as at:
        standing = open_alerts(at.session, at.programme)
    kinds = sorted({alert.kind for alert, _, _ in standing})
    rows = [
        (
            kind.replace("_", " "),
            sum(alert.kind is kind for alert, _, _ in standing),
            done.opened.get(kind, 0),
            done.cleared.get(kind, 0),
        )
        for kind in kinds
    ]
    print_table(f"As of {in_words(done.as_of)}", ["alert", "open", "new", "cleared"], rows)
    say(f"{done.released} reviews released from leavers, {done.notified} messages written.")


@forecast_app.callback()
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

        _finish_flow(forecast_completion(_day(as_of)), as_json)
        return
    outlook = operations.forecast(open_runtime(), actor=operator(), as_of=_day(as_of))
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


@forecast_app.command("backtest")
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


@audit_app.command("verify")
def verify(*, as_json: Json = False) -> None:
    """Check the whole chain of events, from the first to the newest."""
    with open_runtime().read() as at:
        checked = audit.verify(at.session, at.programme.key)
    if as_json:
        print_json({"events": checked.events, "ok": checked.ok, "first_bad": checked.first_bad})
    elif checked.ok:
        say(f"All {checked.events:,} events fit together.")
    else:
        say(f"Event {checked.first_bad} does not fit: it, or one before it, was changed.")
    if not checked.ok:
        raise typer.Exit(1)


def main() -> None:
    """Run `cin`; every refusal ends in one clear sentence."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except WorkflowError as refused:
        _stop(str(refused), 1)
    except (sa.exc.ArgumentError, ValidationError) as wrong:
        _stop(f"The settings cannot be used: {_first_line(wrong)}", 2)
    except sa.exc.OperationalError as broken:
        _stop(f"The database cannot be used (CIN_DATABASE_URL): {_first_line(broken.orig)}", 1)
    except OSError as broken:
        _stop(f"{broken.strerror or broken}: {broken.filename or ''}".rstrip(": "), 1)


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


def _stop(sentence: str, code: int) -> None:
    errors.print(escape(sentence), style="red")
    sys.exit(code)


def _first_line(error: object) -> str:
    return str(error).strip().splitlines()[0]


def _day(instant: datetime | None) -> date | None:
    return instant.date() if instant else None


def _finish_flow(summary: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(summary)
        return
    print_table("Flow run", ["", ""], sorted(summary.items()))


def _print_import(result: ImportResult, *, dry_run: bool) -> None:
    print_findings(result.findings)
    if result.refused:
        say(f"{result.file}: refused, nothing stored.")
        return
    verb = "would be" if dry_run else "were"
    say(
        f"{result.file}: {result.rows:,} rows, of which {result.created:,} {verb} created, "
        f"{result.updated:,} updated, {result.unchanged:,} unchanged."
    )
    kept_out = ", ".join(f"{n:,} {rule.replace('_', ' ')}" for rule, n in result.excluded.items())
    say(f"{result.in_cohort:,} cases to review; kept out: {kept_out or 'none'}.")
