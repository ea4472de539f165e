"""Fills in the review form as a reviewer would, and hands it through the same parser."""

from datetime import date, timedelta
from typing import Any

import numpy as np

from flows.demo.people import Judgement
from forms.answers import parse_answers, to_review_form
from forms.catalogue import latest_form
from forms.schema import Question
from workflow.errors import InvalidInputError
from workflow.reviews import ReviewForm

FORM_ID = "cin_review"

_EVIDENCE = {"yes": 0.55, "no": 0.2, "not_evidenced": 0.2, "not_applicable": 0.05}


def fill_form(
    judgement: Judgement, *, agency: str, today: date, rng: np.random.Generator
) -> ReviewForm:
    """A complete form that says what the reviewer judged; the rest is answered at random.

    Raises:
        InvalidInputError: the form asks something that the simulation cannot answer.
    """
    form = latest_form(FORM_ID)
    raw: dict[str, Any] = {}
    for question in form.questions(agency):
        condition = question.show_if
        if condition is None or raw.get(condition.question) in condition.any_of:
            raw[question.id] = _answer(question, judgement, today, rng)
    parsed = parse_answers(form, raw, agency=agency, today=today)
    if parsed.errors:
        raise InvalidInputError(f"The simulated form is wrong: {parsed.errors}")
    return to_review_form(form, parsed)


def _answer(
    question: Question, judgement: Judgement, today: date, rng: np.random.Generator
) -> str | list[str]:
    judged = {
        "outcome": judgement.outcome,
        "grade": judgement.grade,
        "safety": judgement.safety,
        "right_child": "yes",
    }
    if question.id in judged:
        return judged[question.id]
    values = [option.value for option in question.options]
    match question.type:
        case "evidence":
            return str(rng.choice(list(_EVIDENCE), p=list(_EVIDENCE.values())))
        case "radios":
            return str(rng.choice(values))
        case "checkboxes":
            return [value for value in values if rng.random() < 0.2]  # noqa: PLR2004 - a fifth each
        case "date":
            return (today - timedelta(int(rng.integers(1, 90)))).isoformat()
        case "number":
            return str(rng.integers(0, 9))
        case _:
            return "SYNTHETIC: read on file, nothing to add."
