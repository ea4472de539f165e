"""`cin demo`: a fresh demonstration, worked through to a day, with a summary a manager understands."""

import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import sqlalchemy as sa
import typer
from rich.progress import Progress
from sqlmodel import SQLModel, select

from flows import operations
from flows.output import errors, in_words, note, print_table, say
from flows.runtime import FLOW, Runtime, operator
from workflow.accounts import make_demo_accounts
from workflow.demo import make_caseload, make_roster, write_caseload, write_roster
from workflow.errors import InvalidInputError
from workflow.forecast import chance_in_words
from workflow.forecast.stored import Outlook
from workflow.geography import load_geography
from workflow.migrations import upgrade
from workflow.models import Programme
from workflow.programmes import DEFAULT_START, DEFAULT_TARGET, start_programme
from workflow.queries import Counts, count_reviews, overdue_reviews
from workflow.settings import Settings
from workflow.states import ReviewState

CUT_OFF = date(2016, 2, 29)
"""Cases that become known later are left to the ordinary reviews."""
_FIRST_FORECAST, _FORECAST_EVERY, _FEWER_PATHS = 3, 2, 1000
NAME = "Lancashire (SYNTHETIC demonstration)"
AS_OF = datetime(2016, 2, 24)  # noqa: DTZ001 - a date at the command line


def demo(
    *,
    as_of: Annotated[
        datetime,
        typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Work through to this day."),
    ] = AS_OF,
    serve: Annotated[bool, typer.Option(help="Show it in the web app afterwards.")] = True,
    seed: Annotated[
        int, typer.Option(min=0, help="The same seed gives the same demonstration.")
    ] = 2016,
    cases: Annotated[int, typer.Option(min=50, max=20000, help="Children in the cohort.")] = 2500,
    reviewers: Annotated[int, typer.Option(min=2, max=500)] = 60,
) -> None:
    """Make a synthetic council, import its files, allocate, work through to a day, and forecast."""
    day = as_of.date()
    if not DEFAULT_START <= day <= DEFAULT_TARGET:
        message = f"--as-of must lie from {in_words(DEFAULT_START)} to {in_words(DEFAULT_TARGET)}"
        raise typer.BadParameter(message)
    settings = Settings()
    runtime = start_afresh(settings, seed=seed, as_of=day)
    with tempfile.TemporaryDirectory(prefix="cin-demo-") as folder:
        work_through(runtime, Path(folder), seed=seed, cases=cases, reviewers=reviewers, as_of=day)
    keep_earlier_forecasts(runtime, day)
    outlook = operations.forecast(runtime, actor=FLOW, as_of=day)
    with runtime.read(day) as at:
        counts = count_reviews(at.session, at.programme)
        overdue = overdue_reviews(at.session, at.programme, day)
    summarise(counts, overdue, outlook, day)
    tell_accounts(runtime)
    if serve:
        from flows.serving import serve as serve_app

        serve_app()


def start_afresh(settings: Settings, *, seed: int, as_of: date) -> Runtime:
    """An empty database with the demonstration's programme.

    Raises:
        InvalidInputError: the database holds real data; it is left alone.
    """
    database = settings.database()
    upgrade(database)
    with database.read() as session:
        programmes = session.exec(select(Programme)).all()
    if any(not programme.is_demo for programme in programmes):
        raise InvalidInputError(
            "This database holds a real programme, so no demonstration is made in it. "
            "Name another one with CIN_DATABASE_URL."
        )
    if programmes:
        with database.write() as session:
            connection = session.connection()
            SQLModel.metadata.drop_all(connection)
            connection.execute(sa.text("DROP TABLE alembic_version"))
        upgrade(database)
    with database.write() as session:
        start_programme(
            session,
            actor=operator(),
            now=datetime.now(UTC),
            name=NAME,
            demo_today=as_of,
            scope_cut_off_on=CUT_OFF,
            seed=seed,
        )
    return Runtime(database)


