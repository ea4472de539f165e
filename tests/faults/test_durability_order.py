"""No answer goes out before what it promises is on the disk: the order of the system's own calls.

A power cut cannot be tested here (`kill -9` keeps what the system has not written yet); that the sync
comes before the answer can.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import httpx2
import pytest

from tests.conftest import AUDIT_KEY
from tests.factories import EARLY, make_actor, make_programme
from tests.measured import Measured
from workflow.accounts import create_account
from workflow.db import Database
from workflow.migrations import upgrade
from workflow.states import Role

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed"),
]

ROOT = Path(__file__).parents[2]
ANSWERS = 6
WATCHED = "fdatasync,fsync,sendto,sendmsg,write,writev"
_SYNC = re.compile(r"\b(fdatasync|fsync)\(")
_ANSWER = re.compile(r"\b(sendto|sendmsg|write|writev)\(.*HTTP/1\.1 (\d{3})")


@contextmanager
def served(folder: Path, trace: Path) -> Iterator[str]:
    """The web app under strace."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {
        "CIN_DATABASE_URL": f"sqlite:///{folder / 'cin.db'}",
        "CIN_AUDIT_KEY": AUDIT_KEY.decode(),
        "CIN_DATA_FOLDER": str(folder),
    }
    serve = [str(Path(sys.executable).with_name("cin")), "serve", "--port", str(port)]
    watch = [
        "strace",
        "-f",
        "--seccomp-bpf",
        "-qq",
        "-s",
        "64",
        "-e",
        f"trace={WATCHED}",
        "-o",
        str(trace),
    ]
    process = subprocess.Popen(
        [*watch, *serve],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address, process)
        yield address
    finally:
        os.killpg(process.pid, signal.SIGTERM)  # the app too: strace alone would leave it running
        process.wait(timeout=30)


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urlopen(f"{address}/healthz", timeout=2):  # noqa: S310 - loopback
                return
        except (URLError, OSError):
            time.sleep(0.2)
    pytest.fail("the web app did not start")


def prepare(folder: Path) -> None:
    database = Database(f"sqlite:///{folder / 'cin.db'}", audit_key=AUDIT_KEY)
    upgrade(database)
    with database.write() as session:
        programme = make_programme()
        session.add(programme)
        session.flush()
        create_account(
            session,
            programme=programme,
            user_name="somebody",
            name="Somebody",
            roles=[Role.MANAGER],
            actor=make_actor(Role.ADMINISTRATOR),
            now=EARLY,
        )
    database.close()


def answers_without_sync(trace: str) -> tuple[int, int]:
    """How many answers there are, and how many of them no sync came before since the last one."""
    answers = bare = 0
    synced = False
    for line in trace.splitlines():
        if _SYNC.search(line):
            synced = True
        elif _ANSWER.search(line):
            answers += 1
            bare += not synced
            synced = False
    return answers, bare


def test_every_answer_to_a_change_comes_after_the_sync_of_the_change(
    tmp_path: Path, measured: Measured
) -> None:
    prepare(tmp_path)
    trace = tmp_path / "trace"
    with served(tmp_path, trace) as address, httpx2.Client(headers={"Origin": address}) as client:
        # Each attempt to sign in is counted in the database before it is answered.
        start = trace.stat().st_size
        for number in range(ANSWERS):
            form = {"user_name": f"nobody{number}", "password": "a wrong password"}
            answer = client.post(f"{address}/sign-in", data=form)
            assert answer.status_code < 500
        time.sleep(0.2)
        said = trace.read_text(errors="replace")[start:]
    answers, bare = answers_without_sync(said)
    assert answers == ANSWERS
    assert bare == 0
    measured(
        "R2",
        "fdatasync before 100 % of answers to a change",
        f"{answers - bare} of {answers} answers after their sync",
        database="sqlite",
    )


def test_an_answer_before_its_sync_is_found() -> None:
    good = '1 fdatasync(4) = 0\n1 sendto(5, "HTTP/1.1 303 See Other", 22)'
    assert answers_without_sync(good) == (1, 0)
    assert answers_without_sync(good + '\n1 write(5, "HTTP/1.1 303 See", 16)') == (2, 1)
