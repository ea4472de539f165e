"""A form while it is being filled in: what was typed, which sections are open, what is still wrong.

What is typed stays raw: text, a list for checkboxes, day, month and year for dates. Pure.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any

from forms.answers import ParsedAnswers, parse_answers
from forms.catalogue import all_forms, get_form, latest_form
from forms.schema import Condition, Form, Question, QuestionType, Section
from workflow.drafts import FormVersion, completed_sections
from workflow.errors import NotFoundError
from workflow.models import Draft, SecondDraft

FORM_ID = "cin_review"
DATE_PARTS = ("day", "month", "year")

_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
"""Characters that no database keeps; nobody can type them."""


class Standing(Enum):
    """How far a section is; the value is what the task list says."""

    NOT_STARTED = "Not yet started"
    IN_PROGRESS = "In progress"
    COMPLETED = "Completed"
    CANNOT_START = "Cannot start yet"
    """It depends on an answer of an earlier section."""
    NOT_NEEDED = "Not needed"
    """Not asked, given the other answers."""


OPEN_STANDINGS = frozenset({Standing.NOT_STARTED, Standing.IN_PROGRESS, Standing.COMPLETED})
"""Standings of sections that can be opened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A section of the form and how far it is."""

    section: Section
    standing: Standing
    is_called_complete: bool
    """The reviewer's own word."""
    errors: Mapping[str, str]
    """Question id → what is wrong or missing, of this section."""
    waits_for: Question | None = None
    """The question to answer before it can be started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """A form as far as it is filled in, for a reviewer of one agency."""

    form: Form
    agency: str
    raw: Mapping[str, Any]
    """Question id → what was typed."""
    asked: frozenset[str]
    """Ids of the questions that are put, given what was typed."""
    parsed: ParsedAnswers
    tasks: tuple[Task, ...]
    """The sections this agency answers, in the order of the form."""

    @property
    def needed(self) -> tuple[Task, ...]:
        """The sections that count: all but those the answers make needless."""
        return tuple(task for task in self.tasks if task.standing is not Standing.NOT_NEEDED)

    @property
    def completed(self) -> int:
        """How many sections are completed."""
        return sum(task.standing is Standing.COMPLETED for task in self.tasks)

    def task(self, section: str) -> Task:
        """A section by its id.

        Raises:
            NotFoundError: the form has no such section for this agency.
        """
        found = next((task for task in self.tasks if task.section.id == section), None)
        if found is None:
            raise NotFoundError("section", "of this name")
        return found


def newest_version() -> FormVersion:
    """The form in which new drafts are written."""
    form = latest_form(FORM_ID)
    return FormVersion(
        form.id,
        form.version,
        tuple(section.id for section in form.sections),
        restricted=frozenset().union(
            *(one.restricted() for one in all_forms() if one.id == form.id)
        ),
    )


def filling_of(draft: Draft | SecondDraft, *, agency: str, today: date) -> Filling:
    """How far a draft is, in the form it pins."""
    form = get_form(draft.form_id, draft.form_version)
    return fill(
        form, draft.answers, completed=completed_sections(draft), agency=agency, today=today
    )


def fill(
    form: Form,
    raw: Mapping[str, Any],
    *,
    completed: frozenset[str] = frozenset(),
    agency: str,
    today: date,
) -> Filling:
    """How far a form is, from what was typed and the sections called complete."""
    asked = {question.id for _, question in form.asked(raw, agency)}
    counted = {key: raw[key] for key in asked if says_something(raw.get(key))}
    parsed = parse_answers(form, raw, agency=agency, today=today)
    tasks = [
        _task(form, section, asked, counted, parsed, is_called_complete=section.id in completed)
        for section in form.sections
        if section.is_open_to(agency)
    ]
    return Filling(
        form=form,
        agency=agency,
        raw=raw,
        asked=frozenset(asked),
        parsed=parsed,
        tasks=tuple(tasks),
    )


def _task(
    form: Form,
    section: Section,
    asked: set[str],
    counted: Mapping[str, Any],
    parsed: ParsedAnswers,
    *,
    is_called_complete: bool,
) -> Task:
    own = [question.id for question in section.questions]
    errors = {key: parsed.errors[key] for key in own if key in parsed.errors}
    waits_for = _waits_for(form, section, asked, counted)
    if waits_for is not None:
        standing = Standing.CANNOT_START
    elif not asked.intersection(own):
        standing = Standing.NOT_NEEDED
    elif is_called_complete and not errors:
        standing = Standing.COMPLETED
    elif is_called_complete or counted.keys() & set(own):
        standing = Standing.IN_PROGRESS
    else:
        standing = Standing.NOT_STARTED
    return Task(
        section=section,
        standing=standing,
        is_called_complete=is_called_complete,
        errors=errors,
        waits_for=waits_for,
    )


def _waits_for(
    form: Form, section: Section, asked: set[str], counted: Mapping[str, Any]
) -> Question | None:
    """The first unanswered question of an earlier section that decides what this one asks."""
    own = {question.id for question in section.questions}
    conditions = [section.show_if, *(question.show_if for question in section.questions)]
    for condition in conditions:
        if condition is None or condition.question in own:
            continue
        if condition.question in asked and condition.question not in counted:
            return form.questions()[condition.question]
    return None


def read_section(section: Section, sent: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed at every question of a section; a question that was not sent is empty.

    Args:
        sent: field → text or list of texts; a date as `id-day` and so on, as parts, or in ISO form.
    """
    return {question.id: _raw(question, sent) for question in section.questions}


