"""Forecasts, charts and facts for the tests of pictures and pages; every value can be overridden."""

from dataclasses import replace
from datetime import date
from typing import Any

from forms.charts import Band, BurnDown, DistrictBurnDown, SmallMultiples, read_burn_down
from forms.pages import Assets, Site
from forms.progress_facts import ProgressFacts
from workflow.calendar import WorkCalendar
from workflow.queries import Counts
from workflow.states import ReviewState

CALENDAR = WorkCalendar()
START, AS_OF, TARGET = date(2016, 1, 20), date(2016, 2, 24), date(2016, 3, 31)
TOTAL, OPEN = 300, 156
LEVELS = ("low95", "low80", "low50", "mid", "high50", "high80", "high95")
BURNLEY, CHORLEY = "E07000117", "E07000118"


def make_forecast(**overrides: Any) -> dict[str, Any]:
    past = [day for day in CALENDAR.working_days(START, AS_OF) if day < AS_OF]
    ahead = CALENDAR.working_days(AS_OF, date(2016, 4, 15))
    counted = [round(TOTAL - (TOTAL - OPEN) * (n + 1) / len(past)) for n in range(len(past))]
    values: dict[str, Any] = {
        "as_of": AS_OF.isoformat(),
        "target": TARGET.isoformat(),
        "total": TOTAL,
        "complete": TOTAL - OPEN,
        "open": OPEN,
        "p_done_by_target": 0.62,
        "p50": "2016-03-30",
        "p80": "2016-04-12",
        "p95": None,
        "last_case": {"p50": "2016-04-05", "p80": "2016-04-20", "p95": None},
        "required_per_working_day": 6.25,
        "achieved_per_working_day": 5.0,
        "required_per_reviewer_day": 1.4,
        "achieved_per_reviewer_day": 1.1,
        "binding_stage": "confirming",
        "basis": "evidence",
        "by_district": [
            make_part(district=BURNLEY, p_done=0.9),
            make_part(district=CHORLEY, p_done=0.2, p80=None),
        ],
        "by_agency": [make_part(agency="council", p_done=0.4), make_part(agency=None, p_done=0.1)],
        "burn_down": [
            {"date": day.isoformat(), "open": n, "complete": TOTAL - n}
            for day, n in zip(past, counted, strict=True)
        ],
        "bands": [
            {"date": day.isoformat()}
            | {level: max(OPEN - 6 * (n + 1) + 8 * (k - 3), 0) for k, level in enumerate(LEVELS)}
            for n, day in enumerate(ahead)
        ],
        "assumptions": {
            "reviewer_days_per_day": 4.5,
            "vacancies": 1.0,
            "new_cases_per_day": 0.5,
            "returned_share": 0.12,
        },
        "horizon_ends": "2016-06-24",
    }
    return values | overrides


def make_part(**overrides: Any) -> dict[str, Any]:
    values = {"total": 10, "complete": 4, "open": 6, "p50": None, "p80": "2016-04-11", "p95": None}
    return values | overrides


def make_chart(**overrides: Any) -> BurnDown:
    return replace(read_burn_down(make_forecast(), CALENDAR), **overrides)


def make_district(name: str, **overrides: Any) -> DistrictBurnDown:
    chart = make_chart()
    values: dict[str, Any] = {
        "name": name,
        "total": chart.total,
        "open": chart.open,
        "chance": 0.5,
        "history": chart.history,
        "bands": chart.bands,
    }
    return DistrictBurnDown(**values | overrides)


def make_multiples(*districts: DistrictBurnDown) -> SmallMultiples:
    return SmallMultiples(target=TARGET, districts=districts)


def make_band(on: date, *numbers: int) -> Band:
    return Band(on, *numbers)


def make_counts(**overrides: int) -> Counts:
    states = {ReviewState.COMPLETE: 144, ReviewState.ALLOCATED: 120, ReviewState.UNALLOCATED: 36}
    states |= {ReviewState(name): count for name, count in overrides.items()}
    left = {state: n for state, n in states.items() if state is not ReviewState.UNALLOCATED}
    return Counts(
        by_state={state: states.get(state, 0) for state in ReviewState},
        by_agency={
            "council": left,
            "not allocated": {ReviewState.UNALLOCATED: states[ReviewState.UNALLOCATED]},
        },
        by_district={CHORLEY: {ReviewState.COMPLETE: 1, ReviewState.ALLOCATED: 2}, BURNLEY: states},
    )


NO_COUNTS = Counts(by_state=dict.fromkeys(ReviewState, 0), by_agency={}, by_district={})


def make_facts(**overrides: Any) -> ProgressFacts:
    values: dict[str, Any] = {
        "site": Site(
            service="Child in Need case reviews",
            organisation="Lancashire County Council",
            assets=Assets(stylesheets=("/static/app.css",), script="/static/app.js"),
        ),
        "counts": make_counts(),
        "as_of": AS_OF,
        "target": TARGET,
        "calendar": CALENDAR,
        "overdue": 7,
        "open_escalations": 0,
        "unacknowledged": 0,
        "forecast": make_forecast(),
        "district_names": {BURNLEY: "Burnley", CHORLEY: "Chorley"},
    }
    return ProgressFacts(**values | overrides)
