"""A programme's settings and records for programs."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter
from fastapi import Path as InPath
from pydantic import BaseModel, ConfigDict, Field

from api.moments import Moment, Reading, Writing
from api.pages.programme import Name
from api.pages.programme_records import read_subject
from workflow import retention
from workflow.case_file import find_case
from workflow.models import Programme
from workflow.policy_settings import SETTINGS, area_setting, find_setting
from workflow.programme_changes import (
    DayKind,
    change_dates,
    change_day,
    change_number,
    changes_of,
    early_help_areas,
)
from workflow.programmes import policy_of
from workflow.retention.standing import standing_holds

router = APIRouter(prefix="/api")
Reference = Annotated[str, InPath(max_length=40)]
_Text = Annotated[str, Field(max_length=10_000)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Dates(_Body):
    """Target and cut-off; null: no cut-off."""

    target_on: date
    scope_cut_off_on: date | None
    reason: _Text


class Day(_Body):
    """What a day of the calendar is."""

    day: date
    kind: DayKind
    reason: _Text


class Number(_Body):
    """Another value of a number of the policy; 1 and 0 for a switch."""

    value: Annotated[float, Field(ge=-1e9, le=1e9)]
    reason: _Text


class Reason(_Body):
    """Why."""

    reason: _Text


class Purpose(_Body):
    """What a subject file is for."""

    purpose: _Text


@router.get("/programme")
def programme(at: Reading) -> dict[str, Any]:
    """Dates, calendar, numbers and all that was changed."""
    return {
        "as_of": at.as_of,
        **_settings(at.programme),
        "policy": [_number(at.programme, name) for name in _names(at)],
        "changes": [
            {
                "setting": change.setting,
                "from": change.before,
                "to": change.after,
                "at": change.at,
                "by": change.by,
                "reason": change.reason,
            }
            for change in changes_of(at.session, at.programme)
        ],
    }


@router.post("/programme/dates")
def set_dates(at: Writing, body: Dates) -> dict[str, Any]:
    """Change the target, or the cut-off of the scope."""
    changed = change_dates(
        at.session, programme=at.programme, actor=at.actor, now=at.now, **body.model_dump()
    )
    return _settings(changed)


@router.post("/programme/days")
def set_day(at: Writing, body: Day) -> dict[str, Any]:
    """Close a day, work on one, or let it be as usual again."""
    changed = change_day(
        at.session, programme=at.programme, actor=at.actor, now=at.now, **body.model_dump()
    )
    return _settings(changed)


@router.post("/programme/policy/{name}")
def set_number(at: Writing, name: Name, body: Number) -> dict[str, Any]:
    """Change a number from now on."""
    changed = change_number(
        at.session,
        programme=at.programme,
        name=name,
        actor=at.actor,
        now=at.now,
        **body.model_dump(),
    )
    return _number(changed, name)


@router.get("/records")
def records(at: Reading) -> dict[str, Any]:
    """The retention in force, the holds that stand, and what is due."""
    keeping = retention.keeping_on(at.session, at.programme, at.as_of)
    return {
        "as_of": at.as_of,
        "source": keeping.source,
        "years_after_closure": keeping.years_after_closure,
        "years_after_eighteenth": keeping.years_after_eighteenth,
        "holds": [
            {"case": reference, "placed_at": hold.placed_at, "placed_by": hold.placed_by}
            for hold, reference in standing_holds(at.session, at.programme)
        ],
        "due": [
            {
                "case": due.case.reference,
                "closed_on": due.closed_on,
                "due_on": due.due_on,
                "kept_because": due.kept_because,
            }
            for due in retention.purge_due(at.session, at.programme, at.as_of)
        ],
    }


@router.post("/subject/{reference}")
def take_file(at: Writing, reference: Reference, body: Purpose) -> dict[str, Any]:
    """Everything held about one case; who took it and why is recorded."""
    return read_subject(at, reference, body.purpose)


@router.post("/subject/{reference}/hold", status_code=201)
def place_hold(at: Writing, reference: Reference, body: Reason) -> dict[str, Any]:
    """Keep a case from being removed."""
    case = find_case(at.session, at.programme, reference)
    hold = retention.place_hold(
        at.session, case_id=case.key, reason=body.reason, actor=at.actor, now=at.now
    )
    return {"case": reference, "placed_at": hold.placed_at, "lifted_at": None}


@router.post("/subject/{reference}/lift")
def lift_hold(at: Writing, reference: Reference, body: Reason) -> dict[str, Any]:
    """End a legal hold."""
    case = find_case(at.session, at.programme, reference)
    hold = retention.lift_hold(
        at.session, case_id=case.key, reason=body.reason, actor=at.actor, now=at.now
    )
    return {"case": reference, "placed_at": hold.placed_at, "lifted_at": hold.lifted_at}


def _names(at: Moment) -> list[str]:
    areas = [area_setting(area).name for area in early_help_areas(at.programme)]
    return [*SETTINGS, *areas]


def _settings(programme: Programme) -> dict[str, Any]:
    return {
        "name": programme.name,
        "authority_code": programme.authority_code,
        "starts_on": programme.starts_on,
        "target_on": programme.target_on,
        "scope_cut_off_on": programme.scope_cut_off_on,
        "cohort_rules": programme.cohort_rules,
        "closures": programme.closures,
        "overtime": programme.overtime,
    }


def _number(programme: Programme, name: str) -> dict[str, Any]:
    setting = find_setting(name)
    return {
        "name": name,
        "label": setting.label,
        "meaning": setting.meaning,
        "unit": setting.unit,
        "value": setting.of(policy_of(programme)),
        "default": setting.default,
    }
