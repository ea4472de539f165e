"""What was purged is nowhere in the database's file, and who purged it is on record (promise S18)."""

import pytest

from tests.measured import Measured
from tests.workflow.test_retention import PRIVATE, closed_review, name, purge, rule
from workflow import audit
from workflow.audit_log import event_kinds
from workflow.db import Database
from workflow.models import Programme


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_words_of_a_purged_case_are_nowhere_in_the_file(
    database: Database, programme: Programme, measured: Measured
) -> None:
    with database.write() as session:
        rule(session, programme)
        reference = name(session, closed_review(session, programme))
    database.close()
    assert database.path is not None
    assert PRIVATE.encode() in database.path.read_bytes()
    with database.write() as session:
        purge(session, programme, reference)
    with database.read() as session:
        assert audit.verify(session, programme.key).ok
        assert "case_purged" in event_kinds(session, programme)
    database.close()
    files = list(database.path.parent.glob(f"{database.path.name}*"))
    assert [file.name for file in files if PRIVATE.encode() in file.read_bytes()] == []
    measured("S18", "a purged canary is absent from the file", f"0 hits in {len(files)} files")
