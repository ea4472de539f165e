"""Text as files carry it: invisible characters, non-breaking spaces, and the many ways to say nothing.

Pure functions of strings, used by every reader before a value is looked at.
"""

import re
import unicodedata
from functools import lru_cache

EXCERPT = 80
"""Characters of an offending value that a finding repeats."""

SPREADSHEET_ERRORS = frozenset(
    {"#n/a", "#ref!", "#value!", "#name?", "#div/0!", "#null!", "#num!", "#calc!", "#spill!"}
)
"""What a spreadsheet shows for a broken formula: never a value, in any column."""
NOTHING = SPREADSHEET_ERRORS | {
    *(
        "",
        "-",
        "--",
        ".",
        "?",
        "n/a",
        "na",
        "n.a.",
        "null",
        "(null)",
        "<null>",
        "none",
        "nan",
        "nil",
    ),
    *("nat", "(blank)", "blank", "not applicable"),
}
"""What stands for an empty cell where a date or a code is asked for (a name may well be None)."""

_NOT_WORD = re.compile(r"[\W_]+")


def clean(text: str) -> str:
    """`text` without invisible characters, its runs of any kind of space made one, ends stripped."""
    return _clean_again(text) if len(text) <= EXCERPT else _clean(text)


def _clean(text: str) -> str:
    if text.isascii():
        return " ".join(text.split())
    visible = "".join(
        character
        for character in unicodedata.normalize("NFC", text)
        if unicodedata.category(character) != "Cf"
    )
    return " ".join(visible.split())


_clean_again = lru_cache(maxsize=50_000)(_clean)
"""Dates, codes, districts: a list says the same few things in thousands of cells."""


def is_error_cell(text: str) -> bool:
    """Whether a cleaned cell shows a spreadsheet's error, such as `#N/A`."""
    return text.startswith("#") and text.casefold() in SPREADSHEET_ERRORS


def says_nothing(text: str) -> bool:
    """Whether a cleaned cell of dates or codes is empty in one of the usual ways."""
    return text.casefold() in NOTHING


def spelling(text: str) -> str:
    """The key under which spellings compare: letters and digits only, folded, single spaces.

    >>> spelling("  White\u00a0-  British ")
    'white british'
    """
    folded = unicodedata.normalize("NFKC", text).replace("'", "").replace("’", "").casefold()
    return _NOT_WORD.sub(" ", folded).strip()


def excerpt(text: object) -> str | None:
    """What a finding shows of a value: its first characters on one line; None stays None."""
    if text is None:
        return None
    # Cut before cleaning: a field may be megabytes long.
    shown = clean(str(text)[: EXCERPT * 2].replace("\0", "\N{SYMBOL FOR NULL}"))
    return shown if len(shown) <= EXCERPT else shown[: EXCERPT - 1] + "…"
