"""Prefect's settings as we ship them; imported before Prefect is, because it reads them then.

Nothing leaves the machine, logs stay out of Prefect's database (it keeps them in clear text), and its
files live in our data folder. What the environment already says is left alone.
"""

import os
from contextlib import suppress
from pathlib import Path

from workflow.settings import Settings


def home() -> Path:
    """The folder of Prefect's own database and settings."""
    return Path(os.environ.get("PREFECT_HOME") or Settings().data_folder / "prefect")


DEFAULTS = {
    "PREFECT_HOME": str(home()),
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
    "PREFECT_SERVER_API_HOST": "127.0.0.1",
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
    "PREFECT_CLI_PROMPT": "false",
    # Runs older than this many seconds are forgotten; our own record keeps what they did.
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
    "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(30 * 24 * 3600),
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
    # Kept in memory, the places of a restarted server's runs would never become free again.
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": (
        "prefect.server.concurrency.lease_storage.filesystem"
    ),
}
for name, value in DEFAULTS.items():
    os.environ.setdefault(name, value)
with suppress(OSError):  # Prefect makes it too, but no folder above it, and says so where it cannot
    for folder in (home().parent, home()):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
