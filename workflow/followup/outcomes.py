"""Which actions each confirmed outcome opens, as data: who does them, and what hangs on them. Pure.

Source: the follow-on column of the outcomes (procedures of Islington, Hull, Knowsley, York; Lancashire's
definition of complex Child in Need; census rules for closures), otherwise local policy.
"""

from dataclasses import dataclass

from workflow.models import ActionKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRule:
    """What one kind of action is; its time limit is the field of `FollowUpPolicy` of the kind's name."""

    label: str
    """What a list calls it."""
    owner_role: str
    safety_relevant: bool = True
    follows: ActionKind | None = None
    """Its time runs from the day this one is done (until then: from the day it is due)."""
    names_receiver: bool = False
    """It cannot be closed without naming who takes the child's support over."""
    if_unwritten: bool = False
    """Opened only when the reviewer has written no action of their own."""


RULES: dict[ActionKind, ActionRule] = {
    ActionKind.STRATEGY_DISCUSSION: ActionRule(
        label="Strategy discussion with police and health", owner_role="social_work_manager"
    ),
    ActionKind.CONFERENCE: ActionRule(
        label="Initial child protection conference, if the enquiry bears the concern out",
        owner_role="conference_chair",
        follows=ActionKind.STRATEGY_DISCUSSION,
    ),
    ActionKind.NEW_WORKER: ActionRule(
        label="Re-allocate to a qualified social worker",
        owner_role="practice_manager",
        names_receiver=True,
    ),
    ActionKind.PLAN_CHANGES: ActionRule(
        label="Change the plan", owner_role="practice_manager", if_unwritten=True
    ),
    ActionKind.HANDOVER: ActionRule(
        label="Hand over to a named lead professional",
        owner_role="practice_manager",
        names_receiver=True,
    ),
    ActionKind.CLOSURE_CHECK: ActionRule(
        label="Check that the episode is ready to close", owner_role="practice_manager"
    ),
    ActionKind.FAMILY_TOLD: ActionRule(
        label="Tell the family and the agencies around it",
        owner_role="allocated_worker",
        safety_relevant=False,
    ),
    ActionKind.LEGAL_PLANNING: ActionRule(
        label="Hand off to legal planning", owner_role="senior_manager", names_receiver=True
    ),
    ActionKind.TRANSFER: ActionRule(
        label="Transfer, accepted by the receiving authority or service",
        owner_role="practice_manager",
        names_receiver=True,
    ),
    ActionKind.RECORD_CORRECTION: ActionRule(
        label="Put the record right, or the case out of the count", owner_role="coordinator"
    ),
    ActionKind.RECHECK: ActionRule(
        label="Check whether things have changed for the child",
        owner_role="advanced_practitioner",
        safety_relevant=False,
    ),
}

_K = ActionKind
FOLLOW_ON: dict[str, tuple[ActionKind, ...]] = {
    "close": (_K.CLOSURE_CHECK, _K.FAMILY_TOLD),
    "step_down_early_help": (_K.HANDOVER, _K.CLOSURE_CHECK, _K.FAMILY_TOLD),
    "step_down_universal": (_K.HANDOVER, _K.CLOSURE_CHECK, _K.FAMILY_TOLD),
    "remain_cin": (_K.RECHECK,),
    "remain_cin_with_changes": (_K.PLAN_CHANGES, _K.RECHECK),
    "change_of_worker": (_K.NEW_WORKER, _K.RECHECK),
    "step_up_strategy_discussion": (_K.STRATEGY_DISCUSSION, _K.CONFERENCE, _K.RECHECK),
    "edge_of_care": (_K.LEGAL_PLANNING, _K.RECHECK),
    "transfer": (_K.TRANSFER, _K.FAMILY_TOLD),
    "cannot_review": (_K.RECORD_CORRECTION,),
}
"""Outcome → the kinds of action its confirmation opens."""
