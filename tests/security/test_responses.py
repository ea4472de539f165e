"""What every answer carries, and what another site's page cannot make a browser do (S10, S11)."""

import pytest

from api.access import ACCESS, Open
from api.security import HEADERS
from api.site import static_url
from tests.measured import Measured
from tests.security.asking import PLACES, Place, Stage

UNSAFE = [place for place in PLACES if place.method != "GET"]
OWN = "http://testserver"
FORGERIES: list[dict[str, str]] = [
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "http://testserver:8080"},
    {"origin": "https://testserver"},
    {"origin": "http://testserver.evil.example"},
    {"origin": "http://eviltestserver"},
    {"origin": "http://testserver/"},
    {"origin": "http://testserver@evil.example"},
    {"origin": "HTTP://TESTSERVER"},
    {"origin": "file://"},
    {"origin": OWN, "sec_fetch_site": "cross-site"},
    {"origin": OWN, "sec_fetch_site": "same-site"},
    {"origin": OWN, "sec_fetch_site": "none"},
    {"origin": OWN, "sec_fetch_site": "same-origin, cross-site"},
    {"origin": "null", "sec_fetch_site": "same-origin"},
    {"origin": "", "sec_fetch_site": "cross-site"},
    {"origin": "", "sec_fetch_site": "same-site"},
    {"origin": "", "sec_fetch_site": "none"},
    {"origin": "", "sec_fetch_site": "Same-Origin"},
    {"origin": ""},
]
ALLOWED: list[dict[str, str]] = [
    {"origin": OWN},
    {"origin": OWN, "sec_fetch_site": "same-origin"},
    {"origin": "", "sec_fetch_site": "same-origin"},
]


@pytest.mark.parametrize("every", [10, pytest.param(1, marks=pytest.mark.soak)])
def test_no_unsafe_route_takes_anything_from_another_sites_page(
    stage: Stage, every: int, measured: Measured
) -> None:
    assert len(FORGERIES) == 20
    cells = [
        (place, headers)
        for number, place in enumerate(UNSAFE)
        for headers in (
            FORGERIES if number % every == 0 else [FORGERIES[number % 20], FORGERIES[15]]
        )
    ]
    passed = [
        (place.key, headers)
        for place, headers in cells
        if "This request came from another site."
        not in stage.ask("administrator", place, stage.own(place, "administrator"), **headers).text
    ]
    assert passed == []
    figure = f"{len(cells)} of {len(cells)}: {len(UNSAFE)} routes, {len(FORGERIES)} header sets"
    measured("S10", "100 % refused", figure)


def test_a_programs_token_lets_a_request_pass_and_the_cookie_with_it_counts_for_nothing(
    stage: Stage,
) -> None:
    forged = {"origin": "https://evil.example", "authorization": "Bearer guessed"}
    passed = [
        place.key
        for place in UNSAFE[::5]
        if stage.ask(
            "administrator", place, stage.own(place, "administrator"), **forged
        ).status_code
        not in {401, 403}
        and ACCESS[place.key] is not Open.TO_ALL
    ]
    assert passed == []


@pytest.mark.parametrize("headers", ALLOWED)
def test_our_own_pages_forms_pass(stage: Stage, headers: dict[str, str]) -> None:
    place = Place("POST", "/sign-in")
    assert stage.ask("anonymous", place, "/sign-in", **headers).status_code == 422


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/reviews/%2e%2e/%00", 404),
        ("DELETE", "/reviews", 405),
        ("TRACE", "/reviews", 405),
        ("GET", "/static/none.css", 404),
        ("GET", "/static/../../pyproject.toml", 404),
        ("GET", "/docs", 404),
        ("GET", "/openapi.json", 404),
        ("OPTIONS", "/reviews", 405),
    ],
)
def test_errors_carry_the_headers_too(
    stage: Stage, method: str, address: str, status: int, measured: Measured
) -> None:
    answer = stage.ask("manager", Place(method, address), address)
    assert answer.status_code == status
    assert {name: answer.headers.get(name.lower()) for name in HEADERS} == HEADERS
    measured("S11", "errors and static files too", "all headers on 9 kinds of wrong address")


def test_static_files_carry_all_but_are_kept(stage: Stage) -> None:
    address = static_url("app.css")
    answer = stage.ask("anonymous", Place("GET", address), address)
    assert "immutable" in answer.headers["cache-control"]
    wanted = {name: value for name, value in HEADERS.items() if name != "Cache-Control"}
    assert {name: answer.headers.get(name.lower()) for name in wanted} == wanted


def test_an_unexpected_failure_shows_nothing_of_itself(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.looks.audit.record_view", _fail)
    place = Place("GET", "/reviews/{reference}")
    answer = stage.ask("coordinator", place, stage.own(place, "coordinator"))
    assert answer.status_code == 500
    assert {name: answer.headers.get(name.lower()) for name in HEADERS} == HEADERS
    assert "Zebedee" not in answer.text
    assert "Traceback" not in answer.text
    number = answer.headers.get("x-request-id", "")
    assert number
    assert number in answer.text


def _fail(*_: object, **__: object) -> None:
    raise RuntimeError("Zebedee")
