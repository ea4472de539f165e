"""The web app as a process that can be killed at any moment and is there again at once."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from tests.conftest import AUDIT_KEY

ROOT = Path(__file__).parents[2]
_NURSERY = """
import os, sys
import uvicorn
from api.app import create_app
from workflow.settings import Settings
port = int(sys.argv[1])
for _ in sys.stdin:
    child = os.fork()
    if child == 0:
        uvicorn.run(create_app(Settings()), port=port, log_level="critical")
        os._exit(0)
    print(child, flush=True)
    os.waitpid(child, 0)
    print("gone", flush=True)
"""
"""Imports everything once; every line it is sent starts the service anew."""


class Service:
    """A running web app."""

    def __init__(self, nursery: "subprocess.Popen[str]", port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self._nursery = nursery
        self._child = 0

    def start(self) -> None:
        """Start it and wait until it answers."""
        assert self._nursery.stdin is not None
        assert self._nursery.stdout is not None
        self._nursery.stdin.write("start\n")
        self._nursery.stdin.flush()
        self._child = int(self._nursery.stdout.readline())
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                httpx2.get(f"{self.address}/healthz", timeout=5)
            except httpx2.HTTPError:
                time.sleep(0.01)
            else:
                return
        raise TimeoutError(self.address)

    def kill(self) -> None:
        """kill -9, in the middle of whatever it does."""
        os.kill(self._child, signal.SIGKILL)
        assert self._nursery.stdout is not None
        assert self._nursery.stdout.readline() == "gone\n"
        self._child = 0

    def end(self) -> None:
        if self._child:
            self.kill()
        self._nursery.kill()
        self._nursery.wait(10)


@contextmanager
def service(database_url: str, folder: Path) -> Iterator[Service]:
    """The service over a database, not started yet."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {
        "CIN_DATABASE_URL": database_url,
        "CIN_AUDIT_KEY": AUDIT_KEY.decode(),
        "CIN_DATA_FOLDER": str(folder),
    }
    log = (folder / "log").open("w")
    nursery = subprocess.Popen(
        [sys.executable, "-c", _NURSERY, str(port)],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
    )
    made = Service(nursery, port)
    try:
        yield made
    finally:
        made.end()
        for pipe in (nursery.stdin, nursery.stdout, log):
            if pipe:
                pipe.close()
