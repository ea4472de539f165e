"""Use cases that change a programme's settings, and what they were on a past day.

Each change is dated, has a reason and says in its event what was before: a report of a past day is made
by the settings of that day. The caller commits.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from sqlmodel import Session, col, select

from workflow import audit
from workflow.calendar import at_local
from workflow.db import ROW_LOCK
from workflow.errors import InvalidInputError, NotFoundError, NotPermittedError
from workflow.followup.outlook import EARLY_HELP
from workflow.models import Event, Programme
from workflow.policy_settings import check_together, find_setting, with_value
from workflow.programmes import geography_of, policy_of
from workflow.states import Actor, Role

CHANGED = "programme_changed"
MAY_CHANGE = (Role.MANAGER, Role.ADMINISTRATOR)
"""Who changes dates and numbers."""
MAY_CHANGE_DAYS = (Role.MANAGER, Role.ADMINISTRATOR, Role.COORDINATOR)
"""Who keeps the working calendar."""
_POLICY = "policy."


class DayKind(StrEnum):
    """What a day of the programme is."""

    USUAL = "usual"
    """As weekdays and bank holidays have it."""
    CLOSED = "closed"
    """The council is shut although it would be a working day."""
    WORKED = "worked"
    """It is worked although it is a weekend or a bank holiday."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a setting."""

    setting: str
    """`target_on`, `scope_cut_off_on`, `closures`, `overtime`, or `policy.` and a setting's name."""
    before: Any
    after: Any
    at: datetime
    by: str
    reason: str


def change_number(
    session: Session,
    *,
    programme: Programme,
    name: str,
    value: float,
    reason: str,
    actor: Actor,
    now: datetime,
) -> Programme:
    """Change one number of the policy from now on.

    Args:
        name: of a setting, e.g. `follow_up.recheck`.

    Raises:
        NotPermittedError: the actor neither manages nor administers.
        NotFoundError: no programme may change that number.
        InvalidInputError: the number makes no sense, stays the same, or no reason was given.
    """
    _check_role(actor, MAY_CHANGE, "change a number of the policy")
    setting = find_setting(name)
    held = _locked(session, programme)
    if setting.area and setting.area not in early_help_areas(held):
        raise NotFoundError("early help area", setting.area)
    before, after = setting.of(policy_of(held)), setting.checked(value)
    _check_said(before, after, reason, "value")
    numbers = with_value(held.policy, setting, after)
    check_together(policy_of(Programme(**_columns(held) | {"policy": numbers})))
    held.policy = numbers
    _record(session, held, f"{_POLICY}{name}", before, after, reason, actor, now)
    return held


def change_dates(
    session: Session,
    *,
    programme: Programme,
    target_on: date,
    scope_cut_off_on: date | None,
    reason: str,
    actor: Actor,
    now: datetime,
) -> Programme:
    """Change the day by which every review is to be complete, or the cut-off of the scope.

    Raises:
        NotPermittedError: the actor neither manages nor administers.
        InvalidInputError: a day lies before the start, nothing changes, or no reason was given.
    """
    _check_role(actor, MAY_CHANGE, "change the programme’s dates")
    held = _locked(session, programme)
    if target_on <= held.starts_on:
        raise InvalidInputError("The target must be after the start.", "target_on")
    if scope_cut_off_on is not None and scope_cut_off_on < held.starts_on:
        raise InvalidInputError("The cut-off must not be before the start.", "scope_cut_off_on")
    before = (held.target_on, held.scope_cut_off_on)
    _check_said(before, (target_on, scope_cut_off_on), reason, "target_on")
    for setting, day in (("target_on", target_on), ("scope_cut_off_on", scope_cut_off_on)):
        old = getattr(held, setting)
        if day != old:
            setattr(held, setting, day)
            _record(session, held, setting, _iso(old), _iso(day), reason, actor, now)
    return held


