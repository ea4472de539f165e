"""Use cases on a moderator's own, blind review: draft, hand in, and only then compare.

The moderator fills in the same form as the first reviewer and sees nothing of what that one wrote.
Handing in opens the comparison, and with it the choice to agree or disagree.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session, col, select

from workflow import audit
from workflow.db import ROW_LOCK
from workflow.drafts import FormVersion, Typed
from workflow.errors import ConflictError, GuardNotMetError, NotFoundError
from workflow.escalations import raise_escalation
from workflow.models import (
    Escalation,
    EscalationKind,
    ModerationReview,
    Programme,
    Review,
    SecondDraft,
    Submission,
)
from workflow.operations.sealing import restrict
from workflow.policy import Policy
from workflow.quality.blind import (
    KNOWS,
    has_second_review,
    knows_first,
    latest_submission,
    may_see_first,
)
from workflow.reviews import ReviewForm, facts_for, locked
from workflow.states import Action, Actor, form_is_answered, refusal

_NEVER = datetime.min.replace(tzinfo=UTC)
FINDINGS = ("outcome", "grade", "safety")
"""The judgements that are compared, beside every answer."""


def read_second_draft(
    session: Session, review: Review, *, actor: Actor, newest: FormVersion
) -> SecondDraft:
    """The moderator's own draft; without one an empty one that is not stored.

    It never starts from the first review, not even from one of the moderator's own earlier rounds.

    Raises:
        NotPermittedError, IllegalTransitionError, GuardNotMetError: the actor may not moderate it.
    """
    _check_moderates(session, review, actor)
    stored = session.get(SecondDraft, (review.key, actor.name))
    return stored or _first_draft(session, review, actor, newest)


def save_second_draft(
    session: Session,
    *,
    review_id: int,
    typed: Typed,
    newest: FormVersion,
    actor: Actor,
    now: datetime,
) -> SecondDraft:
    """Keep what a moderator typed in one section, valid or not.

    Raises:
        NotPermittedError, IllegalTransitionError, GuardNotMetError: the actor may not moderate it.
        ConflictError: the section was saved elsewhere since `typed.version`, or the second review is in;
            nothing was overwritten.
    """
    review = locked(session, review_id)
    _check_moderates(session, review, actor)
    if has_second_review(session, review, actor.name):
        raise ConflictError("Your review was handed in already, so this was not saved.")
    key = (review_id, actor.name)
    stored = session.get(SecondDraft, key, with_for_update=ROW_LOCK)
    draft = stored or _first_draft(session, review, actor, newest)
    mark = draft.sections.get(typed.section, {})
    if typed.tab and mark.get("tab") == typed.tab:
        if typed.turn <= mark["turn"]:
            return draft
    elif typed.version is not None and mark.get("version", 0) > typed.version:
        raise ConflictError("This section was changed in another tab or by somebody else.")
    draft.version += 1
    draft.answers = draft.answers | dict(typed.answers)
    draft.sections = draft.sections | {typed.section: _mark(draft.version, mark, typed)}
    draft.saved_at = now
    restrict(draft, newest.restricted)
    session.add(draft)
    return draft


def submit_second_review(
    session: Session,
    *,
    review_id: int,
    form: ReviewForm,
    actor: Actor,
    now: datetime,
    programme: Programme,
    policy: Policy,
    version: int | None = None,
) -> ModerationReview:
    """Hand in the moderator's own review for good; an immediate risk it finds escalates at once.

    Raises:
        NotPermittedError, IllegalTransitionError, GuardNotMetError: the actor may not moderate it, or
            required answers are missing.
        ConflictError: it was handed in already, or the review changed since `version`.
    """
    review = locked(session, review_id, version=version)
    first = _check_moderates(session, review, actor)
    if has_second_review(session, review, actor.name):
        raise ConflictError("You have handed in your review of this case already.")
    if missing := form_is_answered(
        actor, facts_for(session, review, actor, unanswered=form.unanswered)
    ):
        raise GuardNotMetError("submit_second_review", missing)
    second = ModerationReview(
        review_id=review.key,
        submission_id=first.key,
        moderator=actor.name,
        form_id=form.form_id,
        form_version=form.form_version,
        answers=dict(form.answers),
        outcome=form.outcome,
        grade=form.grade,
        safety=form.safety,
        submitted_at=now,
    )
    restrict(second, form.restricted)
    session.add(second)
    if draft := session.get(SecondDraft, (review_id, actor.name)):
        session.delete(draft)
    audit.record(
        session,
        programme_id=review.programme_id,
        kind="second_review_submitted",
        actor=actor,
        at=now,
        review_id=review.key,
        payload={
            "form": form.form_id,
            "form_version": form.form_version,
            "submission": first.number,
        },
    )
    if form.safety == "immediate_risk" and not _has_immediate_escalation(session, review.key):
        raise_escalation(
            session,
            review=review,
            kind=EscalationKind.IMMEDIATE,
            reason="The moderator's own review finds an immediate risk.",
            actor=actor,
            now=now,
            calendar=programme.calendar,
            policy=policy.tracking,
        )
    session.flush()  # the guard of agree and disagree asks the database
    return second


@dataclass(frozen=True, slots=True)
class Difference:
    """One question the two reviews answer differently; None: not asked or not answered."""

    question: str
    first: Any
    second: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The first review beside the moderator's own."""

    first: Submission
    second: ModerationReview
    differences: tuple[Difference, ...]
    """In the order of the first form, then what only the second one answers."""

    @property
    def agrees_on(self) -> dict[str, bool]:
        """Finding → whether both say the same."""
        return {name: getattr(self.first, name) == getattr(self.second, name) for name in FINDINGS}


