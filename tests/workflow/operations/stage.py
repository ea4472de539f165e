"""What the tests of operations share: a stamped database, a filled one, an empty one beside it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import sqlalchemy as sa
from sqlmodel import Session

from tests.conftest import AUDIT_KEY
from tests.factories import EARLY, as_actor, make_actor, make_form, make_review, make_reviewer
from workflow import migrations, reviews
from workflow.db import Database
from workflow.models import Programme, Review
from workflow.policy import Policy
from workflow.states import Action, Role

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
OPERATOR = make_actor(Role.ADMINISTRATOR, name="cli:operator")
COORDINATOR = make_actor(Role.COORDINATOR)


def stamp(database: Database) -> None:
    """Mark tables made from the models as those of the newest migration."""
    head = migrations._scripts().get_current_head()
    with database.engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)"
        )
        connection.execute(sa.text("INSERT INTO alembic_version VALUES (:head)"), {"head": head})


def submit_one(session: Session, programme: Programme, **form: object) -> Review:
    """A case whose review was allocated, started and submitted."""
    review = make_review(session, programme)
    reviewer = make_reviewer(session, programme, agency="constabulary")
    reviews.allocate(
        session,
        review=review,
        reviewer_id=reviewer.key,
        due_on=date(2016, 2, 1),
        actor=COORDINATOR,
        now=EARLY,
    )
    actor = as_actor(reviewer)
    reviews.act(session, review_id=review.key, action=Action.START, actor=actor, now=EARLY)
    reviews.submit(
        session,
        review_id=review.key,
        form=make_form(**form),
        actor=actor,
        now=EARLY,
        programme=programme,
        policy=Policy(),
    )
    return review


@contextmanager
def beside(database: Database, folder: Path) -> Iterator[Database]:
    """An empty database of the same kind."""
    if database.is_sqlite:
        address = f"sqlite:///{folder / 'spare.db'}"
    else:
        name = f"spare_{uuid4().hex}"
        _administer(database, f"CREATE DATABASE {name}")
        address = database.url.set(database=name).render_as_string(hide_password=False)
    spare = Database(address, audit_key=AUDIT_KEY)
    try:
        yield spare
    finally:
        spare.close()
        if not database.is_sqlite:
            _administer(database, f"DROP DATABASE {spare.url.database} WITH (FORCE)")


def _administer(database: Database, statement: str) -> None:
    engine = sa.create_engine(
        database.url.set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
    )
    with engine.connect() as connection:
        connection.execute(sa.text(statement))
