"""Words the tokens of somebody's own account."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from forms.case_file import moment
from forms.wording import long_date
from workflow.accounts import Account, ApiToken, lasts
from workflow.calendar import LONDON

PATH = "/account/tokens"
DAYS = (("30", "30 days"), ("90", "90 days"), ("365", "A year"))
"""What can be chosen; the JSON API's documents speak of days."""


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token; `revoke` is the address that ends it, empty when it is over."""

    name: str
    ending: str
    made: str
    last_used: str
    state: str
    revoke: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """The part of the page that is about tokens."""

    rows: tuple[TokenRow, ...]
    days: tuple[tuple[str, str], ...]
    asks_password: bool
    typed: Mapping[str, str]
    made: str
    """The token just made; shown once."""


def tokens_part(
    tokens: Sequence[ApiToken],
    account: Account,
    *,
    now: datetime,
    made: str = "",
    typed: Mapping[str, str] | None = None,
) -> Tokens:
    """The tokens of an account, the newest first."""
    return Tokens(
        rows=tuple(_row(token, account, now) for token in tokens),
        days=DAYS,
        asks_password=account.password_hash is not None,
        typed={"token_name": "", "days": "90"} | dict(typed or {}),
        made=made,
    )


def _row(token: ApiToken, account: Account, now: datetime) -> TokenRow:
    return TokenRow(
        name=token.name,
        ending=f"… {token.ending}",
        made=_day(token.created_at),
        last_used=moment(token.last_used_at) if token.last_used_at else "Never",
        state=_state(token, account, now),
        revoke=f"{PATH}/{token.key}/revoke" if lasts(token, account, now) else "",
    )


def _state(token: ApiToken, account: Account, now: datetime) -> str:
    if token.revoked_at is not None:
        return f"Revoked {_day(token.revoked_at)}"
    if token.expires_at <= now:
        return f"Expired {_day(token.expires_at)}"
    if not lasts(token, account, now):
        return "Ended: your account changed"
    return f"Until {_day(token.expires_at)}"


def _day(at: datetime) -> str:
    return long_date(at.astimezone(LONDON).date())
