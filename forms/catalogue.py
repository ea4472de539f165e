"""Every published form: id → version → form. What is published never changes.

To change a form, copy its definition to the next version, change that, and add its hash to `PUBLISHED`
(the refusal at import says it). Reviews pin the version they were written in.
"""

import hashlib
import json
from dataclasses import MISSING, fields, is_dataclass
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from forms.answers import FINDINGS
from forms.loading import read_form
from forms.schema import Form, FormError
from workflow.errors import NotFoundError

PUBLISHED: dict[tuple[str, int], str] = {
    ("cin_review", 1): "bf1e1e812087b45b91b6ab98e5a382fbce42c64692b4990d409e766b41a281f1",
}
"""(id, version) → fingerprint of the form at the moment it was published."""


def fingerprint(form: Form) -> str:
    """SHA-256 over everything a form says; comments and the order of keys do not count.

    What a form leaves at its default does not count either, so that a field added to the schema later
    does not touch the forms that never knew it; for the same reason a default never changes.
    """
    said = json.dumps(_canonical(form), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()


def _canonical(value: Any) -> Any:
    """A part of a form in plain JSON: sets sorted, defaults left out."""
    if is_dataclass(value):
        said = {field.name: (getattr(value, field.name), field.default) for field in fields(value)}
        return {
            name: _canonical(given)
            for name, (given, default) in said.items()
            if default is MISSING or given != default
        }
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [_canonical(one) for one in value]
    return value


def get_form(form_id: str, version: int) -> Form:
    """One version of a form.

    Raises:
        NotFoundError: there is no such form or version.
    """
    try:
        return _FORMS[form_id, version]
    except KeyError:
        raise NotFoundError("form", f"{form_id} v{version}") from None


def latest_form(form_id: str) -> Form:
    """The newest published version of a form: new reviews are written in it.

    Raises:
        NotFoundError: there is no such form.
    """
    versions = [version for known, version in _FORMS if known == form_id]
    if not versions:
        raise NotFoundError("form", form_id)
    return _FORMS[form_id, max(versions)]


def all_forms() -> tuple[Form, ...]:
    """Every published version of every form, in the order they were published."""
    return tuple(_FORMS.values())


def _load(form_id: str, version: int, published: str) -> Form:
    name = f"{form_id}_v{version}.toml"
    form = read_form((files("forms") / "definitions" / name).read_text("utf-8"))
    if (form.id, form.version) != (form_id, version):
        raise FormError(form.name, None, f"{name} must define {form_id} v{version}")
    return _as_published(form, published)


def _as_published(form: Form, published: str) -> Form:
    if lacking := set(FINDINGS) - form.questions().keys():
        raise FormError(form.name, min(lacking), "every review form asks this")
    if fingerprint(form) != published:
        fault = (
            f"a published version never changes; publish a new one (its hash: {fingerprint(form)})"
        )
        raise FormError(form.name, None, fault)
    return form


_FORMS = MappingProxyType(
    {
        (form_id, version): _load(form_id, version, hash_)
        for (form_id, version), hash_ in PUBLISHED.items()
    }
)
