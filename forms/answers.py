"""From what was typed to answers with types: the only door into a stored submission.

Drafts never come here: they are kept as typed, valid or not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from forms.schema import Form, Question
from workflow.reviews import ReviewForm

Answer = str | int | date | tuple[str, ...]

_PARTS = ("day", "month", "year")


@dataclass(frozen=True, slots=True)
class ParsedAnswers:
    """What a form says, and what is wrong with it."""

    answers: dict[str, Answer]
    """Question id → answer: a text, a number, a date, or the values ticked."""
    errors: dict[str, str]
    """Question id (or unknown key) → message, in the order of the form."""
    unanswered: int
    """Required questions left empty."""
    hidden: tuple[str, ...]
    """Questions answered although they were not asked; the answers were not taken."""


def parse_answers(
    form: Form, raw: Mapping[str, object], *, agency: str, today: date
) -> ParsedAnswers:
    """Read a filled-in form, a web form's fields or a JSON object alike.

    Dates come as ISO text or as `<id>-day`, `<id>-month`, `<id>-year`; ticked values as a list, or one
    text. Every fault is found, not only the first.
    """
    answers: dict[str, Answer] = {}
    errors: dict[str, str] = {}
    hidden: list[str] = []
    unanswered = 0
    questions = form.questions(agency)
    for question in questions:
        given = _given(question, raw)
        if not _is_asked(question, answers):
            hidden += [question.id] if given else []
            continue
        if not given:
            unanswered += question.required
            if question.required:
                errors[question.id] = _missing(question)
            continue
        answer, fault = _READERS[question.type](question, given, today)
        if fault:
            errors[question.id] = fault
        elif answer is not None:
            answers[question.id] = answer
    errors |= _unknown(questions, raw)
    return ParsedAnswers(answers, errors, unanswered, tuple(hidden))


def dump_answers(answers: Mapping[str, Answer]) -> dict[str, Any]:
    """The answers ready for JSON; parsing them again gives the same answers."""
    return {name: _plain(answer) for name, answer in answers.items()}


def to_review_form(form: Form, parsed: ParsedAnswers) -> ReviewForm:
    """What the domain takes on submission."""
    answers = dump_answers(parsed.answers)
    return ReviewForm(
        form_id=form.id,
        form_version=form.version,
        answers=answers,
        outcome=str(answers.get("outcome", "")),
        grade=str(answers.get("grade", "")),
        safety=str(answers.get("safety", "")),
        unanswered=parsed.unanswered,
    )


def _given(question: Question, raw: Mapping[str, object]) -> Any:
    """What was typed for a question, stripped; falsy when nothing was."""
    value = raw.get(question.id)
    if question.type == "checkboxes":
        values = value if isinstance(value, (list, tuple)) else [value]
        return tuple(str(item).strip() for item in values if item not in (None, ""))
    if question.type == "date" and value is None:
        parts = [str(raw.get(f"{question.id}-{part}", "")).strip() for part in _PARTS]
        return "-".join(reversed(parts)) if any(parts) else ""
    return "" if value is None else str(value).strip()


def _is_asked(question: Question, answers: Mapping[str, Answer]) -> bool:
    condition = question.show_if
    return condition is None or answers.get(condition.question) in condition.any_of


def _missing(question: Question) -> str:
    choice = question.type in ("radios", "checkboxes", "evidence")
    return f"{'Select' if choice else 'Enter'} {question.name}"


def _unknown(questions: list[Question], raw: Mapping[str, object]) -> dict[str, str]:
    known = {question.id for question in questions}
    known |= {f"{q.id}-{part}" for q in questions if q.type == "date" for part in _PARTS}
    return dict.fromkeys(sorted(raw.keys() - known), "This form does not ask this")


_Read = tuple[Answer | None, str | None]


def _read_choice(question: Question, given: str, _: date) -> _Read:
    if given not in question.values:
        return None, f"Select {question.name} from the list"
    return given, None


def _read_choices(question: Question, given: tuple[str, ...], _: date) -> _Read:
    if set(given) - question.values:
        return None, f"Select {question.name} from the list"
    return tuple(option.value for option in question.options if option.value in given), None


def _read_text(question: Question, given: str, _: date) -> _Read:
    words = len(given.split())
    if words > question.max_words:
        return None, f"{_start(question)} must be {question.max_words} words or fewer"
    return given, None


def _read_number(question: Question, given: str, _: date) -> _Read:
    if not given.isascii() or not given.isdigit() or len(given) > 4:  # noqa: PLR2004 - 9,999 at most
        return None, f"{_start(question)} must be a whole number, like 3"
    return int(given), None


def _read_date(question: Question, given: str, today: date) -> _Read:
    parts = given.split("-")
    try:
        year, month, day = map(int, parts)
        answer = date(year, month, day)
    except ValueError:
        return None, f"{_start(question)} must be a real date, like 27 3 2016"
    if answer > today:
        return None, f"{_start(question)} must be today or in the past"
    return answer, None


_READERS: dict[str, Any] = {
    "radios": _read_choice,
    "evidence": _read_choice,
    "checkboxes": _read_choices,
    "text": _read_text,
    "textarea": _read_text,
    "number": _read_number,
    "date": _read_date,
}


def _start(question: Question) -> str:
    return question.name[0].upper() + question.name[1:]


def _plain(answer: Answer) -> Any:
    if isinstance(answer, date):
        return answer.isoformat()
    return list(answer) if isinstance(answer, tuple) else answer
