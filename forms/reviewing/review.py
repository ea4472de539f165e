"""Words the page of one review, and the short pages of what can be done to it. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from forms.answered import AnsweredSection
from forms.case_file import moment
from forms.pages import Fault, Link, Page, Site
from forms.reviewing.beside import Beside
from forms.reviewing.filling import OPEN_STANDINGS, Filling, Standing, Task
from forms.reviewing.listing import PATH
from forms.wording import long_date, plural
from forms.worklists import STATES, lateness
from workflow.calendar import WorkCalendar
from workflow.models import Case, Escalation, EscalationKind, Review
from workflow.states import HELD_STATES, Action, ReviewState

_NEXT = {
    ReviewState.ALLOCATED: "Start the review when you begin to read the file.",
    ReviewState.RETURNED: (
        "A manager asks for changes. Start again: your answers are as you submitted them."
    ),
    ReviewState.ON_HOLD: "It is on hold. A coordinator resumes it or gives it to somebody else.",
    ReviewState.SUBMITTED: "It is submitted. A council manager decides next.",
    ReviewState.IN_MODERATION: "A moderator takes a second look before it is complete.",
    ReviewState.COMPLETE: "It is complete. Nothing more is asked of you.",
}
_IN_CONFLICT = (
    "You have declared a conflict of interest with this case, so its file is closed to you. "
    "A coordinator gives the review to somebody else."
)
_START_AGAIN = "Start the changes"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskLine:
    """A section in the task list; one that cannot be opened has no link."""

    id: str
    title: str
    href: str
    status: str
    hint: str
    is_quiet: bool
    """The status is no call to do anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskGroup:
    """Sections under one heading."""

    heading: str
    tasks: tuple[TaskLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationLine:
    """An escalation of this review and where it stands."""

    kind: str
    raised: str
    reason: str
    standing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPage(Page):
    """One review: what to do, how far the form is, what the caseload says."""

    reference: str
    state: str
    late: str
    due: str
    version: int
    next: str
    start: str
    """Text of the button that starts the review; empty when it cannot be started."""
    progress: str
    first: str
    """What must be answered before the other sections open."""
    groups: tuple[TaskGroup, ...]
    can_check: bool
    actions: tuple[Link, ...]
    """What else can be done."""
    escalate: Link
    escalations: tuple[EscalationLine, ...]
    beside: Beside | None
    """None: the file is closed to the reader."""
    answers: tuple[AnsweredSection, ...]
    """What was submitted, while it waits or is complete."""


def review_page(
    site: Site,
    case: Case,
    review: Review,
    *,
    actions: Mapping[Action, str | None],
    filling: Filling,
    aside: Beside | None,
    escalations: Iterable[Escalation],
    calendar: WorkCalendar,
    as_of: date,
    faults: tuple[Fault, ...] = (),
) -> ReviewPage:
    """The page; `actions` is what the state table opens to the reader, `aside` None in a conflict."""
    reference, state = case.reference, review.state
    is_written = state is ReviewState.IN_PROGRESS and aside is not None
    is_held = state in HELD_STATES
    previous = aside.previous if aside and not is_held else None
    return ReviewPage(
        site=site,
        title=reference,
        as_of=long_date(as_of),
        back=Link("My reviews", PATH),
        faults=faults,
        reference=reference,
        state=STATES[state],
        late=lateness(review.due_on, state, calendar, as_of),
        due=long_date(review.due_on) if review.due_on else "",
        version=review.version,
        next=_NEXT.get(state, "") if aside else _IN_CONFLICT,
        start=_start(review, actions),
        progress=progress_words(filling) if is_written else "",
        first=first_words(filling) if is_written else "",
        groups=tuple(task_groups(filling, f"{PATH}/{reference}")) if is_written else (),
        can_check=is_written,
        actions=tuple(_others(reference, actions, may_step_aside=aside is not None and is_held)),
        escalate=Link("Raise an escalation", f"{PATH}/{reference}/escalate"),
        escalations=tuple(_escalation(item) for item in escalations),
        beside=aside,
        answers=previous.sections if previous else (),
    )


def _start(review: Review, actions: Mapping[Action, str | None]) -> str:
    if actions.get(Action.START, "closed") is not None:
        return ""
    return _START_AGAIN if review.state is ReviewState.RETURNED else "Start the review"


def progress_words(filling: Filling) -> str:
    """How many sections are completed, in a sentence."""
    done, needed = filling.completed, len(filling.needed)
    return f"You have completed {done} of {plural(needed, 'section')}."


def first_words(filling: Filling) -> str:
    """What must be answered before the other sections open."""
    waiting = next((task.waits_for for task in filling.tasks if task.waits_for), None)
    if waiting is None:
        return ""
    return f"First answer “{waiting.text}”: it decides which sections follow."


def task_groups(filling: Filling, here: str) -> Iterator[TaskGroup]:
    """The task list, with links to the sections under `here`."""
    for heading, tasks in groupby(filling.tasks, lambda task: task.section.group):
        yield TaskGroup(heading=heading, tasks=tuple(_task(here, task) for task in tasks))


def _task(here: str, task: Task) -> TaskLine:
    section, is_open = task.section, task.standing in OPEN_STANDINGS
    return TaskLine(
        id=f"task-{section.id}",
        title=f"{section.letter}. {section.title}",
        href=f"{here}/form/{section.id}" if is_open else "",
        status=task.standing.value,
        hint=_hint(task),
        is_quiet=not is_open or task.standing is Standing.COMPLETED,
    )


def _hint(task: Task) -> str:
    if task.is_called_complete and task.errors:
        return f"{plural(len(task.errors), 'answer')} to put right"
    return ""


def _others(
    reference: str, actions: Mapping[Action, str | None], *, may_step_aside: bool
) -> Iterator[Link]:
    here = f"{PATH}/{reference}"
    if actions.get(Action.DECLINE, "closed") is None:
        yield Link("Decline this review", f"{here}/decline")
    if actions.get(Action.HOLD, "closed") is None:
        yield Link("Put it on hold", f"{here}/hold")
    if may_step_aside:
        yield Link("Declare a conflict of interest", f"{here}/conflict")


def _escalation(item: Escalation) -> EscalationLine:
    kind = {EscalationKind.IMMEDIATE: "Immediate danger", EscalationKind.SAME_DAY: "Same day"}
    if item.outcome:
        standing = f"Closed: {item.outcome}"
    elif item.acknowledged_at:
        standing = f"Acknowledged by {item.acknowledged_by}, {moment(item.acknowledged_at)}"
    else:
        standing = f"Not acknowledged yet; due by {moment(item.acknowledge_by)}"
    return EscalationLine(
        kind=kind[item.kind], raised=moment(item.raised_at), reason=item.reason, standing=standing
    )