def comparison(session: Session, review: Review, actor: Actor) -> Comparison:
    """The two reviews side by side.

    A moderator gets their own beside the first; anybody else, who must be allowed to see the review at
    all, the newest second one.

    Raises:
        GuardNotMetError: the actor moderates and has not finished their own review.
        NotFoundError: nobody has written a second review.
    """
    if not may_see_first(session, review, actor):
        raise GuardNotMetError(
            "compare", "Finish your own review first; then you see the first one."
        )
    query = select(ModerationReview).where(ModerationReview.review_id == review.key)
    found = session.exec(query.order_by(col(ModerationReview.id).desc())).all()
    if not found:
        raise NotFoundError("second review", review.key)
    second = next((one for one in found if one.moderator == actor.name), found[0])
    first = session.get_one(Submission, second.submission_id)
    return Comparison(
        first=first, second=second, differences=_differences(first.answers, second.answers)
    )


def second_reviews(session: Session, review: Review) -> list[ModerationReview]:
    """All moderators' own reviews of a case, oldest first; who may read them is asked elsewhere."""
    query = select(ModerationReview).where(ModerationReview.review_id == review.key)
    return list(session.exec(query.order_by(col(ModerationReview.id))).all())


def _differences(first: Mapping[str, Any], second: Mapping[str, Any]) -> tuple[Difference, ...]:
    questions = dict.fromkeys([*first, *second])
    return tuple(
        Difference(question, first.get(question), second.get(question))
        for question in questions
        if first.get(question) != second.get(question)
    )


def _check_moderates(session: Session, review: Review, actor: Actor) -> Submission:
    """The submission to moderate, when everything but the second review itself would let the actor."""
    facts = replace(facts_for(session, review, actor), has_second_review=True)
    if refused := refusal(review.state, Action.AGREE, actor, facts):
        raise refused
    first = latest_submission(session, review.key)
    if first is None:
        raise NotFoundError("submission of review", review.key)
    if not has_second_review(session, review, actor.name) and knows_first(session, review, actor):
        raise GuardNotMetError("moderate", KNOWS)
    return first


def _first_draft(
    session: Session, review: Review, actor: Actor, newest: FormVersion
) -> SecondDraft:
    """Empty, in the form of the first review, so that both answer the same questions."""
    first = latest_submission(session, review.key)
    return SecondDraft(
        review_id=review.key,
        moderator=actor.name,
        form_id=first.form_id if first else newest.id,
        form_version=first.form_version if first else newest.version,
        answers={},
        sections={},
        version=0,
        saved_at=_NEVER,
    )


def _mark(version: int, before: Mapping[str, Any], typed: Typed) -> dict[str, Any]:
    said = typed.is_complete
    return {
        "complete": before.get("complete", False) if said is None else said,
        "version": version,
        "tab": typed.tab,
        "turn": typed.turn,
    }


def _has_immediate_escalation(session: Session, review_id: int) -> bool:
    query = select(Escalation.id).where(
        Escalation.review_id == review_id,
        Escalation.kind == EscalationKind.IMMEDIATE,
        col(Escalation.closed_at).is_(None),
    )
    return session.exec(query).first() is not None
