"""Who counts as one writer: a thread, or a piece of work that many threads serve."""

import threading
from contextvars import copy_context

import pytest

from workflow.writer_lock import WriterLock, piece_of_work


def test_a_write_session_inside_a_write_session_is_told_and_does_not_wait() -> None:
    lock = WriterLock(None)
    with lock.hold(), pytest.raises(RuntimeError, match="inside a write session"):
        lock.hold().__enter__()


def test_it_is_told_within_a_piece_of_work_on_another_thread_too() -> None:
    lock, told = WriterLock(None), []

    def again() -> None:
        try:
            lock.hold().__enter__()
        except RuntimeError as error:
            told.append(error)

    with piece_of_work(), lock.hold():
        other = threading.Thread(target=copy_context().run, args=(again,))
        other.start()
        other.join()
    assert len(told) == 1


def test_a_thread_serves_another_request_before_the_first_has_ended() -> None:
    lock = WriterLock(None)
    first = lock.hold()
    with piece_of_work():
        first.__enter__()
    ending = threading.Timer(0.05, first.__exit__, (None, None, None))
    ending.start()
    with piece_of_work(), lock.hold():
        ending.join()
