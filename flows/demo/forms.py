"""Fills in the review form as a reviewer would, and hands it through the same parser."""

from datetime import date

import numpy as np

from flows.demo.people import Judgement
from forms.answers import parse_answers, to_review_form
from forms.catalogue import latest_form
from workflow.errors import InvalidInputError
from workflow.reviews import ReviewForm

FORM_ID = "cin_review"


def fill_form(
    judgement: Judgement, *, agency: str, today: date, rng: np.random.Generator
) -> ReviewForm:
    """A complete form that says what the reviewer judged; the rest is answered at random.

    Raises:
        InvalidInputError: the form asks something that the simulation cannot answer.
    """
    form = latest_form(FORM_ID)
    raw = _answers(form, judgement, today, rng)
    parsed = parse_answers(form, raw, agency=agency, today=today)
    if parsed.errors:
        raise InvalidInputError(f"The simulated form is wrong: {parsed.errors}")
    return to_review_form(form, parsed)
