"""How long records are kept: the schedule in force on a day, and the rules a council sets.

What counts is dated: a rule set today does not change what was right to keep last year.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from workflow import audit
from workflow.errors import InvalidInputError, NotPermittedError
from workflow.models import Programme, RetentionRule
from workflow.states import Actor, Role

MAY_PURGE = (Role.ADMINISTRATOR,)


@dataclass(frozen=True, slots=True)
class Keeping:
    """The schedule as it stands on a day; see `RetentionRule`."""

    years_after_closure: int | None
    years_after_eighteenth: int | None
    source: str
    rule_id: int | None = None


DEFAULT_SCHEDULE: tuple[tuple[date, Keeping], ...] = (
    (date(2015, 7, 1), Keeping(None, None, "National child abuse inquiry: destroy nothing")),
    (date(2023, 2, 1), Keeping(6, 3, "Local schedule: six years closed, and until 21")),
)
"""What counts while a programme has set no rule: from when, and what. The moratorium of July 2015 was
lifted in January 2023; the years afterwards are local policy (Devon: age 18 and 3 years)."""


def keeping_on(session: Session, programme: Programme, day: date) -> Keeping:
    """The schedule in force on a day: the programme's own, or the product's."""
    query = (
        select(RetentionRule)
        .where(RetentionRule.programme_id == programme.key, col(RetentionRule.in_force_from) <= day)
        .order_by(col(RetentionRule.in_force_from).desc(), col(RetentionRule.id).desc())
        .limit(1)
    )
    if rule := session.exec(query).first():
        return Keeping(rule.years_after_closure, rule.years_after_eighteenth, rule.source, rule.key)
    usual = [keeping for since, keeping in DEFAULT_SCHEDULE if since <= day]
    return usual[-1] if usual else Keeping(None, None, "No schedule in force")


def set_rule(
    session: Session,
    *,
    programme: Programme,
    in_force_from: date,
    years_after_closure: int | None,
    years_after_eighteenth: int | None,
    source: str,
    actor: Actor,
    now: datetime,
) -> RetentionRule:
    """Say how long records are kept from a day on; None years after closure: destroy nothing.

    Raises:
        InvalidInputError: a number of years is negative, or the source is missing.
    """
    check_role(actor, MAY_PURGE, "set a retention rule")
    if any(
        years is not None and years < 0 for years in (years_after_closure, years_after_eighteenth)
    ):
        raise InvalidInputError("Years cannot be negative.", "years_after_closure")
    if not source.strip():
        raise InvalidInputError("Name the schedule or the order this rule comes from.", "source")
    rule = RetentionRule(
        programme_id=programme.key,
        in_force_from=in_force_from,
        years_after_closure=years_after_closure,
        years_after_eighteenth=years_after_eighteenth,
        source=source.strip(),
        set_by=actor.name,
        set_at=now,
    )
    session.add(rule)
    session.flush()  # the event names the rule by its number
    audit.record(
        session,
        programme_id=programme.key,
        kind="retention_rule_set",
        actor=actor,
        at=now,
        payload={
            "rule_id": rule.key,
            "in_force_from": in_force_from.isoformat(),
            "years_after_closure": years_after_closure,
            "years_after_eighteenth": years_after_eighteenth,
        },
    )
    return rule


def years_after(day: date, years: int) -> date:
    """The same day so many years later; 29 February becomes 1 March where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def check_role(actor: Actor, roles: tuple[Role, ...], deed: str) -> None:
    """Refuse whoever has none of the roles.

    Raises:
        NotPermittedError: the actor has none of them.
    """
    if not actor.roles & set(roles):
        raise NotPermittedError(deed, roles)
