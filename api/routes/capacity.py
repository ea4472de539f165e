"""The capacity register for programs."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.moments import Reading, Writing
from api.pages.capacity import Number, chart_of, register_facts
from forms.capacity import SLUGS, slip_of
from forms.capacity_charts import CapacityChart, capacity_sentence
from workflow import capacity
from workflow.capacity.entries import read_manager, read_post
from workflow.models import PracticeManager, Vacancy

router = APIRouter(prefix="/api/capacity")
_Line = Annotated[str, Field(max_length=500)]
_Text = Annotated[str, Field(max_length=10_000)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewPost(_Body):
    """A post that stands vacant."""

    reference: _Line
    role: _Line
    since_on: date
    expected_on: date | None = None
    district: _Line | None = None
    points_per_day: Annotated[float, Field(ge=0, lt=1_000)] = 0.0


class Expected(_Body):
    """Another date by which a post is filled; null: nobody can say."""

    expected_on: date | None
    reason: _Text


class Filled(_Body):
    """Somebody has started."""

    filled_on: date


class NewManager(_Body):
    """A Practice Manager who carries cases."""

    reference: _Line
    name: _Line
    cases: Annotated[int, Field(ge=0, lt=10_000)]
    ends_on: date | None = None
    team: _Line | None = None
    district: _Line | None = None


class Counted(_Body):
    """How many cases they carry at the end of a day."""

    cases: Annotated[int, Field(ge=0, lt=10_000)]
    counted_on: date


class Ended(_Body):
    """Another date from which they carry none; null: nobody can say."""

    ends_on: date | None
    reason: _Text


@router.get("")
def register(at: Reading) -> dict[str, Any]:
    """Both registers with their forecasts."""
    facts, calendar = register_facts(at), at.programme.calendar
    return {
        "as_of": at.as_of,
        "target": at.programme.target_on,
        "posts": [
            {
                **_post(vacancy),
                "first_expected_on": post.first_expected_on,
                "expected_on": post.expected_on,
                "slip_working_days": slip_of(post, calendar, at.as_of),
                "is_vacant": post.is_vacant(at.as_of),
            }
            for vacancy, post in facts.posts
        ],
        "managers": [
            {
                **_manager(manager),
                "cases": carrier.cases_on(at.as_of),
                "ends_on": carrier.ends_on,
                "counts": [{"day": day, "cases": cases} for day, cases in carrier.counts],
            }
            for manager, _, carrier in facts.managers
        ],
        **{register: _forecast(chart_of(at, register)) for register in SLUGS.values()},
    }


@router.post("/posts", status_code=201)
def add_post(at: Writing, body: NewPost) -> dict[str, Any]:
    """Enter a vacant post."""
    made = capacity.open_post(
        at.session, programme=at.programme, actor=at.actor, now=at.now, **body.model_dump()
    )
    return _post(made)


@router.post("/posts/{number}/expect")
def expect(at: Writing, number: Number, body: Expected) -> dict[str, Any]:
    """Change the date by which it is expected to be filled."""
    read_post(at.session, at.programme, number)
    changed = capacity.expect_post(
        at.session, vacancy_id=number, actor=at.actor, now=at.now, **body.model_dump()
    )
    return _post(changed)


@router.post("/posts/{number}/fill")
def fill(at: Writing, number: Number, body: Filled) -> dict[str, Any]:
    """Say that somebody has started."""
    read_post(at.session, at.programme, number)
    changed = capacity.fill_post(
        at.session, vacancy_id=number, actor=at.actor, now=at.now, **body.model_dump()
    )
    return _post(changed)


@router.post("/managers", status_code=201)
def add_manager(at: Writing, body: NewManager) -> dict[str, Any]:
    """Enter a Practice Manager who carries cases."""
    made = capacity.add_manager(
        at.session, programme=at.programme, actor=at.actor, now=at.now, **body.model_dump()
    )
    return _manager(made)


@router.post("/managers/{number}/count")
def count(at: Writing, number: Number, body: Counted) -> dict[str, Any]:
    """Note how many cases they carry."""
    read_manager(at.session, at.programme, number)
    noted = capacity.count_cases(
        at.session, manager_id=number, actor=at.actor, now=at.now, **body.model_dump()
    )
    return {"day": noted.counted_on, "cases": noted.cases}


@router.post("/managers/{number}/end")
def end(at: Writing, number: Number, body: Ended) -> dict[str, Any]:
    """Change the date from which they carry none."""
    read_manager(at.session, at.programme, number)
    changed = capacity.move_end(
        at.session, manager_id=number, actor=at.actor, now=at.now, **body.model_dump()
    )
    return _manager(changed)


def _forecast(chart: CapacityChart) -> dict[str, Any]:
    left = chart.burn_down
    return {
        "left": left.left,
        "without_a_date": left.undated,
        "p_done_by_target": left.p_done_by_target,
        "p50": str(left.p50),
        "p80": str(left.p80),
        "basis": left.basis,
        "words": capacity_sentence(chart),
    }


def _post(post: Vacancy) -> dict[str, Any]:
    return {
        "id": post.id,
        "reference": post.reference,
        "role": post.role,
        "agency": post.agency,
        "district": post.district,
        "since_on": post.since_on,
        "expected_on": post.expected_on,
        "filled_on": post.filled_on,
        "points_per_day": post.points_per_day,
    }


def _manager(manager: PracticeManager) -> dict[str, Any]:
    return {
        "id": manager.id,
        "reference": manager.reference,
        "name": manager.name,
        "team": manager.team,
        "district": manager.district,
        "first_ends_on": manager.first_ends_on,
        "ends_on": manager.ends_on,
    }
