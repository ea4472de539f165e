"""Random texts people type or browsers send, and the hashes that are stored in their place."""

import hashlib
import hmac
import secrets

from sqlmodel import Session

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U to misread. Each character is worth 5 bits."""
_AS_READ = str.maketrans({"I": "1", "L": "1", "O": "0", " ": None, "-": None})
_GROUP = 4
_TOKEN_BYTES = 32


def new_code(groups: int) -> str:
    """A random code to read out or type, in groups of four characters (20 bits each): `7K3M-Q0XA`."""
    return "-".join(
        "".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(groups)
    )


def plain_code(typed: str) -> str:
    """A code as it is hashed, however it was typed: case, spaces, hyphens and look-alikes are equal."""
    return typed.upper().translate(_AS_READ)


def new_token() -> str:
    """A session's random token (256 bits)."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def token_hash(token: str) -> str:
    """What is stored of a token; it is random enough for a plain hash."""
    return hashlib.sha256(_bytes(token)).hexdigest()


def keyed_hash(session: Session, purpose: str, text: str) -> str:
    """What is stored of a short text: without the key outside the database it cannot be guessed back.

    The purpose keeps equal texts of different kinds apart, and all of them from the event chain.
    """
    key: bytes = session.info["audit_key"]
    return hmac.new(key, _bytes(f"{purpose}:{text}"), hashlib.sha256).hexdigest()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")  # a half character from JSON is no failure
