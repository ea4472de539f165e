"""What is refused of a Prefect server and its clients: open doors, and passwords in clear."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from workflow.errors import WorkflowError

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class OpenServerError(WorkflowError):
    """Anybody who reaches the address could start flows, or read the password on its way."""


def check_server(host: str, environment: Mapping[str, str]) -> None:
    """Refuse a server that other machines reach and that asks for no password.

    Args:
        host: the address it is to listen on.

    Raises:
        OpenServerError: it would be open.
    """
    if host in LOOPBACK or environment.get("PREFECT_SERVER_API_AUTH_STRING"):
        return
    raise OpenServerError(
        f"A Prefect server on {host} would be open to everybody who reaches it: set "
        "PREFECT_SERVER_API_AUTH_STRING (user:password), or listen on 127.0.0.1 behind a TLS proxy."
    )


def check_client(environment: Mapping[str, str], *, is_production: bool) -> None:
    """Refuse to speak to no server at all, or in clear to one on another machine.

    Raises:
        OpenServerError: PREFECT_API_URL is missing, or is no https:// address of another machine in
            production.
    """
    address = urlsplit(environment.get("PREFECT_API_URL", ""))
    if not address.hostname:
        raise OpenServerError(
            "Set PREFECT_API_URL to the Prefect server, e.g. http://127.0.0.1:4200/api "
            "(`cin flows server` runs one)."
        )
    if is_production and address.scheme != "https" and address.hostname not in LOOPBACK:
        raise OpenServerError(
            f"PREFECT_API_URL sends its password in clear to {address.hostname}: use https://."
        )
