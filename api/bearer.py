"""Programs that act as a person: the token in the `Authorization` header, and how fast they may ask."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import Request
from starlette.datastructures import Headers

from workflow.errors import WorkflowError

_SCHEME = "bearer "
_FILES = (".csv", ".xlsx")
_BUSIEST = 10_000
"""Programs remembered; the one heard of longest ago makes room."""


class TooManyRequestsError(WorkflowError):
    """A program asks faster than it may."""

    def __init__(self, wait: int) -> None:
        """Say for how many seconds to wait."""
        super().__init__(f"Too many requests. Wait {wait} seconds, then go on more slowly.")
        self.wait = wait


def bearer_of(headers: Headers) -> str | None:
    """The token sent along; None: this is a browser, or somebody unknown.

    With a token the cookie counts for nothing, so that no page of another site gains by sending one.
    """
    sent = headers.get("authorization", "")
    is_bearer = sent[: len(_SCHEME)].lower() == _SCHEME
    return sent[len(_SCHEME) :].strip() if is_bearer else None


def opens_with_token(path: str) -> bool:
    """Whether a token opens a path at all: the JSON API and the files of lists, never a page."""
    return path.startswith("/api/") or path.endswith(_FILES)


@dataclass(slots=True)
class _Bucket:
    left: float
    at: datetime


class Allowance:
    """So many requests at once, refilled so many a second; counted in this process."""

    def __init__(self, *, burst: int = 120, per_second: float = 10.0) -> None:
        """Everybody starts with a full bucket."""
        self._burst, self._per_second = burst, per_second
        self._buckets: dict[str, _Bucket] = {}

    def take(self, who: str, now: datetime) -> None:
        """Count one request.

        Raises:
            TooManyRequestsError: the bucket is empty.
        """
        bucket = self._buckets.pop(who, None) or _Bucket(self._burst, now)
        passed = max((now - bucket.at).total_seconds(), 0.0)
        bucket.left = min(self._burst, bucket.left + passed * self._per_second)
        bucket.at = now
        self._buckets[who] = bucket
        while len(self._buckets) > _BUSIEST:
            del self._buckets[next(iter(self._buckets))]
        if bucket.left < 1:
            raise TooManyRequestsError(max(1, round((1 - bucket.left) / self._per_second)))
        bucket.left -= 1


def count_request(request: Request, number: int | None, now: datetime) -> None:
    """Count the request of a program against its token, or against its address where that is no good.

    Raises:
        TooManyRequestsError: it asks too fast.
    """
    allowance: Allowance = request.app.state.allowance
    place = request.client.host if request.client else ""
    allowance.take(f"token {number}" if number is not None else f"address {place}", now)
