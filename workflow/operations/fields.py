"""Encryption of single values: AES-256-GCM under a ring of named keys.

A sealed text names its key, so that old ones can still be opened after a new key came in. What it is
bound to (`context`: the table and the row) is part of the seal: a text copied to another row does not
open there.
"""

import base64
import binascii
import json
import re
import secrets
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from workflow.errors import WorkflowError

_VERSION = "v1"
_NONCE_BYTES = 12
"""96 random bits: safe for far more than the 2^32 texts one key may seal (NIST SP 800-38D)."""
_KEY_BYTES = 32
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,20}")


class SealedError(WorkflowError):
    """A sealed text cannot be opened: its key is missing, or it was changed or moved."""


@dataclass(frozen=True, slots=True)
class FieldKeys:
    """The key ring: the first key seals, all of them open."""

    keys: dict[str, bytes]
    """Key id → 32 bytes, the newest first."""

    def __repr__(self) -> str:
        """Name the keys, never show them."""
        return f"FieldKeys({', '.join(self.keys)})"

    @classmethod
    def parse(cls, text: str) -> "FieldKeys":
        """Read `id:key,id:key` (or one per line), each key as `new_key` writes it.

        Raises:
            ValueError: saying which entry cannot be used; never quoting a key.
        """
        keys: dict[str, bytes] = {}
        for number, entry in enumerate(re.split(r"[,\s]+", text.strip()), start=1):
            name, _, encoded = entry.partition(":")
            if not _KEY_ID.fullmatch(name) or name in keys:
                raise ValueError(f"entry {number} needs an id of its own: `2026a:…`.")
            keys[name] = _decode_key(name, encoded)
        return cls(keys)

    @property
    def newest(self) -> str:
        """Id of the key that seals."""
        return next(iter(self.keys))

    def seal(self, value: Any, *, context: str) -> str:
        """Encrypt anything JSON can say."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        plain = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
        cipher = AESGCM(self.keys[self.newest])
        sealed = nonce + cipher.encrypt(nonce, plain, _bound(self.newest, context))
        return f"{_VERSION}:{self.newest}:{base64.b64encode(sealed).decode()}"

    def open(self, sealed: str, *, context: str) -> Any:
        """Decrypt what `seal` wrote.

        Raises:
            SealedError: the key is missing, or the text was changed or belongs elsewhere.
        """
        name, content = _parts(sealed)
        if name not in self.keys:
            raise SealedError(
                f"An encrypted answer needs the key {name}, missing in CIN_FIELD_KEYS."
            )
        try:
            nonce, rest = content[:_NONCE_BYTES], content[_NONCE_BYTES:]
            plain = AESGCM(self.keys[name]).decrypt(nonce, rest, _bound(name, context))
        except (InvalidTag, ValueError):
            raise SealedError("An encrypted answer was changed, or moved here.") from None
        return json.loads(plain.decode("utf-8", "surrogatepass"))

    def rotate(self, sealed: str, *, context: str) -> str:
        """The same content under the newest key; a text already under it is left as it is."""
        if key_of(sealed) == self.newest:
            return sealed
        return self.seal(self.open(sealed, context=context), context=context)


def new_key() -> str:
    """A random key, as `CIN_FIELD_KEYS` wants it after the id."""
    return base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()


def key_of(sealed: str) -> str:
    """Id of the key a text is sealed under.

    Raises:
        SealedError: it is no sealed text.
    """
    return _parts(sealed)[0]


def _bound(name: str, context: str) -> bytes:
    return f"{_VERSION}:{name}:{context}".encode()


def _parts(sealed: str) -> tuple[str, bytes]:
    try:
        version, name, encoded = sealed.split(":")
        content = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error):
        raise SealedError("An encrypted answer was changed.") from None
    if version != _VERSION:
        raise SealedError(f"An encrypted answer is of the unknown kind {version[:8]}.")
    return name, content


def _decode_key(name: str, encoded: str) -> bytes:
    try:
        key = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != _KEY_BYTES:
        raise ValueError(f"the key {name} must be 32 bytes in base64; `cin keys new` makes one.")
    return key
