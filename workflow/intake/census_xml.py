"""The Children in Need census return (XML), collections 2016 to 2026.

Source: the Department for Education's schemas; their elements and rules are named only here and in
`xml_stream`.
"""

from dataclasses import replace
from datetime import date
from pathlib import Path
from xml.sax import SAXParseException

from defusedxml import DefusedXmlException

from workflow.intake.census_header import Header, Opening, check_header, opening_of, read_header
from workflow.intake.checks import check
from workflow.intake.codes import PLAN_DATES_SINCE, SEX_SINCE
from workflow.intake.decode import Decoder
from workflow.intake.episodes import Enquiry, Episode, Span, Value, derive, to_row
from workflow.intake.extracts import Reading, Stopped, extract_of, settle
from workflow.intake.faults import DFE_INVALID
from workflow.intake.offences import Yardstick
from workflow.intake.rows import CaseRow, Extract, UnmappedValue
from workflow.intake.xml_stream import Block, CensusHandler, Leaf, RefusedError, parse

_CHILD = {
    "LAchildID": "child_id",
    "UPN": "upn",
    "FormerUPN": "former_upn",
    "PersonBirthDate": "birth_on",
    "ExpectedPersonBirthDate": "expected_birth_on",
    "GenderCurrent": "gender",
    "Sex": "sex",
    "PersonDeathDate": "died_on",
    "Ethnicity": "ethnicity",
    "Disability": "disabilities",
}
_EPISODE = {
    "CINreferralDate": "episode_start",
    "ReferralSource": "referral_source",
    "PrimaryNeedCode": "primary_need",
    "CINclosureDate": "closed_on",
    "ReasonForClosure": "closure_reason",
    "DateOfInitialCPC": "conference",
    "ReferralNFA": "no_further_action",
}
_NAMES = {
    **{name: f"ChildIdentifiers/{element}" for element, name in _CHILD.items()},
    "ethnicity": "ChildCharacteristics/Ethnicity",
    "disabilities": "Disabilities/Disability",
    **{name: f"CINdetails/{element}" for element, name in _EPISODE.items()},
}
_SEVERAL = frozenset({"Disability", "AssessmentFactors"})
_PLAN_FIELDS = frozenset({"plan_started_on", "plan_ended_on"})
PROVIDES = frozenset(
    {
        *("child_id", "episode_start", "birth_on", "expected_birth_on", "died_on", "gender"),
        *("ethnicity", "disabilities", "referral_source", "primary_need", "no_further_action"),
        *("closed_on", "closure_reason", "factors", "assessment_started_on"),
        *("assessment_authorised_on", "section_47_open", "protection_plan_open"),
        "protection_plan_ended_on",
    }
)
"""What every return speaks for; from 2022 on also the child in need plans."""


def read_census_xml(reading: Reading) -> Extract:
    """The rows of a census return.

    Memory grows with the rows kept, not with the file.

    Raises:
        Stopped: the file is refused; one that cannot be read to its end gives no rows at all.
    """
    notes, path = reading.notes, reading.path
    opening = opening_of(path, notes)
    header = read_header(path, opening)
    census = _Census(reading, header)
    handler = CensusHandler(notes, lambda _: None, census.take, opening.first_line)
    _parse(path, handler, opening)
    check_header(header, reading.geography, notes)
    if not census.children:
        raise Stopped("file-no-rows")
    return extract_of(
        reading,
        "census-xml",
        rows=settle(census.rows, notes, _NAMES["episode_start"]),
        provides=census.provides,
        reference_date=header.reference,
        collection_year=header.year,
    )


def _parse(path: Path, handler: CensusHandler, opening: Opening) -> None:
    """Run the stream; whatever stops it becomes `Stopped` with its rule."""
    try:
        parse(path, handler, skip=opening.skip, encoding=opening.encoding)
    except DefusedXmlException as refused:
        raise Stopped("xml-dtd-forbidden") from refused
    except RefusedError as refused:
        raise Stopped(refused.rule, line=refused.line, **refused.facts) from refused
    except SAXParseException as broken:
        line = (broken.getLineNumber() or 1) + opening.first_line - 1
        raise Stopped("file-not-xml", line=line, detail=broken.getMessage()) from broken
    except (LookupError, ValueError) as unreadable:
        raise Stopped("file-encoding", detail=str(unreadable)) from unreadable
    if handler.root != "Message":
        raise Stopped("file-not-census", line=1, value=handler.root, detail=handler.root)


