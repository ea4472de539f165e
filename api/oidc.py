"""OpenID Connect: what is asked of the organisation's provider, and every check of what it answers.

The authorisation code flow with PKCE, `state` and `nonce`. Authlib speaks the protocol; what it lets
through is checked here: the provider's own description must name the issuer of the settings, and only
signatures by a key of the provider are taken (`ALGORITHMS`, whatever the token or the description says).
"""

import base64
import binascii
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from ssl import SSLContext
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import httpx2
from authlib.common.errors import AuthlibBaseError  # type: ignore[import-untyped]
from authlib.integrations.httpx_client import OAuth2Client  # type: ignore[import-untyped]
from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from workflow.accounts.single_sign_on import Groups, Identity
from workflow.errors import WorkflowError
from workflow.settings import Settings

ALGORITHMS = ("RS256", "PS256", "ES256")
"""Signatures by a private key; nothing that a client secret or a public key could make."""
BACK = "/sign-in/provider/back"
"""Where the provider sends people back to."""
JOURNEY = timedelta(minutes=10)
"""How long somebody may take at the provider."""
_LEEWAY = 60
"""Seconds two clocks may differ."""
_FRESH = timedelta(hours=1)
"""How long the provider's description and keys are believed without asking again."""
_SECONDS = 5.0
_LARGEST = 1_000_000
_LONGEST_SUBJECT = 255
_RANDOM = 32


class SingleSignOnError(WorkflowError):
    """Signing in through the provider was refused; `why` is a word of ours for the record."""

    def __init__(self, why: str, said: str = "") -> None:
        """Say to the person only that it failed: what exactly was wrong helps nobody but an attacker.

        Args:
            said: the sentence for somebody who is known but may not come in.
        """
        super().__init__(said or "Signing in through your organisation did not work. Try again.")
        self.why = why


@dataclass(frozen=True, slots=True)
class Journey:
    """One person's way to the provider and back; their browser carries it, sealed."""

    state: str
    nonce: str
    verifier: str
    onward: str
    ends_at: float

    def sealed(self, key: bytes) -> str:
        """The journey as a cookie."""
        fields = [self.state, self.nonce, self.verifier, self.onward, self.ends_at]
        content = base64.urlsafe_b64encode(json.dumps(fields).encode()).decode()
        return f"{content}.{_seal(key, content)}"

    @classmethod
    def opened(cls, cookie: str, key: bytes, now: datetime) -> "Journey":
        """The journey of a cookie.

        Raises:
            SingleSignOnError: there is none, it was changed, or it took too long.
        """
        content, _, seal = cookie.partition(".")
        if not hmac.compare_digest(seal.encode(), _seal(key, content).encode()):
            raise SingleSignOnError("no_journey")
        journey = cls(*json.loads(base64.urlsafe_b64decode(content)))
        if now.timestamp() > journey.ends_at:
            raise SingleSignOnError("too_late")
        return journey


