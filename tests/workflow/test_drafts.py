"""Drafts: nothing typed is lost, nothing is overwritten unseen."""

from typing import Any

import pytest
from sqlmodel import select

from tests.factories import as_actor, make_form, make_reviewer
from tests.workflow.test_reviews import MANAGER, Desk, desk
from workflow.drafts import FormVersion, Typed, completed_sections, read_draft, save_draft
from workflow.errors import ConflictError, NotFoundError
from workflow.models import Draft, Reviewer
from workflow.states import Action

__all__ = ["desk"]

NEWEST = FormVersion("cin_review", 1, ("child", "plan"))


def save(
    desk: Desk, answers: dict[str, Any], reviewer: Reviewer | None = None, **typed: Any
) -> Draft:
    draft = save_draft(
        desk.session,
        review_id=desk.review.key,
        typed=Typed(section=typed.pop("section", "child"), answers=answers, **typed),
        newest=NEWEST,
        actor=as_actor(reviewer) if reviewer else desk.author,
        now=desk.now,
    )
    desk.session.flush()
    return draft


def read(desk: Desk) -> Draft:
    return read_draft(desk.session, desk.review, newest=NEWEST)


@pytest.fixture
def started(desk: Desk) -> Desk:
    desk.allocate()
    desk.act(Action.START, desk.author)
    return desk


def test_a_draft_is_kept_as_typed_and_pins_its_form(started: Desk) -> None:
    save(started, {"last_seen_on": {"day": "99", "month": "", "year": ""}})
    draft = read(started)
    assert draft.answers == {"last_seen_on": {"day": "99", "month": "", "year": ""}}
    assert (draft.form_id, draft.form_version) == ("cin_review", 1)


def test_saving_a_section_leaves_the_others_alone(started: Desk) -> None:
    save(started, {"a": "1"}, is_complete=True)
    save(started, {"b": "2"}, section="plan", version=0)
    draft = read(started)
    assert draft.answers == {"a": "1", "b": "2"}
    assert completed_sections(draft) == {"child"}


def test_an_autosave_does_not_touch_the_word_that_a_section_is_complete(started: Desk) -> None:
    save(started, {"a": "1"}, is_complete=True)
    assert completed_sections(save(started, {"a": "2"})) == {"child"}
    assert completed_sections(save(started, {"a": "2"}, is_complete=False)) == set()


def test_a_section_saved_in_another_tab_is_not_overwritten(started: Desk) -> None:
    seen = save(started, {"a": "1"}).version
    save(started, {"a": "2"}, version=seen, tab="other", turn=1)
    with pytest.raises(ConflictError, match="another tab"):
        save(started, {"a": "3"}, version=seen, tab="mine", turn=1)
    assert read(started).answers == {"a": "2"}


def test_a_page_is_not_in_conflict_with_what_it_saved_itself(started: Desk) -> None:
    save(started, {"a": "1"}, version=0, tab="mine", turn=1)
    assert save(started, {"a": "2"}, version=0, tab="mine", turn=2).answers == {"a": "2"}


def test_an_autosave_that_arrives_late_changes_nothing(started: Desk) -> None:
    newer = save(started, {"a": "newer"}, version=0, tab="mine", turn=2).version
    late = save(started, {"a": "older"}, version=0, tab="mine", turn=1)
    assert (late.answers, late.version) == ({"a": "newer"}, newer)


def test_the_draft_goes_when_the_review_is_submitted(started: Desk) -> None:
    save(started, {"a": "1"})
    started.submit()
    started.session.expire_all()
    assert started.session.exec(select(Draft)).all() == []


def test_a_late_autosave_does_not_bring_a_draft_back_after_submission(started: Desk) -> None:
    started.submit()
    with pytest.raises(ConflictError, match="submitted already"):
        save(started, {"a": "late"})


def test_somebody_elses_draft_looks_like_a_missing_review(started: Desk) -> None:
    stranger = make_reviewer(started.session, started.programme)
    with pytest.raises(NotFoundError):
        save(started, {"a": "1"}, stranger)


def test_a_returned_review_starts_from_what_its_author_submitted(started: Desk) -> None:
    started.submit(answers={"outcome": "close"}, form_version=1)
    started.act(Action.RETURN, MANAGER, "Say more about the plan")
    draft = read(started)
    assert draft.answers == {"outcome": "close"}
    assert completed_sections(draft) == {"child", "plan"}


def test_the_first_save_after_a_return_keeps_the_submitted_answers(started: Desk) -> None:
    started.submit(answers={"outcome": "close"})
    started.act(Action.RETURN, MANAGER, "Say more about the plan")
    save(started, {"a": "1"}, version=0, tab="mine", turn=1)
    assert read(started).answers == {"outcome": "close", "a": "1"}


def test_another_reviewer_starts_from_the_submission_with_nothing_called_complete(
    started: Desk,
) -> None:
    started.submit(answers=make_form().answers)
    started.act(Action.RETURN, MANAGER, "Somebody else should look")
    other = make_reviewer(started.session, started.programme)
    started.allocate(reviewer_id=other.key, reason="A fresh pair of eyes")
    draft = read(started)
    assert draft.answers == {"outcome": "remain_cin"}
    assert completed_sections(draft) == set()


def test_a_draft_goes_on_with_whoever_holds_the_review_next(started: Desk) -> None:
    save(started, {"a": "1"})
    other = make_reviewer(started.session, started.programme)
    started.allocate(reviewer_id=other.key, reason="The first reviewer is away")
    draft = save(started, {"b": "2"}, other)
    assert (draft.answers, draft.reviewer_id) == ({"a": "1", "b": "2"}, other.key)
