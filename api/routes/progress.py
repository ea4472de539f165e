"""The progress page's numbers for programs."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter

from api.facts import Facts, WhyMoved
from forms.progress_facts import ProgressFacts
from workflow.states import OPEN_STATES, ReviewState

router = APIRouter(prefix="/api")


@router.get("/progress")
def progress(facts: Facts) -> dict[str, Any]:
    """Counts as they stand, and the newest forecast under the keys of `cin forecast --json`."""
    counts = facts.counts
    return {
        "programme": facts.site.service,
        "as_of": facts.as_of,
        "target": facts.target,
        "total": counts.total,
        "complete": counts.complete,
        "open": counts.total - counts.complete,
        "overdue": facts.overdue,
        "working_days_left": len(facts.calendar.working_days(facts.as_of, facts.target)),
        "escalations": {"open": facts.open_escalations, "unacknowledged": facts.unacknowledged},
        "by_state": counts.by_state,
        "by_district": _by_district(facts),
        "by_agency": [
            {"agency": agency, **_part(states)} for agency, states in counts.by_agency.items()
        ],
        "forecast": facts.forecast,
        "forecast_made": {"at": facts.made_at, "by": facts.made_by} if facts.forecast else None,
        "said": [
            {"as_of": one.as_of, "p_done_by_target": one.p_done_by_target, "p80": one.p80}
            for one in facts.past.said
        ],
        "record": [record.to_json() for record in facts.past.records],
    }


@router.get("/progress/why")
def why(step: WhyMoved) -> dict[str, Any] | None:
    """Why the chance moved, under the keys of `cin forecast why --json`; null: nothing to compare."""
    return step.to_json() if step else None


def _by_district(facts: ProgressFacts) -> list[dict[str, Any]]:
    names = facts.district_names
    return [
        {"district": code, "name": names.get(code, code), **_part(states)}
        for code, states in facts.counts.by_district.items()
    ]


def _part(states: Mapping[ReviewState, int]) -> dict[str, int]:
    return {
        "open": sum(states.get(state, 0) for state in OPEN_STATES),
        "complete": states.get(ReviewState.COMPLETE, 0),
    }
