"""The synthetic roster: council and constabulary reviewers with what they can give, as a workbook."""

import math
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from workflow.calendar import WorkCalendar
from workflow.demo.caseload import DISTRICTS, DemoCaseload
from workflow.demo.files import reproducible_workbook
from workflow.geography import Geography
from workflow.intake.rows import CaseStatus
from workflow.policy import AllocationWeights, EffortPolicy, PriorityPolicy
from workflow.priority import assess

HALF_TERM = (date(2016, 2, 15), date(2016, 2, 19))
EASTER_LEAVE = (date(2016, 3, 21), date(2016, 3, 24))

_KINDS = (
    # name, share of council reviewers, points a day before scaling, with a team of their own
    ("Practice manager", 0.55, 4.0, True),
    ("Independent reviewing officer", 0.25, 8.0, False),
    ("Reviewing social worker", 0.20, 16.0, False),
)
_OFFICER_POINTS = 11.0
_COUNCIL_SHARE = 0.7
_LATE_OFFICERS, _LEAVING_OFFICERS = 0.4, 0.3
_HALF_TERM_SHARE, _EASTER_SHARE = 0.35, 0.3
_VACANCIES = 10
_PART_TIME, _COUNCIL_SKILL, _OFFICER_SKILL = 0.2, 0.2, 0.6
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")

Sheet = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class DemoRoster:
    """The four sheets of a roster workbook, each a list of rows by heading."""

    reviewers: Sheet
    leave: Sheet
    conflicts: Sheet
    vacancies: Sheet


def make_roster(
    caseload: DemoCaseload,
    geography: Geography,
    *,
    seed: int,
    reviewers: int = 60,
    capacity_ratio: float = 1.6,
    start: date = date(2016, 1, 20),
    target: date = date(2016, 3, 31),
) -> DemoRoster:
    """Reviewers whose review points by the target are `capacity_ratio` times what the cohort takes."""
    rng = np.random.default_rng([seed, 1])
    council = round(reviewers * _COUNCIL_SHARE)
    people = [_council_reviewer(rng, geography, n, council, start) for n in range(council)]
    people += [_officer(rng, n, start, target) for n in range(reviewers - council)]
    leave = [period for person in people for period in _leave_of(rng, person)]
    _scale(people, leave, capacity_ratio * _points_needed(caseload), start, target)
    return DemoRoster(
        reviewers=people,
        leave=leave,
        conflicts=_conflicts(rng, people, caseload),
        vacancies=_vacancies(rng, geography),
    )


