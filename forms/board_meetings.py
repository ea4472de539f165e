"""Words the Board's meetings and decisions, and the way to its report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from forms.board import PATH
from forms.entries import Entry, Field, entry
from forms.pages import Column, Link, Page, Site, Table
from forms.wording import long_date, number
from workflow.models import Commitment, Decision, Meeting

KINDS: Mapping[str, tuple[str, str, str]] = {
    "html": (
        "The page (HTML)",
        "text/html; charset=utf-8",
        "To read and print; needs no other file.",
    ),
    "pdf": ("PDF", "application/pdf", "Tagged, for the Board’s papers."),
    "xlsx": (
        "Workbook (XLSX)",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "Every table and figure, with definitions.",
    ),
    "zip": (
        "Tables (CSV, zipped)",
        "application/zip",
        "Each figure can be counted again from them.",
    ),
    "json": ("Figures for programs (JSON)", "application/json", "The same figures, as data."),
}
"""Kind of file → what it is called, its media type, and what it is for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingsPage(Page):
    """Every meeting."""

    meetings: Table | None
    links: tuple[str, ...]
    add: Entry | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingPage(Page):
    """One meeting and what it decided."""

    held: str
    chair: str
    decisions: tuple[tuple[str, Link | None], ...]
    """Text, and the commitment that came of it."""
    report: Link | None
    add: Entry | None


@dataclass(frozen=True, slots=True)
class ReportFileLink:
    """One file of the report."""

    link: Link
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPage(Page):
    """The Board report of a day."""

    day: str
    """As the date field holds it."""
    said: str
    read: Link | None
    files: tuple[ReportFileLink, ...]
    meetings: tuple[Link, ...]
    """Meetings whose report can be opened."""
    no_pdf: str


def meetings_page(
    site: Site,
    meetings: Sequence[tuple[Meeting, Sequence[Decision]]],
    *,
    as_of: date,
    may_keep: bool,
    typed: Mapping[str, str] | None = None,
    **page: Any,
) -> MeetingsPage:
    """The meetings, the newest first."""
    return MeetingsPage(
        site=site,
        title="Meetings of the Board",
        as_of=long_date(as_of),
        back=Link("Back to the Board’s register", PATH),
        meetings=Table(
            id="meetings",
            caption="Meetings",
            columns=(
                Column("Held on"),
                Column("Meeting"),
                Column("Chair"),
                Column("Decisions", is_numeric=True),
            ),
            rows=tuple(
                (
                    long_date(meeting.held_on),
                    meeting.title,
                    meeting.chair or "Not named",
                    number(len(decisions)) if meeting.held_on <= as_of else "To come",
                )
                for meeting, decisions in meetings
            ),
        )
        if meetings
        else None,
        links=tuple(f"{PATH}/meetings/{meeting.key}" for meeting, _ in meetings),
        add=_new_meeting(typed) if may_keep else None,
        **page,
    )


def meeting_page(
    site: Site,
    meeting: Meeting,
    decisions: Sequence[tuple[Decision, Commitment | None]],
    *,
    commitments: Sequence[tuple[int, str]],
    as_of: date,
    starts_on: date,
    may_keep: bool,
    typed: Mapping[str, str] | None = None,
    **page: Any,
) -> MeetingPage:
    """One meeting; `commitments` is number and name of what a decision can lead to."""
    has_report = starts_on <= meeting.held_on <= as_of
    return MeetingPage(
        site=site,
        title=meeting.title,
        as_of=long_date(as_of),
        back=Link("Back to the meetings", f"{PATH}/meetings"),
        held=long_date(meeting.held_on),
        chair=meeting.chair,
        decisions=tuple((decision.text, _commitment(led_to)) for decision, led_to in decisions),
        report=Link("The report for this meeting", f"{PATH}/report?as_of={meeting.held_on}")
        if has_report
        else None,
        add=_new_decision(meeting, commitments, typed) if may_keep else None,
        **page,
    )


def report_page(
    site: Site,
    *,
    day: date,
    typed: str,
    can_make_pdf: bool,
    meetings: Sequence[Meeting],
    as_of: date,
    starts_on: date,
    **page: Any,
) -> ReportPage:
    """The report's files of a day; `typed` stands in the date field."""
    is_ready = not page.get("faults")
    kinds = [kind for kind in KINDS if kind != "pdf" or can_make_pdf]
    return ReportPage(
        site=site,
        title="Report to the Board",
        as_of=long_date(as_of),
        back=Link("Back to the Board’s register", PATH),
        day=typed or day.isoformat(),
        said=f"As it stood on the morning of {long_date(day)}." if is_ready else "",
        read=Link("Read it here", f"{PATH}/report/{day}") if is_ready else None,
        files=tuple(
            ReportFileLink(Link(KINDS[kind][0], f"{PATH}/report/{day}.{kind}"), KINDS[kind][2])
            for kind in kinds
        )
        if is_ready
        else (),
        meetings=tuple(
            Link(
                f"{long_date(meeting.held_on)}: {meeting.title}",
                f"{PATH}/report?as_of={meeting.held_on}",
            )
            for meeting in meetings
            if starts_on <= meeting.held_on <= as_of
        ),
        no_pdf=""
        if can_make_pdf
        else "A PDF can be made from the page: print it, or install the optional part pdf.",
        **page,
    )


def _commitment(commitment: Commitment | None) -> Link | None:
    if commitment is None:
        return None
    return Link(
        f"{commitment.reference}: {commitment.title}", f"{PATH}/commitments/{commitment.key}"
    )


def _new_meeting(typed: Mapping[str, str] | None) -> Entry:
    return entry(
        "meeting",
        "Enter a meeting",
        action=f"{PATH}/meetings",
        button="Enter the meeting",
        fields=(
            Field("held_on", "Day", "date", hint="A day to come is fine."),
            Field("title", "Title", value="Improvement Board"),
            Field("chair", "Chair"),
        ),
        typed=typed,
    )


def _new_decision(
    meeting: Meeting,
    commitments: Sequence[tuple[int, str]],
    typed: Mapping[str, str] | None,
) -> Entry:
    named = tuple((str(number_), name) for number_, name in commitments)
    return entry(
        "decision",
        "Enter a decision",
        action=f"{PATH}/meetings/{meeting.key}/decisions",
        button="Enter the decision",
        fields=(
            Field("text", "What was decided", "lines"),
            Field("commitment", "It concerns", "choice", choices=(("", "No commitment"), *named)),
        ),
        typed=typed,
    )
