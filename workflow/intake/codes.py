"""The census' code lists by collection year, and the vocabulary that turns spellings into codes.

The lists and the spellings shipped are data (`workflow/data/census_codes.toml`); people teach more.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from workflow.errors import InvalidInputError
from workflow.intake.text import clean, spelling

FIRST_YEAR, LAST_YEAR = 2016, 2026
"""Collection years whose census files are known."""
PLAN_DATES_SINCE = 2022
"""First collection with `CINPlanDates`."""
SEX_SINCE = 2025
"""First collection with `Sex` in place of `GenderCurrent`."""

FLAGS = (
    *("no_further_action", "section_47_open", "protection_plan_open", "looked_after"),
    "conference_not_required",
)
"""Fields answered yes or no; they share the list `flag`."""
LEARN_ONLY = ("district",)
"""Fields without a code list of the census, whose spellings can be taught all the same."""

_LIST_LETTER = re.compile(r"^\(?[a-z][).]\s+|^\(?[a-z]\)", re.IGNORECASE)
_CODE_FIRST = re.compile(r"^\[?(\w{1,5})\]?\s*([-–—:>.)]\s*|\s)(.+)$")
_CODE_LAST = re.compile(r"^(.+?)\s*[\[(](\w{1,5})[\])]$")


@dataclass(frozen=True, slots=True)
class Code:
    """One entry of a code list and the collections it belongs to (None: no bound)."""

    code: str
    label: str
    also: tuple[str, ...] = ()
    since: int | None = None
    until: int | None = None

    def is_in(self, year: int) -> bool:
        """Whether the collection of `year` has the code."""
        return (self.since or year) <= year <= (self.until or year)


@cache
def code_list(field: str) -> Mapping[str, Code]:
    """Code → entry for a field of `CaseRow`; empty for fields that have no list."""
    return _lists().get("flag" if field in FLAGS else field, {})


@cache
def _lists() -> dict[str, dict[str, Code]]:
    raw = tomllib.loads((files("workflow") / "data" / "census_codes.toml").read_text("utf-8"))
    return {
        field: {
            code: Code(
                code,
                entry["label"],
                tuple(entry.get("also", ())),
                entry.get("since"),
                entry.get("until"),
            )
            for code, entry in entries.items()
        }
        for field, entries in raw.items()
    }


def is_in_year(field: str, code: str, year: int | None) -> bool:
    """Whether `code` belongs to the field's list in that collection (no year: in any)."""
    entry = code_list(field).get(code)
    return entry is not None and (year is None or entry.is_in(year))


def label_of(field: str, code: str) -> str:
    """The Department's wording for a code; the code itself when it has none."""
    entry = code_list(field).get(code)
    return entry.label if entry else code


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Field → normalised spelling → code: what is shipped, and what people have taught.

    What people taught comes before what is shipped. Immutable: `learn` returns a new vocabulary.
    """

    taught: Mapping[str, Mapping[str, str]]

    @classmethod
    def shipped(cls) -> "Vocabulary":
        """The vocabulary before anybody has taught it anything."""
        return cls({})

    def learn(self, field: str, raw: str, code: str) -> "Vocabulary":
        """This vocabulary, and `raw` means `code` in `field` from now on.

        Raises:
            InvalidInputError: the field has no codes, or not this one.
        """
        return self.learn_all([(field, raw, code)])

    def learn_all(self, lessons: Iterable[tuple[str, str, str]]) -> "Vocabulary":
        """The same for many (field, raw, code) at once."""
        taught = {field: dict(spellings) for field, spellings in self.taught.items()}
        for field, raw, code in lessons:
            if field not in LEARN_ONLY and code not in code_list(field):
                raise InvalidInputError(f"{code} is not a code of {field.replace('_', ' ')}.")
            taught.setdefault(field, {})[spelling(raw)] = code
        return Vocabulary(taught)

    def find(self, field: str, raw: str) -> str | None:
        """The code `raw` stands for, or None: nothing is guessed.

        Understands the code, its label, the spellings shipped and taught, list letters (`c) Child in
        need plan`), and a code beside its text (`N1 - Abuse or neglect`, `White British [WBRI]`)
        unless the two contradict each other.
        """
        text = clean(raw)
        exact = self._exact(field, text)
        if exact is not None:
            return exact
        text = _LIST_LETTER.sub("", text)
        return self._exact(field, text) or self._beside(field, text)

    def _exact(self, field: str, text: str) -> str | None:
        key = spelling(text)
        taught = self.taught.get(field, {}).get(key)
        return taught or _shipped_spellings(field).get(key)

    def _beside(self, field: str, text: str) -> str | None:
        first, last = _CODE_FIRST.match(text), _CODE_LAST.match(text)
        if first:
            by_code, by_text = self._exact(field, first[1]), self._exact(field, first[3])
            separated = bool(first[2].strip())
            if by_code and (by_text == by_code or (by_text is None and separated)):
                return by_code
        if last:
            by_text, by_code = self._exact(field, last[1]), self._exact(field, last[2])
            if by_text is None or by_code is None or by_text == by_code:
                return by_text or by_code
        return None


@cache
def _shipped_spellings(field: str) -> Mapping[str, str]:
    entries = code_list(field).values()
    # A code's own name wins over another code's spelling of the same letters.
    spellings = {spelling(text): entry.code for entry in entries for text in entry.also}
    spellings.update({spelling(entry.label): entry.code for entry in entries})
    spellings.update({spelling(entry.code): entry.code for entry in entries})
    return spellings
