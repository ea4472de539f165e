"""Words the check before a review is submitted, and the page after it. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from forms.answered import NOT_PROVIDED, answer_in_words
from forms.pages import Fault, Link, Page, Site
from forms.reviewing.fields import faults_of, first_control
from forms.reviewing.filling import OPEN_STANDINGS, Filling, Standing, Task, left_out
from forms.reviewing.listing import PATH
from forms.reviewing.section import COMPLETE_FIELD
from forms.schema import Question

_COUNCIL = "council"
_DECIDES = "You recommend an outcome. A council manager, who did not write the review, confirms it."
_CONFIRMS = (
    "A council manager, who did not write the review, confirms the outcome or returns it to you."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A question, its answer and the way to change it."""

    question: str
    answer: str
    is_missing: bool
    fault: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """The answers of a section."""

    id: str
    title: str
    status: str
    """Said unless it is completed."""
    href: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """An answer that is not part of the submission, given the other answers."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckPage(Page):
    """Every answer on one page, before it is submitted."""

    reference: str
    action: str
    version: int
    """Of the review."""
    draft_version: int
    cards: tuple[Card, ...]
    left_out: tuple[LeftOut, ...]
    next: str
    is_immediate: bool
    """Submitting raises an escalation."""
    button: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmittedPage(Page):
    """What happens now."""

    reference: str
    sentences: tuple[str, ...]
    way_on: Link


def check_page(
    site: Site,
    filling: Filling,
    *,
    reference: str,
    version: int,
    draft_version: int,
    faults: tuple[Fault, ...] = (),
    path: str = PATH,
    next_step: str = "",
    button: str = "",
) -> CheckPage:
    """The page; `version` is the review's, the last words a reviewer's unless others are given."""
    here = f"{path}/{reference}"
    submit = "Submit the review" if filling.agency == _COUNCIL else "Submit the recommendation"
    return CheckPage(
        site=site,
        title="Check your answers",
        back=Link(f"Back to {reference}", here),
        faults=faults,
        reference=reference,
        action=f"{here}/check",
        version=version,
        draft_version=draft_version,
        cards=tuple(_cards(filling, here)),
        left_out=tuple(
            LeftOut(question=question.text, answer=answer_in_words(question, filling.raw))
            for _, question in left_out(filling)
        ),
        next=next_step or _next(filling.agency),
        is_immediate=filling.raw.get("safety") == "immediate_risk",
        button=button or submit,
    )


def all_faults(filling: Filling, reference: str, path: str = PATH) -> tuple[Fault, ...]:
    """Everything that keeps a form from being submitted, each with a link to where it is put right."""
    return tuple(_faults(filling, f"{path}/{reference}"))


def _faults(filling: Filling, here: str) -> Iterator[Fault]:
    for task in filling.needed:
        if task.waits_for is not None:
            continue
        page = f"{here}/form/{task.section.id}"
        yield from faults_of(task.section, task.errors, page)
        if not task.errors and task.standing is not Standing.COMPLETED:
            said = f"Say that you have completed “{task.section.title}”"
            yield Fault(said, COMPLETE_FIELD, page)


def _cards(filling: Filling, here: str) -> Iterator[Card]:
    for task in filling.needed:
        page = f"{here}/form/{task.section.id}"
        if task.standing in OPEN_STANDINGS:
            yield Card(
                id=f"card-{task.section.id}",
                title=f"{task.section.letter}. {task.section.title}",
                status="" if task.standing is Standing.COMPLETED else task.standing.value,
                href=page,
                lines=tuple(_lines(filling, task, page)),
            )


def _lines(filling: Filling, task: Task, page: str) -> Iterator[Line]:
    for question in task.section.questions:
        if question.id in filling.asked:
            yield _line(filling, question, page, task.errors.get(question.id, ""))


def _line(filling: Filling, question: Question, page: str, fault: str) -> Line:
    answer = answer_in_words(question, filling.raw)
    return Line(
        question=question.text,
        answer=answer,
        is_missing=answer == NOT_PROVIDED,
        fault=fault,
        href=f"{page}#{first_control(question)}",
    )


def _next(agency: str) -> str:
    return _CONFIRMS if agency == _COUNCIL else _DECIDES


def submitted_page(
    site: Site, *, reference: str, agency: str, has_escalation: bool
) -> SubmittedPage:
    """The page after a submission."""
    said = [_next(agency), "If something must change, it comes back to you with the reason."]
    if has_escalation:
        said.append(
            "You found an immediate risk: an escalation is open. If you have not phoned the duty "
            "manager, do it now."
        )
    return SubmittedPage(
        site=site,
        title="Review submitted",
        reference=reference,
        sentences=tuple(said),
        way_on=Link("Go to my reviews", PATH),
    )
