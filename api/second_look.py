"""A review on its moderator's desk: what the pages and the JSON of moderation both load and do."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from api.moments import Moment
from forms.answers import to_review_form
from forms.reviewing.filling import (
    Filling,
    filling_of,
    newest_version,
    read_section,
    storable,
)
from forms.schema import Section
from workflow import reviews
from workflow.case_file import CaseFile
from workflow.drafts import Typed
from workflow.errors import ConflictError, InvalidInputError, NotFoundError
from workflow.escalations import raise_escalation
from workflow.models import (
    Case,
    Draft,
    Escalation,
    EscalationKind,
    ModerationReview,
    Review,
    SecondDraft,
)
from workflow.quality.blind import has_second_review
from workflow.quality.queue import find_in_moderation, why_drawn
from workflow.quality.second_reviews import (
    Comparison,
    comparison,
    read_second_draft,
    save_second_draft,
    submit_second_review,
)
from workflow.reviewing import read_own_file
from workflow.states import Action, ReviewState

_JUDGEMENTS = frozenset({Action.AGREE, Action.DISAGREE})


@dataclass(frozen=True)
class SecondLook:
    """A review in moderation, before a moderator who has not seen the first one."""

    at: Moment
    case: Case
    review: Review

    @cached_property
    def is_in(self) -> bool:
        """Whether the moderator's own review is handed in, so that the first one may be seen."""
        return has_second_review(self.at.session, self.review, self.at.actor.name)

    @property
    def is_open(self) -> bool:
        """Whether the form can be written in."""
        return self.review.state is ReviewState.IN_MODERATION and not self.is_in

    @cached_property
    def file(self) -> CaseFile:
        """What is known of the case, without a word of the first review or of what it led to."""
        found = read_own_file(self.at.session, self.case, self.review)
        return replace(found, submissions=[], escalations=[], events=[])

    @property
    def draft(self) -> SecondDraft:
        """What the moderator has written so far.

        Raises:
            NotPermittedError, GuardNotMetError: this moderator may not take the review.
        """
        return read_second_draft(
            self.at.session, self.review, actor=self.at.actor, newest=newest_version()
        )

    def filling(self, draft: Draft | SecondDraft) -> Filling:
        """How far a draft is."""
        return filling_of(draft, agency=self.at.actor.agency, today=self.at.as_of)

    @property
    def compared(self) -> Comparison:
        """The first review beside the moderator's own.

        Raises:
            GuardNotMetError: their own is not in yet.
        """
        return comparison(self.at.session, self.review, self.at.actor)

    @property
    def because(self) -> str:
        """Why the sample drew the review; only for a page that shows the first review too."""
        return why_drawn(self.at.session, self.review)


def find_look(at: Moment, reference: str) -> SecondLook:
    """The review of a reference.

    Raises:
        NotFoundError: it is not in moderation, or there is none; nothing tells which.
    """
    return SecondLook(at, *find_in_moderation(at.session, at.programme, at.actor, reference))


def save(
    look: SecondLook,
    section: Section,
    sent: Mapping[str, Any],
    *,
    is_complete: bool | None = None,
    version: int | None = None,
    tab: str = "",
    turn: int = 0,
) -> SecondDraft:
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
    return save_second_draft(
        look.at.session,
        review_id=look.review.key,
        typed=typed,
        newest=newest_version(),
        actor=look.at.actor,
        now=look.at.now,
    )


def lock_answers(look: SecondLook, *, version: int | None, draft_version: int | None) -> Filling:
    """The answers as they will be handed in; nobody changes them until the request is done.

    Raises:
        ConflictError: the review or the answers changed since these versions.
    """
    reviews.locked(look.at.session, look.review.key, version=version)
    draft = look.draft
    if draft_version is not None and draft.version != draft_version:
        raise ConflictError("Your answers were changed since this page was made. Check them again.")
    return look.filling(draft)


def hand_in(look: SecondLook, filling: Filling) -> ModerationReview:
    """Hand the moderator's own review in; only then the first one can be seen."""
    at = look.at
    return submit_second_review(
        at.session,
        review_id=look.review.key,
        form=to_review_form(filling.form, filling.parsed),
        actor=at.actor,
        now=at.now,
        programme=at.programme,
        policy=at.policy,
    )


def judge(look: SecondLook, action: str, *, reason: str, version: int | None) -> Review:
    """Agree with the first review or disagree, once both are in.

    Raises:
        NotFoundError: the action is neither.
        InvalidInputError: a reason is missing.
    """
    if action not in _JUDGEMENTS:
        raise NotFoundError("judgement", "of this name")
    return reviews.act(
        look.at.session,
        review_id=look.review.key,
        action=Action(action),
        actor=look.at.actor,
        now=look.at.now,
        reason=storable(reason) or None,
        version=version,
    )


def escalate(look: SecondLook, *, kind: str, reason: str) -> Escalation:
    """Raise an escalation.

    Raises:
        InvalidInputError: a reason or the urgency is missing.
    """
    if kind not in set(EscalationKind):
        raise InvalidInputError("Select how urgent it is.", "kind")
    return raise_escalation(
        look.at.session,
        review=look.review,
        kind=EscalationKind(kind),
        reason=storable(reason),
        actor=look.at.actor,
        now=look.at.now,
        calendar=look.at.programme.calendar,
        policy=look.at.policy.tracking,
    )
