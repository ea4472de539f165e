"""From a cell of text to a value with its place: dates, codes, answers, ids, districts.

Whatever cannot be understood becomes a finding, and where a code was wanted an unmapped value too;
nothing is dropped in silence and nothing is guessed.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from workflow.intake.codes import is_in_year
from workflow.intake.dates import EARLIEST_YEAR, Order, parse_date
from workflow.intake.episodes import Value
from workflow.intake.extracts import Reading
from workflow.intake.rows import Severity, UnmappedValue
from workflow.intake.text import clean, is_error_cell, says_nothing

KINDS = {
    "child_id": "id",
    **dict.fromkeys(
        (
            *("episode_start", "birth_on", "expected_birth_on", "died_on", "closed_on"),
            *("assessment_started_on", "assessment_authorised_on", "protection_plan_ended_on"),
            *("plan_started_on", "plan_ended_on", "last_seen_on", "conference"),
        ),
        "date",
    ),
    **dict.fromkeys(
        (
            *("gender", "sex", "ethnicity", "referral_source", "primary_need", "closure_reason"),
            *("status", "no_further_action", "section_47_open", "protection_plan_open"),
            *("worker_qualified", "looked_after", "conference_not_required"),
        ),
        "code",
    ),
    "disabilities": "codes",
    "factors": "codes",
    "district": "district",
    **dict.fromkeys(("family", "team", "worker", "upn", "former_upn"), "text"),
}
"""Field → how its cells are read."""

_MANGLED_ID = re.compile(r"\d+([.,]\d+)?[eE]\+?\d+")
_NUMBER_ID = re.compile(r"(\d+)\.0+")
_SEPARATORS = re.compile(r"\s*[;|\n]\s*|\s*,\s*")


_Reader = Callable[[str, str, str, int], Value | None]


@dataclass(slots=True)
class Decoder:
    """Reads the cells of one file."""

    reading: Reading
    year: int | None = None
    """Collection year, for code lists that changed."""
    invalid_rules: Mapping[str, str] = field(default_factory=dict)
    """Field → rule to report in place of `value-unmapped`."""
    orders: dict[str, Order] = field(default_factory=dict)
    """Field → order of day and month; day first where nothing is said."""
    _readers: dict[str, _Reader] = field(init=False)
    _known: dict[tuple[str, str], tuple[str | None, bool]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """One way of reading for each kind of field."""
        self._readers = {
            "id": self._id,
            "text": self._text,
            "date": self.date,
            "district": self._district,
            "codes": self._codes,
            "code": self._code,
        }

    def read(self, name: str, raw: str, label: str, line: int) -> Value | None:
        """The value of field `name` in the cell `raw`; None when the cell is empty.

        `label` is the column header or element as the file spells it.
        """
        text = clean(raw)
        if not text or is_error_cell(text):
            return None
        return self._readers[KINDS[name]](name, text, label, line)

    def date(self, name: str, text: str, label: str, line: int) -> Value | None:
        """The date in a cleaned cell; one that cannot be is reported and left None."""
        found = parse_date(text, self.orders.get(name, Order.DAY_FIRST), self.reading.today)
        if found is not None and found.year >= EARLIEST_YEAR:
            return Value(found, text, label, line)
        if says_nothing(text):
            return None
        rule = "date-impossible" if found is None else "date-implausible"
        # Without its start an episode cannot be told from another.
        severity = Severity.ERROR if name == "episode_start" else Severity.WARNING
        self.reading.notes.add(rule, line=line, field=label, value=text, severity=severity)
        return Value(None, text, label, line)

    def _find(self, name: str, text: str) -> tuple[str | None, bool]:
        """The code of a spelling, and whether the collection has it; remembered for the file."""
        key = (name, text)
        if key not in self._known:
            field_name = "gender" if name == "sex" else name
            code = self.reading.vocabulary.find(field_name, text)
            in_year = code is None or self.year is None or is_in_year(field_name, code, self.year)
            self._known[key] = code, in_year
        return self._known[key]

    def _resolve(self, name: str, text: str, label: str, line: int) -> str | None:
        """The code of one spelling; what no code fits is reported and put on the list."""
        code, in_year = self._find(name, text)
        if code is None and not says_nothing(text):
            self._unmapped(name, text, label, line)
        if not in_year:
            self.reading.notes.add(
                "code-not-in-year", line=line, field=label, value=text, detail=self.year
            )
        return code

    def _code(self, name: str, text: str, label: str, line: int) -> Value | None:
        code = self._resolve(name, text, label, line)
        if code is None and says_nothing(text):
            return None
        return Value(code, text, label, line)

    def _codes(self, name: str, text: str, label: str, line: int) -> Value | None:
        whole, _ = self._find(name, text)
        parts = [text] if whole else [part for part in _SEPARATORS.split(text) if part]
        found = {self._resolve(name, part, label, line) for part in parts}
        codes = tuple(sorted(code for code in found if code))
        if not codes and says_nothing(text):
            return None
        # All spellings unknown: nothing is known, which is not the same as none.
        return Value(codes or None, text, label, line)

    def _text(self, _: str, text: str, label: str, line: int) -> Value:
        return Value(text, text, label, line)

    def _id(self, _: str, text: str, label: str, line: int) -> Value | None:
        if says_nothing(text):
            return None
        if _MANGLED_ID.fullmatch(text):
            self.reading.notes.add("id-mangled", line=line, field=label, value=text)
            return Value(None, text, label, line)
        number = _NUMBER_ID.fullmatch(text)
        if number:
            self.reading.notes.add("id-number", line=line, field=label, value=text)
            return Value(number[1], text, label, line)
        return Value(text, text, label, line)

    def _district(self, _: str, text: str, label: str, line: int) -> Value | None:
        if says_nothing(text):
            return None
        code = self.reading.vocabulary.find(
            "district", text
        ) or self.reading.geography.find_district(text)
        if code is None:
            self._unmapped("district", text, label, line)
        return Value(code, text, label, line)

    def _unmapped(self, name: str, text: str, label: str, line: int) -> None:
        default = "district-unknown" if name == "district" else "value-unmapped"
        rule = self.invalid_rules.get(name, default)
        self.reading.notes.add(rule, line=line, field=label, value=text)
        self.reading.notes.unmapped.append(
            UnmappedValue("gender" if name == "sex" else name, text, line)
        )
