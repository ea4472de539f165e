"""kill -9 while people submit: what was acknowledged is there, and nothing is there twice."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from queue import Empty, SimpleQueue

import httpx2
import pytest
from sqlmodel import Session, SQLModel, col, func, select

from forms.catalogue import latest_form
from forms.reviewing.filling import newest_version, read_section
from tests import postgres
from tests.api.bench import REVIEW
from tests.conftest import AUDIT_KEY
from tests.factories import as_actor, make_actor, make_programme, make_review, make_reviewer
from tests.faults.service import Service, service
from tests.measured import Measured
from workflow import audit
from workflow.accounts import create_account, open_session
from workflow.db import Database
from workflow.drafts import Typed, save_draft
from workflow.models import Case, Draft, Event, Programme, Review, Reviewer, Submission
from workflow.states import ReviewState, Role

pytestmark = pytest.mark.faults

TODAY = date(2016, 1, 20)
CLIENTS = 6
FEW, MANY, ENOUGH = 30, 5_200, 5_000


@dataclass
class Town:
    """Reviews that are ready to be submitted, and who may submit them."""

    database: Database
    token: str
    references: list[str]
    acknowledged: set[str] = field(default_factory=set)
    unclear: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def make_town(database: Database, reviews: int) -> Town:
    """So many reviews in progress, each with a whole draft."""
    now = datetime.now(UTC)
    with database.write() as session:
        programme = make_programme(demo_today=TODAY)
        session.add(programme)
        session.flush()
        reviewer = make_reviewer(session, programme)
        references = _make_drafts(session, programme, reviewer, reviews, now)
        account = create_account(
            session,
            programme=programme,
            user_name="somebody",
            name="Somebody",
            roles=[Role.REVIEWER],
            reviewer=reviewer,
            actor=make_actor(Role.ADMINISTRATOR),
            now=now,
        )
        session.flush()
        token = open_session(session, account=account, now=now)
    return Town(database, token, references)


def _make_drafts(
    session: Session, programme: Programme, reviewer: Reviewer, count: int, now: datetime
) -> list[str]:
    made, references = [], []
    for number in range(count):
        references.append(f"CIN-6{number:06}")
        review = make_review(session, programme, reference=references[-1])
        review.state, review.reviewer_id = ReviewState.IN_PROGRESS, reviewer.key
        made.append(review)
    first = made[0]
    for section in latest_form("cin_review").sections:
        if section.is_open_to("council"):
            typed = Typed(
                section=section.id, answers=read_section(section, REVIEW), is_complete=True
            )
            save_draft(
                session,
                review_id=first.key,
                typed=typed,
                newest=newest_version(),
                actor=as_actor(reviewer),
                now=now,
            )
    draft = session.get_one(Draft, first.key)
    for review in made[1:]:
        session.add(Draft(**draft.model_dump() | {"review_id": review.key}))
    return references


def submit(client: httpx2.Client, address: str, reference: str) -> httpx2.Response:
    key = {"Idempotency-Key": f"submission-of-{reference}", "Origin": address}
    return client.post(f"{address}/api/my-reviews/{reference}/submit", json={}, headers=key)


def work(town: Town, address: str, todo: "SimpleQueue[str]") -> None:
    """Submit one after the other; whatever is not answered may have happened or not."""
    with httpx2.Client(cookies={"cin_session": town.token}, timeout=60) as client:
        while True:
            try:
                reference = todo.get_nowait()
            except Empty:
                return
            try:
                answer = submit(client, address, reference)
            except httpx2.HTTPError:
                town.unclear.append(reference)
                time.sleep(2)  # it is being started again
                continue
            if answer.status_code == 200:
                town.acknowledged.add(reference)
            elif answer.status_code == 503:
                town.unclear.append(reference)
            else:
                town.wrong.append(f"{reference}: {answer.status_code} {answer.text[:200]}")


def work_under_kills(town: Town, running: Service, kills: int, kill: Callable[[], None]) -> None:
    """Let people submit everything while the service, or the database, is killed now and then."""
    todo: SimpleQueue[str] = SimpleQueue()
    for reference in town.references:
        todo.put(reference)
    people = [
        threading.Thread(target=work, args=(town, running.address, todo)) for _ in range(CLIENTS)
    ]
    for person in people:
        person.start()
    dice = random.Random(7)
    done, share = 0, len(town.references) / (kills + 1)
    for _ in range(kills):
        done += share * dice.uniform(0.6, 1.2)
        while len(town.acknowledged) + len(town.unclear) < done and any(
            person.is_alive() for person in people
        ):
            time.sleep(0.001)
        kill()
    for person in people:
        person.join()


def send_again(town: Town, running: Service) -> None:
    """What was not answered is sent again, with the same keys."""
    with httpx2.Client(cookies={"cin_session": town.token}, timeout=60) as client:
        for reference in town.unclear:
            answer = submit(client, running.address, reference)
            assert answer.status_code == 200, answer.text


def check_each_once(town: Town) -> None:
    assert town.wrong == []
    with town.database.read() as session:
        stored = session.exec(select(func.count()).select_from(Submission)).one()
        reviews = session.exec(select(func.count(func.distinct(Submission.review_id)))).one()
        events = session.exec(
            select(func.count()).select_from(Event).where(Event.kind == "review_submitted")
        ).one()
        programme = session.exec(select(Programme)).one()
        assert audit.verify(session, programme.key).ok
    wanted = len(town.references)
    assert (stored, reviews, events) == (wanted, wanted, wanted)


def check_acknowledged(town: Town) -> None:
    """Before anything is sent again: all that was acknowledged is there."""
    with town.database.read() as session:
        query = select(Case.reference, Review.state).join(Review, col(Review.case_id) == Case.id)
        states = dict(session.exec(query).all())
    lost = [reference for reference in town.acknowledged if states[reference] != "submitted"]
    assert lost == []


def endure(town: Town, running: Service, kills: int, kill: Callable[[], None]) -> None:
    running.start()
    work_under_kills(town, running, kills, kill)
    check_acknowledged(town)
    send_again(town, running)
    check_each_once(town)


def restart(running: Service) -> Callable[[], None]:
    def kill() -> None:
        running.kill()
        running.start()

    return kill


def note(measured: Measured, town: Town, kills: str) -> None:
    acknowledged, unclear = len(town.acknowledged), len(town.unclear)
    figure = f"0 lost of {acknowledged} acknowledged, {kills}"
    enough = acknowledged >= ENOUGH
    measured(
        "R1",
        "0 lost of ≥ 5 000 acknowledged over ≥ 30 kills",
        figure,
        "" if enough else "most requests came while the service was being started again",
        met=enough,
    )
    measured(
        "R3",
        "0 duplicates, 0 missing after every unclear request is sent again",
        f"{unclear} unclear of {len(town.references)}: 0 duplicates, 0 missing",
    )


@pytest.fixture
def sqlite(tmp_path: Path, sqlite_template: Path) -> Iterator[Database]:
    path = tmp_path / "cin.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}", audit_key=AUDIT_KEY)
    _stamp(database)
    yield database
    database.close()


def _stamp(database: Database) -> None:
    from tests.workflow.operations.stage import stamp

    stamp(database)


@pytest.mark.soak
def test_a_killed_service_has_what_it_acknowledged_and_nothing_twice(
    sqlite: Database, tmp_path: Path
) -> None:
    town = make_town(sqlite, FEW)
    with service(str(sqlite.url), tmp_path) as running:
        endure(town, running, 2, restart(running))
    assert town.acknowledged


@pytest.mark.soak
def test_thirty_kills_of_the_service(
    database: Database, tmp_path: Path, measured: Measured
) -> None:
    _stamp(database)
    town = make_town(database, MANY)
    url = database.url.render_as_string(hide_password=False)
    with service(url, tmp_path) as running:
        endure(town, running, 30, restart(running))
    note(measured, town, "30 × kill -9 of the web app")


@pytest.mark.soak
def test_the_database_server_is_killed(tmp_path: Path, measured: Measured) -> None:
    if postgres.binaries() is None:
        pytest.skip("PostgreSQL is not installed (Debian's package postgresql)")
    with postgres.temporary_folder() as folder, postgres.server(folder) as address:
        database = Database(f"{address}/postgres", audit_key=AUDIT_KEY)
        SQLModel.metadata.create_all(database.engine)
        _stamp(database)
        town = make_town(database, 1_000)
        url = database.url.render_as_string(hide_password=False)
        with service(url, tmp_path) as running:
            endure(town, running, 5, lambda: postgres.crash(folder))
        with database.read() as session:
            assert session.exec(select(func.count()).select_from(Review)).one() == 1_000
        database.close()
    measured(
        "R1",
        "0 lost when the database server is killed",
        f"0 lost of {len(town.acknowledged)} acknowledged, 5 × immediate stop of PostgreSQL",
        database="postgresql",
    )
