"""A filled-in form in words: section by section, question and answer, as it was asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from forms.schema import Form, Question, QuestionType
from forms.wording import long_date

NOT_PROVIDED = "Not provided"


@dataclass(frozen=True, slots=True)
class Answered:
    """A question and its answer in words."""

    id: str
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class AnsweredSection:
    """A section of the form as it was answered."""

    id: str
    title: str
    answers: tuple[Answered, ...]


def answered_sections(
    form: Form, answers: Mapping[str, Any], agency: str
) -> tuple[AnsweredSection, ...]:
    """What was asked of a reviewer of `agency`, and what they said; stored or raw answers alike."""
    sections: dict[str, tuple[str, list[Answered]]] = {}
    for section, question in form.asked(answers, agency):
        title = f"{section.letter}. {section.title}"
        said = Answered(question.id, question.text, answer_in_words(question, answers))
        sections.setdefault(section.id, (title, []))[1].append(said)
    return tuple(AnsweredSection(id_, title, tuple(s)) for id_, (title, s) in sections.items())


def answer_in_words(question: Question, answers: Mapping[str, Any]) -> str:
    """One answer as people read it; an empty one says so."""
    answer = answers.get(question.id)
    if answer in (None, "", [], ()):
        return NOT_PROVIDED
    if isinstance(answer, list | tuple):
        return "; ".join(_label(question, str(value)) for value in answer)
    if question.type is QuestionType.DATE:
        return _day(answer)
    return _label(question, str(answer))


def _label(question: Question, value: str) -> str:
    if not question.options:
        return value
    try:
        return question.label_of(value)
    except KeyError:
        return value


def _day(answer: object) -> str:
    """A day in words, stored as ISO text or typed in parts; what is no day as it was typed."""
    if isinstance(answer, Mapping):
        parts = [str(answer.get(part, "")).strip() for part in ("year", "month", "day")]
    else:
        parts = str(answer).split("-")
    try:
        return long_date(date(*map(int, parts)))
    except (TypeError, ValueError, OverflowError):
        return " ".join(filter(None, reversed(parts))) or NOT_PROVIDED
