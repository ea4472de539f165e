"""Turns a page's values into HTML. Templates hold no logic; a name they misspell is an error.

Everything is escaped, always. The components of the design system (`govuk-frontend-jinja`) rely on
undefined names, so they live in an environment of their own; templates call them as
`govuk.button({...})`. Give them `text`, never `html` built by hand.
"""

import re
from collections.abc import Callable
from functools import cache
from secrets import token_hex
from typing import Any

from jinja2 import ChainableUndefined, Environment, PackageLoader, PrefixLoader, StrictUndefined
from jinja2.ext import Extension

from forms import wording

ONCE = "once"
"""The field of a form that says which page it was sent from: sent twice, it is carried out once."""
_LIBRARY = "govuk_frontend_jinja"
FILTERS: dict[str, Callable[..., str]] = {
    "long_date": wording.long_date,
    "short_date": wording.short_date,
    "number": wording.number,
    "chance": wording.chance_in_words,
    "plural": wording.plural,
    "keep_together": wording.keep_together,
}
"""How templates say and set dates and numbers; the same functions word the pages' values."""


class FormKeys(Extension):
    """Gives every form that changes something a key of its own; signing in and out needs none."""

    _FORM = re.compile(r'<form\b(?=[^>]*method="post")(?![^>]*action="/sign-)[^>]*>')

    def preprocess(self, source: str, *_: str | None) -> str:
        """Put the field into a template's source."""
        field = f'<input type="hidden" name="{ONCE}" value="{{{{ form_key() }}}}">'
        return self._FORM.sub(lambda form: form.group() + field, source)


class Components:
    """The design system's components by name: `button`, `date_input`, `error_summary` and so on."""

    def __init__(self) -> None:
        """Make the environment the components need."""
        self._environment = Environment(
            loader=PrefixLoader({_LIBRARY: PackageLoader(_LIBRARY)}),
            autoescape=True,
            undefined=ChainableUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def __getattr__(self, name: str) -> Callable[..., str]:
        """The macro of one component, compiled when first asked for.

        Raises:
            AttributeError: the library has no such component.
        """
        folder = name.replace("_", "-")
        macro = "govuk" + "".join(part.capitalize() for part in name.split("_"))
        path = f"{_LIBRARY}/components/{folder}/macro.html"
        if path not in self._environment.list_templates():
            raise AttributeError(name)
        found: Callable[..., str] = getattr(self._environment.get_template(path).module, macro)
        setattr(self, name, found)
        return found


@cache
def environment() -> Environment:
    """The environment of our own templates."""
    made = Environment(
        loader=PackageLoader("forms", "templates"),
        extensions=[FormKeys],
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(FILTERS)
    made.globals["govuk"] = Components()
    made.globals["form_key"] = lambda: token_hex(16)
    return made


def render(name: str, **context: Any) -> str:
    """The template `name` with its values, as HTML.

    Raises:
        jinja2.UndefinedError: the template asks for a value it was not given.
    """
    return environment().get_template(name).render(**context)
