"""The synthetic roster: council and constabulary reviewers with what they can give. Pure and seeded.

Names are roles with numbers. Points a day are scaled so that all reviewers together can give what the
cohort needs, times a ratio; everything else about them is assumed.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TypeVar

import numpy as np

from workflow.calendar import WorkCalendar
from workflow.demo.calibration import EASTER_LEAVE, HALF_TERM, district_shares
from workflow.demo.caseload import DemoCaseload
from workflow.geography import Geography
from workflow.models import ConflictKind, Leave, Reviewer
from workflow.policy import Policy
from workflow.priority import assess
from workflow.roster.capacity import capacity_by_day
from workflow.roster.rows import ConflictRow, LeaveRow, ReviewerRow, VacancyRow

T = TypeVar("T", ReviewerRow, LeaveRow, ConflictRow, VacancyRow)

COUNCIL_SHARE = 0.7
LATE_OFFICERS, LEAVING_OFFICERS = 0.4, 0.3
"""Share of constabulary reviewers who start in February, and who leave before the end of March."""
HALF_TERM_SHARE, EASTER_SHARE, TRAINING_SHARE = 0.35, 0.3, 0.1
CONFLICTS_EACH = 0.7
VACANCIES = 10

_POINTS_STEP = 0.5
_FIRST_LINE = 3
"""Row of a sheet below its title and headings."""
_FULL = (1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0)
_PART_TIME = (
    (1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0),
    (1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0),
    (0.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0),
    (0.5, 0.5, 0.5, 0.5, 0.5, 0.0, 0.0),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A kind of reviewer; `points` a day are before scaling, so only their proportions count."""

    title: str
    points: float
    qualification: str
    roles: tuple[str, ...] = ("reviewer",)
    leads_team: bool = False
    part_time: float = 0.2
    """Share who work part time."""
    skills: float = 0.15
    """Chance of each specialism."""


PRACTICE_MANAGER = Post(
    title="Practice manager",
    points=3,
    qualification="social_worker",
    roles=("manager", "reviewer"),
    leads_team=True,
)
REVIEWING_OFFICER = Post(
    title="Independent reviewing officer",
    points=6,
    qualification="social_worker",
    roles=("moderator", "reviewer"),
    part_time=0.35,
)
AGENCY_REVIEWER = Post(
    title="Agency reviewer", points=14, qualification="social_worker", part_time=0, skills=0.25
)
QUALITY_OFFICER = Post(title="Quality officer", points=8, qualification="other", part_time=0.3)
OFFICER = Post(title="Officer", points=12, qualification="police_officer", skills=0.55)
COUNCIL_POSTS = {
    PRACTICE_MANAGER: 0.48,
    REVIEWING_OFFICER: 0.24,
    AGENCY_REVIEWER: 0.18,
    QUALITY_OFFICER: 0.10,
}
"""Share of the council's reviewers in each post."""
_REFERENCES = {"council": "C", "constabulary": "P"}
_VACANT_POST = Post(title="Senior social worker", points=6, qualification="social_worker")
_FAMILY_CONFLICTS = 0.7
_CONFLICT_REASONS = {
    "council": "Has worked with this family",
    "constabulary": "Has investigated this family",
}
_SKILLS = ("domestic_abuse", "exploitation", "missing")


@dataclass(frozen=True, slots=True)
class DemoRoster:
    """The rows of the roster; `line` is the row of the sheet each is written to."""

    reviewers: tuple[ReviewerRow, ...]
    leave: tuple[LeaveRow, ...]
    conflicts: tuple[ConflictRow, ...]
    vacancies: tuple[VacancyRow, ...]
    geography: Geography


