"""Prefect's own command line for its server, with one fault of it mended.

Prefect 3.8 under SQLAlchemy 2.1 plans no runs at all: its scheduler hands the rows of new runs over with
their `state`, which has a table of its own, and SQLAlchemy refuses what it used to pass over
(`InvalidRequestError: Can't evaluate bulk DML statement`). Prefect 3.9 no longer does; from then on this
module can go, and `python -m prefect server` do instead.
"""

import sys
from collections.abc import MutableMapping
from typing import Any

from prefect.cli import app
from prefect.server.database import orm_models


def mend_scheduler() -> None:
    """Let the states of new runs be passed over, as SQLAlchemy 2.0 did; Prefect stores them next."""
    for model in (orm_models.FlowRun, orm_models.TaskRun):
        state = model.__mapper__.all_orm_descriptors["state"]
        vars(state)["bulk_dml_setter"] = _pass_over


def _pass_over(_: type, row: MutableMapping[str, Any], __: object) -> None:
    row.pop("state", None)


if __name__ == "__main__":
    mend_scheduler()
    sys.argv[0] = "prefect"
    app()
