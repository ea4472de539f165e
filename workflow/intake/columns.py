"""Which column of a table means what: headings known by their usual names, and mappings people save.

A `ColumnMapping` is written as TOML:

    [columns]
    "Child Ref" = "child_id"
    "Opened" = "episode_start"
    [dates]
    "*" = "dd/mm/yyyy"           # or one line per field
    [constants]
    status = "c) Child in need plan"
    [values.primary_need]
    "Trilogy of risk" = "N1"
    [file]
    delimiter = ";"
    encoding = "cp1252"
"""

import codecs
import json
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from workflow.errors import InvalidInputError
from workflow.intake.codes import LEARN_ONLY, code_list
from workflow.intake.dates import Order, order_of_format
from workflow.intake.decode import KINDS
from workflow.intake.text import clean, spelling

HEADINGS: dict[str, tuple[str, ...]] = {
    "child_id": (
        *("Child Unique ID", "Child ID", "LAchildID", "LA Child ID", "Child Identifier"),
        *("Child Reference", "Child Ref", "Child No", "Child Number", "Person ID", "Person Number"),
        *(
            "pers_person_id",
            "cine_person_id",
            "Client ID",
            "Client Number",
            "Case ID",
            "Case Number",
        ),
        *("Case Reference", "LCS ID", "Liquidlogic ID", "Mosaic ID", "System ID", "PID", "ID"),
    ),
    "episode_start": (
        *("CIN Start Date", "CINreferralDate", "CIN Referral Date", "Referral Date"),
        *("Date of Referral", "cine_referral_date", "Episode Start", "Episode Start Date"),
        *("CIN Episode Start Date", "Start Date", "Start of Episode", "Date Opened", "Open Date"),
        *("Case Start Date", "Case Opened", "Opened On", "CIN Start"),
    ),
    "birth_on": ("Date of Birth", "DOB", "Birth Date", "PersonBirthDate", "pers_dob", "Child DOB"),
    "expected_birth_on": (
        *("Expected Date of Birth", "ExpectedPersonBirthDate", "Expected Birth Date"),
        *("Expected DOB", "EDD", "Expected Date of Delivery", "pers_expected_dob"),
    ),
    "died_on": ("Date of Death", "PersonDeathDate", "Death Date", "pers_death_date"),
    "gender": ("Gender", "GenderCurrent", "Child Gender", "pers_gender"),
    "sex": ("Sex", "pers_sex"),
    "ethnicity": ("Ethnicity", "Ethnic Origin", "Ethnic Group", "Ethnicity Code", "pers_ethnicity"),
    "disabilities": (
        *("Does the Child have a Disability", "Disabilities", "Disability", "Disabled"),
        "Has Disability",
    ),
    "referral_source": (
        *("ReferralSource", "Source of Referral", "Referral Source Code"),
        "cine_referral_source_code",
    ),
    "primary_need": (
        *("Primary Need Code", "Primary Need", "CIN Primary Need", "Need Code"),
        *("Category of Need", "cine_cin_primary_need_code", "cine_cin_primary_need"),
    ),
    "no_further_action": ("ReferralNFA", "NFA", "No Further Action", "cine_referral_nfa"),
    "closed_on": (
        *("CIN Closure Date", "Closure Date", "Date of Closure", "Date Closed", "Closed On"),
        *("Close Date", "Closed Date", "Case Closed", "Episode End Date", "Episode End"),
        *("End Date", "cine_close_date", "CIN End Date"),
    ),
    "closure_reason": (
        *("Reason for Closure", "Closure Reason", "CIN Closure Reason", "Close Reason"),
        *("cine_close_reason", "Reason Closed"),
    ),
    "factors": (
        *("AssessmentFactors", "Factors", "Factors Identified at Assessment"),
        "Factors Identified",
    ),
    "assessment_started_on": (
        *("AssessmentActualStartDate", "Assessment Start Date", "Assessment Start"),
        *("Assessment Started", "Date Assessment Started"),
    ),
    "assessment_authorised_on": (
        *("AssessmentAuthorisationDate", "Assessment Authorised", "Assessment End Date"),
        *("Assessment Completion Date", "Date Assessment Authorised", "Date Assessment Completed"),
    ),
    "section_47_open": ("Section 47 Open", "Open Section 47", "S47 Open", "Open S47"),
    "protection_plan_open": (
        *("Child Protection Plan Open", "Open Child Protection Plan", "CP Plan Open"),
        *("On Child Protection Plan", "Child Protection Plan", "On CP Plan", "CP Plan"),
    ),
    "protection_plan_ended_on": (
        *("CPPendDate", "Child Protection Plan End Date", "CP Plan End Date", "CP Plan Ended"),
    ),
    "plan_started_on": (
        *("CINPlanStartDate", "CIN Plan Start", "Child in Need Plan Start Date", "Plan Start Date"),
    ),
    "plan_ended_on": (
        *("CINPlanEndDate", "CIN Plan End", "Child in Need Plan End Date", "Plan End Date"),
    ),
    "status": ("Case Status", "Status", "CIN Status"),
    "last_seen_on": (
        *("Date Child Was Last Seen", "Date Last Seen", "Last Seen", "Child Last Seen"),
        *("Last Seen Date", "Last Seen On", "Last Visit", "Last Visit Date", "Date of Last Visit"),
        "Last Statutory Visit",
    ),
    "family": (
        *("Family ID", "Family", "Family Reference", "Family Number", "Family Ref"),
        *("Sibling Group", "Sibling Group ID", "Household", "Household ID", "fami_family_id"),
    ),
    "district": (
        *("District", "District Council", "District Name", "District Code", "Home District"),
        *("District of Residence", "Local Authority District", "Borough"),
    ),
    "team": ("Allocated Team", "Team", "Team Name", "CIN Team", "cine_referral_team"),
    "worker": (
        *("Allocated Worker", "Worker", "Worker Name", "Social Worker", "Allocated Social Worker"),
        *("Case Worker", "Caseholder", "Case Holder", "Key Worker", "Lead Practitioner"),
        "Lead Professional",
    ),
    "worker_qualified": (
        *("Worker Qualified", "Qualified Worker", "Qualified", "Worker Qualification"),
        *("Worker Type", "Worker Role"),
    ),
    "looked_after": ("Looked After", "Child Looked After", "CLA", "LAC", "Looked After Child"),
    "upn": ("UPN", "Unique Pupil Number"),
    "former_upn": ("Former UPN", "Previous UPN"),
}
"""Field → headings, the most telling first; case, spaces and punctuation do not matter."""

