"""PostgreSQL's own programs: `pg_dump`, `pg_restore` and `psql`."""

import os
import shutil
import subprocess
from pathlib import Path

import sqlalchemy as sa

from workflow.errors import WorkflowError

_WAIT_FOR_OTHERS = "-c lock_timeout=20s"
"""A restore in use by others ends with an error instead of waiting for them for ever."""
_LINES_OF_ERROR = 3


class ToolError(WorkflowError):
    """A program of PostgreSQL is missing or failed; nothing was changed."""


def dump(url: sa.URL, file: Path, *, snapshot: str) -> None:
    """Write the database, as a snapshot sees it, in `pg_dump`'s custom format.

    Args:
        snapshot: exported by an open transaction (`pg_export_snapshot`).
    """
    options = ["--format=custom", f"--snapshot={snapshot}", f"--file={file}"]
    _run(["pg_dump", *options, _address(url)], url)


def write_script(dumped: Path, script: Path) -> None:
    """Turn a dump into the SQL that makes it, without owners and rights; fails on a damaged one."""
    _run(["pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(dumped)])


def run_script(url: sa.URL, script: Path, *, before: str) -> None:
    """Run SQL in one transaction: all of it is done, or nothing.

    Args:
        before: statements to run first, in the same transaction.
    """
    strict = ["--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"]
    commands = [f"--command={before}"] if before else []
    _run(["psql", *strict, *commands, f"--file={script}", _address(url)], url)


def _address(url: sa.URL) -> str:
    """The address as these programs want it, without the password."""
    plain = url.set(drivername="postgresql", password=None)
    return plain.render_as_string(hide_password=False)


def _run(command: list[str], url: sa.URL | None = None) -> None:
    program = shutil.which(command[0])
    if program is None:
        raise ToolError(
            f"{command[0]} is not installed: install PostgreSQL's client programs "
            "(postgresql-client) of the server's version."
        )
    password = {"PGPASSWORD": str(url.password)} if url is not None and url.password else {}
    done = subprocess.run(  # noqa: S603 - a program of PostgreSQL with arguments of ours
        [program, *command[1:]],
        env=os.environ | {"PGOPTIONS": _WAIT_FOR_OTHERS, "LC_ALL": "C"} | password,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = [line for line in done.stderr.splitlines() if line.strip()][:_LINES_OF_ERROR]
        raise ToolError(f"{command[0]} failed: {' '.join(said) or done.returncode}")
