"""Settings from the environment (prefix `CIN_`); read at the entry points only and handed down."""

import os
import secrets
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

import sqlalchemy as sa
from platformdirs import user_data_path
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from workflow.db import Database
from workflow.errors import WorkflowError
from workflow.notifications.mail import Encryption, MailServer
from workflow.operations.fields import FieldKeys
from workflow.row_security import EVERYTHING, Scope
from workflow.states import Role

_KEY_BYTES = 32
_THIS_MACHINE = frozenset({"127.0.0.1", "::1", "localhost"})


class SettingsError(WorkflowError):
    """A setting cannot be used as it is; the message names it and says what to do."""


class Mode(StrEnum):
    """How strict the product is about its settings."""

    DEVELOPMENT = "development"
    """On somebody's own machine, with made-up data: plain logs, nothing refused."""
    PRODUCTION = "production"
    """With people's data: weak settings are refused, logs are JSON lines."""


class Settings(BaseSettings):
    """Where the data lives, which programme is meant, and how strict the product is.

    Every field can be set as an environment variable: `CIN_DATABASE_URL`, `CIN_AUDIT_KEY` …
    """

    model_config = SettingsConfigDict(env_prefix="CIN_", extra="ignore")

    mode: Mode = Mode.DEVELOPMENT
    """`production` refuses weak settings (`workflow.operations.production`)."""
    database_url: str = ""
    """SQLAlchemy address; empty: an SQLite file in the user's data folder."""
    base_url: str = ""
    """Where people reach the service, e.g. `https://reviews.example.gov.uk`."""
    audit_key: SecretStr | None = None
    """Secret of the event chain; empty: read from `audit_key_file`."""
    audit_key_file: Path | None = None
    """File of the secret; empty: `audit.key` beside the data, made when missing."""
    field_keys: SecretStr | None = None
    """Keys for police-held answers, `id:key,id:key`, the newest first; empty: from the file."""
    field_keys_file: Path | None = None
    """File of those keys; without either, the answers are stored as they are."""
    sso_issuer: str = ""
    """The single sign-on provider, e.g. `https://login.example.gov.uk`; empty: none."""
    sso_client_id: str = ""
    """What the provider calls this service."""
    sso_client_secret: SecretStr | None = None
    """What the service proves itself with there; empty: read from `sso_client_secret_file`."""
    sso_client_secret_file: Path | None = None
    """File of that secret; without either, PKCE alone protects the code."""
    sso_name: str = "your organisation"
    """Said on the button: "Sign in with …"."""
    sso_scope: str = "openid profile email"
    """What the provider is asked for."""
    sso_roles: dict[str, Role] = Field(default_factory=dict)
    """Group at the provider → role, as JSON: `{"CIN coordinators": "coordinator"}`."""
    sso_agencies: dict[str, str] = Field(default_factory=dict)
    """Group at the provider → agency, as JSON: `{"Constabulary": "constabulary"}`."""
    sso_groups_claim: str = "groups"
    """Where the token lists the groups."""
    sso_user_name_claim: str = "preferred_username"
    """Where the token says the staff email address or number."""
    sso_required_amr: str = ""
    """A method everybody must have used there, e.g. `mfa`; empty: the provider decides."""
    password_sign_in: bool = True
    """Whether user names and passwords of this service are taken; switch off beside a provider."""
    require_second_factor: bool = False
    """Whether everybody with a password must set up an authenticator before anything else."""
    programme: str | None = None
    """Name of the programme, where a database holds several."""
    data_folder: Path = user_data_path("cin-review")
    """Home of the default database, the audit key and Prefect's own files."""
    smtp_host: str = ""
    """The council's mail server; empty: nothing is emailed, messages are in the inbox only."""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_encryption: Encryption = Encryption.STARTTLS
    """`starttls`, `tls`, or `none` for a server on this machine."""
    smtp_from: str = ""
    """Address that messages come from."""
    smtp_user: str = ""
    """Name to sign in to the mail server with; empty: without."""
    smtp_password: SecretStr | None = None
    """Its password; empty: read from `smtp_password_file`."""
    smtp_password_file: Path | None = None
    contact: str = ""
    """How people reach whoever runs the service, for the accessibility and privacy pages."""
    metrics_port: int | None = Field(default=None, ge=1, le=65535)
    """Port on this machine for Prometheus; empty: no metrics."""

    @property
    def is_production(self) -> bool:
        """Whether weak settings are refused."""
        return self.mode is Mode.PRODUCTION

    def url(self) -> sa.URL:
        """The database's address."""
        default = f"sqlite:///{self.data_folder / 'cin.db'}"
        return sa.make_url(self.database_url or default)

    def database(self, scope: Scope = EVERYTHING) -> Database:
        """The database named by the settings; an SQLite file and its folder are made when missing.

        Nobody but the owner can read what is made here.

        Args:
            scope: what its sessions see at first.

        Raises:
            SettingsError: a key cannot be used.
        """
        url = self.url()
        if url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:"):
            _make_private(Path(str(url.database)))
        return Database(
            url.render_as_string(hide_password=False),
            audit_key=self.read_audit_key(),
            field_keys=self.read_field_keys(),
            scope=scope,
        )

    def mail_server(self) -> MailServer | None:
        """The mail server; None when none is set.

        Raises:
            SettingsError: it lacks an address to send from, or would carry messages in clear.
        """
        if not self.smtp_host:
            return None
        if "@" not in self.smtp_from:
            raise SettingsError("CIN_SMTP_FROM must be the address that messages come from.")
        in_clear = self.smtp_encryption is Encryption.NONE
        if in_clear and self.smtp_host not in _THIS_MACHINE:
            raise SettingsError(
                "CIN_SMTP_ENCRYPTION may be none for a server on this machine only."
            )
        password = self.smtp_password.get_secret_value() if self.smtp_password else ""
        if not password and self.smtp_password_file is not None:
            password = _read_secret(self.smtp_password_file, "CIN_SMTP_PASSWORD_FILE")
        return MailServer(
            host=self.smtp_host,
            port=self.smtp_port,
            encryption=self.smtp_encryption,
            sender=self.smtp_from,
            user=self.smtp_user,
            password=password,
        )

    def read_audit_key(self) -> bytes:
        """The secret of the event chain; made when none was set and there is no file yet.

        Raises:
            SettingsError: its file is missing or empty.
        """
        if self.audit_key is not None:
            return self.audit_key.get_secret_value().encode()
        path = self._audit_key_path()
        if self.audit_key_file is None and not path.exists():
            _make_secret(path)
        return _read_secret(path, "CIN_AUDIT_KEY_FILE").encode()

    def key_files(self) -> list[Path]:
        """The files that secrets are read from, whether they exist or not."""
        files = [] if self.audit_key is not None else [self._audit_key_path()]
        if self.field_keys is None and self.field_keys_file is not None:
            files.append(self.field_keys_file)
        if self.sso_client_secret is None and self.sso_client_secret_file is not None:
            files.append(self.sso_client_secret_file)
        return files

    def read_field_keys(self) -> FieldKeys | None:
        """The key ring of encrypted answers; None when none is set.

        Raises:
            SettingsError: a key cannot be used.
        """
        text = self.field_keys.get_secret_value() if self.field_keys else None
        if text is None and self.field_keys_file is not None:
            text = _read_secret(self.field_keys_file, "CIN_FIELD_KEYS_FILE")
        if text is None or not text.strip():
            return None
        try:
            return FieldKeys.parse(text)
        except ValueError as wrong:
            raise SettingsError(f"CIN_FIELD_KEYS: {wrong}") from None

    def read_sso_secret(self) -> str | None:
        """What the service proves itself with at the provider; None: nothing.

        Raises:
            SettingsError: its file is missing or empty.
        """
        if self.sso_client_secret is not None:
            return self.sso_client_secret.get_secret_value()
        if self.sso_client_secret_file is None:
            return None
        return _read_secret(self.sso_client_secret_file, "CIN_SSO_CLIENT_SECRET_FILE")

    def _audit_key_path(self) -> Path:
        return self.audit_key_file or self.data_folder / "audit.key"


def _make_private(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600)


def _make_secret(path: Path) -> None:
    """Write a new secret whole or not at all; of two programs at once, the first one's stays."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        stream.write(secrets.token_hex(_KEY_BYTES))
        stream.flush()
        os.fsync(stream.fileno())
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()


def _read_secret(path: Path, setting: str) -> str:
    try:
        text = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        raise SettingsError(f"{path} does not exist; make it, or change {setting}.") from None
    if not text:
        raise SettingsError(f"{path} is empty; restore the key from where you keep it.")
    return text
