"""Signing in through the organisation's own provider: whose account it is, and what its groups allow.

The provider proves who somebody is (`issuer` and `subject`); its groups say what they may do, at every
sign-in anew. An account is known by issuer and subject alone. Somebody new gets an account of their own,
or the one an administrator made under their user name without a password; never one that has a password,
because whoever can choose a name at the provider must not get at it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, select

from workflow import audit
from workflow.accounts.managing import close_change, create_account
from workflow.accounts.people import NOBODY, actor_of, known_roles, locked, look_up, record
from workflow.accounts.sessions import open_session
from workflow.accounts.signing_in import SignIn
from workflow.errors import InvalidInputError
from workflow.models import Account, Programme
from workflow.row_security import enter
from workflow.states import Actor, Role

PROVIDER = Actor(name="single sign-on", roles=frozenset({Role.ADMINISTRATOR}))
"""Who changes an account when the provider's groups did."""

NO_GROUP = "None of your groups may use this service. Ask whoever manages your account at work."
DISABLED = "Your account is disabled. Ask an administrator."
IS_TAKEN = (
    "There is an account of your name that signs in with a password. Ask an administrator to take its "
    "password away, then sign in again."
)
OTHER_AGENCY = "Your account belongs to another agency. Ask an administrator to put it right."


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the provider says it is, after every check of what it said."""

    issuer: str
    subject: str
    user_name: str
    name: str
    groups: frozenset[str]


@dataclass(frozen=True, slots=True)
class Groups:
    """What the provider's groups stand for here."""

    roles: Mapping[str, Role]
    """Group → role."""
    agencies: Mapping[str, str]
    """Group → agency; who is in none of them works for the council."""

    def roles_of(self, groups: frozenset[str]) -> frozenset[Role]:
        """What somebody in these groups may act as."""
        return frozenset(role for group, role in self.roles.items() if group in groups)

    def agency_of(self, groups: frozenset[str]) -> str:
        """Whom somebody in these groups works for.

        Raises:
            InvalidInputError: the groups name several.
        """
        found = {agency for group, agency in self.agencies.items() if group in groups}
        if len(found) > 1:
            raise InvalidInputError("Your groups belong to several agencies.")
        return next(iter(found), "council")


def admit_known(
    session: Session, *, programme: Programme, identity: Identity, groups: Groups, now: datetime
) -> SignIn:
    """Open a session for somebody the provider vouches for, or say why not, and write down which."""
    enter(session, programme.key)
    try:
        with session.begin_nested():
            account = _account_of(session, programme, identity, groups, now)
    except InvalidInputError as refused:
        return refuse(session, programme=programme, why="not_admitted", said=str(refused), now=now)
    account.last_signed_in_at = now
    token = open_session(session, account=account, now=now)
    record(session, account, "signed_in", actor_of(account), now, by="provider")
    return SignIn(account=account, token=token)


def refuse(session: Session, *, programme: Programme, why: str, said: str, now: datetime) -> SignIn:
    """Write down that signing in through the provider failed.

    Args:
        why: a word of ours for the record; never what the provider or the browser sent.
        said: the sentence for the page.
    """
    enter(session, programme.key)
    audit.record(
        session,
        programme_id=programme.key,
        kind="sign_in_refused",
        actor=NOBODY,
        at=now,
        payload={"account_id": None, "step": "provider", "why": why},
    )
    return SignIn(refusal=said)


def _account_of(
    session: Session, programme: Programme, identity: Identity, groups: Groups, now: datetime
) -> Account:
    roles, agency = groups.roles_of(identity.groups), groups.agency_of(identity.groups)
    if not roles:
        raise InvalidInputError(NO_GROUP)
    known_roles(roles)
    account = _known(session, identity) or _prepared(session, identity, now)
    if account is None:
        account = _made(session, programme, identity, roles, agency, now)
    account = locked(session, account)
    if account.is_disabled or account.programme_id != programme.key:
        raise InvalidInputError(DISABLED)
    if account.agency != agency:
        raise InvalidInputError(OTHER_AGENCY)
    _follow_groups(session, account, roles, now)
    return account


def _known(session: Session, identity: Identity) -> Account | None:
    query = select(Account).where(
        Account.issuer == identity.issuer, Account.subject == identity.subject
    )
    return session.exec(query).first()


def _prepared(session: Session, identity: Identity, now: datetime) -> Account | None:
    """The account an administrator made under the user name, which becomes this person's."""
    account = look_up(session, identity.user_name)
    if account is None:
        return None
    account = locked(session, account)
    if account.password_hash is not None or account.subject is not None:
        raise InvalidInputError(IS_TAKEN)
    account.issuer, account.subject = identity.issuer, identity.subject
    record(session, account, "account_bound_to_provider", PROVIDER, now)
    return account


def _made(
    session: Session,
    programme: Programme,
    identity: Identity,
    roles: frozenset[Role],
    agency: str,
    now: datetime,
) -> Account:
    account = create_account(
        session,
        programme=programme,
        user_name=identity.user_name,
        name=identity.name,
        roles=roles,
        agency=agency,
        actor=PROVIDER,
        now=now,
    )
    account.issuer, account.subject = identity.issuer, identity.subject
    session.flush()
    return account


def _follow_groups(
    session: Session, account: Account, roles: frozenset[Role], now: datetime
) -> None:
    """Take the roles of the groups; whoever is signed in with others is out at once."""
    if frozenset(account.roles) == roles:
        return
    before, account.roles = account.roles, sorted(role.value for role in roles)
    close_change(session, account, "roles changed by the provider", now)
    record(
        session, account, "account_roles_changed", PROVIDER, now, before=before, roles=account.roles
    )
