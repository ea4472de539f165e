"""R5: whatever refuses a form, the words that were typed stand in the answer."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from tests.api.bench import Bench, bench, make_bench
from tests.measured import Measured

__all__ = ["bench", "make_bench"]

WORDS = "Twenty minutes of work, typed by hand."
Refuse = Callable[[Bench, Any, pytest.MonkeyPatch], None]


def end_session(bench: Bench, _make: Any, _patch: pytest.MonkeyPatch) -> None:
    bench.client.cookies.clear()


def give_away(bench: Bench, make: Any, _patch: pytest.MonkeyPatch) -> None:
    bench.give_to(make().reviewer)


def save_in_another_tab(bench: Bench, _make: Any, _patch: pytest.MonkeyPatch) -> None:
    bench.post("/form/outcome", version="0", reasons="The first tab.", section_complete="no")


def lose_the_database(_bench: Bench, _make: Any, patch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise sa.exc.OperationalError("SELECT", {}, OSError("the disk is gone"))

    patch.setattr("sqlalchemy.orm.Session.flush", broken)


REFUSALS: dict[str, tuple[int, Refuse]] = {
    "the session has ended": (401, end_session),
    "the review was given away": (404, give_away),
    "another tab saved first": (409, save_in_another_tab),
    "the database is gone": (503, lose_the_database),
}
_KEPT: dict[str, int] = {}


@pytest.mark.parametrize("why", REFUSALS)
def test_the_words_stand_in_the_answer(
    bench: Bench,
    make_bench: Any,
    monkeypatch: pytest.MonkeyPatch,
    measured: Measured,
    why: str,
) -> None:
    status, refuse = REFUSALS[why]
    refuse(bench, make_bench, monkeypatch)
    answer = bench.client.post(
        f"{bench.path}/form/outcome",
        data={"version": "0", "reasons": WORDS, "section_complete": "yes"},
        follow_redirects=False,
    )

    assert answer.status_code == status
    assert WORDS in answer.text
    _KEPT[why] = status
    codes = ", ".join(map(str, sorted(set(_KEPT.values()))))
    measured("R5", "the words in 100 % of answers", f"{len(_KEPT)} of {len(_KEPT)}: {codes}")


def test_words_of_an_unfinished_escalation_are_kept(bench: Bench, measured: Measured) -> None:
    answer = bench.client.post(f"{bench.path}/escalate", data={"reason": WORDS})

    assert answer.status_code == 422
    assert WORDS in answer.text
    measured("R5", "the words in 100 % of answers", "1 of 1: 422")
