"""The queue of SQLite's writers: a fair lock within the process, then `flock` between processes."""

import fcntl
import os
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

_piece: ContextVar[object | None] = ContextVar("piece_of_work", default=None)


@contextmanager
def piece_of_work() -> Iterator[None]:
    """What is done within is one piece of work, whichever threads do it; else a thread is one.

    A web request needs it: a thread that opened its session may serve another one before that is closed.
    """
    token = _piece.set(object())
    try:
        yield
    finally:
        _piece.reset(token)


class WriterLock:
    """Lets one writer at a time through, first within the process, then between processes."""

    def __init__(self, database: Path | None) -> None:
        """Make the lock of a database file; None: of a database in this process's memory."""
        self._threads = _FairLock()
        self._holder: object | None = None
        self._file = database.with_name(database.name + ".lock") if database else None

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Be the only writer until the end, in the order of coming within the process.

        Raises:
            RuntimeError: this piece of work holds it already.
        """
        who = _piece.get() or threading.get_ident()
        if self._holder == who:
            raise RuntimeError("a write session inside a write session would wait for itself")
        with self._threads.hold(), self._between_processes():
            self._holder = who
            try:
                yield
            finally:
                self._holder = None

    @contextmanager
    def _between_processes(self) -> Iterator[None]:
        if self._file is None:
            yield
            return
        handle = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


class _FairLock:
    """A lock that threads get in the order they came; the interpreter's own lets latecomers in first."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Event] = deque()

    @contextmanager
    def hold(self) -> Iterator[None]:
        turn = self._queue()
        if turn is not None:
            self._wait(turn)
        try:
            yield
        finally:
            self._pass_on()

    def _queue(self) -> threading.Event | None:
        """Take the lock (None) or a place in the queue."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return None
            turn = threading.Event()
            self._waiting.append(turn)
            return turn

    def _wait(self, turn: threading.Event) -> None:
        try:
            turn.wait()
        except BaseException:  # Ctrl+C while waiting: nobody may wait for this thread's turn
            self._leave(turn)
            raise

    def _leave(self, turn: threading.Event) -> None:
        with self._guard:
            if turn in self._waiting:
                self._waiting.remove(turn)
                return
        self._pass_on()

    def _pass_on(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._taken = False
