"""A single sign-on provider of the suite's own that lies in any way it is told to."""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey

CLIENT, SECRET = "cin", "a secret of the provider and the service"
FOREIGN = "https://elsewhere.example"

LIES: dict[str, dict[str, Any]] = {
    "wrong_aud": {"aud": "another"},
    "multi_aud_no_azp": {"aud": [CLIENT, "another"]},
    "wrong_azp": {"azp": "another"},
    "wrong_iss": {"iss": FOREIGN},
    "meta_iss": {"iss": FOREIGN},
    "expired": {"exp": -3600},
    "no_exp": {"exp": None},
    "no_nonce": {"nonce": None},
    "wrong_nonce": {"nonce": "guessed"},
    "no_sub": {"sub": None},
    "future_iat": {"iat": 3600},
    "nbf_future": {"nbf": 3600},
    "wrong_key": {},
    "alg_none": {},
    "hs_secret": {},
    "hs_pubkey": {},
    "meta_algs": {},
    "no_id_token": {},
    "tampered": {},
}
"""Lie → claims it changes; a number is seconds from now, None leaves the claim out."""
_TIMES = frozenset({"exp", "iat", "nbf"})


class FakeProvider:
    """What it says of somebody, as the token endpoint answers it."""

    def __init__(self, address: str, now: datetime) -> None:
        self.address, self.now = address, now
        self.lie = ""
        self.person: dict[str, Any] = {}
        self.key = ECKey.generate_key("P-256", {"kid": "one", "use": "sig"})
        self._other = ECKey.generate_key("P-256", {"kid": "one", "use": "sig"})
        self._codes: dict[str, dict[str, str]] = {}
        self.asked = 0

    def sign_in(self, asked: str, **person: Any) -> str:
        """The person signs in at the address they were sent to; gives where they are sent back to."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(asked).query).items()}
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        self.person = {"sub": "u-1", "preferred_username": "kim@example.org", **person}
        code = secrets.token_hex(8)
        self._codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def description(self) -> dict[str, Any]:
        issuer = FOREIGN if self.lie == "meta_iss" else self.address
        return {
            "issuer": issuer,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/keys",
            "id_token_signing_alg_values_supported": ["none", "HS256"]
            if self.lie == "meta_algs"
            else ["ES256"],
        }

    def token(self, form: dict[str, str]) -> dict[str, Any]:
        """The answer to a code: good once, and only with the verifier of its challenge."""
        query = self._codes.pop(form["code"], None)
        if query is None or _challenge(form.get("code_verifier", "")) != query["code_challenge"]:
            return {"error": "invalid_grant"}
        answer = {"access_token": "opaque", "token_type": "Bearer", "expires_in": 60}
        if self.lie == "no_id_token":
            return answer
        return answer | {"id_token": self._signed(self._claims(query["nonce"]))}

    def _claims(self, nonce: str) -> dict[str, Any]:
        issuer = self.address
        claims = {"iss": issuer, "aud": CLIENT, "exp": 300, "iat": 0, "nonce": nonce, **self.person}
        claims |= LIES.get(self.lie, {})
        return {
            name: int(self.now.timestamp()) + value if name in _TIMES else value
            for name, value in claims.items()
            if value is not None
        }

    def _signed(self, claims: dict[str, Any]) -> str:
        if self.lie in {"alg_none", "meta_algs"}:
            head, body = ({"alg": "none"}, claims)
            return ".".join((*map(_part, (head, body)), ""))
        if self.lie == "hs_secret":
            return _symmetric(claims, SECRET.encode())
        if self.lie == "hs_pubkey":
            return _symmetric(claims, self.key.as_pem(private=False))
        key = self._other if self.lie == "wrong_key" else self.key
        signed = jwt.encode({"alg": "ES256", "kid": key.kid}, claims, key)
        if self.lie != "tampered":
            return signed
        head, _, signature = signed.split(".")
        return ".".join((head, _part(claims | {"groups": ["Admins"]}), signature))


@contextmanager
def provider(now: datetime) -> Iterator[FakeProvider]:
    """A provider that listens on this machine until the end."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    made = FakeProvider(f"http://127.0.0.1:{server.server_port}", now)
    server.provider = made  # type: ignore[attr-defined]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        made: FakeProvider = self.server.provider  # type: ignore[attr-defined]
        made.asked += 1
        if self.path == "/keys":
            self._say({"keys": [made.key.as_dict(private=False)]})
        else:
            self._say(made.description())

    def do_POST(self) -> None:
        made: FakeProvider = self.server.provider  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        said = made.token({name: values[0] for name, values in parse_qs(body).items()})
        self._say(said, 400 if "error" in said else 200)

    def _say(self, document: dict[str, Any], status: int = 200) -> None:
        content = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def _symmetric(claims: dict[str, Any], secret: bytes) -> str:
    head, body = _part({"alg": "HS256", "kid": "one"}), _part(claims)
    signature = hmac.new(secret, f"{head}.{body}".encode(), hashlib.sha256).digest()
    return f"{head}.{body}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def _part(document: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
