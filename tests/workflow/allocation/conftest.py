"""The office that the tests of runs work in."""

from datetime import datetime

import pytest
from sqlmodel import Session

from tests.workflow.allocation.office import Office
from workflow.models import Programme


@pytest.fixture
def office(session: Session, programme: Programme, now: datetime) -> Office:
    """A programme without reviewers and reviews yet, on both databases."""
    return Office(session, programme, now)
