"""The caseload for programs: files in, findings, unmapped values, cohort rules with their effect."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field, model_validator

from api.inputs import Body, Line, Number, PageNumber
from api.moments import Moment, Reading, Writing
from api.outputs import Finding, Out
from api.pages.caseload import all_imports, find_import
from api.posted import Posted, text
from api.uploads import described, refused_file, take_caseload, upload_of
from workflow.cohort import change_cohort_rules, cohort_counts
from workflow.intake.codes import code_list
from workflow.intake.cohort import COHORT_RULES
from workflow.intake.rows import Kind
from workflow.models import ValueMapping
from workflow.vocabulary import map_value, unmapped_values

router = APIRouter(prefix="/api/caseload", tags=["Caseload"])
_PER_PAGE = 500
_KINDS: dict[str, Kind] = {"census-xml": "census-xml", "annex-a": "annex-a", "csv": "csv"}

_FILE = described(kind={"type": "string", "enum": list(_KINDS)})


class Rule(Out):
    """A rule that keeps cases out of the cohort."""

    code: str
    label: str
    why: str
    is_on: bool
    keeps_out: int


class Import(Out):
    """A file that was taken in."""

    id: int
    file: str
    kind: str
    sha256: str
    rows: int
    created: int
    updated: int
    unchanged: int
    excluded: dict[str, int]
    imported_by: str
    imported_at: datetime


class Caseload(Out):
    """Who is in the cohort, what came in, and how many values wait to be mapped."""

    in_cohort: int
    rules: list[Rule]
    unmapped: int
    imports: list[Import]
    """The newest fifty."""


class OneImport(Import):
    """A file with its findings, 500 at a time."""

    page: int
    n_findings: int
    findings: list[Finding]


class Taken(Out):
    """What a file did, or would do."""

    file: str
    kind: str
    stored: bool
    """False: it was only checked."""
    rows: int
    created: int
    updated: int
    unchanged: int
    excluded: dict[str, int]
    in_cohort: int
    opened: int
    withdrawn: int
    reinstated: int
    findings: list[Finding]


class Unmapped(Out):
    """A spelling that waits for a code."""

    field: str
    raw: str
    seen: int
    """Rows that carried it in the latest file that had it."""
    codes: dict[str, str]
    """What it can mean."""


class UnmappedValues(Out):
    """Spellings that wait for a code, the most frequent first."""

    values: list[Unmapped]


class Meaning(Body):
    """What a spelling means."""

    field: Line
    raw: Line
    code: Line


class Meanings(Body):
    """What spellings mean; all of them or, when one cannot be used, none."""

    values: Annotated[list[Meaning], Field(min_length=1, max_length=500)]


class Mapped(Out):
    """How many cases carried each spelling."""

    cases: list[int]


class Rules(Body):
    """The rules that keep cases out."""

    rules: Annotated[list[Line], Field(max_length=50)]
    dry_run: bool = False
    """Only tell what they would do."""

    @model_validator(mode="after")
    def _each_once(self) -> "Rules":
        self.rules = sorted(set(self.rules))
        return self


class Effect(Out):
    """The cohort under other rules, and the reviews that come and go."""

    stored: bool
    in_cohort: int
    excluded: dict[str, int]
    opened: int
    withdrawn: int
    reinstated: int


@router.get("")
def caseload(at: Reading) -> Caseload:
    """Who is in the cohort and which rule keeps out how many, and the files taken in."""
    counts = cohort_counts(at.session, at.programme)
    rules_on = set(at.programme.cohort_rules)
    return Caseload(
        in_cohort=counts.in_cohort,
        rules=[
            Rule(
                code=rule.code,
                label=rule.label,
                why=rule.why,
                is_on=rule.code in rules_on,
                keeps_out=counts.excluded.get(rule.code, 0),
            )
            for rule in COHORT_RULES
        ],
        unmapped=len(unmapped_values(at.session, at.programme)),
        imports=[Import.model_validate(run) for run in all_imports(at)],
    )


@router.post(
    "/import",
    openapi_extra=_FILE,
    response_model=Taken,
)
def take_file(at: Writing, posted: Posted) -> Response | Taken:
    """Take a file in, or only check it; 422 with all that is wrong when it has errors."""
    upload = upload_of(posted, "a caseload file")
    result = take_caseload(at, upload, _KINDS.get(text(posted, "kind")))
    checked = bool(text(posted, "check"))
    if result.refused or checked:
        at.session.rollback()
    if result.refused:
        return refused_file("caseload", result.findings)
    said = {name: value for name, value in result.to_json().items() if name != "refused"}
    return Taken(stored=not checked, **said)


@router.get("/imports/{number}")
def one_import(at: Reading, number: Number, page: PageNumber = 1) -> OneImport:
    """A file that was taken in, with its findings."""
    run = find_import(at, number)
    shown = run.findings[(page - 1) * _PER_PAGE : page * _PER_PAGE]
    return OneImport(
        **Import.model_validate(run).model_dump(),
        page=page,
        n_findings=len(run.findings),
        findings=[Finding(**finding) for finding in shown],
    )


@router.get("/values")
def values(at: Reading) -> UnmappedValues:
    """Spellings nobody knows yet, with the codes to choose from."""
    found = unmapped_values(at.session, at.programme)
    return UnmappedValues(values=[_unmapped(value) for value in found])


@router.post("/values")
def decide_values(at: Writing, body: Meanings) -> Mapped:
    """Teach the programme what spellings mean; each is put right in every case that has it."""
    return Mapped(cases=[_map(at, meaning) for meaning in body.values])


@router.post("/cohort")
def change_cohort(at: Writing, body: Rules) -> Effect:
    """Decide the cohort by other rules, or tell what that would do."""
    change = change_cohort_rules(
        at.session,
        programme=at.programme,
        rules_on=frozenset(body.rules),
        policy=at.policy,
        actor=at.actor,
        now=at.now,
        as_of=at.as_of,
    )
    if body.dry_run:
        at.session.rollback()
    return Effect(
        stored=not body.dry_run,
        in_cohort=change.in_cohort,
        excluded=change.excluded,
        opened=change.opened,
        withdrawn=change.withdrawn,
        reinstated=change.reinstated,
    )


def _map(at: Moment, meaning: Meaning) -> int:
    return map_value(
        at.session,
        programme=at.programme,
        field=meaning.field,
        raw=meaning.raw,
        code=meaning.code,
        policy=at.policy,
        actor=at.actor,
        now=at.now,
        as_of=at.as_of,
    )


def _unmapped(value: ValueMapping) -> Unmapped:
    codes = {code.code: code.label for code in code_list(value.field).values()}
    return Unmapped(field=value.field, raw=value.raw, seen=value.seen, codes=codes)