SUPPLEMENT_FIELDS = frozenset(
    {
        *("family", "district", "team", "worker", "worker_qualified", "last_seen_on"),
        *("looked_after", "status"),
    }
)
"""What a file about children already in the caseload adds."""
CHILD_FIELDS = frozenset(
    {
        *("child_id", "birth_on", "expected_birth_on", "died_on", "gender", "sex", "ethnicity"),
        *("disabilities", "upn", "former_upn"),
    }
)
"""What says who the child is, in either kind of file."""

DELIMITERS = (",", ";", "\t", "|")
_LOOKS_LIKE = 0.87
"""Similarity from which an unknown heading is taken for a slip of a known one."""


def _key(heading: str) -> str:
    return spelling(clean(heading)).replace(" ", "")


_KNOWN = {_key(text): name for name, texts in reversed(HEADINGS.items()) for text in texts}
_RANK = {_key(text): rank for texts in HEADINGS.values() for rank, text in enumerate(texts)}


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """What each column of a file means, as somebody has decided or the headings suggest."""

    columns: dict[str, str]
    """Heading → field."""
    dates: dict[str, str] = field(default_factory=dict)
    """Field, or `*` for all → format, e.g. `dd/mm/yyyy`; without one the column itself decides."""
    constants: dict[str, str] = field(default_factory=dict)
    """Field → the value every row has."""
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    """Field → spelling → code, beside the vocabulary."""
    delimiter: str | None = None
    encoding: str | None = None

    def order(self, name: str) -> Order | None:
        """The declared order of day and month of a field, if any."""
        declared = self.dates.get(name) or self.dates.get("*")
        return order_of_format(declared) if declared else None

    def lessons(self) -> list[tuple[str, str, str]]:
        """The value maps as (field, spelling, code), for a vocabulary to learn."""
        return [
            (name, raw, code) for name, codes in self.values.items() for raw, code in codes.items()
        ]


@dataclass(frozen=True, slots=True)
class Guess:
    """What headings suggest without a saved mapping."""

    mapping: ColumnMapping
    ambiguous: dict[str, str] = field(default_factory=dict)
    """Heading left out → field that a better heading already gives."""
    lookalikes: dict[str, str] = field(default_factory=dict)
    """Heading left out → the known heading it resembles."""


def field_of(heading: str) -> str | None:
    """The field a heading is known for."""
    return _KNOWN.get(_key(heading))


def count_known(headings: Iterable[str]) -> int:
    """How many different fields the headings give."""
    return len({name for name in map(field_of, headings) if name})