def _raw(question: Question, sent: Mapping[str, Any]) -> Any:
    value = sent.get(question.id)
    if question.type is QuestionType.CHECKBOXES:
        ticked = value if isinstance(value, list | tuple) else [value]
        return [text for text in map(_text, ticked) if text]
    if question.type is not QuestionType.DATE:
        return _text(value)
    parts = {part: _text(sent.get(f"{question.id}-{part}")) for part in DATE_PARTS}
    return parts if any(parts.values()) else date_parts(value)


def _text(value: object) -> str:
    """One text as typed; of several the first."""
    if isinstance(value, list | tuple):
        value = value[0] if value else ""
    return "" if value is None else storable(str(value))


def storable(text: str) -> str:
    """A text without the characters that no database keeps."""
    return _UNSTORABLE.sub("", text)


def date_parts(value: object) -> dict[str, str]:
    """Day, month and year of a raw date; what is no date stands in the first field."""
    if isinstance(value, Mapping):
        return {part: _text(value.get(part)) for part in DATE_PARTS}
    text = _text(value)
    iso = _ISO_DATE.fullmatch(text)
    if iso is None:
        return {"day": text, "month": "", "year": ""}
    return {"day": str(int(iso[3])), "month": str(int(iso[2])), "year": iso[1]}


def says_something(value: object) -> bool:
    """Whether anything was typed or ticked."""
    if isinstance(value, Mapping):
        return any(says_something(part) for part in value.values())
    if isinstance(value, list | tuple):
        return any(says_something(part) for part in value)
    return value is not None and bool(str(value).strip())


def condition_words(form: Form, condition: Condition) -> str:
    """When a question is to be answered: "Only if you answered “Yes” to “Is there a plan?”"."""
    question = form.questions()[condition.question]
    labels = [f"“{question.label_of(value)}”" for value in condition.any_of]
    *most, last = labels
    said = f"{', '.join(most)} or {last}" if most else last
    return f"Only if you answered {said} to “{question.text}”"


def left_out(filling: Filling) -> Iterator[tuple[Section, Question]]:
    """Questions that were answered but are not asked, given the other answers."""
    for section, question in filling.form.places():
        if section.is_open_to(filling.agency) and question.id in filling.parsed.dropped:
            yield section, question
