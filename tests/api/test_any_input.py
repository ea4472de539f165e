"""Every page and form under whatever a browser, or somebody without one, may send: never a 5xx."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from api.access import ACCESS, Open
from api.app import create_app
from api.body_limit import MOST_TEXT
from tests.api.busy import NOW, Busy, make_busy
from tests.conftest import AUDIT_KEY
from tests.effort import examples
from workflow.db import Database
from workflow.settings import Settings

ORIGIN = {"Origin": "http://testserver"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
UNASKED = {
    "GET /readyz": "503 is how it says that the database has to be migrated",
    "POST /sign-out": "it would end the session of all tests after it",
    "GET /board/report/{day}": "worked out from the whole record for half a minute",
    "GET /board/report/{day}.{kind}": "the same",
}
NASTY = [
    "",
    " ",
    "0",
    "-1",
    "1",
    "2",
    "2147483648",
    "9223372036854775808",
    "9" * 5_000,
    "٣",
    "²",
    "1e309",
    "nan",
    "0001-01-01",
    "9999-12-31",
    "2016-02-30",
    "2016-01-25",
    "a\x00b",
    "\ud800",
    "\r\nSet-Cookie: x=1",
    "%",
    "%s{}{0}",
    "'; DROP TABLE review; --",
    "=1+1",
    "../../etc/passwd",
    "<script>alert(1)</script>",
    "😀" * 200,
    "x" * 6_000,
    "\u202eright to left",
]
_EMPTY_FILE = (
    b'--x\r\nContent-Disposition: form-data; name="file"; filename=""\r\n\r\n\r\n--x--\r\n'
)
_LITERAL = re.compile(r'"([a-z_-]{1,30})"')
EXAMPLES, SOAK_EXAMPLES = 1, examples(20)


@pytest.fixture(scope="module")
def stage(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path
) -> Iterator[tuple[FastAPI, TestClient, Busy]]:
    """The app over a busy programme, made once: what one request changes the next ones meet."""
    path = tmp_path_factory.mktemp("any") / "cin.db"
    path.write_bytes(sqlite_template.read_bytes())
    url = f"sqlite:///{path}"
    database = Database(url, audit_key=AUDIT_KEY)
    busy = make_busy(database)
    key = SecretStr(AUDIT_KEY.decode())
    app = create_app(Settings(database_url=url, audit_key=key, data_folder=path.parent))
    app.state.clock = lambda: NOW
    with TestClient(app, raise_server_exceptions=False, headers=ORIGIN) as client:
        client.follow_redirects = False
        yield app, client, busy
    database.close()


def pages() -> list[str]:
    """Rows of the pages; the JSON API is tried by its own document (`test_openapi`)."""
    return [row for row in ACCESS if " /api/" not in row and row not in UNASKED]


@pytest.mark.parametrize("row", pages())
def test_no_page_breaks(stage: Any, row: str) -> None:
    _try(stage, row, EXAMPLES)


@pytest.mark.soak
@pytest.mark.parametrize("row", pages())
def test_no_page_breaks_in_many_tries(stage: Any, row: str) -> None:
    _try(stage, row, SOAK_EXAMPLES)


def _try(stage: tuple[FastAPI, TestClient, Busy], row: str, tries: int) -> None:
    app, client, busy = stage
    method, path = row.split(" ", 1)
    rule = ACCESS[row]
    client.cookies.set("cin_session", busy.cookie(None if isinstance(rule, Open) else rule))
    words = _words(app, method, path)
    values = st.sampled_from([*NASTY, *words, *busy.references, busy.reviewer.reference])
    fields = st.lists(st.tuples(st.sampled_from(words), values), max_size=8)

    @settings(
        max_examples=tries,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data(), fields)
    def run(data: Any, sent: list[tuple[str, str]]) -> None:
        asked = re.sub(r"{\w+}", lambda _: _quoted(data.draw(values)) or "1", path)
        body = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in sent)
        if method == "GET":
            answer = client.get(f"{asked}?{body}")
        else:
            answer = client.post(asked, content=body, headers=FORM)
        assert answer.status_code < 500, (asked[:200], body[:500])

    run()


def _words(app: FastAPI, method: str, path: str) -> list[str]:
    """Names that the code behind a route uses: its fields are among them, and their values."""
    for route in iter_route_contexts(app.routes):
        original = route.original_route
        if isinstance(original, APIRoute) and route.path == path and method in route.methods:
            source = Path(sys.modules[original.endpoint.__module__].__file__ or "").read_text()
            return sorted(set(_LITERAL.findall(source)))
    raise LookupError(path)


def _quoted(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"a=%ff%fe&%=%zz&=", "application/x-www-form-urlencoded"),
        (b"\xff\xfe\x00", "application/x-www-form-urlencoded; charset=utf-16"),
        (b"--x\r\nnothing", "multipart/form-data; boundary=x"),
        (b"nothing", "multipart/form-data"),
        (b"", "multipart/form-data; boundary=" + "x" * 300),
        (b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\n\r\n--x--', "multipart/form-data; boundary=x"),  # noqa: E501
        (b"{}", "application/json"),
        (b"&" * 6_000, "application/x-www-form-urlencoded"),
        (b"a=1&" * 6_000, "application/x-www-form-urlencoded"),
        (b"", ""),
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/reviews/allocate", "/caseload/import", "/api/caseload/import"])
def test_a_body_that_is_no_form_is_refused(
    stage: Any, path: str, content: bytes, kind: str
) -> None:
    _, client, busy = stage
    client.cookies.set("cin_session", busy.worker)
    answer = client.post(path, content=content, headers={"Content-Type": kind})

    assert 400 <= answer.status_code < 500


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"null",
        b"[" * 100_000,
        b'{"kind": "\\ud800"}',
        b'{"kind": "backlog\\u0000"}',
        b'{"kind": ' + b"9" * 5_000 + b"}",
        b'{"kind": NaN}',
        b'{"kind": "backlog", "kind2": 1}',
    ],
)
def test_a_document_that_does_not_fit_is_a_problem(stage: Any, content: bytes) -> None:
    _, client, busy = stage
    client.cookies.set("cin_session", busy.worker)
    headers = {"Content-Type": "application/json"}
    answer = client.post("/api/allocation/preview", content=content, headers=headers)

    assert answer.status_code in {400, 422}
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/reviews/allocate", "/api/reviews/allocate"])
def test_a_body_without_end_is_cut_off(stage: Any, path: str) -> None:
    _, client, busy = stage
    client.cookies.set("cin_session", busy.worker)
    kind = "application/json" if path.startswith("/api/") else FORM["Content-Type"]
    answer = client.post(path, content=b"x" * (MOST_TEXT + 1), headers={"Content-Type": kind})

    assert answer.status_code == 413


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a\x00.csv", "x" * 5_000, "😀" * 300, "con/../../x", "C:\\a.csv"]
)
@pytest.mark.parametrize("path", ["/caseload/import", "/roster/import"])
def test_a_file_may_have_any_name(stage: Any, path: str, name: str) -> None:
    _, client, busy = stage
    client.cookies.set("cin_session", busy.worker)
    boundary = "----cin"
    body = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        f"\r\nnothing,of,use\r\n1,2,3\r\n--{boundary}--\r\n"
    )
    answer = client.post(
        path,
        content=body.encode(),
        headers={"Content-Type": f"multipart/form-data; boundary={boundary}"},
    )

    assert 400 <= answer.status_code < 500


@pytest.mark.parametrize(
    "query", ["q=%00", "q=%ff%fe", "page=" + "9" * 5_000, "q=" + "x" * 60_000, "&" * 10_000, "%"]
)
@pytest.mark.parametrize("path", ["/reviews", "/api/reviews", "/reviews.csv"])
def test_an_address_may_ask_for_anything(stage: Any, path: str, query: str) -> None:
    _, client, busy = stage
    client.cookies.set("cin_session", busy.worker)

    assert client.get(f"{path}?{query}").status_code < 500
