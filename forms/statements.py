"""The pages anybody may read: help, privacy, and how accessible the service is.

Their text is data (`texts/*.toml`), so that a council's lawyer can read and change it; a name in braces
is filled in from the service as it runs, so that what is said of it stays true.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from forms.pages import Page, Site


class Statement(StrEnum):
    """A page of text, by the name of its file and of its address."""

    HELP = "help"
    PRIVACY = "privacy"
    ACCESSIBILITY = "accessibility"


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading with what stands below it."""

    id: str
    heading: str
    paragraphs: tuple[str, ...]
    items: tuple[str, ...]
    terms: tuple[tuple[str, str], ...]
    """A word or a question, and what to know of it."""
    after: tuple[str, ...]
    """Paragraphs below the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementPage(Page):
    """A page of text."""

    lead: str
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the texts say of the service; each field is a name that may stand in braces."""

    service: str
    organisation: str
    contact: str
    """How people reach whoever runs the service."""
    keeping: str
    """How long a child's records are kept, in a sentence; empty where no programme is known."""
    idle_hours: int
    """Hours without a request after which somebody is signed out."""
    longest_hours: int
    """Hours after which everybody is signed out."""
    messages_days: int
    """Days that messages are kept."""


def statement_page(site: Site, statement: Statement, told: Told) -> StatementPage:
    """A page of text, filled in; a paragraph that says nothing is left out."""
    text, values = _text_of(statement), asdict(told)
    return StatementPage(
        site=site,
        title=text["title"],
        lead=_fill(text["lead"], values),
        sections=tuple(_section(part, values) for part in text["section"]),
    )


@cache
def _text_of(statement: Statement) -> dict[str, Any]:
    return tomllib.loads((files("forms") / "texts" / f"{statement}.toml").read_text("utf-8"))


def _section(part: Mapping[str, Any], values: Mapping[str, Any]) -> Section:
    def filled(name: str) -> tuple[str, ...]:
        return tuple(filter(None, (_fill(text, values) for text in part.get(name, ()))))

    return Section(
        id=part["id"],
        heading=part["heading"],
        paragraphs=filled("paragraphs"),
        items=filled("items"),
        terms=tuple((term["term"], _fill(term["text"], values)) for term in part.get("terms", ())),
        after=filled("after"),
    )


def _fill(text: str, values: Mapping[str, Any]) -> str:
    return text.format(**values).strip()