def write_roster(roster: DemoRoster, path: Path) -> Path:
    """Write the workbook; the same roster gives the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with reproducible_workbook(path, "SYNTHETIC roster") as book:
        dates = book.add_format({"num_format": "dd/mm/yyyy"})
        for name, rows in (
            ("Reviewers", roster.reviewers),
            ("Leave", roster.leave),
            ("Conflicts", roster.conflicts),
            ("Vacancies", roster.vacancies),
        ):
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            for line, row in enumerate(rows, start=1):
                for column, (heading, value) in enumerate(row.items()):
                    sheet.write_string(0, column, heading)
                    _write_cell(sheet, line, column, value, dates)
    return path


def _write_cell(sheet: Any, line: int, column: int, value: object, dates: Any) -> None:
    if isinstance(value, date):
        sheet.write_datetime(line, column, value, dates)
    elif isinstance(value, (int, float)):
        sheet.write_number(line, column, value)
    elif value is not None:
        sheet.write_string(line, column, str(value))


def _council_reviewer(
    rng: np.random.Generator, geography: Geography, number: int, of: int, start: date
) -> dict[str, Any]:
    position, shares = number / of, np.cumsum([share for _, share, _, _ in _KINDS])
    kind, _, points, has_team = _KINDS[int(np.searchsorted(shares, position, side="right"))]
    district = list(DISTRICTS)[number % len(DISTRICTS)]
    name = geography.name_of(district)
    part_time = rng.random() < _PART_TIME
    return {
        "reference": f"C{number + 1:03}",
        "name": f"{kind} {number + 1:02}",
        "agency": "council",
        "team": f"{name} {1 + number // len(DISTRICTS) % 3}" if has_team else None,
        "district": name,
        "available_from": start,
        "available_to": None,
        "points_per_day": points,
        **{day: 0 if part_time and day == "fri" else 1 for day in _WEEKDAYS},
        "qualification": "social_worker",
        "skills": "domestic_abuse" if rng.random() < _COUNCIL_SKILL else None,
        "roles": "reviewer",
    }


def _officer(rng: np.random.Generator, number: int, start: date, target: date) -> dict[str, Any]:
    skills = [
        s for s in ("domestic_abuse", "missing", "exploitation") if rng.random() < _OFFICER_SKILL
    ]
    late = rng.random() < _LATE_OFFICERS
    leaving = rng.random() < _LEAVING_OFFICERS
    return {
        "reference": f"P{number + 1:03}",
        "name": f"Officer {number + 1:02}",
        "agency": "constabulary",
        "team": None,
        "district": None,
        "available_from": start + timedelta(int(rng.integers(7, 21))) if late else start,
        "available_to": target - timedelta(int(rng.integers(10, 35))) if leaving else None,
        "points_per_day": _OFFICER_POINTS,
        **dict.fromkeys(_WEEKDAYS, 1),
        "qualification": "police_officer",
        "skills": "; ".join(skills) or None,
        "roles": "reviewer",
    }


def _leave_of(rng: np.random.Generator, person: dict[str, Any]) -> Sheet:
    shares = ((HALF_TERM, _HALF_TERM_SHARE), (EASTER_LEAVE, _EASTER_SHARE))
    return [
        {"reference": person["reference"], "from": first, "to": last, "kind": "leave"}
        for (first, last), share in shares
        if rng.random() < share
    ]


def _scale(people: Sheet, leave: Sheet, wanted: float, start: date, target: date) -> None:
    """Scale everybody's points a day so that together they give the wanted points (to a half)."""
    days = WorkCalendar().working_days(start, target)
    away: dict[str, list[tuple[date, date]]] = defaultdict(list)
    for period in leave:
        away[period["reference"]].append((period["from"], period["to"]))
    present = {
        person["reference"]: sum(
            person[_WEEKDAYS[day.weekday()]]
            for day in days
            if person["available_from"] <= day <= (person["available_to"] or target)
            and not any(a <= day <= b for a, b in away[person["reference"]])
        )
        for person in people
    }
    planned = sum(person["points_per_day"] * present[person["reference"]] for person in people)
    for person in people:
        points = person["points_per_day"] * wanted / planned
        person["points_per_day"] = max(0.5, math.floor(points * 2 + 0.5) / 2)


def _points_needed(caseload: DemoCaseload) -> float:
    """Review points of the cohort, siblings sharing their reading."""
    families: dict[str, list[int]] = defaultdict(list)
    for row in caseload.rows:
        if row.status is CaseStatus.CHILD_IN_NEED_PLAN:
            priority = assess(
                row,
                as_of=caseload.as_of,
                calendar=WorkCalendar(),
                priority=PriorityPolicy(),
                effort=EffortPolicy(),
            )
            families[row.family or row.child_id].append(priority.effort)
    share = AllocationWeights().sibling_share
    return sum(max(efforts) * (1 - share) + share * sum(efforts) for efforts in families.values())


def _conflicts(rng: np.random.Generator, people: Sheet, caseload: DemoCaseload) -> Sheet:
    families = sorted({row.family for row in caseload.rows if row.family})
    return [
        {
            "reference": person["reference"],
            "kind": "family",
            "subject": str(rng.choice(families)),
            "reason": "Worked with or investigated this family",
        }
        for person in people
        for _ in range(int(rng.integers(0, 3)))
    ]


def _vacancies(rng: np.random.Generator, geography: Geography) -> Sheet:
    codes = list(DISTRICTS)
    return [
        {
            "reference": f"V{number + 1:02}",
            "role": "Practice manager" if number % 2 else "Senior social worker",
            "agency": "council",
            "district": geography.name_of(codes[number % len(codes)]),
            "since": date(2015, 11, 1) + timedelta(int(rng.integers(0, 60))),
            "expected_on": date(2016, 2, 15),
            "filled_on": None,
            "points_per_day": 4.0,
        }
        for number in range(_VACANCIES)
    ]
