"""What stands beside the form: the case, its siblings, and the submission that came back. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from forms.answered import AnsweredSection, answer_in_words, answered_sections
from forms.case_file import Fact, facts_of, moment
from forms.catalogue import get_form
from forms.worklists import STATES
from workflow.calendar import LONDON
from workflow.case_file import CaseFile, Sibling
from workflow.intake.rows import CaseRow
from workflow.models import Event, Reviewer, Submission
from workflow.states import Action

_SENT_BACK = frozenset({Action.RETURN, Action.REOPEN})
_SAID = ("outcome", "grade", "safety")
_KEYS = {"outcome": "Outcome", "grade": "Practice", "safety": "Safety of the child"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SiblingLine:
    """Another child of the family, and who reviews it."""

    reference: str
    href: str
    """Empty unless the reader holds that review too."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Previous:
    """The latest submission of the same review."""

    heading: str
    facts: tuple[Fact, ...]
    sections: tuple[AnsweredSection, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SentBack:
    """Why a review came back."""

    reason: str
    by: str
    """Who sent it back and when."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """All of it."""

    facts: tuple[Fact, ...]
    siblings: tuple[SiblingLine, ...]
    previous: Previous | None
    sent_back: SentBack | None


def beside(
    found: CaseFile,
    row: CaseRow,
    *,
    reviewer_id: int | None,
    agency: str,
    districts: Mapping[str, str],
    as_of: date,
) -> Beside:
    """What a reviewer of `agency` reads beside the form; `row` is the case as its files add up to it."""
    return Beside(
        facts=(*facts_of(found, row, districts, as_of), *_flags(row)),
        siblings=tuple(_sibling(item, reviewer_id) for item in found.siblings if item.review),
        previous=_previous(*found.submissions[-1], agency) if found.submissions else None,
        sent_back=sent_back(found.events),
    )


def sent_back(events: Iterable[Event]) -> SentBack | None:
    """Why the review came back since it was submitted last; None when it did not."""
    latest: Event | None = None
    for event in events:
        if event.action in _SENT_BACK:
            latest = event
        elif event.action == Action.SUBMIT:
            latest = None
    if latest is None:
        return None
    verb = "Reopened" if latest.action == Action.REOPEN else "Returned"
    return SentBack(reason=latest.reason or "", by=f"{verb} by {latest.actor}, {moment(latest.at)}")


def _flags(row: CaseRow) -> Iterable[Fact]:
    """What a reviewer must know before reading the file."""
    if row.worker_qualified is False:
        yield Fact("Worker", "Not a qualified social worker")
    if row.section_47_open:
        yield Fact("Section 47 enquiry", "Open")
    if row.assessment_started_on and not row.assessment_authorised_on:
        yield Fact("Assessment", "Not finished")


def _sibling(sibling: Sibling, reviewer_id: int | None) -> SiblingLine:
    review, reviewer = sibling.review, sibling.reviewer
    is_mine = reviewer is not None and reviewer.id == reviewer_id
    with_whom = "with you" if is_mine else f"with {reviewer.name}" if reviewer else "with nobody"
    state = STATES[review.state].lower() if review else "not in the cohort"
    return SiblingLine(
        reference=sibling.reference,
        href=f"/my-reviews/{sibling.reference}" if is_mine else "",
        text=f"{with_whom}, {state}",
    )


def _previous(submission: Submission, author: Reviewer, agency: str) -> Previous:
    form = get_form(submission.form_id, submission.form_version)
    questions = form.questions()
    day = moment(submission.submitted_at.astimezone(LONDON))
    return Previous(
        heading=f"Submission {submission.number}",
        facts=(
            Fact("Submitted", day, f"by {author.name}"),
            *(
                Fact(_KEYS[name], answer_in_words(questions[name], submission.answers))
                for name in _SAID
            ),
        ),
        sections=answered_sections(form, submission.answers, agency),
    )
