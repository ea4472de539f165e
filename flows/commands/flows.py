"""`cin flows server`, `worker` and `deploy`: the flows on more than one machine."""

import os
import sys
from typing import Annotated

import typer

from flows.commands.options import Json
from flows.output import print_json, say
from flows.serving import PREFECT_SERVER, Host, Port
from workflow.operations.prefect_lock import check_client, check_server
from workflow.operations.production import check_production
from workflow.settings import Settings

Pool = Annotated[str, typer.Option(help="Name of the work pool.")]
_WORKER = ("-m", "prefect", "worker", "start", "--install-policy", "never")
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Each run has one processor: a worker runs several at once, and threads would fight over them."""


def server(host: Host = "127.0.0.1", port: Port = 4200) -> None:
    """Run the Prefect server that workers on any machine take their runs from."""
    settings = Settings()
    check_production(settings, os.environ | {"PREFECT_SERVER_API_HOST": host})
    check_server(host, os.environ)
    _become(*PREFECT_SERVER, "--host", host, "--port", str(port))


def worker(
    pool: Pool = "cin",
    limit: Annotated[
        int | None, typer.Option(min=1, help="Runs at once; default: one for each processor.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="How Prefect's pages call it.")] = None,
) -> None:
    """Take runs from the pool on this machine until interrupted."""
    settings = Settings()
    check_client(os.environ, is_production=settings.is_production)
    settings.database().close()  # a wrong setting is told now and not by the first run
    for variable in _ONE_THREAD:
        os.environ.setdefault(variable, "1")
    arguments = ["--pool", pool, "--type", "process", "--limit", str(limit or os.cpu_count() or 1)]
    named = ["--name", name] if name else []
    _become(*_WORKER, *arguments, *named)


def deploy(
    pool: Pool = "cin",
    limit: Annotated[
        int | None, typer.Option(min=1, help="Runs at once in the whole pool; default: no limit.")
    ] = None,
    alert_url: Annotated[
        str | None, typer.Option(help="Address told of crashed and waiting runs (POST).")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Bring a Prefect server to the flows of this version; repeat it after each upgrade."""
    check_client(os.environ, is_production=Settings().is_production)
    from flows.scaling import deploy as deploy_flows

    done = deploy_flows(pool, limit=limit, alert_url=alert_url)
    if as_json:
        print_json(
            {
                "pool": done.pool,
                "deployments": done.deployments,
                "automations": done.automations,
            }
        )
        return
    for deployment in done.deployments:
        say(deployment)
    say(f"{len(done.deployments)} deployments and {len(done.automations)} automations in {pool}.")
    say(f"Workers take their runs: cin flows worker --pool {pool}")


def _become(*arguments: str) -> None:
    """Turn this process into Prefect's, so that signals reach it; `flows` has put our settings in."""
    os.execv(sys.executable, [sys.executable, *arguments])  # noqa: S606 - our own interpreter
