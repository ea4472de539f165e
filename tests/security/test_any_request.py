"""Ten thousand requests that nobody would mean, and none of them is a failure (promise S13).

The same is asked by hypothesis and schemathesis in `tests/api/test_any_input.py` and `test_openapi.py`,
with the fields each route reads; here is the count, over every route and everybody who may use it.
"""

import random
from urllib.parse import quote

import pytest

from api.access import ACCESS
from tests.api.test_any_input import NASTY, UNASKED
from tests.effort import examples
from tests.measured import Measured
from tests.security.asking import FORM, Place, Stage, allowed

ALL = 10_000
CASES = examples(ALL // 20)
"""All of them in `make soak`, whose effort is 20."""
SLOW = {"GET /api/board/report/{day}", *UNASKED}
FIELDS = (
    "reference",
    "action",
    "reason",
    "version",
    "name",
    "q",
    "page",
    "sort",
    "day",
    "kind",
    "a",
)


@pytest.mark.soak
def test_no_request_is_a_failure(stage: Stage, measured: Measured) -> None:
    dice = random.Random(13)
    asked = [cell for cell in allowed() if cell[0].key not in SLOW]
    assert len(asked) > len(ACCESS) / 2
    failed = []
    for number in range(CASES):
        place, who = asked[number % len(asked)]
        address, headers, body = make_request(dice, place, stage.people.tokens[who])
        answer = stage.browser.ask(place.method, address, headers, body)
        failed += [(place.key, address, body)] if answer.status_code >= 500 else []
    assert failed == []
    is_met, figure = CASES >= ALL, f"{CASES} requests over {len(asked)} cells, 0 × 5xx"
    note = "" if is_met else "a hurried run: CIN_TEST_EFFORT=20 makes 10 000"
    measured("S13", "10 000 cases, 0 × 5xx", figure, note, met=is_met)


def make_request(
    dice: random.Random, place: Place, token: str
) -> tuple[str, dict[str, str], bytes]:
    """An address, headers and a body made of what breaks programs."""

    def nasty() -> str:
        return quote(dice.choice(NASTY).encode("utf-8", "surrogatepass"), safe="") or "1"

    names = {name: nasty() for name in ("reference", "number", "section", "slug", "measure", "day")}
    fields = "&".join(f"{dice.choice(FIELDS)}={nasty()}" for _ in range(dice.randrange(6)))
    is_api = place.template.startswith("/api/")
    document = dice.choice(['{"kind": "' + nasty() + '"}', "[]", "{", "null", "[" * 2_000])
    headers = {
        "host": "testserver",
        "origin": "http://testserver",
        "cookie": f"cin_session={token}",
        "content-type": "application/json" if is_api else FORM,
    }
    address = place.at(**names)
    if place.method == "GET":
        return f"{address}?{fields}", headers, b""
    return address, headers, (document if is_api else fields).encode()
