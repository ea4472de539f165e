"""Use cases on a programme: start one, find the one in use, read its policy and geography."""

from dataclasses import fields, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from workflow import audit
from workflow.errors import InvalidInputError, NoProgrammeError, NotFoundError
from workflow.geography import Geography, load_geography, parse_geography
from workflow.intake.cohort import COHORT_RULES
from workflow.models import Programme
from workflow.policy import Policy
from workflow.states import Actor

DEFAULT_NAME = "Child in Need case reviews"
DEFAULT_AUTHORITY = "888"
DEFAULT_START = date(2016, 1, 20)
DEFAULT_TARGET = date(2016, 3, 31)
_LONG_OVER = timedelta(days=365)


def start_programme(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    name: str = DEFAULT_NAME,
    authority_code: str = DEFAULT_AUTHORITY,
    starts_on: date = DEFAULT_START,
    target_on: date = DEFAULT_TARGET,
    demo_today: date | None = None,
    geography: str | None = None,
    scope_cut_off_on: date | None = None,
    seed: int = 2016,
) -> Programme:
    """Start a programme with the default cohort rules, policy and geography.

    Raises:
        InvalidInputError: the target is not after the start, the name is taken, or the geography's TOML
            cannot be used.
    """
    if geography is not None:
        parse_geography(geography)
    if target_on <= starts_on:
        raise InvalidInputError(f"The target {target_on} must be after the start {starts_on}.")
    if not (len(authority_code) == 3 and authority_code.isdigit()):  # noqa: PLR2004 - DfE numbers
        raise InvalidInputError(f"{authority_code!r} is no DfE number; Lancashire's is 888.")
    if scope_cut_off_on is not None and scope_cut_off_on < starts_on:
        raise InvalidInputError(f"The cut-off {scope_cut_off_on} must not be before the start.")
    if session.exec(select(Programme).where(Programme.name == name)).first():
        raise InvalidInputError(f"There is a programme called {name} already.")
    programme = Programme(
        name=name,
        authority_code=authority_code,
        starts_on=starts_on,
        target_on=target_on,
        cohort_rules=[rule.code for rule in COHORT_RULES if rule.default_on],
        demo_today=demo_today,
        geography=geography,
        scope_cut_off_on=scope_cut_off_on,
        seed=seed,
        created_at=now,
    )
    session.add(programme)
    session.flush()  # the event names the programme's number
    audit.record(
        session,
        programme_id=programme.key,
        kind="programme_started",
        actor=actor,
        at=now,
        payload={"starts_on": starts_on.isoformat(), "target_on": target_on.isoformat()},
    )
    return programme


def find_programme(session: Session, name: str | None = None) -> Programme:
    """The named programme, or the only one there is.

    Raises:
        NoProgrammeError: there is none at all.
        NotFoundError: there is none of that name.
        InvalidInputError: there are several and no name was given.
    """
    query = select(Programme).order_by(col(Programme.id))
    if name is not None:
        query = query.where(Programme.name == name)
    found = session.exec(query).all()
    if not found:
        raise NotFoundError("programme", name) if name else NoProgrammeError
    if len(found) > 1:
        names = ", ".join(programme.name for programme in found)
        raise InvalidInputError(f"Name the programme (CIN_PROGRAMME): {names}.")
    return found[0]


def programme_numbered(session: Session, number: int) -> Programme:
    """The programme of a number.

    Raises:
        NotFoundError: there is none.
    """
    found = session.get(Programme, number)
    if found is None:
        raise NotFoundError("programme", number)
    return found


def programme_day(programme: Programme, today: date) -> date:
    """The day commands and pages speak of when they are not told.

    Today; in a demonstration the day it pretends to be; the first day of a programme that has not begun
    or has been over for more than a year (somebody is looking at history).
    """
    if programme.demo_today is not None:
        return programme.demo_today
    if programme.starts_on <= today <= programme.target_on + _LONG_OVER:
        return today
    return programme.starts_on


def policy_of(programme: Programme) -> Policy:
    """The default policy with the programme's own numbers put in.

    Raises:
        InvalidInputError: the programme stores a number the policy does not know.
    """
    policy = Policy()
    for part, numbers in programme.policy.items():
        defaults: Any = getattr(policy, part, None)
        known = {field.name for field in fields(defaults)} if defaults is not None else set()
        if unknown := numbers.keys() - known:
            raise InvalidInputError(f"The policy has no {part}.{min(unknown)}.")
        policy = replace(policy, **{part: replace(defaults, **numbers)})
    return policy


def geography_of(programme: Programme) -> Geography:
    """The districts and areas the programme uses: its own, or Lancashire's."""
    return parse_geography(programme.geography) if programme.geography else load_geography()