def change_day(
    session: Session,
    *,
    programme: Programme,
    day: date,
    kind: DayKind,
    reason: str,
    actor: Actor,
    now: datetime,
) -> Programme:
    """Say that the council is shut on a working day, works on a closed one, or neither any more.

    Raises:
        NotPermittedError: the actor neither manages, coordinates nor administers.
        InvalidInputError: the day is that already, lies before the start, or no reason was given.
    """
    _check_role(actor, MAY_CHANGE_DAYS, "change the working calendar")
    held = _locked(session, programme)
    if day < held.starts_on:
        raise InvalidInputError("The day lies before the programme.", "day")
    usual = Programme(**_columns(held) | {"closures": [], "overtime": []}).calendar
    if kind is not DayKind.USUAL and usual.is_working_day(day) == (kind is DayKind.WORKED):
        said = "a working day" if kind is DayKind.WORKED else "closed"
        raise InvalidInputError(f"{day} is {said} already.", "day")
    lists = {"closures": DayKind.CLOSED, "overtime": DayKind.WORKED}
    after = {
        name: sorted({*getattr(held, name), *([day.isoformat()] if kind is wanted else [])})
        if kind is wanted
        else [other for other in getattr(held, name) if other != day.isoformat()]
        for name, wanted in lists.items()
    }
    before = {name: getattr(held, name) for name in lists}
    _check_said(before, after, reason, "day")
    for name in lists:
        if after[name] != before[name]:
            setattr(held, name, after[name])
            _record(session, held, name, before[name], after[name], reason, actor, now)
    return held


def early_help_areas(programme: Programme) -> list[str]:
    """Names of the areas early help is given in, sorted."""
    scheme = geography_of(programme).schemes.get(EARLY_HELP)
    return sorted(scheme.areas) if scheme else []


def changes_of(session: Session, programme: Programme) -> list[Change]:
    """Every change of a setting, the newest first."""
    return [
        Change(
            setting=event.payload["setting"],
            before=event.payload["from"],
            after=event.payload["to"],
            at=event.at,
            by=event.actor,
            reason=event.reason or "",
        )
        for event in _events(session, programme)
    ]


def as_it_was(session: Session, programme: Programme, day: date) -> Programme:
    """The programme with its settings as they stood at the end of a day, apart from any session."""
    end = at_local(day + timedelta(1), time())
    values = _columns(programme)
    for event in _events(session, programme):
        if event.at < end:
            break
        _put_back(values, event.payload["setting"], event.payload["from"])
    return Programme(**values)


def _put_back(values: dict[str, Any], setting: str, before: Any) -> None:
    if setting.startswith(_POLICY):
        known = find_setting(setting.removeprefix(_POLICY))
        values["policy"] = with_value(values["policy"], known, before)
    elif setting in {"target_on", "scope_cut_off_on"}:
        values[setting] = date.fromisoformat(before) if before else None
    else:
        values[setting] = before


def _events(session: Session, programme: Programme) -> list[Event]:
    """The newest first."""
    query = (
        select(Event)
        .where(Event.programme_id == programme.key, Event.kind == CHANGED)
        .order_by(col(Event.seq).desc())
    )
    return list(session.exec(query))


def _locked(session: Session, programme: Programme) -> Programme:
    return session.get_one(Programme, programme.key, with_for_update=ROW_LOCK)


def _columns(programme: Programme) -> dict[str, Any]:
    return programme.model_dump()


def _check_role(actor: Actor, roles: tuple[Role, ...], deed: str) -> None:
    if not actor.roles & set(roles):
        raise NotPermittedError(deed, roles)


def _check_said(before: object, after: object, reason: str, field: str) -> None:
    if before == after:
        raise InvalidInputError("Nothing would change.", field)
    if not reason.strip():
        raise InvalidInputError("Say why it changes.", "reason")


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _record(
    session: Session,
    programme: Programme,
    setting: str,
    before: object,
    after: object,
    reason: str,
    actor: Actor,
    now: datetime,
) -> None:
    payload: Mapping[str, object] = {"setting": setting, "from": before, "to": after}
    audit.record(
        session,
        programme_id=programme.key,
        kind=CHANGED,
        actor=actor,
        at=now,
        reason=reason.strip(),
        payload=dict(payload),
    )
