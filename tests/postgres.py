"""A PostgreSQL server of the suite's own, from the installed binaries, thrown away at the end."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def binaries() -> Path | None:
    """The folder that holds initdb and pg_ctl, where PostgreSQL is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    on_path = shutil.which("initdb")
    return found[0].parent if found else Path(on_path).parent if on_path else None


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """Start a server whose files live in `folder`; gives its address without a database name."""
    tools = binaries()
    assert tools is not None
    account = _server_account()
    data = folder / "data"
    if account is not None:
        shutil.chown(folder, account.pw_name)
    run = {"user": account.pw_uid, "group": account.pw_gid} if account else {}
    quiet = {"stdout": subprocess.DEVNULL, "cwd": "/"}
    subprocess.run(
        [tools / "initdb", "-D", data, "-U", "cin", "-A", "trust", "-E", "UTF8", "--no-sync"],
        check=True,
        **quiet,
        **run,
    )
    port = _free_port()
    options = (
        f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off"
    )
    subprocess.run(
        [tools / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start"],
        check=True,
        **quiet,
        **run,
    )
    try:
        yield f"postgresql+psycopg://cin@127.0.0.1:{port}"
    finally:
        subprocess.run(
            [tools / "pg_ctl", "-D", data, "-m", "immediate", "stop"], check=True, **quiet, **run
        )


def crash(folder: Path) -> None:
    """End the server of a folder as if its processes were killed, and start it again."""
    tools = binaries()
    assert tools is not None
    account = _server_account()
    run = {"user": account.pw_uid, "group": account.pw_gid} if account else {}
    subprocess.run(
        [
            *(tools / "pg_ctl", "-D", folder / "data", "-w", "-l", folder / "log"),
            *("-m", "immediate", "restart"),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd="/",
        **run,
    )


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder with a short path (socket names are limited) that other accounts may enter."""
    with tempfile.TemporaryDirectory(prefix="cin-pg-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def _server_account() -> pwd.struct_passwd | None:
    """The account to run the server as: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return pwd.getpwnam("postgres" if "postgres" in names else "nobody")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
