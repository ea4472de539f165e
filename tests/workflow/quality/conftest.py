import pytest
from sqlmodel import Session

from tests.workflow.quality.stage import Stage
from workflow.models import Programme


@pytest.fixture
def stage(session: Session, programme: Programme) -> Stage:
    return Stage(session, programme)
