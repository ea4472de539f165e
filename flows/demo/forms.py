"""Fills in the review form as a reviewer would, and hands it through the same parser."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np

from flows.demo.people import Judgement
from forms.answers import parse_answers, to_review_form
from forms.catalogue import latest_form
from forms.schema import Question, QuestionType
from workflow.reviews import ReviewForm

FORM_ID = "cin_review"

_SILENT = 0.2
"""Share of evidence questions on which the file is silent."""
_TICKED = 0.15
_NOTE = "SYNTHETIC: read on file, nothing to add."


def fill_form(
    judgement: Judgement, *, agency: str, today: date, rng: np.random.Generator
) -> ReviewForm:
    """A complete form that says what the reviewer judged; the rest is answered at random.

    Raises:
        InvalidInputError: the form asks something that the simulation cannot answer.
    """
    form = latest_form(FORM_ID)
    judged = _judged(judgement)
    raw: dict[str, Any] = {}
    for _, question in form.asked(raw, agency):
        raw[question.id] = judged.get(question.id) or _ANSWERS[question.type](question, today, rng)
    return to_review_form(form, parse_answers(form, raw, agency=agency, today=today))


def _judged(judgement: Judgement) -> dict[str, Any]:
    """What follows from the judgement; an outcome that changes the work brings an action."""
    changes = judgement.outcome in ("remain_cin_with_changes", "change_of_worker")
    return {
        "can_be_reviewed": "yes",
        "outcome": judgement.outcome,
        "grade": judgement.grade,
        "safety": judgement.safety,
        "actions": "1" if changes else "0",
    }


def _choose(question: Question, _: date, rng: np.random.Generator) -> str:
    values = [option.value for option in question.options]
    return values[rng.integers(len(values))]


def _find_evidence(_: Question, __: date, rng: np.random.Generator) -> str:
    if rng.random() < _SILENT:
        return "not_evidenced"
    return "yes" if rng.random() < 2 / 3 else "no"


def _tick(question: Question, _: date, rng: np.random.Generator) -> list[str]:
    """Some of the options, or one that stands alone."""
    alone = [option.value for option in question.options if option.exclusive]
    several = [option.value for option in question.options if not option.exclusive]
    ticked = [value for value in several if rng.random() < _TICKED]
    return ticked or alone[:1] or several[:1]


def _date(question: Question, today: date, rng: np.random.Generator) -> str:
    days = timedelta(int(rng.integers(5, 60)))
    return (today + days if question.not_past else today - days).isoformat()


_Answer = Callable[[Question, date, np.random.Generator], Any]

_ANSWERS: dict[QuestionType, _Answer] = {
    QuestionType.RADIOS: _choose,
    QuestionType.YES_NO_EVIDENCE: _find_evidence,
    QuestionType.CHECKBOXES: _tick,
    QuestionType.TEXT: lambda *_: "SYNTHETIC",
    QuestionType.TEXTAREA: lambda *_: _NOTE,
    QuestionType.DATE: _date,
    QuestionType.NUMBER: lambda question, _, rng: str(question.minimum + rng.integers(0, 6)),
}
