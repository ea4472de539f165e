"""Turns page values into HTML: one Jinja environment that always escapes and knows no undefined name."""

import hashlib
from datetime import date
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from forms.charts import burn_down_sentence, words

TEMPLATES = Path(__file__).parent / "templates"
STATIC = Path(__file__).parent / "static"


def short_date(day: date) -> str:
    """A date for a table cell: 31 Mar 2016."""
    return f"{day.day} {day:%b %Y}"


def thousands(number: int) -> str:
    """A count with commas: 1,690."""
    return f"{number:,}"


def in_words(code: str) -> str:
    """A code of ours as people say it: `in_progress` gives "In progress"."""
    said = code.replace("_", " ")
    return said[:1].upper() + said[1:]


def static_url(name: str) -> str:
    """The address of a static file; a changed file gets a new one, so a browser may keep each."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()
    return f"/static/{name}?v={digest[:12]}"


def _make_environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "date": words,
        "short_date": short_date,
        "thousands": thousands,
        "in_words": in_words,
        "sentence": burn_down_sentence,
    }
    environment.globals |= {
        "stylesheet": static_url("app.css"),
        "icon": static_url("icon.svg"),
    }
    return environment


_ENVIRONMENT = _make_environment()


def render(name: str, /, **context: object) -> str:
    """The HTML of `templates/<name>` with the values given; a missing value is an error, no blank."""
    return _ENVIRONMENT.get_template(name).render(**context)
