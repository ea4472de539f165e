"""The pages anybody may read."""

import pytest
from fastapi.testclient import TestClient

from tests.api.conftest import SignIn
from tests.api.pages import faults, parse, text_of
from workflow.models import Programme
from workflow.states import Role

PATHS = ("/help", "/privacy", "/accessibility")


@pytest.mark.usefixtures("programme")
@pytest.mark.parametrize("path", PATHS)
def test_anybody_may_read_it_and_every_page_leads_there(client: TestClient, path: str) -> None:
    answer = client.get(path)
    tree = parse(answer.text)

    assert answer.status_code == 200
    assert faults(tree) == []
    assert "{" not in text_of(tree.find(".//main"))
    assert path in [link.get("href") for link in parse(client.get("/sign-in").text).iter("a")]


def test_somebody_signed_in_reads_how_long_their_council_keeps_records(
    signed_in: SignIn, programme: Programme
) -> None:
    said = text_of(parse(signed_in(Role.REVIEWER).get("/privacy").text).find(".//main"))

    assert "At present nothing about a child is destroyed." in said
    assert "Lancashire" in said
