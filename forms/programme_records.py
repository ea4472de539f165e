"""Words how long records are kept, what is on legal hold, and everything held about one case."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from forms.case_file import Fact, moment
from forms.entries import Entry, Field, entry
from forms.pages import Column, Link, Page, Site, Table
from forms.programme import PATH
from forms.wording import long_date, number, plural, short_date
from workflow.calendar import local_date
from workflow.models import Case, LegalHold, RetentionRule
from workflow.retention import Due, Keeping

SUBJECT = "/subject"
_TABLES = {
    "case": "The case",
    "review": "The review",
    "draft": "Answers being written",
    "submission": "Submitted answers",
    "escalation": "Escalations",
    "followonaction": "Follow-on actions",
    "moderationreview": "Second reviews",
    "event": "What happened",
    "alert": "Alerts",
    "allocationline": "Allocation",
    "legalhold": "Legal holds",
    "brothers_and_sisters": "Brothers and sisters",
    "conflicts": "Conflicts of interest",
    "notifications": "Messages",
    "import_findings": "Findings of imports",
}
_MARKS = {"police": "Held by the police", "third_party": "May be about somebody else"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsPage(Page):
    """Retention and holds."""

    lead: str
    facts: tuple[Fact, ...]
    rules: Table | None
    set_rule: Entry | None
    holds: Table | None
    hold_links: tuple[str, ...]
    due: tuple[tuple[str, str, str, str], ...]
    """Case, closed, due, and why it stays (empty: it may go)."""
    due_sentence: str
    may_purge: bool
    find: str
    """Typed in the field that opens a subject file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectPage(Page):
    """One case: its file, and its hold."""

    facts: tuple[Fact, ...]
    entries: tuple[Entry, ...]
    holds: Table | None


@dataclass(frozen=True, slots=True)
class Held:
    """A text of the document; `mark` says why somebody must look at it first."""

    name: str
    text: str
    mark: str
    kind: str
    """`police`, `third_party`, or empty."""


