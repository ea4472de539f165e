"""`cin allocate`: who reviews what, and everything that is done about it afterwards."""

from datetime import datetime
from typing import Annotated, Any

import typer

from flows import operations
from flows.commands.options import DAY, AsOf, DryRun, Flow, Json, day, finish_flow
from flows.output import in_words, print_json, print_table, say
from flows.runtime import Moment, open_runtime, operator
from workflow.allocation.applying import apply_allocation, moved_since
from workflow.allocation.by_hand import ByHand, Option, allocate_by_hand, candidates_for
from workflow.allocation.lines import RunLine, lines_of
from workflow.allocation.runs import find_run, list_runs
from workflow.allocation.tasks import BACKLOG, REBALANCE, Task, absence, leaver
from workflow.allocation.undoing import touched_since, undo_allocation
from workflow.case_file import find_review
from workflow.errors import NotFoundError
from workflow.models import AllocationRun, Reviewer, RunKind, RunStatus
from workflow.roster import roster_of

MOST_SHOWN = 20

app = typer.Typer(
    invoke_without_command=True,
    help="Allocate the waiting reviews; preview, apply and undo runs; move what is held.",
)
Run = Annotated[int, typer.Argument(metavar="RUN", help="Number of an allocation run.")]
Who = Annotated[str, typer.Argument(metavar="REVIEWER", help="The roster's reference.")]
Reason = Annotated[str | None, typer.Option("--reason", help="Recorded with each case.")]


def _day_option(name: str, explained: str) -> Any:
    return typer.Option(name, formats=DAY, metavar="DATE", help=explained)


LastDay = Annotated[datetime, _day_option("--last-day", "The last day they work.")]
FirstOn = Annotated[datetime, _day_option("--from", "The first day they are away.")]
LastOn = Annotated[datetime, _day_option("--to", "The last day they are away.")]
DueOn = Annotated[datetime | None, _day_option("--due", "Instead of the day that follows.")]


@app.callback()
def allocate(
    context: typer.Context,
    *,
    dry_run: DryRun = False,
    as_json: Json = False,
    as_of: AsOf = None,
    flow: Flow = False,
) -> None:
    """Allocate the waiting reviews to reviewers; a dry run stores only the preview.

    The commands below apply and undo stored runs, move what is held, and allocate by hand.
    """
    if context.invoked_subcommand is not None:
        return
    if flow and not dry_run:
        from flows.allocate_reviews import allocate_reviews

        finish_flow(allocate_reviews(day(as_of)), as_json)
        return
    _carry_out(BACKLOG, dry_run=dry_run, as_json=as_json, as_of=as_of)


@app.command("rebalance")
def rebalance_command(
    *, dry_run: DryRun = False, as_json: Json = False, as_of: AsOf = None
) -> None:
    """Move unopened reviews that are overdue, or more than their reviewer's even share."""
    _carry_out(REBALANCE, dry_run=dry_run, as_json=as_json, as_of=as_of)


@app.command("leaver")
def leaver_command(
    reviewer: Who,
    last_day: LastDay,
    *,
    dry_run: DryRun = False,
    as_json: Json = False,
    as_of: AsOf = None,
) -> None:
    """Move what somebody cannot finish before they leave, and note their last day."""
    task = leaver(reviewer, last_day.date())
    _carry_out(task, dry_run=dry_run, as_json=as_json, as_of=as_of)


@app.command("absence")
def absence_command(
    reviewer: Who,
    first_on: FirstOn,
    last_on: LastOn,
    *,
    dry_run: DryRun = False,
    as_json: Json = False,
    as_of: AsOf = None,
) -> None:
    """Move what somebody cannot finish in time because they are away, and note when they are."""
    task = absence(reviewer, first_on.date(), last_on.date())
    _carry_out(task, dry_run=dry_run, as_json=as_json, as_of=as_of)


@app.command("apply")
def apply_command(run: Run, *, as_json: Json = False, as_of: AsOf = None) -> None:
    """Make a stored preview real, unless something moved since."""
    with open_runtime().write(day(as_of)) as at:
        done = apply_allocation(
            at.session,
            run,
            programme=at.programme,
            policy=at.policy,
            actor=operator(),
            now=at.now,
        )
    _say_status(done, as_json)