def make_roster(
    caseload: DemoCaseload,
    geography: Geography,
    *,
    seed: int,
    reviewers: int = 60,
    capacity_ratio: float = 1.8,
    start: date = date(2016, 1, 20),
    target: date = date(2016, 3, 31),
) -> DemoRoster:
    """Reviewers whose review points up to the target are `capacity_ratio` times what the cohort needs.

    Points a day are whole halves and at least one half, so a handful of cases for many reviewers leaves
    more capacity than was asked for.
    """
    rng = np.random.default_rng([seed, 1])
    council = max(1, round(COUNCIL_SHARE * reviewers))
    people = _council(rng, caseload, geography, council, start)
    people += _constabulary(rng, geography, reviewers - council, start, target)
    leave = [period for person in people for period in _leave_of(rng, person, start, target)]
    days = _full_days(people, leave, start, target)
    wanted = capacity_ratio * points_needed(caseload)
    offered = sum(p.points_per_day * d for p, d in zip(people, days, strict=True))
    scale = wanted / offered
    return DemoRoster(
        reviewers=_numbered(_scaled(people, days, scale)),
        leave=_numbered(leave),
        conflicts=_numbered(_conflicts(rng, people, caseload)),
        vacancies=_numbered(_vacancies(rng, geography, scale, start)),
        geography=geography,
    )


def points_needed(caseload: DemoCaseload, policy: Policy | None = None) -> float:
    """Review points the cohort takes, siblings sharing their reading."""
    policy = policy or Policy()
    families: dict[str, list[int]] = defaultdict(list)
    for row in caseload.cohort:
        priority = assess(
            row,
            as_of=caseload.as_of,
            calendar=WorkCalendar(),
            priority=policy.priority,
            effort=policy.effort,
        )
        families[row.family or row.child_id].append(priority.effort)
    share = policy.allocation.sibling_share
    return sum(max(efforts) * (1 - share) + share * sum(efforts) for efforts in families.values())


def _council(
    rng: np.random.Generator,
    caseload: DemoCaseload,
    geography: Geography,
    count: int,
    start: date,
) -> list[ReviewerRow]:
    posts = [post for post, share in COUNCIL_POSTS.items() for _ in range(round(share * count))]
    posts = [*posts, *[AGENCY_REVIEWER] * count][:count]
    teams = _teams(caseload)
    people = []
    for number, post in enumerate(posts):
        district, team = teams[number % len(teams)]
        person = _person(rng, geography, post, number, agency="council")
        if post.leads_team:
            person = replace(person, team=team, district=district)
        joins_late = post is AGENCY_REVIEWER and number % 3 == 0
        people.append(
            replace(person, available_from=_in_february(rng, start) if joins_late else start)
        )
    return people


def _teams(caseload: DemoCaseload) -> list[tuple[str, str]]:
    """(District, team) of every team of the cohort, the largest first."""
    places = Counter((row.district or "", row.team or "") for row in caseload.cohort)
    largest: dict[str, tuple[str, str]] = {}
    for (district, team), _ in sorted(places.items(), key=lambda item: (-item[1], item[0])):
        largest.setdefault(team, (district, team))
    return list(largest.values())


def _constabulary(
    rng: np.random.Generator, geography: Geography, count: int, start: date, target: date
) -> list[ReviewerRow]:
    late = set(rng.permutation(count)[: round(LATE_OFFICERS * count)])
    leaving = set(rng.permutation(count)[: round(LEAVING_OFFICERS * count)])
    return [
        replace(
            _person(rng, geography, OFFICER, number, agency="constabulary"),
            available_from=_in_february(rng, start) if number in late else start,
            available_to=target - timedelta(int(rng.integers(9, 28)))
            if number in leaving
            else None,
        )
        for number in range(count)
    ]


def _in_february(rng: np.random.Generator, start: date) -> date:
    """Two to five weeks after the start."""
    return start + timedelta(int(rng.integers(12, 34)))


def _person(
    rng: np.random.Generator, geography: Geography, post: Post, number: int, *, agency: str
) -> ReviewerRow:
    part_time = rng.random() < post.part_time
    return ReviewerRow(
        line=0,
        reference=f"{_REFERENCES[agency]}{number + 1:03}",
        name=f"{post.title} {number + 1:02}",
        agency=agency,
        points_per_day=post.points,
        district=district_shares(geography).pick(rng),
        pattern=_PART_TIME[int(rng.integers(len(_PART_TIME)))] if part_time else _FULL,
        qualification=post.qualification,
        skills=tuple(skill for skill in _SKILLS if rng.random() < post.skills),
        roles=post.roles,
    )


