"""Turns a page's values into HTML. Templates hold no logic; a name they misspell is an error.

Everything is escaped, always. Pages built on the macros of `govuk-frontend-jinja` need an environment
of their own: those macros rely on undefined names.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from forms import wording

FILTERS: dict[str, Callable[..., str]] = {
    "long_date": wording.long_date,
    "short_date": wording.short_date,
    "number": wording.number,
    "chance": wording.chance_in_words,
    "plural": wording.plural,
    "keep_together": wording.keep_together,
}
"""How templates say and set dates and numbers; the same functions word the pages' values."""


@cache
def environment() -> Environment:
    """The environment of our own templates."""
    made = Environment(
        loader=PackageLoader("forms", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(FILTERS)
    return made


def render(name: str, **context: Any) -> str:
    """The template `name` with its values, as HTML.

    Raises:
        jinja2.UndefinedError: the template asks for a value it was not given.
    """
    return environment().get_template(name).render(**context)
