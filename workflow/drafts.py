"""Drafts: what a reviewer has typed so far, section by section, kept as typed and never checked.

No word is lost and none is overwritten unseen: a section that was saved elsewhere since the page was
made refuses the save, a late or repeated autosave of the same page is recognised and left alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session, col, select

from workflow.db import ROW_LOCK
from workflow.errors import ConflictError, NotFoundError
from workflow.models import Draft, Review, SecondDraft, Submission
from workflow.operations.sealing import restrict, restricted_in
from workflow.reviews import locked
from workflow.states import HELD_STATES, Actor

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class FormVersion:
    """The published form that new drafts are written in."""

    id: str
    version: int
    sections: tuple[str, ...]
    """Ids of its sections."""
    restricted: frozenset[str] = frozenset()
    """Ids of the questions whose answers are stored encrypted, in any version of the form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What one page of a form sent."""

    section: str
    answers: Mapping[str, Any]
    """Every question of the section → what was typed, also when that is nothing."""
    is_complete: bool | None = None
    """Whether the reviewer calls the section completed; None leaves that as it was."""
    version: int | None = None
    """The draft's version that the page was made from; None overwrites whatever is there."""
    tab: str = ""
    """Names the open page, so that it is not in conflict with what it saved itself."""
    turn: int = 0
    """Counts what this page sent; what arrives late does not undo what came after it."""


def read_draft(session: Session, review: Review, *, newest: FormVersion) -> Draft:
    """The draft of a review; without one, a first one that is not stored.

    A review that was submitted before starts from its latest submission, in the form of that
    submission; its own author finds every section completed.
    """
    draft = session.get(Draft, review.key)
    return draft if draft is not None else _first_draft(session, review, newest)


def save_draft(
    session: Session,
    *,
    review_id: int,
    typed: Typed,
    newest: FormVersion,
    actor: Actor,
    now: datetime,
) -> Draft:
    """Keep what was typed in one section, valid or not.

    Raises:
        NotFoundError: the actor does not hold this review (or it does not exist).
        ConflictError: the section was saved elsewhere since `typed.version`, or the review is no
            longer being written; nothing was overwritten.
    """
    review = locked(session, review_id)
    if actor.reviewer_id is None or review.reviewer_id != actor.reviewer_id:
        raise NotFoundError("review", review_id)
    if review.state not in HELD_STATES:
        raise ConflictError("This review was submitted already, so this was not saved.")
    stored = session.get(Draft, review_id, with_for_update=ROW_LOCK)
    draft = stored if stored is not None else _first_draft(session, review, newest)
    mark = draft.sections.get(typed.section, {})
    if typed.tab and mark.get("tab") == typed.tab:
        if typed.turn <= mark["turn"]:
            return draft
    elif typed.version is not None and mark.get("version", 0) > typed.version:
        raise ConflictError("This section was changed in another tab or by somebody else.")
    draft.version += 1
    draft.answers = draft.answers | dict(typed.answers)
    draft.sections = draft.sections | {typed.section: _mark(draft, mark, typed)}
    draft.reviewer_id, draft.saved_at = actor.reviewer_id, now
    restrict(draft, newest.restricted)
    session.add(draft)
    return draft


def completed_sections(draft: Draft | SecondDraft) -> frozenset[str]:
    """Ids of the sections the reviewer calls completed; whether they are is another question."""
    return frozenset(section for section, mark in draft.sections.items() if mark["complete"])


def _mark(draft: Draft, before: Mapping[str, Any], typed: Typed) -> dict[str, Any]:
    said = typed.is_complete
    return {
        "complete": before.get("complete", False) if said is None else said,
        "version": draft.version,
        "tab": typed.tab,
        "turn": typed.turn,
    }


def _first_draft(session: Session, review: Review, newest: FormVersion) -> Draft:
    query = select(Submission).where(Submission.review_id == review.key)
    earlier = session.exec(query.order_by(col(Submission.number).desc())).first()
    is_own = earlier is not None and earlier.author_id == review.reviewer_id
    draft = Draft(
        review_id=review.key,
        reviewer_id=review.reviewer_id or 0,
        form_id=earlier.form_id if earlier else newest.id,
        form_version=earlier.form_version if earlier else newest.version,
        answers=dict(earlier.answers) if earlier else {},
        sections={name: {"complete": True, "version": 0} for name in newest.sections if is_own},
        version=0,
        saved_at=earlier.submitted_at if earlier else _NEVER,
    )
    restrict(draft, restricted_in(earlier) if earlier else ())
    return draft
