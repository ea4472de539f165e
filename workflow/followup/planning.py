"""What an outcome and a reviewer's own words ask for, as planned actions with dates. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from workflow.calendar import WorkCalendar
from workflow.followup.outcomes import FOLLOW_ON, RULES
from workflow.models import ActionKind
from workflow.policy import FollowUpPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One action to open."""

    kind: ActionKind
    due_on: date
    owner_role: str
    task: str = ""

    @property
    def safety_relevant(self) -> bool:
        """Whether the case is not made safe before this is settled."""
        return RULES[self.kind].safety_relevant


def plan_actions(
    outcome: str,
    answers: Mapping[str, Any],
    *,
    confirmed_on: date,
    calendar: WorkCalendar,
    policy: FollowUpPolicy,
) -> tuple[Planned, ...]:
    """The actions of a confirmed outcome: what the table asks for, then what the reviewer wrote.

    An outcome the table does not know opens only what was written.

    Args:
        answers: the submitted form; `action_1` … with `_owner` and `_due`, and `recheck_on` are read.
    """
    written = _written(answers, confirmed_on, calendar)
    planned: dict[ActionKind, Planned] = {}
    for kind in FOLLOW_ON.get(outcome, ()):
        rule = RULES[kind]
        if rule.if_unwritten and written:
            continue
        earlier = planned.get(rule.follows) if rule.follows else None
        start = earlier.due_on if earlier else confirmed_on
        due_on = due_after(kind, start, calendar, policy)
        planned[kind] = Planned(kind=kind, due_on=due_on, owner_role=rule.owner_role)
    if recheck := planned.get(ActionKind.RECHECK):
        planned[ActionKind.RECHECK] = _on_the_day_asked_for(recheck, answers, confirmed_on)
    return (*planned.values(), *written)


def due_after(
    kind: ActionKind, start: date, calendar: WorkCalendar, policy: FollowUpPolicy
) -> date:
    """The working day by which an action of a kind is due when its time runs from `start`."""
    limit: int = getattr(policy, kind.value)
    return calendar.add_working_days(start, limit)


def _on_the_day_asked_for(recheck: Planned, answers: Mapping[str, Any], on: date) -> Planned:
    asked = _day(answers.get("recheck_on"))
    if asked is None or asked < on:
        return recheck
    return Planned(kind=recheck.kind, due_on=asked, owner_role=recheck.owner_role)


def _written(answers: Mapping[str, Any], on: date, calendar: WorkCalendar) -> tuple[Planned, ...]:
    """The reviewer's own actions; a date that has passed by now becomes the next working day."""
    count = int(answers.get("actions") or 0)
    numbers = [n for n in range(1, count + 1) if answers.get(f"action_{n}")]
    earliest = calendar.add_working_days(on, 1)
    return tuple(
        Planned(
            kind=ActionKind.PLAN_CHANGES,
            due_on=max(_day(answers.get(f"action_{n}_due")) or earliest, earliest),
            owner_role=answers.get(f"action_{n}_owner")
            or RULES[ActionKind.PLAN_CHANGES].owner_role,
            task=answers[f"action_{n}"],
        )
        for n in numbers
    )


def _day(answer: object) -> date | None:
    return date.fromisoformat(answer) if isinstance(answer, str) and answer else None