class _Census:
    """Takes children as the stream delivers them; keeps their rows and what was found."""

    def __init__(self, reading: Reading, header: Header) -> None:
        self.rows: list[CaseRow] = []
        self.children = 0
        self._notes, self._year = reading.notes, header.known_year
        self._decoder = Decoder(reading, year=self._year, invalid_rules=DFE_INVALID)
        self._has_plans = self._year is not None and self._year >= PLAN_DATES_SINCE
        horizon = header.reference if header.known_year else None
        self._yardstick = Yardstick(
            horizon or reading.today, reading.geography, is_census=True, provides=PROVIDES
        )
        self._seen: set[str] = set()
        self._misplaced: set[str] = set()

    @property
    def provides(self) -> frozenset[str]:
        return PROVIDES | _PLAN_FIELDS if self._has_plans else PROVIDES

    def take(self, child: Block) -> None:
        """Add one child's episodes."""
        self.children += 1
        before, listed = len(self._notes.findings), len(self._notes.unmapped)
        facts, blanks = self._values(child, _CHILD)
        of_child = self._listed_since(listed)
        self._check_child(child, facts)
        for details in child.named("CINdetails"):
            listed = len(self._notes.unmapped)
            episode = self._episode(child, details, facts, blanks)
            unmapped = [*of_child, *self._listed_since(listed)]
            # A value to map is a row's: it names the row's line, its finding the element's.
            self._notes.unmapped += [replace(value, line=details.line) for value in unmapped]
            if check(episode, self._yardstick, self._notes):
                self.rows.append(to_row(episode))
        # What is wrong with the child is found once for each of its episodes: say it once.
        found = self._notes.findings[before:]
        self._notes.findings[before:] = dict.fromkeys(found)

    def _listed_since(self, start: int) -> list[UnmappedValue]:
        """Take the unmapped values of one part off the list, to give them to their rows."""
        taken = self._notes.unmapped[start:]
        del self._notes.unmapped[start:]
        return taken

    def _check_child(self, child: Block, facts: dict[str, Value]) -> None:
        child_id = facts.get("child_id")
        if child_id and child_id.value in self._seen:
            self._notes.add("8510", line=child_id.line, field=child_id.field, value=child_id.raw)
        if child_id and child_id.value:
            self._seen.add(child_id.value)
        if not child.named("CINdetails"):
            self._notes.add("8590", line=child.line, field="CINdetails", value=None)
        since_2025 = self._year is not None and self._year >= SEX_SINCE
        self._in_year(facts.get("gender" if since_2025 else "sex"))

    def _in_year(self, value: Value | None) -> None:
        if value and self._year and value.field not in self._misplaced:
            self._misplaced.add(value.field)
            self._notes.add(
                "element-not-in-year",
                line=value.line,
                field=value.field,
                value=value.raw,
                detail=self._year,
            )

    def _episode(
        self, child: Block, details: Block, facts: dict[str, Value], blanks: dict[str, Value]
    ) -> Episode:
        own, own_blanks = self._values(details, _EPISODE)
        places = {
            name: Value(None, None, _NAMES[name], child.line)
            for name in _CHILD.values()
            if name not in facts
        }
        episode = Episode(
            line=details.line,
            names=_NAMES,
            facts={**facts, **own},
            blanks={**places, **blanks, **own_blanks},
            assessments=tuple(self._assessment(part) for part in details.named("Assessments")),
            plans=self._spans(details, "CINPlanDates", "CINPlanStartDate", "CINPlanEndDate"),
            protection_plans=self._spans(
                details, "ChildProtectionPlans", "CPPstartDate", "CPPendDate"
            ),
            enquiries=tuple(self._enquiry(part) for part in details.named("Section47")),
        )
        if episode.plans and not self._has_plans:
            self._has_plans = True
            self._in_year(next(iter(episode.plans[0].dates), None))
        episode.derived = derive(episode)
        return episode

    def _values(
        self, block: Block, elements: dict[str, str]
    ) -> tuple[dict[str, Value], dict[str, Value]]:
        """The decoded values of a block by field, and the empty elements among them."""
        found: dict[str, Value] = {}
        blanks: dict[str, Value] = {}
        for element, name in elements.items():
            leaves = block.leaves.get(element)
            if not leaves:
                continue
            value = self._value(name, element, leaves)
            if value is None:
                blanks[name] = Value(None, None, leaves[0].label, leaves[0].line)
            else:
                found[name] = value
        return found, blanks

    def _value(self, name: str, element: str, leaves: list[Leaf]) -> Value | None:
        if element in _SEVERAL:
            return self._several(name, leaves)
        filled = [leaf for leaf in leaves if leaf.text]
        if not filled:
            return None
        first = filled[0]
        for other in filled[1:]:
            if other.text != first.text:
                self._notes.add(
                    "element-repeated", line=other.line, field=other.label, value=other.text
                )
        value = self._decoder.read(name, first.text, first.label, first.line)
        if value and isinstance(value.value, date) and first.text[4:5] != "-":
            self._notes.add("date-not-iso", line=value.line, field=value.field, value=value.raw)
        return value

    def _several(self, name: str, leaves: list[Leaf]) -> Value | None:
        read = (self._decoder.read(name, leaf.text, leaf.label, leaf.line) for leaf in leaves)
        values = [value for value in read if value]
        if not values:
            return None
        codes = {code for value in values for code in value.value or ()}
        raw = " ".join(value.raw or "" for value in values)
        return Value(tuple(sorted(codes)) or None, raw, values[0].field, values[0].line)

    def _leaf(self, block: Block, element: str, name: str) -> Value | None:
        leaves = block.leaves.get(element)
        return self._value(name, element, leaves) if leaves else None

    def _spans(self, details: Block, block: str, start: str, end: str) -> tuple[Span, ...]:
        # Any date field but the episode's start will do: only an impossible start stops a row.
        return tuple(
            Span(self._leaf(part, start, "closed_on"), self._leaf(part, end, "closed_on"))
            for part in details.named(block)
        )

    def _assessment(self, part: Block) -> Span:
        return Span(
            self._leaf(part, "AssessmentActualStartDate", "assessment_started_on"),
            self._leaf(part, "AssessmentAuthorisationDate", "assessment_authorised_on"),
            self._leaf(part, "AssessmentFactors", "factors"),
        )

    def _enquiry(self, part: Block) -> Enquiry:
        return Enquiry(
            self._leaf(part, "S47ActualStartDate", "conference"),
            self._leaf(part, "DateOfInitialCPC", "conference"),
            self._leaf(part, "ICPCnotRequired", "conference_not_required"),
        )
