"""`cin init`, `import`, `cohort`, `values` and `roster`: what goes in."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import select

from flows import operations
from flows.commands.options import DAY, AsOf, DryRun, File, Flow, Json, day, finish_flow
from flows.output import in_words, print_findings, print_json, print_table, say
from flows.runtime import open_runtime, operator
from flows.set_aside import set_aside
from workflow.accounts import has_accounts, issue_setup_code
from workflow.caseload import ImportResult
from workflow.cohort import CohortChange, change_cohort_rules, cohort_counts
from workflow.intake import Kind, load_mapping
from workflow.intake.cohort import COHORT_RULES
from workflow.migrations import let_service_in
from workflow.models import Programme
from workflow.programmes import (
    DEFAULT_AUTHORITY,
    DEFAULT_NAME,
    DEFAULT_START,
    DEFAULT_TARGET,
    start_programme,
)
from workflow.vocabulary import map_value, unmapped_values


def init(
    name: Annotated[str, typer.Option(help="What the programme is called.")] = DEFAULT_NAME,
    authority: Annotated[str, typer.Option(help="DfE number of the council.")] = DEFAULT_AUTHORITY,
    start: Annotated[
        datetime | None,
        typer.Option(formats=DAY, help="First day.", show_default=f"{DEFAULT_START}"),
    ] = None,
    target: Annotated[
        datetime | None,
        typer.Option(formats=DAY, help="Last day.", show_default=f"{DEFAULT_TARGET}"),
    ] = None,
    cut_off: Annotated[
        datetime | None,
        typer.Option(formats=DAY, help="Cases that become known after this day stay out."),
    ] = None,
    geography: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="TOML of districts and areas."),
    ] = None,
) -> None:
    """Create or migrate the database, start a programme and print the first administrator's code."""
    runtime = open_runtime()
    let_service_in(runtime.database)
    now = datetime.now(UTC)
    with runtime.database.write() as session:
        programme = session.exec(select(Programme).where(Programme.name == name)).first()
        is_new = programme is None
        programme = programme or start_programme(
            session,
            actor=operator(),
            now=now,
            name=name,
            authority_code=authority,
            starts_on=day(start) or DEFAULT_START,
            target_on=day(target) or DEFAULT_TARGET,
            scope_cut_off_on=day(cut_off),
            geography=geography.read_text(encoding="utf-8") if geography else None,
        )
        code = None
        if not has_accounts(session):
            code = issue_setup_code(session, programme=programme, actor=operator(), now=now)
    _say_started(programme, is_new=is_new)
    if code is not None:
        say(f"One-time code of the first administrator, for 24 hours: {code}")
        say("It is used at /start in the web app (cin serve).")


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
    only_set_aside: Annotated[
        bool,
        typer.Option("--set-aside", help="Keep the files for a flow and print their numbers."),
    ] = False,
) -> None:
    """Take caseload files in: CIN census XML, Ofsted Annex A list 6 (XLSX) or CSV.

    Each file is stored whole or not at all; the same file again changes nothing.
    """
    if only_set_aside:
        numbers = [set_aside(file) for file in files]
        print_json(numbers) if as_json else say("\n".join(numbers))
        return
    if flow and not dry_run:
        from flows.import_caseload import import_caseload

        if kind or mapping or skip_bad_rows:
            raise typer.BadParameter("--kind, --mapping and --skip-bad-rows do not go with --flow")
        summary = import_caseload([set_aside(file) for file in files], day(as_of))
        finish_flow(summary, as_json)
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
            as_of=day(as_of),
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
    with runtime.write(day(as_of), dry_run=dry_run) as at:
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


def _say_started(programme: Programme, *, is_new: bool) -> None:
    dates = f"{in_words(programme.starts_on)} to {in_words(programme.target_on)}"
    if is_new:
        say(f"Started {programme.name}: {dates}. Next: cin import FILE.")
    else:
        say(f"{programme.name}, {dates}: the database is up to date.")


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
