"""Words the managers' pages: submissions that wait for a decision, and the escalations."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from forms.answered import AnsweredSection, answered_sections
from forms.case_file import Deed, Fact, facts_of, moment
from forms.catalogue import get_form, latest_form
from forms.pages import Link, Page, Site
from forms.schema import Form
from forms.wording import long_date, plural
from forms.worklists import BANDS, PATH, STATES
from workflow.calendar import LONDON, WorkCalendar
from workflow.case_file import CaseFile
from workflow.decisions import Waiting
from workflow.intake.rows import CaseRow
from workflow.models import Case, Escalation, ModerationReview, Review, Submission
from workflow.states import TRANSITIONS, Action, Actor

FORM = "cin_review"
_COUNCIL = "council"
"""Agency of the moderators."""
_DECISIONS = (Action.CONFIRM, Action.SEND_TO_MODERATION, Action.RETURN, Action.REOPEN)
_NEEDS_FEW = "Nothing waits for a decision. Submissions appear here as reviewers send them."


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingRow:
    """A submission of the queue."""

    reference: str
    href: str
    outcome: str
    grade: str
    safety: str
    is_urgent: bool
    author: str
    district: str
    waiting: str
    is_own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePage(Page):
    """Submissions that wait for a manager."""

    headline: str
    rows: tuple[WaitingRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionPage(Page):
    """One submission beside its case, with what may be decided."""

    reference: str
    state: str
    version: int
    said: tuple[Fact, ...]
    """The findings in short."""
    note: str
    """What confirming would do, e.g. that the sample draws it."""
    sections: tuple[AnsweredSection, ...]
    facts: tuple[Fact, ...]
    deeds: tuple[Deed, ...]
    earlier: tuple[tuple[str, tuple[AnsweredSection, ...]], ...]
    """Title and answers of the second looks and of the submissions before, the newest first."""
    typed_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationRow:
    """An open escalation."""

    number: int
    reference: str
    href: str
    kind: str
    reason: str
    raised: str
    clock: str
    is_late: bool
    is_acknowledged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationsPage(Page):
    """Children who may be unsafe, the nearest clock first."""

    headline: str
    rows: tuple[EscalationRow, ...]
    typed: Mapping[int, str]
    """Outcome typed at an escalation that was refused."""


def label(question: str, value: str | None, form: Form | None = None) -> str:
    """A finding in the words of the form: `label("outcome", "close")`."""
    if not value:
        return ""
    asked = (form or latest_form(FORM)).questions().get(question)
    try:
        return asked.label_of(value) if asked else value
    except KeyError:
        return value.replace("_", " ").capitalize()


def queue_page(
    site: Site,
    waiting: Sequence[Waiting],
    *,
    actor: Actor,
    districts: Mapping[str, str],
    calendar: WorkCalendar,
    as_of: date,
) -> QueuePage:
    """The queue; a manager's own reviews are shown, and said to be for somebody else."""
    said = (
        f"{plural(len(waiting), 'submission')} for a manager to decide." if waiting else _NEEDS_FEW
    )
    return QueuePage(
        site=site,
        title="Decisions",
        as_of=long_date(as_of),
        headline=said,
        rows=tuple(_waiting(item, actor, districts, calendar, as_of) for item in waiting),
    )


def _waiting(
    item: Waiting,
    actor: Actor,
    districts: Mapping[str, str],
    calendar: WorkCalendar,
    as_of: date,
) -> WaitingRow:
    sent = item.submitted_at.astimezone(LONDON).date() if item.submitted_at else as_of
    days = max(len(calendar.working_days(sent, as_of)) - 1, 0)
    return WaitingRow(
        reference=item.reference,
        href=f"/decisions/{item.reference}",
        outcome=label("outcome", item.outcome),
        grade=label("grade", item.grade),
        safety=label("safety", item.safety),
        is_urgent=item.safety == "immediate_risk",
        author=f"{item.author or 'Not known'} ({(item.agency or 'council').capitalize()})",
        district=districts.get(item.district or "", item.district or "Not known"),
        waiting="Since today" if not days else plural(days, "working day"),
        is_own=actor.reviewer_id is not None and actor.reviewer_id == item.author_id,
    )


