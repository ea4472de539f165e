"""Every form in every version. A published version never changes: its fingerprint is fixed here."""

import hashlib
import json
import tomllib
from dataclasses import asdict
from functools import cache
from pathlib import Path

from forms.schema import Form, read_form
from workflow.errors import NotFoundError

_FOLDER = Path(__file__).parent / "definitions"

PUBLISHED = {
    ("cin_review", 1): "76841750ba907db5fabd4fb1b505202c5b913d5f2cb8190c5bf7038f88c894ed",
}
"""Form and version → SHA-256 of its content on the day it was published."""


@cache
def all_forms() -> dict[tuple[str, int], Form]:
    """Form and version → definition, read and checked once."""
    forms = (read_form(tomllib.loads(path.read_text("utf-8"))) for path in _FOLDER.glob("*.toml"))
    return {
        (form.id, form.version): form for form in sorted(forms, key=lambda f: (f.id, f.version))
    }


def get_form(form_id: str, version: int) -> Form:
    """One version of a form.

    Raises:
        NotFoundError: there is no such form, or not in this version.
    """
    form = all_forms().get((form_id, version))
    if form is None:
        raise NotFoundError("form", f"{form_id} version {version}")
    return form


def latest_form(form_id: str) -> Form:
    """The newest version of a form: the one new reviews are pinned to.

    Raises:
        NotFoundError: there is no such form.
    """
    versions = [version for known, version in all_forms() if known == form_id]
    if not versions:
        raise NotFoundError("form", form_id)
    return get_form(form_id, max(versions))


def fingerprint(form: Form) -> str:
    """SHA-256 of everything a form says."""
    text = json.dumps(asdict(form), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
