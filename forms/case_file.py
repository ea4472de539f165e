"""Words the page of one case: what is known, what is done with it, and all that happened."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from forms.pages import Column, Link, Page, Site, Table
from forms.wording import long_date, number, plural, short_date
from forms.worklists import BANDS, PATH, STATES, lateness
from workflow.calendar import LONDON, WorkCalendar
from workflow.case_file import AllocationReason, CaseFile
from workflow.followup.outcomes import RULES
from workflow.intake.codes import label_of
from workflow.intake.rows import CaseRow
from workflow.models import ActionStatus, Event, FollowOnAction, Submission
from workflow.states import TRANSITIONS, Action

_NOT_KNOWN = "Not known"
_MINUTES_PER_POINT = 15
_BY_HAND = frozenset({Action.ALLOCATE, Action.REALLOCATE})
"""Actions that ask for a reviewer, on a page of their own."""
_HERE = frozenset({Action.RELEASE, Action.RESUME, Action.WITHDRAW, Action.REINSTATE, Action.REOPEN})
"""Actions that need no more than a reason."""
_TERMS = {
    "handover": "Handing the papers over",
    "travel": "Travel",
    "specialism": "Specialism lacking",
    "agency": "Better read by the other agency",
    "change_of_holder": "Change of reviewer",
}
_HAPPENED = {
    "review_opened": "Review opened",
    "review_allocated": "Allocated",
    "review_reallocated": "Re-allocated",
    "review_released": "Released",
    "review_started": "Started",
    "review_declined": "Declined",
    "review_held": "Put on hold",
    "review_resumed": "Resumed",
    "review_submitted": "Submitted",
    "review_confirmed": "Outcome confirmed",
    "review_sent_to_moderation": "Confirmed and sent to moderation",
    "review_returned": "Returned for changes",
    "moderation_agreed": "Moderator agreed",
    "moderation_disagreed": "Moderator disagreed",
    "review_reopened": "Reopened",
    "review_withdrawn": "Withdrawn",
    "review_reinstated": "Reinstated",
    "escalation_raised": "Escalation raised",
    "escalation_acknowledged": "Escalation acknowledged",
    "escalation_closed": "Escalation closed",
    "conflict_declared": "Conflict of interest declared",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of a summary list."""

    key: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """An entry of the timeline."""

    title: str
    by: str
    at: str
    machine_at: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Something the reader can do to the review here; `refusal` says why not now."""

    action: str
    label: str
    needs_reason: bool
    refusal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePage(Page):
    """The page of one case."""

    reference: str
    state: str
    late: str
    version: int
    facts: tuple[Fact, ...]
    work: tuple[Fact, ...]
    out_of_cohort: str
    """Why the case has no review; empty when it has one."""
    choose: Link | None
    """To choose a reviewer, where that is open."""
    deeds: tuple[Deed, ...]
    siblings: Table | None
    conflicts: Table | None
    why: str
    """Why this reviewer, in a sentence."""
    terms: Table | None
    submissions: tuple[Link, ...]
    escalations: Table | None
    follow_on: Table | None
    """What follows the review; `follow_on_links` lead to each."""
    follow_on_links: tuple[str, ...]
    timeline: tuple[Happening, ...]
    record: Link | None = None
    """To all that is held on the child, for who may ask for it."""
    typed_reason: str = ""


def case_page(
    site: Site,
    found: CaseFile,
    row: CaseRow,
    actions: Mapping[Action, str | None],
    *,
    districts: Mapping[str, str],
    calendar: WorkCalendar,
    as_of: date,
    back: Link,
    actions_after: Sequence[FollowOnAction] = (),
    **page: object,
) -> CasePage:
    """The page; `row` is the case as its files add up to it, `actions` what the reader may do.

    Args:
        actions_after: the follow-on actions of the review.
    """
    review = found.review
    return CasePage(
        site=site,
        title=found.case.reference,
        as_of=long_date(as_of),
        back=back,
        reference=found.case.reference,
        state=STATES[review.state] if review else "Not in the cohort",
        late=lateness(review.due_on, review.state, calendar, as_of) if review else "",
        version=review.version if review else 0,
        facts=tuple(facts_of(found, row, districts, as_of)),
        work=tuple(_work(found)),
        out_of_cohort="" if review else found.case.cohort_reason,
        choose=_choose(found.case.reference, actions),
        deeds=tuple(_deeds(actions)),
        siblings=_siblings(found),
        conflicts=_conflicts(found),
        why=found.allocation.line.reason if found.allocation else "",
        terms=_terms(found.allocation),
        submissions=tuple(_submission(found.case.reference, s) for s, _ in found.submissions),
        escalations=_escalations(found),
        follow_on=_follow_on(actions_after) if actions_after else None,
        follow_on_links=tuple(f"/actions/{action.key}" for action in actions_after),
        timeline=tuple(_happening(event, found.names) for event in reversed(found.events)),
        **page,  # type: ignore[arg-type]
    )


def facts_of(
    found: CaseFile, row: CaseRow, districts: Mapping[str, str], as_of: date
) -> Iterable[Fact]:
    """What the caseload says of the child and the case; no name is ever stored."""
    case = found.case
    yield Fact("Child", case.child_id, age_of(row, as_of))
    yield Fact("District", districts.get(case.district or "", case.district or _NOT_KNOWN))
    yield Fact("Team", case.team or _NOT_KNOWN, f"Worker {case.worker}" if case.worker else "")
    yield Fact("Open since", long_date(case.episode_start))
    yield Fact("Priority", BANDS[case.band], "; ".join(case.band_reasons))
    if case.effort:
        hours = case.effort * _MINUTES_PER_POINT / 60
        yield Fact("Effort", plural(case.effort, "review point"), f"about {number(hours, 1)} hours")
    if row.primary_need:
        yield Fact("Primary need", label_of("primary_need", row.primary_need))
    if row.factors:
        said = "; ".join(label_of("factors", code) for code in row.factors)
        yield Fact("Factors at assessment", said)
    yield Fact("Last seen", long_date(row.last_seen_on) if row.last_seen_on else _NOT_KNOWN)
    if row.plan_started_on:
        yield Fact("Child in need plan since", long_date(row.plan_started_on))
    if row.protection_plan_ended_on:
        yield Fact("Child protection plan ended", long_date(row.protection_plan_ended_on))


def age_of(row: CaseRow, as_of: date) -> str:
    """The child's age in words."""
    if row.birth_on is None:
        if row.expected_birth_on:
            return f"not born yet, expected {long_date(row.expected_birth_on)}"
        return "age not known"
    had = (as_of.month, as_of.day) >= (row.birth_on.month, row.birth_on.day)
    years = as_of.year - row.birth_on.year - (not had)
    if years < 2:  # noqa: PLR2004 - babies are told in months
        months = (as_of.year - row.birth_on.year) * 12 + as_of.month - row.birth_on.month
        return f"{plural(max(months - (as_of.day < row.birth_on.day), 0), 'month')} old"
    return f"{years} years old"