def decision_page(
    site: Site,
    found: CaseFile,
    row: CaseRow,
    actions: Mapping[Action, str | None],
    *,
    drawn: str | None,
    districts: Mapping[str, str],
    as_of: date,
    seconds: Sequence[ModerationReview] = (),
    **page: object,
) -> DecisionPage:
    """The page.

    Args:
        drawn: why confirming would send the review to moderation, None if it would not.
        seconds: the moderators' own reviews, oldest first.
    """
    review = found.review
    answered = [_answered(s, author.agency) for s, author in found.submissions]
    return DecisionPage(
        site=site,
        title=f"Decide on {found.case.reference}",
        as_of=long_date(as_of),
        back=Link("Back to decisions", "/decisions"),
        reference=found.case.reference,
        state=STATES[review.state] if review else "",
        version=review.version if review else 0,
        said=tuple(_said(found, review)) if review else (),
        note=f"When confirmed it goes to moderation: {drawn}" if drawn else "",
        sections=answered[-1][1] if answered else (),
        facts=tuple(facts_of(found, row, districts, as_of)),
        deeds=tuple(_deeds(actions)),
        earlier=(*map(_second, reversed(seconds)), *reversed(answered[:-1])),
        **page,  # type: ignore[arg-type]
    )


def _answered(submission: Submission, agency: str) -> tuple[str, tuple[AnsweredSection, ...]]:
    form = get_form(submission.form_id, submission.form_version)
    title = f"Submission {submission.number}, {moment(submission.submitted_at)}"
    return title, answered_sections(form, submission.answers, agency)


def _second(review: ModerationReview) -> tuple[str, tuple[AnsweredSection, ...]]:
    form = get_form(review.form_id, review.form_version)
    title = f"Second look by {review.moderator}, {moment(review.submitted_at)}"
    return title, answered_sections(form, review.answers, _COUNCIL)


def _said(found: CaseFile, review: Review) -> Iterable[Fact]:
    yield Fact("Outcome recommended", label("outcome", review.outcome))
    yield Fact("Practice grade", label("grade", review.grade))
    yield Fact("Child’s safety", label("safety", review.safety))
    if found.submissions:
        submission, author = found.submissions[-1]
        yield Fact("Reviewed by", author.name, author.agency.capitalize())
        yield Fact("Submitted", moment(submission.submitted_at))
    yield Fact("Priority", BANDS[found.case.band], "; ".join(found.case.band_reasons))


def _deeds(actions: Mapping[Action, str | None]) -> Iterable[Deed]:
    """Of confirming and sending to moderation only the one the sample rules leave."""
    open_ones = {a: refusal for a, refusal in actions.items() if a in _DECISIONS}
    confirms = [a for a in (Action.CONFIRM, Action.SEND_TO_MODERATION) if a in open_ones]
    if len(confirms) > 1:
        closed = next((a for a in confirms if open_ones[a]), Action.SEND_TO_MODERATION)
        open_ones.pop(closed)
    for action in _DECISIONS:
        if action in open_ones:
            row = TRANSITIONS[action]
            yield Deed(
                action=action.value,
                label=row.label,
                needs_reason=row.needs_reason,
                refusal=open_ones[action] or "",
            )


def escalations_page(
    site: Site,
    found: Sequence[tuple[Escalation, Case]],
    *,
    now: datetime,
    as_of: date,
    typed: Mapping[int, str] | None = None,
    **page: object,
) -> EscalationsPage:
    """The page of open escalations."""
    return EscalationsPage(
        site=site,
        title="Escalations",
        as_of=long_date(as_of),
        headline=_alarm(found),
        rows=tuple(_escalation(item, case, now) for item, case in found),
        typed=typed or {},
        **page,  # type: ignore[arg-type]
    )


def _alarm(found: Sequence[tuple[Escalation, Case]]) -> str:
    if not found:
        return "No escalation is open. A reviewer can raise one at any moment."
    waiting = sum(item.acknowledged_at is None for item, _ in found)
    said = f"{plural(len(found), 'escalation')} open"
    return f"{said}; {waiting} not acknowledged yet." if waiting else f"{said}, all acknowledged."


def _escalation(item: Escalation, case: Case, now: datetime) -> EscalationRow:
    acknowledged = item.acknowledged_at is not None
    late = not acknowledged and item.acknowledge_by < now
    if item.acknowledged_at is not None:
        clock = f"Acknowledged by {item.acknowledged_by}, {moment(item.acknowledged_at)}"
    else:
        verb = "Should have been" if late else "To be"
        clock = f"{verb} acknowledged by {moment(item.acknowledge_by)}"
    return EscalationRow(
        number=item.key,
        reference=case.reference,
        href=f"{PATH}/{case.reference}",
        kind="Immediate danger" if item.kind == "immediate" else "Same-day concern",
        reason=item.reason,
        raised=f"{moment(item.raised_at)} by {item.raised_by}",
        clock=clock,
        is_late=late,
        is_acknowledged=acknowledged,
    )