class Provider:
    """The organisation's provider; one per app.

    Args:
        settings: with `sso_issuer` and the rest of them.
    """

    def __init__(self, settings: Settings) -> None:
        """Remember the settings; nothing is asked before somebody signs in."""
        self._settings = settings
        self._issuer = settings.sso_issuer
        self._lock = Lock()
        self._read_at: datetime | None = None
        self._metadata: dict[str, Any] = {}
        self._keys: KeySet | None = None

    @cached_property
    def _trusted(self) -> SSLContext:
        """The authorities a provider's certificate may come from; to read them takes a while."""
        return httpx2.create_ssl_context()

    @property
    def groups(self) -> Groups:
        """What its groups stand for."""
        return Groups(self._settings.sso_roles, self._settings.sso_agencies)

    def begin(self, base_url: str, onward: str, now: datetime) -> tuple[str, Journey]:
        """The provider's address to send somebody to, and the journey their browser keeps.

        Raises:
            SingleSignOnError: the provider cannot be used.
        """
        self._learn(now)
        journey = Journey(
            state=secrets.token_urlsafe(_RANDOM),
            nonce=secrets.token_urlsafe(_RANDOM),
            verifier=secrets.token_urlsafe(_RANDOM),
            onward=onward,
            ends_at=(now + JOURNEY).timestamp(),
        )
        with self._client(base_url) as client:
            address, _ = client.create_authorization_url(
                self._metadata["authorization_endpoint"],
                state=journey.state,
                nonce=journey.nonce,
                code_verifier=journey.verifier,
            )
        return address, journey

    def finish(
        self, base_url: str, asked: Mapping[str, str], journey: Journey, now: datetime
    ) -> Identity:
        """Who came back from the provider.

        Args:
            asked: the parameters of the address they came back to.

        Raises:
            SingleSignOnError: something of it is not as it must be.
        """
        if not hmac.compare_digest(asked.get("state", "").encode(), journey.state.encode()):
            raise SingleSignOnError("wrong_state")
        if "error" in asked:
            raise SingleSignOnError("denied")
        if asked.get("iss", self._issuer) != self._issuer:
            raise SingleSignOnError("wrong_issuer")
        if not asked.get("code"):
            raise SingleSignOnError("no_code")
        self._learn(now)
        token = self._fetch_token(base_url, asked["code"], journey)
        return self._identity(self._claims(token, journey, now))

    def _fetch_token(self, base_url: str, code: str, journey: Journey) -> Mapping[str, Any]:
        try:
            with self._client(base_url) as client:
                found: Mapping[str, Any] = client.fetch_token(
                    self._metadata["token_endpoint"],
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=journey.verifier,
                )
        except (AuthlibBaseError, httpx2.HTTPError, ValueError, TypeError, KeyError) as failed:
            raise SingleSignOnError("no_token") from failed
        return found

    def _claims(self, token: Mapping[str, Any], journey: Journey, now: datetime) -> CodeIDToken:
        signed = token.get("id_token")
        if not isinstance(signed, str):
            raise SingleSignOnError("no_id_token")
        try:
            opened = self._verified(signed, now)
            claims = CodeIDToken(
                opened.claims,
                opened.header,
                options={
                    "iss": {"essential": True, "value": self._issuer},
                    "aud": {"essential": True, "value": self._settings.sso_client_id},
                    "nonce": {"essential": True, "value": journey.nonce},
                    "sub": {"essential": True},
                },
                params={
                    "client_id": self._settings.sso_client_id,
                    "nonce": journey.nonce,
                    "access_token": token.get("access_token"),
                },
            )
            claims.validate(now=int(now.timestamp()), leeway=_LEEWAY)
        except (
            AuthlibBaseError,
            JoseError,
            ValueError,
            TypeError,
            KeyError,
            AttributeError,
        ) as bad:
            raise SingleSignOnError("bad_id_token") from bad
        self._check_factors(claims)
        return claims

    def _verified(self, signed: str, now: datetime) -> jwt.Token:
        """The token, if a key of the provider signed it; its keys are read again once if none fits."""
        try:
            return jwt.decode(signed, self._known_keys(), algorithms=list(ALGORITHMS))
        except (JoseError, ValueError):
            self._learn(now, again=True)
            return jwt.decode(signed, self._known_keys(), algorithms=list(ALGORITHMS))

    def _check_factors(self, claims: Mapping[str, Any]) -> None:
        """Whether they proved themselves there as strongly as the settings ask."""
        wanted = self._settings.sso_required_amr
        methods = claims.get("amr")
        if wanted and wanted not in (methods if isinstance(methods, list) else ()):
            raise SingleSignOnError("weak_sign_in")

    def _identity(self, claims: Mapping[str, Any]) -> Identity:
        subject, user_name = claims.get("sub"), claims.get(self._settings.sso_user_name_claim)
        if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT:
            raise SingleSignOnError("no_subject")
        if not isinstance(user_name, str) or not user_name:
            raise SingleSignOnError("no_user_name")
        groups, name = claims.get(self._settings.sso_groups_claim), claims.get("name")
        return Identity(
            issuer=self._issuer,
            subject=subject,
            user_name=user_name,
            name=name if isinstance(name, str) and name.strip() else user_name,
            groups=frozenset(one for one in groups if isinstance(one, str))
            if isinstance(groups, list)
            else frozenset(),
        )

    def _learn(self, now: datetime, *, again: bool = False) -> None:
        """Read the provider's description and keys, where they are not fresh.

        Raises:
            SingleSignOnError: it does not answer, or describes another issuer.
        """
        with self._lock:
            if not again and self._read_at and now - self._read_at < _FRESH:
                return
            metadata = self._get_json(
                f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
            )
            if metadata.get("issuer") != self._issuer:
                raise SingleSignOnError("wrong_issuer")
            if not all(map(self._is_as_safe, map(metadata.get, _ENDPOINTS))):
                raise SingleSignOnError("bad_description")
            try:
                self._keys = KeySet.import_key_set(self._get_json(metadata["jwks_uri"]))  # type: ignore[arg-type]
            except (JoseError, ValueError, TypeError, KeyError, binascii.Error) as bad:
                raise SingleSignOnError("bad_keys") from bad
            self._metadata, self._read_at = metadata, now

    def _is_as_safe(self, address: object) -> bool:
        """Whether an address of the description is as well protected as the issuer's own."""
        return isinstance(address, str) and urlsplit(address).scheme in {
            "https",
            urlsplit(self._issuer).scheme,
        }

    def _get_json(self, address: str) -> dict[str, Any]:
        try:
            answer = httpx2.get(
                address, timeout=_SECONDS, follow_redirects=False, verify=self._trusted
            )
            found = answer.raise_for_status().json() if len(answer.content) <= _LARGEST else None
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as failed:
            raise SingleSignOnError("provider_down") from failed
        if not isinstance(found, dict):
            raise SingleSignOnError("bad_description")
        return found

    def _known_keys(self) -> KeySet:
        if self._keys is None:
            raise SingleSignOnError("bad_keys")
        return self._keys

    def _client(self, base_url: str) -> OAuth2Client:
        secret = self._settings.read_sso_secret()
        return OAuth2Client(
            client_id=self._settings.sso_client_id,
            client_secret=secret,
            token_endpoint_auth_method="client_secret_basic" if secret else "none",
            scope=self._settings.sso_scope,
            redirect_uri=f"{base_url.rstrip('/')}{BACK}",
            code_challenge_method="S256",
            response_type="code",
            timeout=_SECONDS,
            follow_redirects=False,
            verify=self._trusted,
        )


_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


def _seal(key: bytes, content: str) -> str:
    return hmac.new(key, f"single sign-on:{content}".encode(), "sha256").hexdigest()