def _work(found: CaseFile) -> Iterable[Fact]:
    review, reviewer = found.review, found.reviewer
    if review is None:
        return
    if reviewer:
        yield Fact(
            "Reviewer", reviewer.name, f"{reviewer.agency.capitalize()}, {reviewer.reference}"
        )
    else:
        yield Fact("Reviewer", "Nobody")
    yield Fact("Due", long_date(review.due_on) if review.due_on else "No date")
    yield Fact("In the programme since", long_date(review.opened_on))


def _choose(reference: str, actions: Mapping[Action, str | None]) -> Link | None:
    open_to = next((action for action in _BY_HAND if action in actions), None)
    return Link(TRANSITIONS[open_to].label, f"{PATH}/{reference}/allocate") if open_to else None


def _deeds(actions: Mapping[Action, str | None]) -> Iterable[Deed]:
    for action, refusal in actions.items():
        if action in _HERE:
            row = TRANSITIONS[action]
            yield Deed(
                action=action.value,
                label=row.label,
                needs_reason=row.needs_reason,
                refusal=refusal or "",
            )


def _siblings(found: CaseFile) -> Table | None:
    if not found.siblings:
        return None
    return Table(
        id="siblings",
        caption="Siblings in the programme",
        columns=(Column("Case"), Column("State"), Column("Reviewer")),
        rows=tuple(
            (
                sibling.reference,
                STATES[sibling.review.state] if sibling.review else "Not in the cohort",
                sibling.reviewer.name if sibling.reviewer else "Nobody",
            )
            for sibling in found.siblings
        ),
    )


