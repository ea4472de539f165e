"""Every route, asked by everybody, for what is theirs, somebody else's and nobody's (promise S1).

What is asked comes from the routes and from `api.access`: a new route takes part by itself. It is asked
on SQLite, where nothing but the product's own filters keeps programmes apart.
"""

import itertools
import re
from collections.abc import Callable, Iterable

import pytest

from api import access
from api.access import ACCESS, Open
from api.security import HEADERS
from tests.measured import Measured
from tests.security.asking import (
    PLACES,
    Answer,
    Cell,
    Place,
    Stage,
    allowed,
    first_allowed,
    refused,
)
from tests.security.stage import CANARY, REVIEWERS, beside

ALIKE, OTHER = 500_000, 700_000
"""Numbers of the rows of a programme with the same references, and of one with references of its own."""
FOREIGN = "F-"
"""Begins every reference of the latter."""
GONE = "999999"
EVERY_CELL = "100 % of cells as in the table of access"
ONCE = re.compile(r"\b[0-9a-f]{32}\b")
"""The random number by which a form sent twice is known."""
CHANGES_BY_LOOKING = ("/audit", "/api/audit", "/sign-in", "/sign-out")
"""Pages that show that they were looked at, or that lead elsewhere."""
INLINE = re.compile(
    r"<script(?![^>]* src=)|\\son[a-z]+=|<style|\\sstyle=|javascript:", re.IGNORECASE
)
Share = Callable[[Iterable[Cell], int], list[Cell]]


@pytest.fixture(scope="module")
def alone(stage: Stage) -> dict[Place, Answer]:
    """What everybody is shown while there is only one programme."""
    return look_around(stage)


@pytest.fixture(scope="module")
def crowded(stage: Stage, alone: object) -> Stage:
    """The same with two more programmes beside."""
    with stage.database.write() as session:
        beside(session.connection(), (ALIKE, ""), (OTHER, FOREIGN))
    return stage


def look_around(stage: Stage) -> dict[Place, Answer]:
    """Every page as the first of those who may see it is shown it."""
    return {
        place: stage.ask(who, place, stage.own(place, who))
        for place, who in first_allowed().items()
    }


@pytest.fixture(params=["some", pytest.param("all", marks=pytest.mark.soak)])
def share(request: pytest.FixtureRequest) -> Share:
    """Which cells are asked: in the suite so many as are quick, all of them by `make soak`."""

    def take(cells: Iterable[Cell], every: int) -> list[Cell]:
        return list(cells)[:: every if request.param == "some" else 1]

    return take


def foreign(stage: Stage, place: Place, who: str) -> list[str]:
    """Addresses of what somebody else has: in another programme, or held by another reviewer."""
    people = stage.people
    of_roster = "/roster/" in place.template
    reference = people.on_roster if of_roster else people.holds["reviewer-a"]
    found = [
        place.at(reference=f"{FOREIGN}{reference}", number=str(number + 1))
        for number in (ALIKE, OTHER)
    ]
    if "{reference}" not in place.template:
        return found
    if who in REVIEWERS:
        found += [place.at(reference=ref) for name, ref in people.holds.items() if name != who]
    return found[1:]


def test_what_is_shown_does_not_change_with_another_programme_beside(
    stage: Stage, alone: dict[Place, Answer], crowded: Stage
) -> None:
    after = look_around(stage)
    steady = [place for place in alone if not place.template.startswith(CHANGES_BY_LOOKING)]
    assert [one.key for one in steady if said(alone[one]) != said(after[one])] == []
    assert [one.key for one in steady if alone[one].status_code != after[one].status_code] == []
    assert sum(answer.status_code == 200 for answer in alone.values()) >= 0.7 * len(alone)


def opened_on_its_own(answer: Answer) -> bool:
    """A file or a page to print: nothing in it runs, and it fetches nothing."""
    policy = answer.headers["content-security-policy"]
    return policy.startswith("default-src 'none'") and "script-src" not in policy


def test_every_route_answers_with_the_headers(
    alone: dict[Place, Answer], measured: Measured
) -> None:
    wrong = []
    for place, answer in alone.items():
        wanted = dict(HEADERS)
        if opened_on_its_own(answer):
            wanted.pop("Content-Security-Policy")
        if place.template.endswith(".svg"):
            wanted.pop("Cache-Control")
        found = {name: answer.headers.get(name.lower()) for name in wanted}
        wrong += [(place.key, name, found[name]) for name in wanted if found[name] != wanted[name]]
        kind = answer.headers.get("content-type", "")
        wrong += [(place.key, kind)] if kind.startswith("text/") and "utf-8" not in kind else []
    assert wrong == []
    measured("S11", "100 % of routes", f"all headers on {len(alone)} of {len(alone)} pages")


def test_no_page_has_a_script_or_a_style_in_it(
    alone: dict[Place, Answer], measured: Measured
) -> None:
    pages = {
        place: answer
        for place, answer in alone.items()
        if answer.headers.get("content-type", "").startswith("text/html")
        and not opened_on_its_own(answer)
    }
    assert len(pages) > 20
    assert [place.key for place, answer in pages.items() if INLINE.search(answer.text)] == []
    measured("S11", "no inline script or style", f"0 in {len(pages)} pages")