def work_through(
    runtime: Runtime, folder: Path, *, seed: int, cases: int, reviewers: int, as_of: date
) -> None:
    """Write the files, import them, and let simulated people work until the morning of `as_of`."""
    from flows.demo.simulation import Simulation

    geography = load_geography()
    caseload = make_caseload(geography, seed=seed, cases=cases)
    roster = make_roster(caseload, geography, seed=seed, reviewers=reviewers)
    files = write_caseload(caseload, geography, folder)
    for file in files:
        result = operations.import_file(runtime, file, actor=FLOW, as_of=DEFAULT_START)
        note(f"{file.name}: {result.rows:,} rows, {result.in_cohort:,} cases to review")
    operations.take_roster(runtime, write_roster(roster, folder / "roster.xlsx"), actor=operator())
    with runtime.read() as at:
        days = at.programme.calendar.working_days(DEFAULT_START, as_of)
    past = [day for day in days if day < as_of]
    with Progress(console=errors, transient=True) as progress:
        bar = progress.add_task("Working through", total=len(past))
        simulation = Simulation(
            runtime, seed=seed, folder=folder, on_day=lambda _: progress.advance(bar)
        )
        simulation.run(past)
    operations.track(runtime, actor=FLOW, as_of=as_of)
    operations.allocate(runtime, actor=FLOW, as_of=as_of)


def keep_earlier_forecasts(runtime: Runtime, as_of: date) -> None:
    """Twice a week what would have been forecast then, so that there is a record to judge."""
    with runtime.read() as at:
        days = at.programme.calendar.working_days(DEFAULT_START, as_of)
    for day in days[_FIRST_FORECAST:-1:_FORECAST_EVERY]:
        operations.forecast(runtime, actor=FLOW, as_of=day, paths=_FEWER_PATHS)


def tell_accounts(runtime: Runtime) -> None:
    """Make the sign-in names of the demonstration and say them, with their password."""
    with runtime.database.write() as session:
        programme = session.exec(select(Programme)).one()
        made = make_demo_accounts(
            session, programme=programme, actor=operator(), now=datetime.now(UTC)
        )
    rows = [
        (account.user_name, ", ".join(account.roles), account.agency) for account in made.accounts
    ]
    print_table(f"Sign in with the password {made.password}", ["user name", "role", "agency"], rows)


def summarise(counts: Counts, overdue: int, outlook: Outlook, as_of: date) -> None:
    """What a manager wants to know, in the order of asking."""
    forecast = outlook.forecast
    say(f"{NAME}, morning of {in_words(as_of)}")
    say(
        f"{counts.complete:,} of {counts.total:,} reviews are complete, {overdue:,} are overdue. "
        f"Chance that all are complete by {in_words(DEFAULT_TARGET)}: "
        f"{chance_in_words(forecast.p_done_by_target)}."
    )
    print_table(
        "Reviews by state",
        ["state", "reviews"],
        [(state.replace("_", " "), number) for state, number in counts.by_state.items()],
    )
    print_table("By agency", *_breakdown("agency", counts.by_agency))
    geography = load_geography()
    named = {geography.name_of(code): states for code, states in counts.by_district.items()}
    print_table("By district", *_breakdown("district", named))
    print_table(
        "Complete by",
        ["", "50 % (P50)", "80 % sure (P80)", "95 % sure (P95)"],
        [
            ("98 % of reviews", forecast.dates.p50, forecast.dates.p80, forecast.dates.p95),
            (
                "the last review",
                forecast.last_case.p50,
                forecast.last_case.p80,
                forecast.last_case.p95,
            ),
        ],
    )
    say("All of this is SYNTHETIC: no child and no person in it exists.")


def _breakdown(
    name: str, table: dict[str, dict[ReviewState, int]]
) -> tuple[list[str], list[tuple[object, ...]]]:
    rows: list[tuple[object, ...]] = []
    for part, states in sorted(table.items()):
        complete = states.get(ReviewState.COMPLETE, 0)
        withdrawn = states.get(ReviewState.WITHDRAWN, 0)
        total = sum(states.values()) - withdrawn
        rows.append((part, total, complete, total - complete, withdrawn))
    return [name, "reviews", "complete", "open", "withdrawn"], rows
