"""One log line and one measurement per request, by the route's template: never an address as typed.

Every request gets a random number that all its log lines and its answer carry (`X-Request-Id`), so that
somebody can quote it. Metrics are for Prometheus on a port of their own on this machine, where one is
set; they name routes, never people.
"""

import logging
import secrets
import time
from contextlib import suppress

from prometheus_client import CollectorRegistry, Gauge, Histogram, start_http_server
from prometheus_client.exposition import generate_latest
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from workflow.operations.logs import request_scope
from workflow.writer_lock import piece_of_work

log = logging.getLogger("cin.requests")

REQUEST_ID = "X-Request-Id"
_ID_BYTES = 8
_QUIET = frozenset({"/healthz", "/readyz"})
"""Routes asked every few seconds by machines: measured, logged only when they fail."""
_LOOPBACK = "127.0.0.1"
_FAILED = 500
_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})


class Metrics:
    """What is measured; each app has its own, so that two in one process do not mix."""

    def __init__(self) -> None:
        """Start from zero."""
        self.registry = CollectorRegistry()
        self.seconds = Histogram(
            "cin_request_seconds",
            "Time from a request to the end of its answer.",
            ("method", "route", "status"),
            registry=self.registry,
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
        )
        self.at_work = Gauge("cin_requests_at_work", "Requests at work.", registry=self.registry)

    def text(self) -> str:
        """The figures as Prometheus reads them."""
        return generate_latest(self.registry).decode()


class Telemetry:
    """ASGI middleware; the outermost of all, so that it sees every answer.

    Args:
        metrics_port: where Prometheus may ask on this machine; None: nowhere.
    """

    def __init__(self, app: ASGIApp, *, metrics_port: int | None = None) -> None:
        """Wrap the app."""
        self._app = app
        self._metrics_port = metrics_port
        self.metrics = Metrics()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; requests are watched, the app's life opens and closes the port."""
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        elif scope["type"] == "http":
            await self._watch(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._metrics_port is None:
            await self._app(scope, receive, send)
            return
        server, thread = start_http_server(self._metrics_port, _LOOPBACK, self.metrics.registry)
        try:
            await self._app(scope, receive, send)
        finally:
            server.shutdown()
            server.server_close()
            thread.join(timeout=1)

    async def _watch(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id, started = secrets.token_hex(_ID_BYTES), time.perf_counter()
        scope.setdefault("state", {})["request_id"] = request_id
        status = _FAILED

        async def note_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID] = request_id
            await send(message)

        at_work = self.metrics.at_work.track_inprogress()
        with request_scope(request_id), piece_of_work(), at_work:
            try:
                await self._app(scope, receive, note_status)
            finally:
                self._note(scope, status, time.perf_counter() - started)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "none")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self.metrics.seconds.labels(method, route, str(status)).observe(seconds)
        if route in _QUIET and status < _FAILED:
            return
        facts = {
            "method": method,
            "route": route,
            "status": status,
            "duration_ms": round(seconds * 1000, 1),
            "account_id": _account_of(scope),
        }
        log.log(logging.ERROR if status >= _FAILED else logging.INFO, "request", extra=facts)


def _account_of(scope: Scope) -> int | None:
    """The number of whoever is signed in, as the door left it (`request.state.account_id`)."""
    with suppress(KeyError, TypeError, ValueError):
        return int(scope["state"]["account_id"])
    return None