def guess_mapping(headings: Sequence[str]) -> Guess:
    """The mapping that headings suggest by their usual names."""
    columns: dict[str, str] = {}
    ambiguous: dict[str, str] = {}
    for heading in sorted(filter(field_of, headings), key=lambda text: _RANK[_key(text)]):
        name = field_of(heading) or ""
        taken = name in columns.values() and heading not in columns
        (ambiguous if taken else columns)[heading] = name
    ordered = {heading: columns[heading] for heading in headings if heading in columns}
    return Guess(ColumnMapping(ordered), ambiguous, _lookalikes(headings, set(columns.values())))


def _lookalikes(headings: Sequence[str], given: set[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for heading in headings:
        key = _key(heading)
        if not key or key in _KNOWN:
            continue
        for close in get_close_matches(key, _KNOWN, n=1, cutoff=_LOOKS_LIKE):
            if _KNOWN[close] not in given:
                found[heading] = HEADINGS[_KNOWN[close]][0]
    return found


def load_mapping(text: str) -> ColumnMapping:
    """The mapping written in `text` (TOML).

    Raises:
        InvalidInputError: it is no TOML, or names a field, code, format or encoding there is not.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise InvalidInputError(f"The column mapping is not valid TOML: {problem}.") from problem
    unknown = set(raw) - {"columns", "dates", "constants", "values", "file"}
    if unknown:
        raise InvalidInputError(f"The column mapping has an unknown part: {min(unknown)}.")
    file = _strings(raw.get("file", {}), "file")
    values = raw.get("values", {})
    if not isinstance(values, dict):
        raise InvalidInputError("The part values of the column mapping must be a table.")
    mapping = ColumnMapping(
        columns=_strings(raw.get("columns", {}), "columns"),
        dates=_strings(raw.get("dates", {}), "dates"),
        constants=_strings(raw.get("constants", {}), "constants"),
        values={name: _strings(codes, f"values.{name}") for name, codes in values.items()},
        delimiter=file.get("delimiter"),
        encoding=file.get("encoding"),
    )
    _check_mapping(mapping)
    return mapping


def _strings(table: Any, part: str) -> dict[str, str]:
    if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
        raise InvalidInputError(f"The part {part} of the column mapping must pair names with text.")
    return dict(table)


def _check_mapping(mapping: ColumnMapping) -> None:
    if not mapping.columns:
        raise InvalidInputError("The column mapping names no columns.")
    named = {*mapping.columns.values(), *mapping.constants, *mapping.values, *mapping.dates} - {"*"}
    for name in sorted(named - set(KINDS)):
        raise InvalidInputError(f"The column mapping names a field there is not: {name}.")
    fields = list(mapping.columns.values())
    for name in sorted({name for name in fields if fields.count(name) > 1}):
        raise InvalidInputError(f"The column mapping gives two columns for {name}.")
    for name, pattern in mapping.dates.items():
        if order_of_format(pattern) is None:
            raise InvalidInputError(f"{pattern} is not a date format (for {name}).")
    for name, raw, code in mapping.lessons():
        if name not in LEARN_ONLY and code not in code_list(name):
            raise InvalidInputError(
                f"The column mapping maps {raw} to {code}, which is no {name} code."
            )
    if mapping.delimiter not in {None, *DELIMITERS}:
        raise InvalidInputError("The delimiter must be a comma, semicolon, tab or bar.")
    if mapping.encoding is not None:
        _check_encoding(mapping.encoding)


def _check_encoding(name: str) -> None:
    try:
        codecs.lookup(name)
    except LookupError as problem:
        raise InvalidInputError(f"The column mapping names no encoding: {name}.") from problem


def dump_mapping(mapping: ColumnMapping) -> str:
    """The mapping as TOML; `load_mapping` reads it back equal."""
    file = {"delimiter": mapping.delimiter, "encoding": mapping.encoding}
    parts: dict[str, dict[str, str]] = {
        "columns": mapping.columns,
        "dates": mapping.dates,
        "constants": mapping.constants,
        **{f"values.{_quoted(name)}": codes for name, codes in mapping.values.items()},
        "file": {name: value for name, value in file.items() if value is not None},
    }
    return "\n".join(_dump_part(name, pairs) for name, pairs in parts.items() if pairs)


def _dump_part(name: str, pairs: dict[str, str]) -> str:
    lines = (f"{_quoted(key)} = {_quoted(value)}\n" for key, value in pairs.items())
    return f"[{name}]\n{''.join(lines)}"


def _quoted(text: str) -> str:
    # TOML's basic strings are JSON's, except that DEL must be escaped too.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