@app.command("undo")
def undo_command(run: Run, *, as_json: Json = False, as_of: AsOf = None) -> None:
    """Put back everything an applied run did, while nothing of it was started."""
    with open_runtime().write(day(as_of)) as at:
        done = undo_allocation(
            at.session, run, programme=at.programme, actor=operator(), now=at.now
        )
    _say_status(done, as_json)


@app.command("runs")
def runs_command(*, as_json: Json = False) -> None:
    """List the runs, the newest first."""
    with open_runtime().read() as at:
        runs = [_run_json(run) for run in list_runs(at.session, at.programme)]
    if as_json:
        print_json({"runs": runs})
        return
    columns = ["run", "kind", "as_of", "status", "allocated", "unallocated", "created_by"]
    print_table("Allocation runs", columns, [[run[name] for name in columns] for run in runs])


@app.command("show")
def show_command(run: Run, *, as_json: Json = False, as_of: AsOf = None) -> None:
    """Show a run with its reasons, and what moved since."""
    with open_runtime().read(day(as_of)) as at:
        found = find_run(at.session, run, programme=at.programme)
        lines, moved = lines_of(at.session, run), _moved(at, found)
    if as_json:
        print_json(_run_json(found) | {"moved": moved, "lines": [_line_json(x) for x in lines]})
        return
    _say_run(found, lines)
    for words in moved:
        say(f"Since then: {words}.")


@app.command("case")
def case_command(
    references: Annotated[list[str], typer.Argument(metavar="CASE…", help="Case references.")],
    *,
    to: Annotated[str, typer.Option("--to", metavar="REVIEWER", help="The roster's reference.")],
    reason: Reason = None,
    override: Annotated[
        bool, typer.Option("--override", help="Set aside rules that may be, for the reason.")
    ] = False,
    due_on: DueOn = None,
    as_json: Json = False,
    as_of: AsOf = None,
) -> None:
    """Give cases to a reviewer by hand, through the same rules."""
    with open_runtime().write(day(as_of)) as at:
        reviews = [find_review(at.session, at.programme, name)[1] for name in references]
        done = allocate_by_hand(
            at.session,
            programme=at.programme,
            policy=at.policy,
            review_ids=[review.key for review in reviews],
            reviewer_id=_reviewer(at, to).key,
            actor=operator(),
            now=at.now,
            as_of=at.as_of,
            reason=reason,
            override=override,
            due_on=day(due_on),
        )
    _say_by_hand(done, to, as_json)
    if done.refused:
        raise typer.Exit(1)


@app.command("who")
def who_command(
    reference: Annotated[str, typer.Argument(metavar="CASE", help="Case reference.")],
    *,
    as_json: Json = False,
    as_of: AsOf = None,
) -> None:
    """List everybody who could review a case, the best choice first."""
    with open_runtime().read(day(as_of)) as at:
        _, review = find_review(at.session, at.programme, reference)
        options = candidates_for(
            at.session, review.key, programme=at.programme, policy=at.policy, as_of=at.as_of
        )
    if as_json:
        print_json({"case": reference, "options": [_option_json(option) for option in options]})
        return
    print_table(
        f"Who could review {reference}",
        ["reviewer", "cost", "km", "cases held", "points free", "due", "in the way"],
        [_option_row(option) for option in options[:MOST_SHOWN]],
    )


def _carry_out(task: Task, *, dry_run: bool, as_json: bool, as_of: datetime | None) -> None:
    done = operations.allocate(
        open_runtime(), actor=operator(), as_of=day(as_of), task=task, dry_run=dry_run
    )
    if as_json:
        print_json(done.to_json())
        return
    _say_run(done.run, done.lines)


def _say_run(run: AllocationRun, lines: list[RunLine]) -> None:
    is_new = run.kind is RunKind.BACKLOG
    done, rest = ("allocated", "left over") if is_new else ("moved", "stay where they are")
    verb = {
        RunStatus.PREVIEW: f"would be {done}",
        RunStatus.APPLIED: done,
        RunStatus.UNDONE: f"were {done} until it was undone",
    }[run.status]
    say(f"{run.allocated:,} reviews {verb}, {run.unallocated:,} {rest} (run {run.key}).")
    say(
        f"Cost {run.objective:,.0f}; no allocation can cost less than {run.bound:,.0f} "
        f"(gap {run.gap:.1%}); greedy would cost {run.greedy_objective:,.0f}."
    )
    moved = [
        (line.reference, line.from_reviewer, line.reviewer, line.reason)
        for line in lines
        if line.is_placed and line.from_reviewer
    ]
    left = [(line.reference, line.reason) for line in lines if not line.is_placed]
    _some("Moved", ["case", "from", "to", "reason"], moved)
    _some(rest.capitalize(), ["case", "reason"], left)


