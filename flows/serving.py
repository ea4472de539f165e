"""Commands that keep running: the web app, and the flows with their Prefect server."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated
from urllib.error import URLError
from urllib.request import urlopen

import typer

from flows.output import note, say
from flows.runtime import open_runtime
from workflow.errors import WorkflowError
from workflow.operations.logs import configure_logging
from workflow.operations.production import check_production
from workflow.settings import Settings

flows_app = typer.Typer(no_args_is_help=True, help="Scheduled flows on Prefect.")

PREFECT_SERVER = ("-m", "flows.prefect_server", "server", "start", "--analytics-off")
"""What Python runs to become a Prefect server."""
_START_WITHIN = 90
"""Seconds a Prefect server gets to answer; a cold start takes 10 to 20."""

Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")]


class ServerError(WorkflowError):
    """The Prefect server could not be started."""


def serve(host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """Serve the progress page until interrupted."""
    import uvicorn

    settings = Settings()
    configure_logging(is_production=settings.is_production)
    check_production(settings, os.environ)
    open_runtime(settings).database.close()
    say(f"Progress page: http://{host}:{port}/  (stop with Ctrl+C)")
    app = "api.app:create_app_from_environment"
    uvicorn.run(
        app,
        factory=True,
        host=host,
        port=port,
        log_config=None,
        log_level="warning",
        server_header=False,
    )


@flows_app.command("serve")
def serve_flows(port: Port = 4200) -> None:
    """Run all flows by their schedules on this machine, with a Prefect server of their own."""
    with prefect_server(port) as address:
        os.environ["PREFECT_API_URL"] = f"{address}/api"
        from flows.deployments import serve_all
        from flows.signals import relaying

        say(f"Prefect: {address}  (stop with Ctrl+C)")
        with relaying(open_runtime().database):
            serve_all()


@flows_app.command("list")
def list_flows() -> None:
    """Show the flows with their schedules."""
    from flows.deployments import SCHEDULES
    from flows.output import print_table

    rows = [(item.flow.name, item.cron, item.why) for item in SCHEDULES]
    print_table("Flows (Europe/London)", ["flow", "schedule", "what for"], rows)


@contextmanager
def prefect_server(port: int) -> Iterator[str]:
    """Find a healthy Prefect server on this machine's port, or run one until the end.

    Raises:
        ServerError: it did not answer in time, or the port is taken by something else.
    """
    address = f"http://127.0.0.1:{port}"
    if is_healthy(address):
        note(f"Using the Prefect server that runs at {address}.")
        yield address
        return
    command = [sys.executable, *PREFECT_SERVER, "--host", "127.0.0.1"]
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and fixed arguments
        [*command, "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=30)


def is_healthy(address: str) -> bool:
    """Whether a Prefect server answers there."""
    try:
        with urlopen(f"{address}/api/health", timeout=2) as answer:  # noqa: S310 - loopback only
            return bool(answer.read().strip() == b"true")
    except (URLError, OSError, ValueError):
        return False


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_WITHIN
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        if is_healthy(address):
            return
        time.sleep(0.5)
    raise ServerError(f"No Prefect server could be started at {address}; is the port in use?")