def test_every_page_of_somebody_signed_in_offers_to_sign_out(alone: dict[Place, Answer]) -> None:
    pages = {
        place: answer.text
        for place, answer in alone.items()
        if answer.status_code == 200
        and ACCESS[place.key] is not Open.TO_ALL
        and answer.headers.get("content-type", "").startswith("text/html")
        and not opened_on_its_own(answer)
    }
    assert len(pages) > 20
    assert [place.key for place, text in pages.items() if 'action="/sign-out"' not in text] == []


def test_who_sees_counts_only_is_shown_no_case_and_no_child(
    alone: dict[Place, Answer], measured: Measured
) -> None:
    counted = [place for place in alone if ACCESS[place.key] == access._OVERSIGHT]
    assert len(counted) >= 5
    named = re.compile(rf"{CANARY}|CIN-\d|SYN\d")
    assert [place.key for place in counted if named.search(alone[place].text)] == []
    measured("S3", "0 canaries", f"0 in {len(counted)} pages, pictures and files of counts")


def test_no_address_and_no_link_names_a_child(alone: dict[Place, Answer]) -> None:
    links = re.compile(r'(?:href|action|src)="([^"]*)"')
    found = {link for answer in alone.values() for link in links.findall(answer.text)}
    found |= {answer.headers.get("location", "") for answer in alone.values()}
    assert [link for link in found if re.search(rf"{CANARY}|SYN\d|FAM-", link)] == []


def test_nobody_without_a_session_gets_past_the_door(
    crowded: Stage, share: Share, measured: Measured
) -> None:
    closed = [place for place in PLACES if ACCESS[place.key] is not Open.TO_ALL]
    wrong, cells = [], share(itertools.product(closed, ("anonymous", "disabled")), 5)
    for place, who in cells:
        is_page = place.method == "GET" and not place.template.startswith("/api/")
        answer = crowded.ask(who, place, crowded.own(place, who))
        sent_on = answer.headers.get("location", "").startswith("/sign-in?")
        if answer.status_code != (303 if is_page else 401) or (is_page and not sent_on):
            wrong.append((place.key, who, answer.status_code))
    assert wrong == []
    measured("S1", EVERY_CELL, f"{len(cells)} of {len(cells)} stopped at the door")


def test_a_role_that_may_not_use_a_route_learns_nothing_from_it(
    crowded: Stage, share: Share, measured: Measured
) -> None:
    wrong, cells = [], share(refused(), 13)
    for place, who in cells:
        addresses = [crowded.own(place, who)]
        if place.names_a_row and who in {"reviewer-a", "auditor"}:
            addresses += [place.at(reference=GONE, number=GONE)]
        answers = [crowded.ask(who, place, address) for address in addresses]
        if {answer.status_code for answer in answers} != {403} or len(
            {answer.content for answer in answers}
        ) != 1:
            wrong.append((place.key, who, [answer.status_code for answer in answers]))
    assert wrong == []
    measured("S1", EVERY_CELL, f"{len(cells)} of {len(cells)} refused to the role, all alike")


def test_what_is_somebody_elses_answers_like_what_is_not_there(
    crowded: Stage, share: Share, measured: Measured
) -> None:
    wrong, cells = [], share((cell for cell in allowed() if cell[0].names_a_row), 7)
    for place, who in cells:
        missing = crowded.ask(who, place, place.at(reference=GONE, number=GONE))
        told = said(missing, GONE)
        if not 400 <= missing.status_code < 500:
            wrong.append((place.key, who, "missing", missing.status_code))
        for address in foreign(crowded, place, who):
            answer = crowded.ask(who, place, address)
            typed = next(
                part for part in address.split("/") if part not in place.template.split("/")
            )
            if (answer.status_code, said(answer, typed)) != (missing.status_code, told):
                wrong.append((place.key, who, address, answer.status_code, missing.status_code))
    assert wrong == []
    measured("S1", EVERY_CELL, f"{len(cells)} of {len(cells)}: somebody else's reads like nobody's")


def test_what_is_ones_own_is_never_a_failure(
    crowded: Stage, share: Share, measured: Measured
) -> None:
    lasting = (
        cell for cell in allowed() if cell[0].template != "/sign-out"
    )  # the others come after
    wrong, cells = [], share(lasting, 13)
    for place, who in cells:
        answer = crowded.ask(who, place, crowded.own(place, who))
        is_open = place.method == "GET" and not place.names_a_row
        if answer.status_code >= 500 or (
            is_open and answer.status_code not in {200, 303, 404, 409, 422}
        ):
            wrong.append((place.key, who, answer.status_code))
    assert wrong == []
    measured("S1", EVERY_CELL, f"{len(cells)} of {len(cells)} open to the role")


def said(answer: Answer, typed: str = "…") -> str:
    """The answer without what was typed into the address, and without what no two forms share."""
    return ONCE.sub("", answer.text.replace(typed, "…"))
