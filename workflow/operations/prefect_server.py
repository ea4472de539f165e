"""Whether a Prefect server answers, and whether it asks for a password; plain HTTP, without Prefect."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from workflow.operations.checks import Check

_DEFAULT = "http://127.0.0.1:4200/api"
_SECONDS = 3
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_REFUSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


def prefect_server(environment: Mapping[str, str], *, must_be_locked: bool) -> Check:
    """Whether the flows' server is up and closed to others.

    Without `PREFECT_API_URL` no server is needed: commands do the work themselves.

    Args:
        must_be_locked: an open server is wrong (it is not in a demonstration).
    """
    asked = environment.get("PREFECT_API_URL")
    address = (asked or _DEFAULT).rstrip("/")
    wanted = "a server that asks for a password, on this machine or by https"
    if not _answers(address):
        fix = f"Start it (`cin flows serve`), or correct PREFECT_API_URL ({address})."
        return Check(
            "prefect", not asked, "not running", wanted if asked else "", fix if asked else ""
        )
    parts = urlsplit(address)
    is_near = parts.scheme == "https" or parts.hostname in _LOOPBACK
    is_locked = _asks_for_password(address)
    ok = is_near and (is_locked or not must_be_locked)
    found = f"{'locked' if is_locked else 'open to everybody'}, at {parts.hostname}"
    fix = (
        "Set PREFECT_SERVER_API_AUTH_STRING and PREFECT_API_AUTH_STRING to the same user:password, "
        "and start the server again."
    )
    return Check("prefect", ok, found, wanted, "" if is_locked and is_near else fix)


def _answers(address: str) -> bool:
    return _status(Request(f"{address}/health")) == HTTPStatus.OK  # noqa: S310 - the operator's own


def _asks_for_password(address: str) -> bool:
    """Whether counting flows without a password is refused."""
    request = Request(  # noqa: S310 - the operator's own server
        f"{address}/flows/count",
        data=json.dumps({}).encode(),
        headers={"Content-Type": "application/json"},
    )
    return _status(request) in _REFUSED


def _status(request: Request) -> int | None:
    try:
        with urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 - the operator's own server
            return int(answer.status)
    except HTTPError as refused:
        refused.close()
        return refused.code
    except (URLError, OSError, ValueError):
        return None
