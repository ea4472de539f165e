"""The sampling plan in force on a day, and the use case that sets one: dated, never overwritten."""

from dataclasses import replace
from datetime import date, datetime

from sqlmodel import Session, col, select

from workflow import audit
from workflow.errors import InvalidInputError, NotPermittedError
from workflow.geography import Geography
from workflow.models import Programme, SamplingRule
from workflow.policy import ModerationPolicy
from workflow.quality.sampling import SamplingPlan
from workflow.states import Actor, Role

_MAY_SET = (Role.ADMINISTRATOR, Role.MANAGER)


def plan_on(
    session: Session, programme_id: int, day: date, policy: ModerationPolicy
) -> SamplingPlan:
    """The plan in force on a day: the programme's newest that has begun, or the policy's numbers."""
    query = (
        select(SamplingRule)
        .where(SamplingRule.programme_id == programme_id, col(SamplingRule.in_force_from) <= day)
        .order_by(col(SamplingRule.in_force_from).desc(), col(SamplingRule.id).desc())
        .limit(1)
    )
    rule = session.exec(query).first()
    if rule is None:
        return SamplingPlan.of_policy(policy)
    return SamplingPlan.from_json(rule.plan, rule.in_force_from)


def with_codes(plan: SamplingPlan, geography: Geography) -> SamplingPlan:
    """The plan with each district by its code, however it was written."""
    strata = (
        replace(one, value=geography.find_district(one.value) or one.value)
        if one.dimension == "district"
        else one
        for one in plan.strata
    )
    return replace(plan, strata=tuple(strata))


def plans_of(session: Session, programme_id: int) -> list[SamplingRule]:
    """Every plan the programme has set, the newest day first."""
    query = (
        select(SamplingRule)
        .where(SamplingRule.programme_id == programme_id)
        .order_by(col(SamplingRule.in_force_from).desc(), col(SamplingRule.id).desc())
    )
    return list(session.exec(query))


def set_plan(
    session: Session,
    *,
    programme: Programme,
    plan: SamplingPlan,
    reason: str,
    actor: Actor,
    now: datetime,
    today: date,
) -> SamplingRule:
    """Change which reviews are sampled from a day on; decisions already taken keep their draw.

    Raises:
        NotPermittedError: the actor is neither manager nor administrator.
        InvalidInputError: the plan cannot be meant, it would change days that have passed, or no reason
            was given.
    """
    if not actor.roles & set(_MAY_SET):
        raise NotPermittedError("set the sampling plan", _MAY_SET)
    plan.check()
    if plan.in_force_from < today:
        raise InvalidInputError("A plan cannot begin in the past: those draws are made.")
    if not reason.strip():
        raise InvalidInputError("Say why the sample changes.")
    rule = SamplingRule(
        programme_id=programme.key,
        in_force_from=plan.in_force_from,
        plan=plan.to_json(),
        reason=reason.strip(),
        set_by=actor.name,
        set_at=now,
    )
    session.add(rule)
    session.flush()  # the event names the rule by its number
    audit.record(
        session,
        programme_id=programme.key,
        kind="sampling_plan_set",
        actor=actor,
        at=now,
        payload={"rule_id": rule.key, "in_force_from": plan.in_force_from.isoformat()},
    )
    return rule