@dataclass(frozen=True, slots=True)
class HeldRows:
    """The rows of one table."""

    heading: str
    rows: tuple[tuple[Held, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectDocument:
    """Everything held about one case, to read and to mark."""

    case: str
    organisation: str
    notice: str
    made: str
    purpose: str
    marked: tuple[str, ...]
    guide: tuple[tuple[str, str], ...]
    sections: tuple[HeldRows, ...]


def records_page(
    site: Site,
    *,
    keeping: Keeping,
    rules: Sequence[RetentionRule],
    holds: Sequence[tuple[LegalHold, str]],
    due: Sequence[Due],
    as_of: date,
    may_set: bool,
    typed: Mapping[str, str] | None = None,
    find: str = "",
    **page: Any,
) -> RecordsPage:
    """How long records are kept, and what may not go."""
    may_go = sum(one.kept_because is None for one in due)
    return RecordsPage(
        site=site,
        title="Records",
        as_of=long_date(as_of),
        back=Link("Back to the programme", PATH),
        lead=_lead(keeping),
        facts=tuple(_keeping(keeping)),
        rules=_rules(rules) if rules else None,
        set_rule=_set_rule(as_of, typed) if may_set else None,
        holds=_standing(holds) if holds else None,
        hold_links=tuple(f"{SUBJECT}/{reference}" for _, reference in holds),
        due=tuple(
            (
                one.case.reference,
                short_date(one.closed_on),
                short_date(one.due_on),
                one.kept_because or "",
            )
            for one in due
        ),
        due_sentence=f"{plural(len(due), 'closed case')} whose time is over; {number(may_go)} may go."
        if due
        else "No closed case has reached the end of its time.",
        may_purge=may_set and may_go > 0,
        find=find,
        **page,
    )


def subject_page(
    site: Site,
    case: Case,
    holds: Sequence[LegalHold],
    *,
    is_purged: bool,
    as_of: date,
    typed: Mapping[str, str] | None = None,
    **page: Any,
) -> SubjectPage:
    """What can be done with the record of one case; nothing of it is shown here."""
    standing = next((hold for hold in holds if hold.lifted_at is None), None)
    return SubjectPage(
        site=site,
        title=f"Record of {case.reference}",
        as_of=long_date(as_of),
        back=Link("Back to records", f"{PATH}/records"),
        facts=tuple(_subject_facts(case, standing, is_purged=is_purged)),
        entries=tuple(_subject_entries(case, standing, typed, is_purged=is_purged)),
        holds=_hold_history(holds) if holds else None,
        **page,
    )


def subject_document(
    document: Mapping[str, Any], *, organisation: str, notice: str
) -> SubjectDocument:
    """The file as a page: every table with its rows, each text with its mark."""
    parts = {**document["held"], **document["mentioned"]}
    return SubjectDocument(
        case=document["case"],
        organisation=organisation,
        notice=notice,
        made=moment(datetime.fromisoformat(document["made_at"])),
        purpose=document["purpose"],
        marked=tuple(
            f"{_MARKS[kind]}: {plural(count, 'text')}" for kind, count in document["marked"].items()
        ),
        guide=tuple((_MARKS[kind], said) for kind, said in document["guide"].items()),
        sections=tuple(
            HeldRows(_TABLES.get(name, _words(name)), tuple(tuple(_cells(row)) for row in rows))
            for name, rows in parts.items()
            if rows
        ),
    )


def _lead(keeping: Keeping) -> str:
    if keeping.years_after_closure is None:
        return "Nothing may be destroyed at present."
    said = f"Records are kept for {plural(keeping.years_after_closure, 'year')} after a case closes"
    if keeping.years_after_eighteenth is not None:
        said += (
            f", and until {plural(keeping.years_after_eighteenth, 'year')} after the 18th birthday"
        )
    return f"{said}."


def _keeping(keeping: Keeping) -> Iterable[Fact]:
    own = "Set by the programme" if keeping.rule_id else "The product’s own, until a rule is set"
    yield Fact("In force", keeping.source, own)


def _rules(rules: Sequence[RetentionRule]) -> Table:
    return Table(
        id="rules",
        caption="Rules that were set",
        columns=(
            Column("In force from"),
            Column("Years after closure", is_numeric=True),
            Column("Years after 18", is_numeric=True),
            Column("Source"),
            Column("Set by"),
        ),
        rows=tuple(
            (
                short_date(rule.in_force_from),
                _years(rule.years_after_closure),
                _years(rule.years_after_eighteenth),
                rule.source,
                rule.set_by,
            )
            for rule in rules
        ),
    )


def _years(years: int | None) -> str:
    return "–" if years is None else number(years)


def _set_rule(as_of: date, typed: Mapping[str, str] | None) -> Entry:
    return entry(
        "rule",
        "Set a rule",
        action=f"{PATH}/records/rules",
        button="Set the rule",
        fields=(
            Field("in_force_from", "In force from", "date", value=as_of.isoformat()),
            Field(
                "years_after_closure",
                "Years after closure",
                "number",
                hint="Empty: destroy nothing.",
            ),
            Field("years_after_eighteenth", "Years after the 18th birthday", "number"),
            Field("source", "Schedule or order it comes from"),
        ),
        typed=typed,
        note="Later rules replace earlier ones; what was right to keep before does not change.",
        is_folded=True,
    )


def _standing(holds: Sequence[tuple[LegalHold, str]]) -> Table:
    return Table(
        id="holds",
        caption="Cases on legal hold",
        columns=(Column("Case"), Column("Since"), Column("Placed by"), Column("Why")),
        rows=tuple(
            (reference, short_date(local_date(hold.placed_at)), hold.placed_by, hold.reason)
            for hold, reference in holds
        ),
    )


def _subject_facts(case: Case, standing: LegalHold | None, *, is_purged: bool) -> Iterable[Fact]:
    yield Fact("Open since", long_date(case.episode_start))
    if is_purged:
        yield Fact("Content", "Removed at the end of its retention")
    yield Fact(
        "Legal hold",
        f"Since {moment(standing.placed_at)}" if standing else "None",
        standing.reason if standing else "",
    )


def _subject_entries(
    case: Case,
    standing: LegalHold | None,
    typed: Mapping[str, str] | None,
    *,
    is_purged: bool,
) -> Iterable[Entry]:
    path = f"{SUBJECT}/{case.reference}"
    yield entry(
        "file",
        "Take everything held about this case",
        action=path,
        button="Take the file",
        fields=(
            Field("purpose", "What it is for", hint="For example the number of the request."),
            Field(
                "format",
                "As",
                "choice",
                choices=(("html", "A page to read and mark"), ("json", "Data (JSON)")),
            ),
        ),
        typed=typed,
        note="For the person who decides what is disclosed. Texts that the police hold, or that may be "
        "about somebody else, are marked and not left out. That you took it is recorded.",
    )
    if standing:
        yield entry(
            "lift",
            "Lift the legal hold",
            action=f"{path}/lift",
            button="Lift the hold",
            fields=(Field("reason", "Why the hold ends", "lines"),),
            typed=typed,
            is_warning=True,
            is_folded=True,
        )
    elif not is_purged:
        yield entry(
            "hold",
            "Place a legal hold",
            action=f"{path}/hold",
            button="Place the hold",
            fields=(Field("reason", "Why this case must be kept", "lines"),),
            typed=typed,
            note="Nobody can remove the case until the hold is lifted.",
            is_folded=True,
        )


def _hold_history(holds: Sequence[LegalHold]) -> Table:
    return Table(
        id="holds",
        caption="Legal holds",
        columns=(Column("Placed"), Column("By"), Column("Why"), Column("Lifted")),
        rows=tuple(
            (
                short_date(local_date(hold.placed_at)),
                hold.placed_by,
                hold.reason,
                f"{short_date(local_date(hold.lifted_at))} by {hold.lifted_by}: {hold.lifted_because}"
                if hold.lifted_at
                else "Not lifted",
            )
            for hold in holds
        ),
    )


def _cells(row: Any) -> Iterable[Held]:
    """The values of a row; what is empty is left out, what is nested becomes lines of its own."""
    if not isinstance(row, Mapping) or row.keys() == {"text", "redact"}:
        yield _held("", row)
        return
    for name, value in row.items():
        if value is None or value in ("", [], {}):
            continue
        if isinstance(value, Mapping) and value.keys() != {"text", "redact"}:
            for inner, part in value.items():
                if part is not None and part not in ("", [], {}):
                    yield _held(f"{_words(name)}: {_words(str(inner)).lower()}", part)
        else:
            yield _held(_words(name), value)


def _held(name: str, value: Any) -> Held:
    kind = ""
    if isinstance(value, Mapping) and value.keys() == {"text", "redact"}:
        kind, value = value["redact"], value["text"]
    said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return Held(name, said, _MARKS.get(kind, ""), kind)


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()
