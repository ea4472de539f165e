"""A review on its reviewer's desk: what the pages and the JSON of reviewing both load and do."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any

from fastapi import Path as InPath

from api.moments import Moment
from forms.answers import to_review_form
from forms.catalogue import latest_form
from forms.reviewing.filling import (
    FORM_ID,
    Filling,
    filling_of,
    newest_version,
    read_section,
    storable,
)
from forms.schema import Section
from workflow import reviews
from workflow.case_file import CaseFile
from workflow.conflicts import step_aside
from workflow.drafts import Typed, read_draft, save_draft
from workflow.errors import ConflictError, InvalidInputError
from workflow.escalations import raise_escalation
from workflow.models import (
    Case,
    ConflictKind,
    Draft,
    Escalation,
    EscalationKind,
    Review,
    Submission,
)
from workflow.reviewing import find_mine, read_own_file
from workflow.states import Action, Facts, ReviewState, available_actions

Reference = Annotated[str, InPath(max_length=40, pattern=r"^[\w-]+$")]


@dataclass(frozen=True)
class Desk:
    """A review that whoever asks holds."""

    at: Moment
    case: Case
    review: Review

    @cached_property
    def facts(self) -> Facts:
        """What the state table's guards ask about."""
        return reviews.facts_for(self.at.session, self.review, self.at.actor)

    @property
    def actions(self) -> dict[Action, str | None]:
        """What the state table opens: None, or why not."""
        return available_actions(self.review.state, self.at.actor, self.facts)

    @cached_property
    def file(self) -> CaseFile:
        """What the reviewer reads of the case."""
        return read_own_file(self.at.session, self.case, self.review)

    @property
    def draft(self) -> Draft:
        """What is written so far."""
        return read_draft(self.at.session, self.review, newest=newest_version())

    @property
    def is_open(self) -> bool:
        """Whether the form can be written in."""
        return self.review.state is ReviewState.IN_PROGRESS and not self.facts.in_conflict

    def filling(self, draft: Draft) -> Filling:
        """How far a draft is."""
        return filling_of(draft, agency=self.at.actor.agency, today=self.at.as_of)


def find_desk(at: Moment, reference: str) -> Desk:
    """The review of a reference.

    Raises:
        NotFoundError: it is not allocated to whoever asks, or there is none; nothing tells which.
    """
    return Desk(at, *find_mine(at.session, at.programme, at.actor, reference))


def newest_section(section: str) -> Section | None:
    """A section of the newest form by its id: to name what was typed where no draft can be read."""
    form = latest_form(FORM_ID)
    return next((item for item in form.sections if item.id == section), None)


def save(
    desk: Desk,
    section: Section,
    sent: Mapping[str, Any],
    *,
    is_complete: bool | None = None,
    version: int | None = None,
    tab: str = "",
    turn: int = 0,
) -> Draft:
    """Keep what was typed in a section.

    Raises:
        ConflictError: it was saved elsewhere since `version`, or is no longer being written.
    """
    typed = Typed(
        section=section.id,
        answers=read_section(section, sent),
        is_complete=is_complete,
        version=version,
        tab=tab,
        turn=turn,
    )
    return save_draft(
        desk.at.session,
        review_id=desk.review.key,
        typed=typed,
        newest=newest_version(),
        actor=desk.at.actor,
        now=desk.at.now,
    )


def act(desk: Desk, action: Action, *, reason: str = "", version: int | None = None) -> Review:
    """Start the review, decline it or put it on hold."""
    at, number, reason = desk.at, desk.review.key, storable(reason)
    if action is Action.DECLINE:
        reviews.locked(at.session, number, version=version)
        return reviews.decline(
            at.session, review_id=number, actor=at.actor, now=at.now, reason=reason
        )
    return reviews.act(
        at.session,
        review_id=number,
        action=action,
        actor=at.actor,
        now=at.now,
        reason=reason or None,
        version=version,
    )


def declare(desk: Desk, *, kind: str, reason: str) -> Review:
    """Declare a conflict of interest and let go of the review.

    Raises:
        InvalidInputError: a reason or a kind is missing.
    """
    if kind not in set(ConflictKind):
        raise InvalidInputError("Select what the conflict is with.", "kind")
    return step_aside(
        desk.at.session,
        case=desk.case,
        review=desk.review,
        kind=ConflictKind(kind),
        reason=storable(reason),
        actor=desk.at.actor,
        now=desk.at.now,
    )


def escalate(desk: Desk, *, kind: str, reason: str) -> Escalation:
    """Raise an escalation, whatever state the review is in.

    Raises:
        InvalidInputError: a reason or the urgency is missing.
    """
    if kind not in set(EscalationKind):
        raise InvalidInputError("Select how urgent it is.", "kind")
    return raise_escalation(
        desk.at.session,
        review=desk.review,
        kind=EscalationKind(kind),
        reason=storable(reason),
        actor=desk.at.actor,
        now=desk.at.now,
        calendar=desk.at.programme.calendar,
        policy=desk.at.policy.tracking,
    )


def lock_answers(desk: Desk, *, version: int | None, draft_version: int | None) -> Filling:
    """The answers as they will be submitted; nobody changes them until the request is done.

    Raises:
        ConflictError: the review or its answers changed since these versions.
    """
    reviews.locked(desk.at.session, desk.review.key, version=version)
    draft = desk.draft
    if draft_version is not None and draft.version != draft_version:
        raise ConflictError("Your answers were changed since this page was made. Check them again.")
    return desk.filling(draft)


def submit(desk: Desk, filling: Filling) -> Submission:
    """Hand the review in.

    Raises:
        InvalidInputError: the answers have errors.
        IllegalTransitionError: the review is not being written.
    """
    at = desk.at
    return reviews.submit(
        at.session,
        review_id=desk.review.key,
        form=to_review_form(filling.form, filling.parsed),
        actor=at.actor,
        now=at.now,
        programme=at.programme,
        policy=at.policy,
    )
