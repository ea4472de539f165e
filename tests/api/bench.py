"""A reviewer who is signed in, with a review in hand; what tests do with it, in short words."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from forms.catalogue import latest_form
from forms.reviewing.filling import FORM_ID, newest_version, read_section
from tests.api.conftest import SignIn
from tests.api.pages import faults, parse, text_of
from tests.factories import make_actor, make_review, make_reviewer
from tests.forms.test_answers import REVIEW as LATER_REVIEW
from workflow import reviews
from workflow.db import Database
from workflow.drafts import Typed, save_draft
from workflow.models import Case, Draft, Programme, Review, Reviewer
from workflow.states import Action, Role

COORDINATOR = make_actor(Role.COORDINATOR)
MANAGER = make_actor(Role.MANAGER, name="manager-1")
REVIEW = LATER_REVIEW | {"last_seen_on-month": "1"}
"""A whole review whose dates lie before the day of these tests."""
SECTIONS = [section.id for section in latest_form(FORM_ID).sections]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A reviewer who is signed in, and one review allocated to them."""

    database: Database
    programme: Programme
    now: datetime
    client: TestClient
    reviewer: Reviewer
    review_id: int
    reference: str

    @property
    def path(self) -> str:
        return f"/my-reviews/{self.reference}"

    @property
    def review(self) -> Review:
        with self.database.read() as session:
            return session.get_one(Review, self.review_id)

    @property
    def draft(self) -> Draft | None:
        with self.database.read() as session:
            return session.get(Draft, self.review_id)

    def get(self, path: str = "", status: int = 200) -> str:
        answer = self.client.get(self.path + path, follow_redirects=False)
        assert answer.status_code == status, answer.text
        if status in (200, 404):
            assert faults(parse(answer.text)) == []
        return answer.text

    def says(self, path: str = "") -> str:
        return text_of(parse(self.get(path)).find(".//main"))

    def post(self, path: str, status: int = 303, **sent: Any) -> str:
        answer = self.client.post(self.path + path, data=sent, follow_redirects=False)
        assert answer.status_code == status, answer.text
        if answer.text:
            assert faults(parse(answer.text)) == []
        return answer.text

    def act(self, action: Action, reason: str | None = None, actor: Any = None) -> None:
        with self.database.write() as session:
            reviews.act(
                session,
                review_id=self.review_id,
                action=action,
                actor=actor or as_holder(self.reviewer),
                now=self.now,
                reason=reason,
            )

    def give_to(self, reviewer: Reviewer) -> None:
        with self.database.write() as session:
            reviews.allocate(
                session,
                review=reviews.locked(session, self.review_id),
                reviewer_id=reviewer.key,
                due_on=date(2016, 2, 10),
                actor=COORDINATOR,
                now=self.now,
                reason="Somebody is away",
            )

    def fill_in(self, sent: dict[str, Any]) -> None:
        """Save every section, each called completed."""
        with self.database.write() as session:
            for section in latest_form(FORM_ID).sections:
                if section.is_open_to(self.reviewer.agency):
                    save_draft(
                        session,
                        review_id=self.review_id,
                        typed=Typed(
                            section=section.id,
                            answers=read_section(section, sent),
                            is_complete=True,
                        ),
                        newest=newest_version(),
                        actor=as_holder(self.reviewer),
                        now=self.now,
                    )


def as_holder(reviewer: Reviewer) -> Any:
    return make_actor(
        Role.REVIEWER,
        name=reviewer.reference,
        agency=reviewer.agency,
        reviewer_id=reviewer.key,
    )


@pytest.fixture
def make_bench(database: Database, programme: Programme, signed_in: SignIn, now: datetime) -> Any:
    def make(*, agency: str = "council", start: bool = True, **case: Any) -> Bench:
        with database.write() as session:
            reviewer = make_reviewer(session, programme, agency=agency)
            review = make_review(session, programme, **case)
            reference = session.get_one(Case, review.case_id).reference
        bench = Bench(
            database=database,
            programme=programme,
            now=now,
            client=signed_in(Role.REVIEWER, reviewer=reviewer),
            reviewer=reviewer,
            review_id=review.key,
            reference=reference,
        )
        bench.give_to(reviewer)
        if start:
            bench.act(Action.START)
        return bench

    return make


@pytest.fixture
def bench(make_bench: Any) -> Bench:
    made: Bench = make_bench()
    return made


def only(sent: dict[str, Any], section: str) -> dict[str, Any]:
    form = latest_form(FORM_ID)
    own = next(item for item in form.sections if item.id == section)
    ids = {question.id for question in own.questions}
    return {key: value for key, value in sent.items() if key.split("-")[0] in ids}


def autosave(bench: Bench, answers: dict[str, Any], **how: Any) -> Any:
    body = {"section": "outcome", "answers": answers} | how
    return bench.client.post(f"/api/drafts/{bench.reference}", json=body)
