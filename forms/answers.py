"""The only door from what people type to what is stored: raw strings in, typed answers or errors out.

A draft is raw and may be wrong; it is never checked here. Error messages follow the GOV.UK style:
they say what to do, in the words of the question.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from forms.schema import Answer, Form, Question, QuestionType, Section
from workflow.errors import InvalidInputError
from workflow.reviews import ReviewForm

NOT_GRADED = "not_graded"
"""Stored as the grade of a case whose practice could not be graded, because it cannot be reviewed."""

_LINE_LIMIT = 200
"""Characters of a one-line answer."""
_CHARACTERS_PER_WORD = 20
"""A text may have this many characters for each word it is allowed: no word has ten thousand letters."""
_EARLIEST_YEAR = 1900
_DATE_PARTS = ("day", "month", "year")
_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_WHOLE_NUMBER = re.compile(r"-?\d{1,9}", re.ASCII)
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_WORD = re.compile(r"\S+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedAnswers:
    """What became of one filled-in form; it can be stored when `errors` is empty."""

    answers: Mapping[str, Answer]
    """Question id → typed answer, in the order of the form; optional questions may be absent."""
    errors: Mapping[str, str]
    """Question id (or unknown key) → message, in the order of the form; all that is wrong at once."""
    dropped: Mapping[str, str]
    """Question id → why its answer was left out although it was given."""
    unanswered: int
    """Required questions that were asked and left empty."""


FINDINGS = ("outcome", "grade", "safety", "reasons")
"""Ids of the questions every review form asks, because the workflow acts on their answers."""


class _WrongError(Exception):
    """What is wrong with one answer, as the message beside the question."""


def parse_answers(
    form: Form, raw: Mapping[str, object], *, agency: str, today: date
) -> ParsedAnswers:
    """Turn what was sent into typed answers, with every error at once.

    Args:
        raw: question id → string, list of strings (checkboxes) or, for dates, ISO text or the parts
            `day`, `month`, `year`; a page may send these as `id-day` and so on. JSON numbers will do.
        agency: code of the reviewer's agency; sections of other agencies are not asked.
        today: the day that "in the past" refers to.
    """
    given = _gather(form, raw)
    answers: dict[str, Answer] = {}
    errors: dict[str, str] = {}
    asked: set[str] = set()
    unanswered = 0
    for _, question in form.asked(answers, agency):
        asked.add(question.id)
        try:
            answer = _PARSERS[question.type](question, given.get(question.id), today)
        except _WrongError as wrong:
            errors[question.id] = str(wrong)
            continue
        if answer is not None:
            answers[question.id] = answer
        elif question.required:
            errors[question.id] = missing_message(question)
            unanswered += 1
    return ParsedAnswers(
        answers=answers,
        errors=_in_order(form, errors | _contradictions(form, answers)) | _unknown(form, given),
        dropped=_dropped(form, given, asked, agency),
        unanswered=unanswered,
    )


def dump_answers(answers: Mapping[str, Answer]) -> dict[str, Any]:
    """Answers ready for JSON; `parse_answers` reads them back unchanged."""
    return {key: _plain(answer) for key, answer in answers.items()}


def to_review_form(form: Form, parsed: ParsedAnswers) -> ReviewForm:
    """The filled-in form as `workflow.reviews.submit` takes it.

    Raises:
        InvalidInputError: the answers have errors.
    """
    if parsed.errors:
        count, first = len(parsed.errors), next(iter(parsed.errors.values()))
        raise InvalidInputError(f"The form has answers to put right ({count}). The first: {first}.")
    return ReviewForm(
        form_id=form.id,
        form_version=form.version,
        answers=dump_answers(parsed.answers),
        outcome=str(parsed.answers["outcome"]),
        grade=str(parsed.answers.get("grade", NOT_GRADED)),
        safety=str(parsed.answers["safety"]),
        unanswered=parsed.unanswered,
        restricted=form.restricted(),
    )


def missing_message(question: Question) -> str:
    """What an unanswered question asks for: "Enter your reasons"."""
    verb = "Select" if question.options else "Enter"
    return f"{verb} {question.name}"


def _plain(answer: Answer) -> str | int | list[str]:
    match answer:
        case date():
            return answer.isoformat()
        case tuple():
            return list(answer)
        case _:
            return answer


def _gather(form: Form, raw: Mapping[str, object]) -> dict[str, object]:
    """The raw answers with the parts of each date put together; they win over a whole date."""
    dates = {question.id for _, question in form.places() if question.type is QuestionType.DATE}
    given: dict[str, object] = {}
    split: dict[str, dict[str, object]] = {}
    for key, value in raw.items():
        question, _, part = key.rpartition("-")
        if question in dates and part in _DATE_PARTS:
            split.setdefault(question, {})[part] = value
        else:
            given[key] = value
    return given | split


def _in_order(form: Form, errors: Mapping[str, str]) -> dict[str, str]:
    return {key: errors[key] for key in form.questions() if key in errors}


def _unknown(form: Form, given: Mapping[str, object]) -> dict[str, str]:
    known = form.questions()
    return {key: "The form has no such question" for key in given if key not in known}


def _contradictions(form: Form, answers: Mapping[str, Answer]) -> dict[str, str]:
    return {
        rule.forbids.question: rule.message
        for rule in form.rules
        if rule.when.holds(answers) and rule.forbids.holds(answers)
    }


def _dropped(
    form: Form, given: Mapping[str, object], asked: set[str], agency: str
) -> dict[str, str]:
    return {
        question.id: _why_not_asked(section, agency)
        for section, question in form.places()
        if question.id not in asked and _says_something(given.get(question.id))
    }


def _why_not_asked(section: Section, agency: str) -> str:
    if section.is_open_to(agency):
        return "Not asked, given the other answers"
    return f"Asked of other agencies only: {', '.join(sorted(section.restricted_to))}"


def _says_something(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(value.values())
    if isinstance(value, list | tuple):
        return any(value)
    return value not in (None, "")


def _start(question: Question) -> str:
    """The question's noun at the start of a sentence."""
    return question.name[:1].upper() + question.name[1:]