def _conflicts(found: CaseFile) -> Table | None:
    if not found.conflicts:
        return None
    return Table(
        id="conflicts",
        caption="Reviewers who must keep away",
        columns=(Column("Reviewer"), Column("Because of"), Column("Declared")),
        rows=tuple(
            (
                reviewer.name,
                f"the {conflict.kind}" + (f": {conflict.reason}" if conflict.reason else ""),
                short_date(conflict.declared_at.astimezone(LONDON).date()),
            )
            for reviewer, conflict in found.conflicts
        ),
    )


def _terms(allocation: AllocationReason | None) -> Table | None:
    if allocation is None or not allocation.line.terms:
        return None
    line = allocation.line
    rows = [(_TERMS.get(t, t), number(cost, 1)) for t, cost in line.terms.items() if cost]
    if allocation.runner_up and line.margin is not None:
        rows.append((f"Next best: {allocation.runner_up.name}, dearer by", number(line.margin, 1)))
    return Table(
        id="terms",
        caption="What the choice cost, in cost units",
        columns=(Column("Term"), Column("Cost", is_numeric=True)),
        rows=tuple(rows),
    )


def _submission(reference: str, submission: Submission) -> Link:
    day = long_date(submission.submitted_at.astimezone(LONDON).date())
    return Link(f"Submission {submission.number} of {day}", f"/decisions/{reference}")


def _escalations(found: CaseFile) -> Table | None:
    if not found.escalations:
        return None
    return Table(
        id="escalations",
        caption="Escalations",
        columns=(Column("Raised"), Column("Kind"), Column("Reason"), Column("Where it stands")),
        rows=tuple(
            (
                moment(item.raised_at),
                item.kind.replace("_", " ").capitalize(),
                item.reason,
                item.outcome
                or (
                    f"Acknowledged by {item.acknowledged_by}"
                    if item.acknowledged_at
                    else f"Not acknowledged; due by {moment(item.acknowledge_by)}"
                ),
            )
            for item in found.escalations
        ),
    )


def _follow_on(actions: Sequence[FollowOnAction]) -> Table:
    words = {
        ActionStatus.OPEN: "Open",
        ActionStatus.DONE: "Done",
        ActionStatus.CANCELLED: "Cancelled",
    }
    return Table(
        id="follow-on",
        caption="Actions that follow the review",
        columns=(Column("Action"), Column("Owner"), Column("Due"), Column("Where it stands")),
        rows=tuple(
            (
                action.task or RULES[action.kind].label,
                action.owner or action.owner_role.replace("_", " "),
                short_date(action.due_on),
                words[action.status],
            )
            for action in actions
        ),
    )


def _happening(event: Event, names: Mapping[int, str]) -> Happening:
    reviewer = names.get(event.payload.get("reviewer_id") or 0)
    due_on = event.payload.get("due_on")
    said = [f"To {reviewer}" if reviewer else ""]
    said += [f"due {long_date(date.fromisoformat(due_on))}" if due_on else ""]
    said += [event.reason or ""]
    return Happening(
        title=_HAPPENED.get(event.kind, event.kind.replace("_", " ").capitalize()),
        by=event.actor,
        at=moment(event.at),
        machine_at=event.at.isoformat(),
        text=". ".join(part[0].upper() + part[1:] for part in said if part),
    )


def moment(at: datetime) -> str:
    """22 January 2016 at 9:05: an instant as London's clocks show it."""
    local = at.astimezone(LONDON)
    return f"{long_date(local.date())} at {local.hour}:{local:%M}"
