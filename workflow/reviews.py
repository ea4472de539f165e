"""Use cases on a review: the only writer of `Review.state`.

Each is one short function: load and lock, check, change, record one event, return. The table in
`workflow.states` decides; nothing here repeats it. The caller commits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from workflow import audit
from workflow.calendar import local_date
from workflow.cases import AnyCase
from workflow.db import ROW_LOCK
from workflow.errors import ConflictError, InvalidInputError, NotFoundError
from workflow.escalations import raise_escalation
from workflow.followup import follow
from workflow.models import (
    Draft,
    EscalationKind,
    Programme,
    Review,
    SignalKind,
    Submission,
)
from workflow.notifications.outbox import signal
from workflow.notifications.telling import Held, holders, tell_of_handovers, tell_returned
from workflow.operations.sealing import restrict
from workflow.policy import Policy
from workflow.quality.blind import has_second_review
from workflow.quality.drawing import draw_review, sample_payload
from workflow.quality.replacements import replace_withdrawn
from workflow.review_facts import count_submissions, has_immediate_escalation, is_in_conflict
from workflow.states import (
    INITIAL_STATE,
    TRANSITIONS,
    Action,
    Actor,
    Facts,
    ReviewState,
    next_state,
    refusal,
)

EVENT_KINDS = {
    Action.ALLOCATE: "review_allocated",
    Action.REALLOCATE: "review_reallocated",
    Action.RELEASE: "review_released",
    Action.START: "review_started",
    Action.DECLINE: "review_declined",
    Action.HOLD: "review_held",
    Action.RESUME: "review_resumed",
    Action.SUBMIT: "review_submitted",
    Action.CONFIRM: "review_confirmed",
    Action.SEND_TO_MODERATION: "review_sent_to_moderation",
    Action.RETURN: "review_returned",
    Action.AGREE: "moderation_agreed",
    Action.DISAGREE: "moderation_disagreed",
    Action.REOPEN: "review_reopened",
    Action.WITHDRAW: "review_withdrawn",
    Action.REINSTATE: "review_reinstated",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewForm:
    """A filled-in form, parsed and checked by `forms.answers`, as the domain needs it."""

    form_id: str
    form_version: int
    answers: Mapping[str, Any]
    """Question id → answer, ready for JSON."""
    outcome: str
    grade: str
    safety: str
    """`safe`, `concern` or `immediate_risk`."""
    unanswered: int = 0
    """Required questions without an answer."""
    restricted: frozenset[str] = frozenset()
    """Ids of the questions whose answers are stored encrypted."""


def open_reviews(
    session: Session, *, cases: Sequence[AnyCase], actor: Actor, now: datetime, opened_on: date
) -> list[Review]:
    """Start the reviews of cases that have come into the cohort; they wait to be allocated."""
    if not cases:
        return []
    rows = [
        {
            "programme_id": case.programme_id,
            "case_id": case.key,
            "state": INITIAL_STATE,
            "version": 1,
            "moderated": False,
            "opened_on": opened_on,
        }
        for case in cases
    ]
    insert = sa.insert(Review).returning(Review, sort_by_parameter_order=True)
    opened = list(session.scalars(insert, rows))
    entries = (
        audit.Entry(
            kind="review_opened",
            review_id=review.key,
            case_id=review.case_id,
            payload={"opened_on": opened_on.isoformat()},
        )
        for review in opened
    )
    programme_id = cases[0].programme_id
    audit.record_all(session, entries, programme_id=programme_id, actor=actor, at=now)
    return opened


def allocate(
    session: Session,
    *,
    review: Review,
    reviewer_id: int,
    due_on: date | None,
    actor: Actor,
    now: datetime,
    obstacle: str | None = None,
    reason: str | None = None,
    run_id: int | None = None,
) -> Review:
    """Give a review to a reviewer, or move it to another one.

    Args:
        review: the review, loaded (and locked) by the caller.
        obstacle: why the reviewer may not hold this case, from `workflow.allocation`; None if free.
        reason: needed when the review moves from one reviewer to another.
        run_id: the allocation run that decided, if one did.
    """
    moves = review.state is not ReviewState.UNALLOCATED
    return _change(
        session,
        review,
        Action.REALLOCATE if moves else Action.ALLOCATE,
        actor=actor,
        now=now,
        facts=Facts(obstacle=obstacle),
        reason=reason,
        payload={"run_id": run_id} if run_id else {},
        reviewer_id=reviewer_id,
        due_on=due_on,
    )


def release(
    session: Session, *, review_id: int, actor: Actor, now: datetime, reason: str
) -> Review:
    """Take a review back from its reviewer; the draft stays for whoever holds it next."""
    review = locked(session, review_id)
    return _change(
        session, review, Action.RELEASE, actor=actor, now=now, reason=reason, reviewer_id=None
    )


def decline(
    session: Session, *, review_id: int, actor: Actor, now: datetime, reason: str
) -> Review:
    """A reviewer hands an allocated review back, for a reason."""
    review = locked(session, review_id)
    facts = facts_for(session, review, actor)
    return _change(
        session,
        review,
        Action.DECLINE,
        actor=actor,
        now=now,
        facts=facts,
        reason=reason,
        reviewer_id=None,
    )


def act(
    session: Session,
    *,
    review_id: int,
    action: Action,
    actor: Actor,
    now: datetime,
    reason: str | None = None,
    version: int | None = None,
) -> Review:
    """Take one of the actions that need no input but a reason: start, hold, resume, return and so on.

    Args:
        version: the version the actor saw; a review changed since then is refused.

    Raises:
        ConflictError: the review changed since `version`.
    """
    if action not in PLAIN_ACTIONS:
        message = f"{action} needs more than a reason; use its own function"
        raise LookupError(message)
    review = locked(session, review_id, version=version)
    facts = facts_for(session, review, actor)
    return _change(
        session,
        review,
        action,
        actor=actor,
        now=now,
        facts=facts,
        reason=reason,
        **PLAIN_ACTIONS[action],
    )


PLAIN_ACTIONS: dict[Action, dict[str, Any]] = {
    Action.START: {},
    Action.HOLD: {},
    Action.RESUME: {},
    Action.RETURN: {},
    Action.AGREE: {"moderated": True},
    Action.DISAGREE: {"moderated": True},
    Action.REOPEN: {"moderated": False, "confirmer": None, "completed_at": None},
    Action.WITHDRAW: {"reviewer_id": None, "due_on": None},
    Action.REINSTATE: {},
}
"""Actions without inputs of their own, and the columns they reset."""


def submit(
    session: Session,
    *,
    review_id: int,
    form: ReviewForm,
    actor: Actor,
    now: datetime,
    programme: Programme,
    policy: Policy,
    version: int | None = None,
) -> Submission:
    """Hand in a review: the form is kept for good, the draft goes, immediate risk escalates at once."""
    review = locked(session, review_id, version=version)
    facts = facts_for(session, review, actor, unanswered=form.unanswered)
    _change(
        session,
        review,
        Action.SUBMIT,
        actor=actor,
        now=now,
        facts=facts,
        payload={"form": form.form_id, "form_version": form.form_version, "outcome": form.outcome},
        author_id=actor.reviewer_id,
        outcome=form.outcome,
        grade=form.grade,
        safety=form.safety,
    )
    submission = Submission(
        review_id=review.key,
        number=count_submissions(session, review.key) + 1,
        author_id=actor.reviewer_id or 0,
        form_id=form.form_id,
        form_version=form.form_version,
        answers=dict(form.answers),
        outcome=form.outcome,
        grade=form.grade,
        safety=form.safety,
        submitted_at=now,
    )
    restrict(submission, form.restricted)
    session.add(submission)
    session.exec(sa.delete(Draft).where(col(Draft.review_id) == review.key))
    signal(
        session,
        SignalKind.REVIEWS_SUBMITTED,
        programme_id=review.programme_id,
        now=now,
        payload={"review": review.key},
    )
    if form.safety == "immediate_risk" and not has_immediate_escalation(session, review.key):
        raise_escalation(
            session,
            review=review,
            kind=EscalationKind.IMMEDIATE,
            reason="The submitted review finds an immediate risk.",
            actor=actor,
            now=now,
            calendar=programme.calendar,
            policy=policy.tracking,
        )
    return submission


def confirm(
    session: Session,
    *,
    review_id: int,
    actor: Actor,
    now: datetime,
    programme: Programme,
    policy: Policy,
    version: int | None = None,
) -> Review:
    """A council manager confirms the outcome; the sample rules may ask for moderation first."""
    review = locked(session, review_id, version=version)
    drawn = draw_review(session, review, programme, policy, on=local_date(now))
    wanted = drawn.rule is not None
    first_time = not review.moderated
    return _change(
        session,
        review,
        Action.SEND_TO_MODERATION if wanted else Action.CONFIRM,
        actor=actor,
        now=now,
        facts=facts_for(session, review, actor, drawn_for_moderation=wanted),
        payload=sample_payload(session, review, drawn) if first_time else {},
        **({"confirmer": actor.name} if wanted else {}),
    )


def moderation_reason(
    session: Session, review: Review, programme: Programme, policy: Policy, *, on: date
) -> str | None:
    """Why a submitted review would go to moderation when confirmed on this day; None if not."""
    return draw_review(session, review, programme, policy, on=on).because


def locked(session: Session, review_id: int, *, version: int | None = None) -> Review:
    """The review, locked until the transaction ends.

    Raises:
        NotFoundError: there is no such review.
        ConflictError: it has changed since `version`.
    """
    review = session.get(Review, review_id, with_for_update=ROW_LOCK)
    if review is None:
        raise NotFoundError("review", review_id)
    if version is not None and version != review.version:
        raise ConflictError("This review was changed by somebody else. Look at it again first.")
    return review


def _change(
    session: Session,
    review: Review,
    action: Action,
    *,
    actor: Actor,
    now: datetime,
    facts: Facts | None = None,
    reason: str | None = None,
    payload: dict[str, Any] | None = None,
    **columns: Any,
) -> Review:
    """The only place where a review's state changes, with its event."""
    check_action(review.state, action, actor, facts or Facts(), reason)
    before, after = review.state, next_state(review.state, action)
    held = holders(session, [review.key]) if action in _CHANGES_HANDS else {}
    review.state = after
    review.version += 1
    for name, value in (stamps(after, now) | columns).items():
        setattr(review, name, value)
    facts_changed = {k: columns[k] for k in ("reviewer_id", "due_on") if k in columns}
    audit.record(
        session,
        programme_id=review.programme_id,
        kind=EVENT_KINDS[action],
        actor=actor,
        at=now,
        review_id=review.key,
        action=action,
        from_state=before,
        to_state=after,
        reason=reason,
        payload=json_ready((payload or {}) | facts_changed),
    )
    follow(session, review=review, before=before, actor=actor, now=now)
    if held:
        _tell_of_handover(session, review, held, actor, now)
    if after is ReviewState.RETURNED:
        tell_returned(session, review, actor=actor, now=now)
    if action is Action.WITHDRAW and before is ReviewState.IN_MODERATION:
        replace_withdrawn(session, review=review, actor=actor, now=now)
    return review