def _some(title: str, columns: list[str], rows: list[Any]) -> None:
    if not rows:
        return
    print_table(title, columns, rows[:MOST_SHOWN])
    if len(rows) > MOST_SHOWN:
        say(f"… and {len(rows) - MOST_SHOWN:,} more; --json lists them all.")


def _say_status(run: AllocationRun, as_json: bool) -> None:
    if as_json:
        print_json(_run_json(run))
        return
    back = run.status is RunStatus.UNDONE
    say(f"Run {run.key}: {run.allocated:,} reviews {'put back' if back else 'allocated'}.")


def _say_by_hand(done: ByHand, to: str, as_json: bool) -> None:
    if as_json:
        print_json(_by_hand_json(done))
        return
    for placed in done.placed:
        aside = ", ".join(one.rule.value.replace("_", " ") for one in placed.overridden)
        note = f" Set aside: {aside}." if aside else ""
        say(f"{placed.reference}: allocated to {to}, due {in_words(placed.due_on)}.{note}")
    for refused in done.refused:
        hint = " --override with a --reason would allow it." if refused.can_override else ""
        say(f"{refused.reference}: not allocated. {refused.reason}{hint}")


def _moved(at: Moment, run: AllocationRun) -> list[str]:
    if run.status is RunStatus.PREVIEW:
        changes = moved_since(
            at.session, run.key, programme=at.programme, policy=at.policy, now=at.now
        )
        return [str(change) for change in changes]
    if run.status is RunStatus.APPLIED:
        return [str(change) for change in touched_since(at.session, run.key)]
    return []


def _reviewer(at: Moment, reference: str) -> Reviewer:
    for reviewer in roster_of(at.session, at.programme.key).reviewers:
        if reviewer.reference == reference:
            return reviewer
    raise NotFoundError("reviewer", reference)


def _run_json(run: AllocationRun) -> dict[str, Any]:
    names = ("kind", "about", "as_of", "status", "input_hash", "solver", "weights")
    figures = ("objective", "bound", "gap", "greedy_objective", "allocated", "unallocated")
    history = ("created", "applied", "undone")
    said = [*names, *figures, "seconds", *(f"{x}_{y}" for x in history for y in ("by", "at"))]
    return {"run": run.key} | {name: getattr(run, name) for name in said}


def _line_json(line: RunLine) -> dict[str, Any]:
    return {
        "case": line.reference,
        "from": line.from_reviewer,
        "reviewer": line.reviewer,
        "due_on": line.due_on,
        "rule": line.rule,
        "reason": line.reason,
        "runner_up": line.runner_up,
        "margin": line.margin,
        "terms": line.terms,
    }


def _by_hand_json(done: ByHand) -> dict[str, Any]:
    return {
        "placed": [
            {
                "case": placed.reference,
                "due_on": placed.due_on,
                "overridden": [one.rule for one in placed.overridden],
            }
            for placed in done.placed
        ],
        "refused": [
            {
                "case": refused.reference,
                "reason": refused.reason,
                "rules": [one.rule for one in refused.obstacles],
                "can_override": refused.can_override,
            }
            for refused in done.refused
        ],
    }


def _option_json(option: Option) -> dict[str, Any]:
    names = ("cases", "points", "room", "utilisation", "kilometres", "terms", "cost", "due_on")
    return {
        "reviewer": option.reviewer.reference,
        "agency": option.reviewer.agency,
        "holds_it": option.is_holder,
        "obstacles": [one.reason for one in option.obstacles],
    } | {name: getattr(option, name) for name in names}


def _option_row(option: Option) -> tuple[object, ...]:
    return (
        option.reviewer.reference,
        round(option.cost, 1),
        None if option.kilometres is None else round(option.kilometres),
        option.cases,
        option.room,
        option.due_on,
        " ".join(one.reason for one in option.obstacles),
    )
