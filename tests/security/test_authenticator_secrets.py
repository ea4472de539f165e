"""Secrets of authenticators are encrypted where there are keys, and follow the newest one."""

from collections.abc import Iterator

import pyotp
import pytest
from sqlmodel import Session, select

from tests.conftest import AUDIT_KEY
from tests.factories import EARLY, make_actor
from workflow.accounts import confirm, create_account, enrol, pending_enrolment, verify_code
from workflow.accounts.second_factor import is_sealed_secret
from workflow.db import Database
from workflow.models import Account, Programme
from workflow.operations.database_checks import sealing_keys
from workflow.operations.fields import FieldKeys, SealedError, key_of, new_key
from workflow.operations.rotation import rotate
from workflow.states import Role

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PASSWORD = "three green umbrellas"
OLD, NEW = new_key(), new_key()
ADMINISTRATOR = make_actor(Role.ADMINISTRATOR)


def opened(database_url: str, *ring: str) -> Database:
    keys = FieldKeys.parse(",".join(ring)) if ring else None
    return Database(database_url, audit_key=AUDIT_KEY, field_keys=keys)


@pytest.fixture
def sealed(database_url: str, programme: Programme) -> Iterator[Database]:
    """A database with one key, and Kim, who set up an authenticator."""
    database = opened(database_url, f"a:{OLD}")
    with database.write() as session:
        account = _account(session, programme, "kim")
        secret = enrol(session, account=account, password=PASSWORD, now=EARLY).secret
        assert pending_enrolment(session, account=account).secret == secret
        confirm(session, account=account, code=pyotp.TOTP(secret).at(EARLY), now=EARLY)
    yield database
    database.close()


def _account(session: Session, programme: Programme, user_name: str) -> Account:
    account = create_account(
        session,
        programme=programme,
        user_name=user_name,
        name="Kim Example",
        roles=[Role.MANAGER],
        password=PASSWORD,
        actor=ADMINISTRATOR,
        now=EARLY,
    )
    session.flush()
    return account


def kim(session: Session) -> Account:
    return session.exec(select(Account).where(Account.user_name == "kim")).one()


def stored(database: Database) -> str:
    with database.read() as session:
        return str(session.connection().exec_driver_sql("SELECT totp_secret FROM account").scalar())


def test_the_database_holds_no_secret_in_clear(sealed: Database) -> None:
    assert is_sealed_secret(stored(sealed))
    assert key_of(stored(sealed)) == "a"


def test_without_its_key_or_in_another_account_it_opens_nothing(
    sealed: Database, database_url: str, programme: Programme
) -> None:
    keyless = opened(database_url)
    with keyless.write() as session, pytest.raises(SealedError, match="CIN_FIELD_KEYS"):
        verify_code(session, account=kim(session), code="123456", now=EARLY)
    keyless.close()
    with sealed.write() as session:
        eve = _account(session, programme, "eve")
        eve.totp_secret = kim(session).totp_secret
        with pytest.raises(SealedError, match="moved"):
            verify_code(session, account=eve, code="123456", now=EARLY)


def test_the_doctor_misses_its_key(sealed: Database, database_url: str) -> None:
    with sealed.read() as session:
        assert sealing_keys(session).ok
    other = opened(database_url, f"b:{NEW}")
    with other.read() as session:
        assert sealing_keys(session).found == "missing: a"
    other.close()


def test_rotating_brings_it_under_the_newest_key(sealed: Database, database_url: str) -> None:
    both = opened(database_url, f"b:{NEW}", f"a:{OLD}")
    for changed in (1, 0):
        with both.write() as session:
            found = rotate(session, restricted={}, actor=ADMINISTRATOR, now=EARLY)
        assert found["account"] == changed
    both.close()
    assert key_of(stored(sealed)) == "b"
    newest = opened(database_url, f"b:{NEW}")
    with newest.write() as session:
        assert not verify_code(session, account=kim(session), code="abcdef", now=EARLY)
    newest.close()
