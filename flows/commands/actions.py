"""`cin actions`: what follows the reviews, what is overdue, and where the children go."""

from dataclasses import asdict
from typing import Annotated

import typer

from flows.commands.options import AsOf, Json, day
from flows.output import in_words, print_json, print_table, say
from flows.runtime import open_runtime
from workflow.followup import FollowThrough, ListedAction, follow_through, list_actions
from workflow.followup.demand import Demand
from workflow.followup.outcomes import RULES
from workflow.followup.outlook import forecast_demand

app = typer.Typer(no_args_is_help=True, help="What follows the reviews, and what is overdue.")


@app.command("list")
def list_command(
    *,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only what is overdue.")] = False,
    as_json: Json = False,
    as_of: AsOf = None,
) -> None:
    """List the open follow-on actions, and say how many cases are made safe."""
    with open_runtime().read(day(as_of)) as at:
        standing = follow_through(at.session, at.programme, at.as_of)
        listed = list_actions(
            at.session,
            at.programme,
            as_of=at.as_of,
            due_soon_within=at.policy.follow_up.due_soon,
            overdue_only=overdue,
        )
    if as_json:
        print_json(
            {"counts": _counts(standing), "actions": [_as_json(action) for action in listed]}
        )
        return
    say(
        f"{in_words(standing.as_of)}: {standing.complete:,} reviews complete, "
        f"{standing.made_safe:,} cases made safe; {standing.open:,} actions open, "
        f"{standing.overdue:,} of them overdue."
    )
    print_table(
        "Open actions by kind",
        ["action", "open"],
        [(RULES[kind].label, count) for kind, count in standing.open_by_kind.items()],
    )
    if overdue:
        print_table(
            "Overdue", ["case", "action", "owner", "due", "working days late"], _rows(listed)
        )


@app.command("demand")
def demand_command(*, as_json: Json = False, as_of: AsOf = None) -> None:
    """Forecast step-downs by early help area, and conferences, against what can be taken in."""
    with open_runtime().read(day(as_of)) as at:
        outlook = forecast_demand(
            at.session, programme=at.programme, policy=at.policy, as_of=at.as_of
        )
    if as_json:
        print_json(asdict(outlook))
        return
    print_table(
        f"Step-downs to early help as of {in_words(outlook.as_of)}",
        ["area", "so far", "to come", "intake a week", "waiting at most", "first week over"],
        [_demand_row(demand) for demand in outlook.step_downs],
    )
    print_table(
        "Step-ups",
        ["", "so far", "to come", "capacity a week", "waiting at most", "first week over"],
        [_demand_row(outlook.conferences)],
    )


def _counts(standing: FollowThrough) -> dict[str, object]:
    return asdict(standing) | {"not_yet_safe": standing.not_yet_safe}


def _as_json(listed: ListedAction) -> dict[str, object]:
    action = listed.action
    return {
        "id": action.id,
        "case": listed.case_reference,
        "kind": action.kind,
        "owner_role": action.owner_role,
        "owner": action.owner,
        "due_on": action.due_on,
        "first_due_on": action.first_due_on,
        "overdue_by": listed.overdue_by,
        "safety_relevant": action.safety_relevant,
    }


def _rows(listed: list[ListedAction]) -> list[tuple[object, ...]]:
    return [
        (
            one.case_reference,
            RULES[one.action.kind].label,
            one.action.owner or one.action.owner_role.replace("_", " "),
            one.action.due_on,
            one.overdue_by,
        )
        for one in listed
    ]


def _demand_row(demand: Demand) -> tuple[object, ...]:
    return (
        demand.name,
        demand.so_far,
        round(sum(week.arrivals for week in demand.weeks)),
        demand.capacity_per_week,
        round(max((week.waiting for week in demand.weeks), default=0.0)),
        demand.first_over or "none",
    )
