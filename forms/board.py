"""Words what the Board was promised: the register, and one commitment with its story."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from forms.case_file import Fact, Happening, moment
from forms.entries import Entry, Field, entry
from forms.pages import Column, Link, Page, Site, Table
from forms.wording import long_date, plural, short_date
from workflow.board import ListedCommitment, Rag
from workflow.board.reading import CommitmentFile
from workflow.models import CommitmentKind, CommitmentStatus, Event, Meeting

PATH = "/board"
KINDS = {
    CommitmentKind.COMMITMENT: ("Commitment", "Commitments"),
    CommitmentKind.RECOMMENDATION: ("Recommendation", "Recommendations of the inspection"),
    CommitmentKind.MILESTONE: ("Milestone", "Milestones of the improvement plan"),
}
_COLOURS = {
    Rag.RED: "red",
    Rag.AMBER: "orange",
    Rag.GREEN: "green",
    Rag.MET: "blue",
    Rag.DROPPED: "grey",
    Rag.NO_DATE: "yellow",
}
_SETTLED = frozenset({Rag.MET, Rag.DROPPED})
_HAPPENED = {
    "commitment_added": "Entered",
    "commitment_updated": "Changed",
    "commitment_met": "Met",
    "commitment_dropped": "Fallen away",
}
_SAID = {"owner": "the owner", "due_on": "the date", "evidence": "the evidence"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentRow:
    """One line of the register."""

    reference: str
    title: str
    href: str
    part_of: str
    owner: str
    due: str
    moved: str
    status: str
    colour: str
    evidence: str


@dataclass(frozen=True, slots=True)
class CommitmentGroup:
    """The lines of one kind."""

    id: str
    heading: str
    rows: tuple[CommitmentRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardPage(Page):
    """The register, and the way to meetings and report."""

    lead: str
    next_meeting: str
    tabs: tuple[Link, ...]
    groups: tuple[CommitmentGroup, ...]
    empty: str
    add: Link | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentPage(Page):
    """One commitment."""

    caption: str
    status: str
    colour: str
    facts: tuple[Fact, ...]
    entries: tuple[Entry, ...]
    decisions: Table | None
    decision_links: tuple[str, ...]
    parts: Table | None
    part_links: tuple[str, ...]
    timeline: tuple[Happening, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPage(Page):
    """A form of its own."""

    entry: Entry


def board_page(
    site: Site,
    listed: Sequence[ListedCommitment],
    *,
    show: str,
    next_meeting: Meeting | None,
    as_of: date,
    may_keep: bool,
) -> BoardPage:
    """The register; `show` is `open`, `settled` or `all`."""
    is_open = [one.rag not in _SETTLED for one in listed]
    shown = [
        one
        for one, waits in zip(listed, is_open, strict=True)
        if show == "all" or waits == (show == "open")
    ]
    counts = {"open": sum(is_open), "settled": len(listed) - sum(is_open), "all": len(listed)}
    words = {"open": "Open", "settled": "Met or fallen away", "all": "All"}
    return BoardPage(
        site=site,
        title="Improvement Board",
        as_of=long_date(as_of),
        lead=_lead(listed),
        next_meeting=_next(next_meeting),
        tabs=tuple(
            Link(f"{text} ({counts[key]})", f"{PATH}?show={key}", is_current=key == show)
            for key, text in words.items()
        ),
        groups=tuple(_groups(shown)),
        empty="" if shown else _nothing(show, len(listed)),
        add=Link("Enter a commitment", f"{PATH}/commitments/add") if may_keep else None,
    )


def commitment_page(
    site: Site,
    found: CommitmentFile,
    listed: ListedCommitment,
    *,
    as_of: date,
    may_keep: bool,
    typed: Mapping[str, str] | None = None,
    **page: Any,
) -> CommitmentPage:
    """One commitment: who owes it, by when, what shows it, and all that was changed."""
    commitment = found.commitment
    is_open = may_keep and commitment.status is CommitmentStatus.OPEN
    return CommitmentPage(
        site=site,
        title=commitment.title,
        as_of=long_date(as_of),
        back=Link("Back to the Board’s register", PATH),
        caption=f"{KINDS[commitment.kind][0]} {commitment.reference}",
        status=listed.rag.words,
        colour=_COLOURS[listed.rag],
        facts=tuple(_facts(listed)),
        entries=tuple(_entries(found, typed)) if is_open else (),
        decisions=_decisions(found) if found.decisions else None,
        decision_links=tuple(f"{PATH}/meetings/{meeting.key}" for meeting, _ in found.decisions),
        parts=_parts(found) if found.parts else None,
        part_links=tuple(f"{PATH}/commitments/{part.key}" for part in found.parts),
        timeline=tuple(_happening(event) for event in reversed(found.events)),
        **page,
    )


def new_commitment_page(
    site: Site,
    *,
    recommendations: Sequence[tuple[str, str]],
    as_of: date,
    typed: Mapping[str, str] | None = None,
    **page: Any,
) -> EntryPage:
    """The form; `recommendations` is reference and title of what a milestone can be part of."""
    parts = (("", "Nothing"), *((ref, f"{ref}: {title}") for ref, title in recommendations))
    return EntryPage(
        site=site,
        title="Enter a commitment",
        as_of=long_date(as_of),
        back=Link("Back to the Board’s register", PATH),
        entry=entry(
            "add",
            "The commitment",
            action=f"{PATH}/commitments/add",
            button="Enter it",
            fields=(
                Field("reference", "Reference", hint="What people call it, e.g. C7"),
                Field(
                    "kind",
                    "Kind",
                    "choice",
                    choices=tuple((kind.value, words[0]) for kind, words in KINDS.items()),
                ),
                Field("title", "What is to be done", "lines"),
                Field("owner", "Owner", hint="The role or body that answers for it"),
                Field("due_on", "Due", "date", hint="Empty: no date was given."),
                Field("source", "Paper it stands in"),
                Field("part_of", "Part of", "choice", choices=parts),
            ),
            typed=typed,
        ),
        **page,
    )


def _lead(listed: Sequence[ListedCommitment]) -> str:
    if not listed:
        return "Nothing is owed to the Board yet."
    counts = Counter(one.rag for one in listed)
    settled = counts[Rag.MET] + counts[Rag.DROPPED]
    said = [f"{plural(len(listed) - settled, 'commitment')} open"]
    said += [f"{counts[Rag.RED]} overdue"] if counts[Rag.RED] else []
    said += [f"{counts[Rag.AMBER]} due soon or moved"] if counts[Rag.AMBER] else []
    said += [f"{counts[Rag.NO_DATE]} without a date"] if counts[Rag.NO_DATE] else []
    said += [f"{counts[Rag.MET]} met"] if counts[Rag.MET] else []
    return ", ".join(said) + "."


def _next(meeting: Meeting | None) -> str:
    if meeting is None:
        return "No further meeting is entered."
    return f"The next meeting is on {long_date(meeting.held_on)}: {meeting.title}."


def _nothing(show: str, entered: int) -> str:
    if not entered:
        return "Enter the first commitment, or load a register file with cin board load."
    return "Nothing is open." if show == "open" else "Nothing is settled yet."


def _groups(listed: Sequence[ListedCommitment]) -> Iterable[CommitmentGroup]:
    for kind, (_, heading) in KINDS.items():
        rows = tuple(_row(one) for one in listed if one.commitment.kind is kind)
        if rows:
            yield CommitmentGroup(kind.value, heading, rows)


def _row(listed: ListedCommitment) -> CommitmentRow:
    commitment = listed.commitment
    return CommitmentRow(
        reference=commitment.reference,
        title=commitment.title,
        href=f"{PATH}/commitments/{commitment.key}",
        part_of=f"Part of {commitment.part_of}" if commitment.part_of else "",
        owner=commitment.owner,
        due=short_date(listed.due_on) if listed.due_on else "No date",
        moved=_moved(listed),
        status=listed.rag.words,
        colour=_COLOURS[listed.rag],
        evidence=commitment.evidence,
    )


def _moved(listed: ListedCommitment) -> str:
    if not listed.slipped_by:
        return ""
    return f"moved by {plural(listed.slipped_by, 'working day')}"


def _facts(listed: ListedCommitment) -> Iterable[Fact]:
    commitment = listed.commitment
    yield Fact("Owner", commitment.owner)
    first = commitment.first_due_on
    yield Fact(
        "Due",
        long_date(listed.due_on) if listed.due_on else "No date given",
        f"First {long_date(first)}; {_moved(listed)}" if first and listed.slipped_by else "",
    )
    yield Fact("Evidence", commitment.evidence or "None yet")
    if commitment.settled_on:
        words = "Met" if commitment.status is CommitmentStatus.MET else "Fallen away"
        yield Fact(words, long_date(commitment.settled_on), f"Recorded by {commitment.settled_by}")
    if commitment.part_of:
        yield Fact("Part of", commitment.part_of)
    yield Fact("Source", commitment.source or "Not named")
    yield Fact("In the register since", long_date(commitment.opened_on))


def _entries(found: CommitmentFile, typed: Mapping[str, str] | None) -> Iterable[Entry]:
    commitment = found.commitment
    path, version = f"{PATH}/commitments/{commitment.key}", commitment.version
    due_on = commitment.due_on.isoformat() if commitment.due_on else ""
    yield entry(
        "change",
        "Change it",
        action=f"{path}/change",
        button="Change it",
        fields=(
            Field("owner", "Owner", value=commitment.owner),
            Field("due_on", "Due", "date", value=due_on),
            Field("evidence", "Evidence so far", "lines", value=commitment.evidence),
            Field("reason", "Why it changes", "lines"),
        ),
        typed=typed,
        note="The date first given stays on record.",
        version=version,
    )
    shows = "A paper, a figure, a decision of the Board."
    yield entry(
        "met",
        "It is met",
        action=f"{path}/met",
        button="It is met",
        fields=(
            Field("evidence", "What shows it", "lines", value=commitment.evidence, hint=shows),
        ),
        typed=typed,
        version=version,
        is_folded=True,
    )
    yield entry(
        "dropped",
        "It falls away",
        action=f"{path}/dropped",
        button="It falls away",
        fields=(Field("evidence", "Why, and who agreed", "lines"),),
        typed=typed,
        note="It stays in the register.",
        version=version,
        is_warning=True,
        is_folded=True,
    )


def _decisions(found: CommitmentFile) -> Table:
    return Table(
        id="decisions",
        caption="Decisions of the Board on it",
        columns=(Column("Meeting"), Column("Decision")),
        rows=tuple(
            (short_date(meeting.held_on), decision.text) for meeting, decision in found.decisions
        ),
    )


def _parts(found: CommitmentFile) -> Table:
    words = {
        CommitmentStatus.OPEN: "Open",
        CommitmentStatus.MET: "Met",
        CommitmentStatus.DROPPED: "Fallen away",
    }
    return Table(
        id="parts",
        caption="What is part of it",
        columns=(
            Column("Reference"),
            Column("What"),
            Column("Owner"),
            Column("Due"),
            Column("Status"),
        ),
        rows=tuple(
            (
                part.reference,
                part.title,
                part.owner,
                short_date(part.due_on) if part.due_on else "No date",
                words[part.status],
            )
            for part in found.parts
        ),
    )


def _happening(event: Event) -> Happening:
    payload, said = event.payload, []
    if "from" in payload:
        before, after = (
            long_date(date.fromisoformat(payload[key])) if payload[key] else "no date"
            for key in ("from", "to")
        )
        said.append(f"From {before} to {after}")
    others = [_SAID[name] for name in payload.get("changed", ()) if name != "due_on"]
    said += [f"Changed {' and '.join(others)}"] if others else []
    said += [event.reason] if event.reason else []
    return Happening(
        title=_HAPPENED.get(event.kind, event.kind),
        by=event.actor,
        at=moment(event.at),
        machine_at=event.at.isoformat(),
        text=". ".join(said),
    )
