"""Words the short pages: what is done to a review with a reason, and perhaps a choice. Pure."""

from dataclasses import dataclass

from forms.pages import Fault, Link, Page, Site
from forms.reviewing.listing import PATH
from forms.wording import duty_hours
from workflow.models import Case, ConflictKind, EscalationKind
from workflow.policy import TrackingPolicy
from workflow.states import Action


@dataclass(frozen=True, slots=True)
class Choice:
    """A radio of a short page."""

    value: str
    text: str
    hint: str
    is_chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DeedPage(Page):
    """A short page that asks for a reason, and perhaps a choice, before something is done."""

    action: str
    """Where the form goes."""
    warning: str
    sentence: str
    legend: str
    choices: tuple[Choice, ...]
    label: str
    hint: str
    button: str
    is_urgent: bool
    version: int
    typed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """How a short page words what it does."""

    path: str
    action: Action | None = None
    """The action of the state table; None for what is open in any state."""
    title: str
    sentence: str
    label: str
    button: str
    hint: str = "Without names. It stays in the record."
    warning: str = ""
    legend: str = ""
    is_urgent: bool = False


DECLINE = Deed(
    path="decline",
    action=Action.DECLINE,
    title="Decline this review",
    sentence="The review goes back to the coordinator, who gives it to somebody else.",
    label="Why can you not review this case?",
    button="Decline the review",
)
HOLD = Deed(
    path="hold",
    action=Action.HOLD,
    title="Put this review on hold",
    sentence=(
        "Use this when you cannot go on, for example because a file is missing. What you typed stays. "
        "A coordinator resumes the review or gives it to somebody else."
    ),
    label="Why can you not go on?",
    button="Put the review on hold",
)
CONFLICT = Deed(
    path="conflict",
    title="Declare a conflict of interest",
    sentence=(
        "Say so when you know, have worked with or have investigated the child, the family or the team. "
        "The case is closed to you at once, and you will not be given others like it."
    ),
    label="What connects you?",
    button="Declare the conflict",
    legend="What is the conflict with?",
)
ESCALATE = Deed(
    path="escalate",
    title="Raise an escalation",
    sentence="The duty managers see it at once. You can go on with the review afterwards.",
    label="Why may this child be unsafe?",
    hint="What you have read, and since when. Without names.",
    button="Raise the escalation",
    warning="Phone the duty manager first. This page records the call, it does not replace it.",
    legend="How urgent is it?",
    is_urgent=True,
)


def deed_page(
    site: Site,
    deed: Deed,
    *,
    reference: str,
    version: int,
    choices: tuple[Choice, ...] = (),
    typed: str = "",
    faults: tuple[Fault, ...] = (),
    path: str = PATH,
) -> DeedPage:
    """One of the short pages; `path` is where the pages of the review lie."""
    here = f"{path}/{reference}"
    return DeedPage(
        site=site,
        title=deed.title,
        back=Link(f"Back to {reference}", here),
        faults=faults,
        action=f"{here}/{deed.path}",
        warning=deed.warning,
        sentence=deed.sentence,
        legend=deed.legend,
        choices=choices,
        label=deed.label,
        hint=deed.hint,
        button=deed.button,
        is_urgent=deed.is_urgent,
        version=version,
        typed=typed,
    )


def urgencies(chosen: str, policy: TrackingPolicy) -> tuple[Choice, ...]:
    """How fast an escalation must be answered."""
    hours = duty_hours(policy)
    words = {
        EscalationKind.IMMEDIATE: (
            "Immediate: the child may be in danger now",
            (
                f"Somebody must take it on within {policy.acknowledge_immediate_minutes} minutes "
                f"{hours}. At any other time phone the emergency duty team or 999 as well"
            ),
        ),
        EscalationKind.SAME_DAY: (
            "Same day: a serious concern",
            f"Somebody must take it on by the end of the duty hours, {hours}",
        ),
    }
    return tuple(Choice(kind.value, *words[kind], kind == chosen) for kind in EscalationKind)


def conflicts_with(case: Case, chosen: str) -> tuple[Choice, ...]:
    """What of a case a conflict can be with; no more than the caseload knows."""
    known = {
        ConflictKind.CHILD: ("This child", "", case.child_id),
        ConflictKind.FAMILY: ("This family", "Brothers and sisters too", case.family),
        ConflictKind.TEAM: ("The team", f"All cases of {case.team}", case.team),
    }
    return tuple(
        Choice(kind.value, text, hint, kind == chosen)
        for kind, (text, hint, subject) in known.items()
        if subject
    )