def _leave_of(
    rng: np.random.Generator, person: ReviewerRow, start: date, target: date
) -> Iterator[LeaveRow]:
    first, last = person.available_from or start, person.available_to or target
    easter = EASTER_LEAVE[int(rng.integers(len(EASTER_LEAVE)))]
    course = start + timedelta(int(rng.integers(0, (target - start).days)))
    kinds = (
        (HALF_TERM_SHARE, HALF_TERM, "leave"),
        (EASTER_SHARE, easter, "leave"),
        (TRAINING_SHARE, (course, course), "training"),
    )
    taken: list[tuple[date, date]] = []
    for share, (begins, ends), kind in kinds:
        is_there = begins <= last and ends >= first
        overlaps = any(begins <= other[1] and ends >= other[0] for other in taken)
        if rng.random() < share and is_there and not overlaps:
            taken.append((begins, ends))
            yield LeaveRow(
                line=0, reference=person.reference, first_on=begins, last_on=ends, kind=kind
            )


def _full_days(
    people: list[ReviewerRow], leave: list[LeaveRow], start: date, target: date
) -> list[float]:
    """How many full days each can give, reckoned as the product reckons capacity."""
    calendar = WorkCalendar()
    days = calendar.working_days(start, target)
    away: dict[str, list[Leave]] = defaultdict(list)
    for period in leave:
        away[period.reference].append(
            Leave(reviewer_id=0, first_on=period.first_on, last_on=period.last_on)
        )
    return [
        sum(capacity_by_day(_one_point(person, start), away[person.reference], days, calendar))
        for person in people
    ]


def _one_point(person: ReviewerRow, start: date) -> Reviewer:
    """The reviewer as the product holds them, with one point a day."""
    return Reviewer(
        programme_id=0,
        reference=person.reference,
        name=person.name,
        agency=person.agency,
        available_from=person.available_from or start,
        available_to=person.available_to,
        points_per_day=1.0,
        pattern=list(person.pattern),
    )


def _scaled(people: list[ReviewerRow], days: list[float], scale: float) -> Iterator[ReviewerRow]:
    """Everybody's points times `scale`, in halves; what rounding takes from one the next one gives."""
    owed = 0.0
    for person, full_days in zip(people, days, strict=True):
        exact = person.points_per_day * scale
        points = _in_steps(exact + owed / full_days if full_days else exact)
        owed += (exact - points) * full_days
        yield replace(person, points_per_day=points)


def _in_steps(points: float) -> float:
    return max(_POINTS_STEP, round(points / _POINTS_STEP) * _POINTS_STEP)


def _conflicts(
    rng: np.random.Generator, people: list[ReviewerRow], caseload: DemoCaseload
) -> Iterator[ConflictRow]:
    """A few families and children that reviewers know; officers have investigated theirs."""
    cohort = caseload.cohort
    for person in people:
        known = rng.permutation(len(cohort))[: rng.poisson(CONFLICTS_EACH)]
        for row in (cohort[index] for index in sorted(known)):
            is_family = row.family is not None and rng.random() < _FAMILY_CONFLICTS
            yield ConflictRow(
                line=0,
                reference=person.reference,
                kind=ConflictKind.FAMILY if is_family else ConflictKind.CHILD,
                subject=(row.family or "") if is_family else row.child_id,
                reason=_CONFLICT_REASONS[person.agency],
            )


def _vacancies(
    rng: np.random.Generator, geography: Geography, scale: float, start: date
) -> Iterator[VacancyRow]:
    """Posts that are to be filled in the middle of February, if all goes well."""
    for number in range(VACANCIES):
        post = PRACTICE_MANAGER if number % 2 else _VACANT_POST
        yield VacancyRow(
            line=0,
            reference=f"V{number + 1:02}",
            role=post.title,
            agency="council",
            district=district_shares(geography).pick(rng),
            since_on=start - timedelta(int(rng.integers(20, 110))),
            expected_on=start + timedelta(int(rng.integers(3, 5)) * 7 - 2),
            points_per_day=_in_steps(post.points * scale),
        )


def _numbered(rows: Iterable[T]) -> tuple[T, ...]:
    return tuple(replace(row, line=line) for line, row in enumerate(rows, start=_FIRST_LINE))
