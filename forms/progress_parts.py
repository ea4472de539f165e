"""The progress page's tables: where the work stands, by district, agency and state. Pure."""

from collections.abc import Mapping
from datetime import date

from forms.pages import Column, Table
from forms.progress_facts import Forecast, ProgressFacts, list_behind
from forms.wording import number, percentage, short_date
from workflow.queries import UNALLOCATED_AGENCY
from workflow.states import ReviewState

_UNKNOWN = "unknown"
_AGENCIES = {
    "council": "Council",
    "constabulary": "Constabulary",
    UNALLOCATED_AGENCY: "Not allocated yet",
}
_WHOSE_TURN = {
    ReviewState.UNALLOCATED: "Coordinator",
    ReviewState.ALLOCATED: "Reviewer",
    ReviewState.IN_PROGRESS: "Reviewer",
    ReviewState.ON_HOLD: "Coordinator",
    ReviewState.SUBMITTED: "Council manager",
    ReviewState.RETURNED: "Reviewer",
    ReviewState.IN_MODERATION: "Moderator",
    ReviewState.COMPLETE: "Nobody",
    ReviewState.WITHDRAWN: "Nobody: not counted",
}
_VIEWS = {
    ReviewState.UNALLOCATED: "unallocated",
    ReviewState.ON_HOLD: "on_hold",
    ReviewState.COMPLETE: "complete",
}
"""States with a worklist that shows exactly them."""


def parts_table(facts: ProgressFacts, kind: str) -> Table:
    """One row per district or agency, the least likely to finish first."""
    groups, heading, key = {
        "district": (facts.counts.by_district, "District", "by_district"),
        "agency": (facts.counts.by_agency, "Agency", "by_agency"),
    }[kind]
    names = facts.district_names if kind == "district" else _AGENCIES
    forecast = facts.forecast or {key: ()}
    parts = {part[kind] or _nobody(kind): part for part in forecast[key]}
    totals = {code: _total(states) for code, states in groups.items()}
    order = sorted(
        (code for code in groups if totals[code]),
        key=lambda code: (_p_done(parts.get(code)), names.get(code, code)),
    )
    by = short_date(facts.target)
    return Table(
        id=f"by-{kind}",
        caption=f"By {kind}, the least likely to finish first" if parts else f"By {kind}",
        columns=(
            Column(heading),
            Column("Open", True),
            Column("Complete", True),
            Column(f"Chance by {by}", True),
            Column("98 % complete by (80 % sure)", True),
        ),
        rows=tuple(
            _part_row(facts, names.get(code, _title(code)), groups[code], parts.get(code))
            for code in order
        ),
        links=tuple(
            list_behind(facts, "all", code) if kind == "district" else "" for code in order
        ),
    )


def _nobody(kind: str) -> str:
    return _UNKNOWN if kind == "district" else UNALLOCATED_AGENCY


def _title(code: str) -> str:
    return code.replace("_", " ").capitalize()


def _total(states: Mapping[ReviewState, int]) -> int:
    return sum(states.values()) - states.get(ReviewState.WITHDRAWN, 0)


def _p_done(part: Forecast | None) -> float:
    return 1.0 if part is None else float(part["p_done"])


def _part_row(
    facts: ProgressFacts,
    name: str,
    states: Mapping[ReviewState, int],
    part: Forecast | None,
) -> tuple[str, ...]:
    complete = states.get(ReviewState.COMPLETE, 0)
    still_open = _total(states) - complete
    if not still_open:
        outlook = ("Complete", "Complete")
    elif part is None or facts.forecast is None:
        outlook = ("No forecast", "No forecast")
    elif part["p80"] is None:
        after = short_date(date.fromisoformat(facts.forecast["horizon_ends"]))
        outlook = (percentage(part["p_done"]), f"After {after}")
    else:
        outlook = (percentage(part["p_done"]), short_date(date.fromisoformat(part["p80"])))
    return (name, number(still_open), number(complete), *outlook)


def states_table(facts: ProgressFacts) -> Table:
    """Every state with whose turn it is, in the order a review passes them."""
    states = facts.counts.by_state
    return Table(
        id="states",
        caption="Reviews by state",
        columns=(Column("State"), Column("Whose turn"), Column("Reviews", True)),
        rows=tuple(
            (_title(state.value), _WHOSE_TURN[state], number(count))
            for state, count in states.items()
        ),
        links=tuple(
            list_behind(facts, _VIEWS[state]) if state in _VIEWS else "" for state in states
        ),
    )
