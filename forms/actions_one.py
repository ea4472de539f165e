"""Words the page of one follow-on action, and the one that adds an action by hand."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from forms.actions import KINDS, PATH, ROLES, days_late, owner_of
from forms.case_file import Fact, Happening, moment
from forms.decisions import label
from forms.entries import Entry, Field, entry
from forms.pages import Column, Link, Page, Site, Table
from forms.wording import long_date, plural, short_date
from workflow.calendar import WorkCalendar, local_date
from workflow.followup import Obstacle
from workflow.followup.one import ActionFile
from workflow.followup.outcomes import RULES
from workflow.models import ActionKind, ActionStatus, Event, FollowOnAction

_STATUS = {
    ActionStatus.OPEN: "Open",
    ActionStatus.DONE: "Done",
    ActionStatus.CANCELLED: "Cancelled",
}
_HAPPENED = {
    "actions_opened": "Opened",
    "actions_cancelled": "Cancelled with the review",
    "action_done": "Done",
    "action_cancelled": "Cancelled",
    "action_reassigned": "Given to somebody else",
    "action_moved": "Date moved",
}
_RECEIVERS = {
    ActionKind.NEW_WORKER: "The qualified social worker who takes the case",
    ActionKind.HANDOVER: "The lead professional or agency that takes over",
    ActionKind.LEGAL_PLANNING: "The senior manager it was handed to",
    ActionKind.TRANSFER: "The authority or service that has accepted the case",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionPage(Page):
    """One follow-on action."""

    caption: str
    status: str
    status_colour: str
    late: str
    facts: tuple[Fact, ...]
    case: Link
    waits_for: str
    """What comes first, in a sentence; empty when nothing does."""
    obstacles: tuple[tuple[str, bool], ...]
    """What stands in the way of closing the episode: reason, and whether it blocks."""
    is_ready: bool
    """It is a closure check and nothing stands in the way."""
    entries: tuple[Entry, ...]
    others: Table | None
    links: tuple[str, ...]
    add: Link
    timeline: tuple[Happening, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewActionPage(Page):
    """An action to add by hand."""

    entry: Entry


def action_page(
    site: Site,
    found: ActionFile,
    *,
    districts: Mapping[str, str],
    calendar: WorkCalendar,
    as_of: date,
    typed: Mapping[str, str] | None = None,
    **page: Any,
) -> ActionPage:
    """The page; closed actions show what was done, open ones what can be."""
    action, is_open = found.action, found.action.status is ActionStatus.OPEN
    return ActionPage(
        site=site,
        title=action.task or RULES[action.kind].label,
        as_of=long_date(as_of),
        back=Link("Back to the actions", PATH),
        caption=f"{KINDS[action.kind]} after the review of {found.case.reference}",
        status=_STATUS[action.status],
        status_colour="blue" if is_open else "grey",
        late=days_late(action.due_on, calendar, as_of) if is_open else "",
        facts=tuple(_facts(found, districts)),
        case=Link(found.case.reference, f"/reviews/{found.case.reference}"),
        waits_for=_waits_for(found),
        obstacles=tuple((obstacle.reason, obstacle.blocks) for obstacle in found.obstacles),
        is_ready=is_open and action.kind is ActionKind.CLOSURE_CHECK and not found.obstacles,
        entries=tuple(_entries(action, found.obstacles, as_of, typed)) if is_open else (),
        others=_others(found.others) if found.others else None,
        links=tuple(f"{PATH}/{other.key}" for other in found.others),
        add=Link("Add a further action for this case", f"{PATH}/add?case={found.case.reference}"),
        timeline=tuple(_happening(event) for event in reversed(found.events)),
        **page,
    )


def new_action_page(
    site: Site,
    *,
    reference: str,
    as_of: date,
    typed: Mapping[str, str] | None = None,
    **page: Any,
) -> NewActionPage:
    """The form; `reference` is the case it was opened from."""
    return NewActionPage(
        site=site,
        title="Add an action",
        as_of=long_date(as_of),
        back=Link("Back to the actions", PATH),
        entry=entry(
            "add",
            "What is to be done",
            action=f"{PATH}/add",
            button="Add the action",
            fields=(
                Field("case", "Case reference", value=reference),
                Field(
                    "kind",
                    "Kind of action",
                    "choice",
                    value=ActionKind.PLAN_CHANGES.value,
                    choices=tuple((kind.value, text) for kind, text in KINDS.items()),
                ),
                Field("task", "What must be done", "lines", hint="Without names of children."),
                Field("owner_role", "Who does it", "choice", choices=tuple(ROLES.items())),
                Field("due_on", "Due", "date"),
            ),
            typed=typed,
        ),
        **page,
    )


def _facts(found: ActionFile, districts: Mapping[str, str]) -> Iterable[Fact]:
    action, review = found.action, found.review
    yield Fact("District", districts.get(found.case.district or "", "Not known"))
    yield Fact("Outcome of the review", label("outcome", review.outcome) or "Not confirmed")
    role = owner_of(action.owner_role)
    yield Fact("Owner", action.owner or role, role if action.owner else "")
    was = action.due_on != action.first_due_on
    yield Fact(
        "Due",
        long_date(action.due_on),
        f"First due {long_date(action.first_due_on)}; {plural(action.extensions, 'extension')}"
        if was
        else "",
    )
    yield Fact(
        "Safety",
        "The case is not made safe before this is settled"
        if action.safety_relevant
        else "The child’s safety does not hang on it",
    )
    if action.receiver:
        yield Fact("Taken over by", action.receiver)
    if action.closed_at is not None:
        day = action.done_on or local_date(action.closed_at)
        done = action.status is ActionStatus.DONE
        yield Fact(
            "Done" if done else "Cancelled",
            long_date(day),
            f"Recorded by {action.closed_by}, {moment(action.closed_at)}",
        )
        yield Fact("What was done" if done else "Why", action.result or "Not said")


def _waits_for(found: ActionFile) -> str:
    first = RULES[found.action.kind].follows
    waits = found.action.status is ActionStatus.OPEN and any(
        other.kind is first and other.status is ActionStatus.OPEN for other in found.others
    )
    return f"{RULES[first].label} comes first: close or cancel it." if first and waits else ""


def _entries(
    action: FollowOnAction,
    obstacles: Sequence[Obstacle],
    as_of: date,
    typed: Mapping[str, str] | None,
) -> Iterable[Entry]:
    path, version = f"{PATH}/{action.key}", action.version
    yield entry(
        "done",
        "Say that it is done",
        action=f"{path}/done",
        button="It is done",
        fields=_done_fields(action, obstacles, as_of),
        typed=typed,
        version=version,
    )
    yield entry(
        "extend",
        "Give it more time",
        action=f"{path}/extend",
        button="Move the date",
        fields=(Field("due_on", "New date", "date"), Field("reason", "Why", "lines")),
        typed=typed,
        note="The date it was opened with stays on record.",
        version=version,
        is_folded=True,
    )
    roles = tuple((ROLES | {action.owner_role: owner_of(action.owner_role)}).items())
    yield entry(
        "reassign",
        "Give it to somebody else",
        action=f"{path}/reassign",
        button="Give it to them",
        fields=(
            Field("owner_role", "Role", "choice", value=action.owner_role, choices=roles),
            Field("owner", "Name", value=action.owner or "", hint="Empty: whoever has the role."),
            Field("reason", "Why", "lines"),
        ),
        typed=typed,
        version=version,
        is_folded=True,
    )
    yield entry(
        "cancel",
        "Cancel it",
        action=f"{path}/cancel",
        button="Cancel the action",
        fields=(Field("reason", "Why it is not needed any more", "lines"),),
        typed=typed,
        note="It stays visible, with your reason.",
        version=version,
        is_warning=True,
        is_folded=True,
    )


def _done_fields(
    action: FollowOnAction, obstacles: Sequence[Obstacle], as_of: date
) -> tuple[Field, ...]:
    recheck = action.kind is ActionKind.RECHECK
    fields = [
        Field(
            "result",
            "What has changed for the child" if recheck else "What was done, and what shows it",
            "lines",
            hint="For example the day of the meeting and where its record is. No names of children.",
        ),
        Field("done_on", "Day it was done", "date", value=as_of.isoformat()),
    ]
    if action.kind in _RECEIVERS:
        fields.append(Field("receiver", _RECEIVERS[action.kind], value=action.receiver or ""))
    if any(obstacle.blocks for obstacle in obstacles):
        fields.append(
            Field(
                "despite",
                "Close all the same: I have said above why the rules do not apply",
                "tick",
            )
        )
    return tuple(fields)


def _others(others: Sequence[FollowOnAction]) -> Table:
    return Table(
        id="others",
        caption="Other actions of this case",
        columns=(Column("Action"), Column("Owner"), Column("Due"), Column("Where it stands")),
        rows=tuple(
            (
                other.task or RULES[other.kind].label,
                owner_of(other.owner_role, other.owner),
                short_date(other.due_on),
                _STATUS[other.status],
            )
            for other in others
        ),
    )


def _happening(event: Event) -> Happening:
    said = [event.reason or ""]
    if "to" in event.payload:
        before, after = (date.fromisoformat(event.payload[key]) for key in ("from", "to"))
        said.insert(0, f"From {long_date(before)} to {long_date(after)}")
    if rules := event.payload.get("overruled"):
        said.append(f"Closed although these rules spoke against it: {', '.join(rules)}")
    return Happening(
        title=_HAPPENED.get(event.kind, event.kind.replace("_", " ").capitalize()),
        by=event.actor,
        at=moment(event.at),
        machine_at=event.at.isoformat(),
        text=". ".join(part for part in said if part),
    )
