"""How strict signing in is: every number with its unit and source."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Limit:
    """So many failures within so long; the next try is refused unseen."""

    failures: int
    within: timedelta


@dataclass(frozen=True, slots=True)
class SignInPolicy:
    """The defaults follow the limits of the Python package index's own software, which are tried."""

    per_user: tuple[Limit, ...] = (Limit(10, timedelta(minutes=5)),)
    """Failed passwords for one user name, wherever they come from."""
    per_address: tuple[Limit, ...] = (Limit(10, timedelta(minutes=5)),)
    """Failed passwords from one network address, for whatever user names."""
    codes_per_user: tuple[Limit, ...] = (
        Limit(5, timedelta(minutes=5)),
        Limit(20, timedelta(hours=1)),
        Limit(50, timedelta(days=1)),
    )
    """Wrong security codes for one account: six digits could be guessed otherwise."""
    idle: timedelta = timedelta(hours=12)
    """A session without a request ends: a working day, so that a draft left open survives a visit."""
    absolute: timedelta = timedelta(hours=24)
    """Every session ends, however busy."""
    seen_every: timedelta = timedelta(minutes=5)
    """How exactly a session's last request is known; reading a page rarely has to write."""
    sessions_at_once: int = 5
    """Browsers one person is signed in at; the oldest makes room."""
    setup_code: timedelta = timedelta(hours=24)
    """Life of the first administrator's one-time code."""
    invitation: timedelta = timedelta(days=3)
    """Life of a one-time code that lets somebody choose a password: over a weekend."""
    attempts_kept: timedelta = timedelta(days=1)
    """As long as the longest limit looks back."""


SIGN_IN_POLICY = SignInPolicy()
