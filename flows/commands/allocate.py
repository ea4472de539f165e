"""`cin allocate`: who reviews what."""

from flows import operations
from flows.commands.options import AsOf, DryRun, Flow, Json, day, finish_flow
from flows.output import print_json, print_table, say
from flows.runtime import open_runtime, operator

MOST_SHOWN = 20


def allocate(
    *, dry_run: DryRun = False, as_json: Json = False, as_of: AsOf = None, flow: Flow = False
) -> None:
    """Allocate the waiting reviews to reviewers; a dry run stores only the preview."""
    if flow and not dry_run:
        from flows.allocate_reviews import allocate_reviews

        finish_flow(allocate_reviews(day(as_of)), as_json)
        return
    done = operations.allocate(open_runtime(), actor=operator(), as_of=day(as_of), dry_run=dry_run)
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
    left = [(line.reference, line.reason) for line in done.lines if not line.is_placed]
    if left:
        print_table("Left over", ["case", "reason"], left[:MOST_SHOWN])
        if len(left) > MOST_SHOWN:
            say(f"… and {len(left) - MOST_SHOWN} more; --json lists them all.")
