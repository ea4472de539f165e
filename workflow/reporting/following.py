"""The report's section on follow-through: actions, cases made safe, and where the children go. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from workflow.calendar import local_date
from workflow.followup.demand import Demand, Week
from workflow.followup.outlook import DemandOutlook
from workflow.models import ActionKind, ActionStatus, FollowOnAction
from workflow.policy import QualityPolicy
from workflow.quality.suppression import TOTAL, cell
from workflow.reporting.protecting import Crossed, Published, cross, step_downs_in
from workflow.reporting.values import Column, Section, Table, Value, looked_up, rounded

_K = ActionKind
GROUPS: Mapping[str, tuple[ActionKind, ...]] = {
    "Protection: strategy discussions, conferences, legal planning": (
        _K.STRATEGY_DISCUSSION,
        _K.CONFERENCE,
        _K.LEGAL_PLANNING,
    ),
    "The plan and the worker: changes, new workers, re-checks": (
        _K.PLAN_CHANGES,
        _K.NEW_WORKER,
        _K.RECHECK,
    ),
    "Leaving: closure checks, hand-overs, transfers, families told, records": (
        _K.CLOSURE_CHECK,
        _K.HANDOVER,
        _K.TRANSFER,
        _K.FAMILY_TOLD,
        _K.RECORD_CORRECTION,
    ),
}
"""How actions are shown: kinds alone would repeat the count of an outcome that may be hidden."""
_GROUP_OF = {kind: group for group, kinds in GROUPS.items() for kind in kinds}
_STATES = ("overdue", "open", "done", "cancelled")
ALL = "All"
SHOWN_WEEKS = 6
ActionState = Literal["overdue", "open", "done", "cancelled"]


@dataclass(frozen=True, slots=True)
class Acting:
    """One action as it stood at the end of a day."""

    kind: ActionKind
    state: ActionState


def acting(
    actions: Iterable[FollowOnAction], moved: Mapping[int, date | None], *, until: date, as_of: date
) -> Iterator[Acting]:
    """The actions that had been opened by a day, by the dates they had then.

    Args:
        moved: number of the action → its date then, where it was moved since.
        until: what was done later is still to do.
        as_of: an action is overdue when its date is earlier.
    """
    for action in actions:
        if local_date(action.opened_at) > until:
            continue
        if action.closed_at is not None and local_date(action.closed_at) <= until:
            is_done = action.status is ActionStatus.DONE
            yield Acting(action.kind, "done" if is_done else "cancelled")
        else:
            due_on = moved.get(action.key) or action.due_on
            yield Acting(action.kind, "overdue" if due_on < as_of else "open")


def actions_section(
    actions: Iterable[Acting], published: Published, policy: QualityPolicy
) -> Section:
    """Follow-on actions, and how many cases are made safe beside reviews complete."""
    records = [{"group": _GROUP_OF[one.kind], "state": one.state} for one in actions]
    counts = cross(records, (("group", "state"),), policy)
    table = _actions(counts)
    safe = _made_safe(published)
    named = {
        "overdue": "Follow-on actions overdue",
        "open": "Follow-on actions open and in time",
        "done": "Follow-on actions done",
    }
    return Section(
        tables=(safe, table),
        figures=(
            *(
                looked_up(
                    f"safe.{name}", str(row[0]), row[1], safe.name, "reviews", what=str(row[0])
                )
                for name, row in zip(("made_safe", "not_yet", "complete"), safe.rows, strict=True)
            ),
            *(
                looked_up(
                    f"actions.{name}", label, table.column(name)[-1], table.name, name, actions=ALL
                )
                for name, label in named.items()
            ),
        ),
    )


def _actions(counts: Crossed) -> Table:
    return Table(
        name="actions",
        title="Follow-on actions",
        columns=(
            Column("actions", "Actions"),
            Column("overdue", "Overdue", "count"),
            Column("open", "Open, in time", "count"),
            Column("done", "Done", "count"),
            Column("cancelled", "Not needed any more", "count"),
            Column("all", "All", "count"),
        ),
        rows=(
            *(
                (
                    group,
                    *(counts.of(group=group, state=state) for state in _STATES),
                    counts.of(group=group),
                )
                for group in GROUPS
            ),
            (ALL, *(counts.of(state=state) for state in _STATES), counts.of()),
        ),
    )


def _made_safe(published: Published) -> Table:
    return Table(
        name="made_safe",
        title="Cases made safe",
        columns=(Column("what", "What"), Column("reviews", "Reviews", "count")),
        rows=(
            ("Cases made safe", published.of(cell(safe="yes"))),
            (
                "Review complete, something its safety hangs on still open",
                published.of(cell(safe="no")),
            ),
            ("Reviews complete", published.of(TOTAL)),
        ),
        note=(
            "A case is made safe when its review is complete, no safety-relevant action of it is open "
            "and no escalation of it is open."
        ),
    )


def demand_section(outlook: DemandOutlook, published: Published) -> Section:
    """What comes down to early help and up to conferences, against what they can take in."""
    return Section(tables=(_early_help(outlook, published), _step_ups(outlook)))


def _early_help(outlook: DemandOutlook, published: Published) -> Table:
    return Table(
        name="step_downs",
        title="Step-downs to early help, by area",
        columns=(
            Column("area", "Early help area"),
            Column("so_far", "Confirmed so far", "count"),
            Column("capacity", "Can take in a week", "number"),
            Column("expected", f"Expected in {SHOWN_WEEKS} weeks", "number"),
            Column("busiest_low", "Busiest week, 80 % from", "number"),
            Column("busiest_high", "80 % to", "number"),
            Column(
                "over_from",
                "More than it can take from",
                "date",
                "week in which some more likely wait than not",
            ),
        ),
        rows=tuple(_area_row(demand, published) for demand in outlook.step_downs),
        note="From the outcomes so far and the completions to come; the intake is local policy.",
    )


def _area_row(demand: Demand, published: Published) -> tuple[Value, ...]:
    weeks = demand.weeks[:SHOWN_WEEKS]
    busiest = max(weeks, key=lambda week: week.arrivals) if weeks else None
    return (
        demand.name,
        step_downs_in(published, demand.name),
        demand.capacity_per_week,
        round(sum(week.arrivals for week in weeks)),
        round(busiest.low80) if busiest else None,
        round(busiest.high80) if busiest else None,
        demand.first_over,
    )


def _step_ups(outlook: DemandOutlook) -> Table:
    conferences = {week.monday: week for week in outlook.conferences.weeks}
    return Table(
        name="step_ups",
        title="Step-ups and conferences, by week",
        columns=(
            Column("week", "Week of", "date"),
            Column("strategy", "Strategy discussions expected", "number"),
            Column("strategy_low", "80 % from", "number"),
            Column("strategy_high", "80 % to", "number"),
            Column("conferences", "Conferences expected", "number"),
            Column("capacity", "Conferences free", "number", "a week, beside other work"),
            Column("p_over", "Chance that some wait", "chance"),
        ),
        rows=tuple(
            _week_row(week, conferences.get(week.monday), outlook.conferences.capacity_per_week)
            for week in outlook.step_ups[:SHOWN_WEEKS]
        ),
        note="A conference follows three weeks later, as often as enquiries lead to one.",
    )


def _week_row(week: Week, conferences: Week | None, capacity: float) -> tuple[Value, ...]:
    return (
        week.monday,
        *(round(value, 1) for value in (week.arrivals, week.low80, week.high80)),
        round(conferences.arrivals, 1) if conferences else None,
        capacity,
        rounded(conferences.p_over) if conferences else None,
    )
