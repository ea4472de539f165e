"""Small forms as values: a page lists its entries, one partial lays all of them out.

The id of a field is that of its entry and its own name, so that several entries of a page can ask for a
reason and a fault leads to the right one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["line", "lines", "date", "number", "choice", "tick"]


@dataclass(frozen=True, slots=True)
class Field:
    """One thing a form asks for."""

    name: str
    label: str
    kind: Kind = "line"
    value: str = ""
    """What stands there at first; of a tick: empty or `yes`."""
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    """Value and text, for a choice."""
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A form that posts to `action`; it is folded away unless it is open."""

    id: str
    title: str
    action: str
    button: str
    fields: tuple[Field, ...]
    note: str = ""
    """A sentence before the fields."""
    hidden: tuple[tuple[str, str], ...] = ()
    is_warning: bool = False
    """What it does cannot be taken back."""
    is_folded: bool = False
    """Shown as a line that opens, so that a page with several forms stays short."""
    look: str = ""
    """Text of a button that posts `look=yes`: to see what it would do, and change nothing."""


def entry(
    id_: str,
    title: str,
    *,
    action: str,
    button: str,
    fields: Iterable[Field],
    typed: Mapping[str, str] | None = None,
    note: str = "",
    version: int | None = None,
    is_warning: bool = False,
    is_folded: bool = False,
    look: str = "",
) -> Entry:
    """A form; what was typed into it (by field id) stands in it again, and then it is open.

    Args:
        version: of what it changes, so that a form made before a change is refused.
    """
    again = typed or {}
    named = [(f"{id_}-{field.name}", field) for field in fields]
    mine = any(number in again for number, _ in named)
    return Entry(
        id=id_,
        title=title,
        action=action,
        button=button,
        fields=tuple(
            Field(
                field.name,
                field.label,
                field.kind,
                again.get(number, "") if mine else field.value,
                field.hint,
                field.choices,
                number,
            )
            for number, field in named
        ),
        note=note,
        hidden=(("version", str(version)),) if version is not None else (),
        is_warning=is_warning,
        is_folded=is_folded and not mine,
        look=look,
    )
