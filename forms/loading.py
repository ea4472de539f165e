"""Reads the definition of a form: TOML, shipped in `forms/definitions` or a council's own."""

import tomllib
from typing import Any

from pydantic import ValidationError

from forms.schema import (
    EVIDENCE,
    NOT_EVIDENCED,
    NOT_EVIDENCED_LABEL,
    Form,
    FormError,
    Option,
    QuestionType,
)

Table = dict[str, Any]


def read_form(text: str) -> Form:
    """The form that a TOML text defines; `definitions/cin_review_v1.toml` shows how.

    Raises:
        FormError: the text is no TOML, a key is missing, unknown or of the wrong type, or the form
            contradicts itself.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise FormError("(unreadable)", None, f"this is no TOML ({problem})") from problem
    name = f"{table.get('id', '?')} v{table.get('version', '?')}"
    lists = table.pop("options", {})
    for section in table.get("sections", ()):
        for question in section.get("questions", ()):
            _give_options(name, question, lists)
    try:
        return Form(**table)
    except ValidationError as problem:
        raise _named(name, table, problem) from problem


def _give_options(form: str, question: Table, lists: dict[str, list[Table]]) -> None:
    """Put the options in place of a list's name, and those every form has where they belong."""
    named = question.get("options")
    if isinstance(named, str):
        if named not in lists:
            raise FormError(form, question.get("id"), f"there is no list of options {named}")
        question["options"] = lists[named]
    may_not_apply = not question.pop("always_applies", False)
    if question.get("type") == QuestionType.YES_NO_EVIDENCE:
        question["options"] = EVIDENCE if may_not_apply else EVIDENCE[:-1]
    if question.pop("not_evidenced", False):
        alone = question.get("type") == QuestionType.CHECKBOXES
        silent = Option(NOT_EVIDENCED, NOT_EVIDENCED_LABEL, exclusive=alone)
        question["options"] = [*question.get("options", ()), silent]


def _named(form: str, table: Table, problem: ValidationError) -> FormError:
    """The first fault, with the question it stands in."""
    first = problem.errors(include_url=False)[0]
    place: Any = table
    question: str | None = None
    for step in first["loc"]:
        place = _inside(place, step)
        if isinstance(place, dict) and "type" in place:
            question = str(place.get("id"))
    return FormError(form, question, f"{first['loc'][-1]}: {first['msg'].lower()}")


def _inside(place: Any, step: int | str) -> Any:
    try:
        return place[step]
    except (KeyError, IndexError, TypeError):
        return None