def _text(question: Question, value: object) -> str:
    """Text without the characters that no database keeps; an absent answer is empty."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _WrongError(f"{_start(question)} cannot be read")
    unified = value.replace("\r\n", "\n").replace("\r", "\n")
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", _CONTROL.sub("", unified)).strip()


def _digits(value: object) -> object:
    """A JSON number as the text a page would send."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _parse_line(question: Question, value: object, _: date) -> str | None:
    line = " ".join(_text(question, value).split())
    if len(line) > _LINE_LIMIT:
        raise _WrongError(f"{_start(question)} must be {_LINE_LIMIT} characters or fewer")
    return line or None


def _parse_paragraphs(question: Question, value: object, _: date) -> str | None:
    text = _text(question, value)
    limit = question.max_words or 0
    if len(_WORD.findall(text)) > limit:
        raise _WrongError(f"{_start(question)} must be {limit:,} words or fewer")
    if len(text) > limit * _CHARACTERS_PER_WORD:
        most = limit * _CHARACTERS_PER_WORD
        raise _WrongError(f"{_start(question)} must be {most:,} characters or fewer")
    return text or None


def _parse_choice(question: Question, value: object, _: date) -> str | None:
    if value in (None, ""):
        return None
    if value not in [option.value for option in question.options]:
        raise _WrongError(f"{missing_message(question)} from the list")
    return str(value)


def _parse_choices(question: Question, value: object, _: date) -> tuple[str, ...] | None:
    ticked = value if isinstance(value, list | tuple) else [value]
    ticked = [one for one in ticked if one not in (None, "")]
    chosen = tuple(option for option in question.options if option.value in ticked)
    if any(one not in [option.value for option in chosen] for one in ticked):
        raise _WrongError(f"{missing_message(question)} from the list")
    alone = next((option for option in chosen if option.exclusive), None)
    if alone and len(chosen) > 1:
        raise _WrongError(f"{missing_message(question)}, or select “{alone.label}” alone")
    return tuple(option.value for option in chosen) or None


def _parse_number(question: Question, value: object, _: date) -> int | None:
    text = _text(question, _digits(value)).replace(",", "")
    if not text:
        return None
    if not _NUMBER.fullmatch(text):
        raise _WrongError(f"{_start(question)} must be a number")
    if not _WHOLE_NUMBER.fullmatch(text):
        raise _WrongError(f"{_start(question)} must be a whole number")
    number = int(text)
    if number < question.minimum:
        raise _WrongError(f"{_start(question)} must be {question.minimum:,} or more")
    if number > question.maximum:
        raise _WrongError(f"{_start(question)} must be {question.maximum:,} or fewer")
    return number


def _parse_date(question: Question, value: object, today: date) -> date | None:
    parts = _date_parts(question, value)
    absent = [part for part, text in zip(_DATE_PARTS, parts, strict=True) if not text]
    if len(absent) == len(parts):
        return None
    if absent:
        raise _WrongError(f"{_start(question)} must include a {' and '.join(absent)}")
    day = _real_date(parts)
    if day is None:
        raise _WrongError(f"{_start(question)} must be a real date")
    if question.not_future and day > today:
        raise _WrongError(f"{_start(question)} must be today or in the past")
    if question.not_past and day < today:
        raise _WrongError(f"{_start(question)} must be today or in the future")
    return day


def _date_parts(question: Question, value: object) -> list[str]:
    """Day, month and year as text, each perhaps empty."""
    if isinstance(value, Mapping):
        return [_text(question, _digits(value.get(part))) for part in _DATE_PARTS]
    text = _text(question, value)
    if not text:
        return ["", "", ""]
    iso = _ISO_DATE.fullmatch(text)
    if iso is None:
        raise _WrongError(f"{_start(question)} must be a real date")
    return [iso[3], iso[2], iso[1]]


def _real_date(parts: list[str]) -> date | None:
    if not all(_WHOLE_NUMBER.fullmatch(part) for part in parts):
        return None
    day, month, year = map(int, parts)
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found if year >= _EARLIEST_YEAR else None


_Parser = Callable[[Question, object, date], Answer | None]

_PARSERS: dict[QuestionType, _Parser] = {
    QuestionType.RADIOS: _parse_choice,
    QuestionType.CHECKBOXES: _parse_choices,
    QuestionType.TEXT: _parse_line,
    QuestionType.TEXTAREA: _parse_paragraphs,
    QuestionType.DATE: _parse_date,
    QuestionType.NUMBER: _parse_number,
    QuestionType.YES_NO_EVIDENCE: _parse_choice,
}
"""Type → its parser: gives None for an empty answer, raises `_WrongError` for a wrong one."""