_CHANGES_HANDS = frozenset(
    {Action.ALLOCATE, Action.REALLOCATE, Action.RELEASE, Action.DECLINE, Action.WITHDRAW}
)


def _tell_of_handover(
    session: Session, review: Review, held: Mapping[int, Held], actor: Actor, now: datetime
) -> None:
    tell_of_handovers(
        session,
        held,
        {review.key: review.reviewer_id},
        programme_id=review.programme_id,
        actor=actor,
        now=now,
    )


def check_action(
    state: ReviewState, action: Action, actor: Actor, facts: Facts, reason: str | None
) -> None:
    """Refuse what the table of states does not open, and what lacks its reason.

    Raises:
        WorkflowError: the table's own refusal, or a reason is missing.
    """
    if refused := refusal(state, action, actor, facts):
        raise refused
    if TRANSITIONS[action].needs_reason and not (reason or "").strip():
        message = f"Give a reason to {TRANSITIONS[action].label.lower()} this review."
        raise InvalidInputError(message)


def stamps(state: ReviewState | None, now: datetime) -> dict[str, Any]:
    """The columns that note when a review came to a state."""
    columns: dict[ReviewState | None, str] = {
        ReviewState.ALLOCATED: "allocated_at",
        ReviewState.IN_PROGRESS: "started_at",
        ReviewState.SUBMITTED: "submitted_at",
        ReviewState.COMPLETE: "completed_at",
    }
    return {columns[state]: now} if state in columns else {}


def json_ready(payload: dict[str, Any]) -> dict[str, Any]:
    """A payload with its days as ISO text."""
    return {k: v.isoformat() if isinstance(v, date) else v for k, v in payload.items()}


def facts_for(
    session: Session,
    review: Review,
    actor: Actor,
    *,
    unanswered: int = 0,
    drawn_for_moderation: bool = False,
) -> Facts:
    """What the guards of the state table need to know of one review and one actor."""
    return Facts(
        holder_id=review.reviewer_id,
        author_id=review.author_id,
        confirmer=review.confirmer,
        in_conflict=is_in_conflict(session, review, actor),
        unanswered=unanswered,
        drawn_for_moderation=drawn_for_moderation,
        has_second_review=review.state is ReviewState.IN_MODERATION
        and has_second_review(session, review, actor.name),
    )
