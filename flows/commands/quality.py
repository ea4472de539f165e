"""`cin quality`: the moderation sample and the agreement it finds, and the plan it is drawn by."""

from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Annotated, Any

import typer

from flows.commands.options import DAY, AsOf, DryRun, Json, day
from flows.output import in_words, print_json, print_table, say
from flows.runtime import Moment, open_runtime, operator
from forms.quality import agreement_words
from forms.quality_plan import outlook_words, plan_words, strata_of
from workflow.programmes import geography_of
from workflow.quality.outlook import outlook
from workflow.quality.plans import plan_on, set_plan, with_codes
from workflow.quality.sampling import ALWAYS, SamplingPlan
from workflow.reporting.quality import quality_facts
from workflow.reporting.values import Table

app = typer.Typer(no_args_is_help=True, help="The moderation sample, and how far reviewers agree.")
_ALL = ", ".join(ALWAYS)


@app.command()
def show(*, as_json: Json = False, as_of: AsOf = None) -> None:
    """Show the sample against its plan, agreement and local variation; small numbers are hidden."""
    with open_runtime().read(day(as_of)) as at:
        facts = quality_facts(at.session, programme=at.programme, policy=at.policy, as_of=at.as_of)
    sections = (facts.sample, facts.variation, facts.findings, facts.drift)
    tables = [table for section in sections for table in section.tables]
    if as_json:
        print_json({"as_of": at.as_of, "tables": {one.name: _records(one) for one in tables}})
        return
    for one in facts.agreements:
        say(agreement_words(one))
    for table in tables:
        if table.rows:
            print_table(table.title, [column.label for column in table.columns], table.rows)


@app.command()
def plan(
    *,
    from_day: Annotated[
        datetime | None,
        typer.Option("--from", formats=DAY, metavar="DATE", help="Day from which it holds."),
    ] = None,
    share: Annotated[
        float | None, typer.Option(help="Per cent of submissions drawn at random.")
    ] = None,
    first_reviews: Annotated[
        int | None, typer.Option(help="First reviews of each reviewer that always go.")
    ] = None,
    under_years: Annotated[
        int | None, typer.Option(help="Children under this age always go.")
    ] = None,
    stratum: Annotated[
        list[str] | None,
        typer.Option(help="A share of its own, like “outcome close 20”; replaces all of them."),
    ] = None,
    always: Annotated[
        list[str] | None, typer.Option(help=f"Rules that are on; replaces all of them: {_ALL}.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why the sample changes.")] = "",
    dry_run: DryRun = False,
    as_json: Json = False,
    as_of: AsOf = None,
) -> None:
    """Show the sampling plan in force and what it will draw; change it when an option says so."""
    changes: dict[str, Any] = {
        "share": None if share is None else round(share / 100, 6),
        "first_reviews": first_reviews,
        "under_years": under_years,
        "strata": None if stratum is None else strata_of("\n".join(stratum)),
        "always": None if always is None else frozenset(always),
    }
    wanted = {name: value for name, value in changes.items() if value is not None}
    if not wanted:
        with open_runtime().read(day(as_of)) as at:
            _say_plan(at, _in_force(at), as_json=as_json)
        return
    with open_runtime().write(day(as_of), dry_run=dry_run) as at:
        begins = day(from_day) or at.as_of
        new = with_codes(
            replace(_in_force(at), in_force_from=begins, **wanted), geography_of(at.programme)
        )
        set_plan(
            at.session,
            programme=at.programme,
            plan=new,
            reason=reason,
            actor=operator(),
            now=at.now,
            today=at.as_of,
        )
        _say_plan(at, new, as_json=as_json)


def _in_force(at: Moment) -> SamplingPlan:
    return plan_on(at.session, at.programme.key, at.as_of, at.policy.moderation)


def _say_plan(at: Moment, of: SamplingPlan, *, as_json: bool) -> None:
    since = None if of.in_force_from == date.min else of.in_force_from
    drawn = outlook(at.session, at.programme, of, on=max(at.as_of, of.in_force_from))
    if as_json:
        will_draw = asdict(drawn) | {"total": drawn.total}
        print_json({"in_force_from": since, **of.to_json(), "will_draw": will_draw})
        return
    say(f"In force from {in_words(since)}:" if since else "The plan of the policy is in force:")
    for sentence in plan_words(of, geography_of(at.programme).districts):
        say(f"  {sentence}")
    say(outlook_words(drawn))


def _records(table: Table) -> list[dict[str, object]]:
    names = [column.name for column in table.columns]
    return [dict(zip(names, row, strict=True)) for row in table.rows]
