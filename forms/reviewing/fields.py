"""The questions of a section as a page shows them: worded, filled in, with their errors. Pure.

A question that depends on an answer of the same page is always shown, under the words "Only if …":
nothing appears or disappears while somebody types, so that every reader, with or without scripts, meets
the same page.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from forms.answered import answer_in_words
from forms.pages import Fault
from forms.reviewing.filling import DATE_PARTS, Filling, condition_words, date_parts
from forms.schema import Condition, Question, QuestionType, Section

_KINDS = {
    QuestionType.RADIOS: "radios",
    QuestionType.YES_NO_EVIDENCE: "radios",
    QuestionType.CHECKBOXES: "checkboxes",
    QuestionType.TEXT: "text",
    QuestionType.TEXTAREA: "textarea",
    QuestionType.DATE: "date",
    QuestionType.NUMBER: "number",
}
"""Type of question → template that shows it."""
_DIGITS = {"day": 2, "month": 2, "year": 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A radio or a checkbox."""

    id: str
    value: str
    text: str
    hint: str
    is_chosen: bool
    is_exclusive: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DatePart:
    """One of the three fields of a date."""

    name: str
    text: str
    value: str
    digits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A question on a page."""

    id: str
    kind: str
    """Name of the template that shows it."""
    label: str
    hint: str
    fault: str
    """What is wrong, or empty."""
    value: str = ""
    """Of a text or a number."""
    choices: tuple[Choice, ...] = ()
    is_inline: bool = False
    """The choices are short and the same at most questions: they stand in a row."""
    parts: tuple[DatePart, ...] = ()
    max_words: int = 0
    rows: int = 0
    """Height of a text."""
    elsewhere: str = ""
    """The answer that was saved elsewhere meanwhile; empty when it is the same."""

    @property
    def described_by(self) -> str:
        """Ids of the texts that explain it, as `aria-describedby` lists them."""
        texts = {"hint": self.hint, "error": self.fault, "elsewhere": self.elsewhere}
        return " ".join(f"{self.id}-{name}" for name, text in texts.items() if text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Questions that stand together."""

    id: str
    condition: str
    """When they are to be answered; empty: always."""
    fields: tuple[Field, ...]


def groups_of(
    filling: Filling,
    section: Section,
    typed: Mapping[str, Any],
    *,
    errors: Mapping[str, str],
    saved: Mapping[str, Any] | None = None,
) -> tuple[Group, ...]:
    """The questions of a section, those with the same condition together.

    Args:
        typed: question id → raw answer to show.
        errors: question id → what is wrong.
        saved: what was saved elsewhere meanwhile, to be shown where it differs.
    """
    shown = list(shown_questions(filling, section))
    groups = []
    for number, (condition, questions) in enumerate(groupby(shown, lambda pair: pair[0]), 1):
        fields = [_field(question, typed, errors, saved) for _, question in questions]
        words = condition_words(filling.form, condition) if condition else ""
        groups.append(Group(id=f"group-{number}", condition=words, fields=tuple(fields)))
    return tuple(groups)


def shown_questions(
    filling: Filling, section: Section
) -> Iterator[tuple[Condition | None, Question]]:
    """The questions a section's page shows, each with its condition on an answer of the same page."""
    here: set[str] = set()
    for question in section.questions:
        condition = question.show_if
        depends = condition is not None and condition.question in here
        if depends or condition is None or question.id in filling.asked:
            here.add(question.id)
            yield (condition if depends else None), question


def faults_of(section: Section, errors: Mapping[str, str], page: str = "") -> Iterator[Fault]:
    """The errors of a section, each with a link to the first control of its question."""
    for question in section.questions:
        if question.id in errors:
            yield Fault(errors[question.id], first_control(question), page)


def first_control(question: Question) -> str:
    """The id of the control that a link to the question leads to."""
    return f"{question.id}-day" if question.type is QuestionType.DATE else question.id


def _field(
    question: Question,
    typed: Mapping[str, Any],
    errors: Mapping[str, str],
    saved: Mapping[str, Any] | None,
) -> Field:
    value = typed.get(question.id)
    kind = _KINDS[question.type]
    is_line = kind in ("text", "textarea", "number")
    return Field(
        id=question.id,
        kind=kind,
        label=question.text if question.required else f"{question.text} (optional)",
        hint=question.hint,
        fault=errors.get(question.id, ""),
        value=("" if value is None else str(value)) if is_line else "",
        choices=tuple(_choices(question, value)),
        is_inline=question.type is QuestionType.YES_NO_EVIDENCE,
        parts=_parts(value) if kind == "date" else (),
        max_words=question.max_words or 0,
        rows=8 if (question.max_words or 0) > 100 else 4,  # noqa: PLR2004 - a paragraph or more
        elsewhere=_elsewhere(question, typed, saved),
    )


def _choices(question: Question, value: object) -> Iterator[Choice]:
    chosen = value if isinstance(value, list | tuple) else [value]
    for number, option in enumerate(question.options, 1):
        yield Choice(
            id=question.id if number == 1 else f"{question.id}-{number}",
            value=option.value,
            text=option.label,
            hint=option.hint,
            is_chosen=option.value in chosen,
            is_exclusive=option.exclusive,
        )


def _parts(value: object) -> tuple[DatePart, ...]:
    parts = date_parts(value)
    return tuple(
        DatePart(name=name, text=name.capitalize(), value=parts[name], digits=_DIGITS[name])
        for name in DATE_PARTS
    )


def _elsewhere(
    question: Question, typed: Mapping[str, Any], saved: Mapping[str, Any] | None
) -> str:
    if saved is None:
        return ""
    other = answer_in_words(question, saved)
    return "" if other == answer_in_words(question, typed) else other
