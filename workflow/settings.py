"""Settings from the environment (prefix `CIN_`); read at the entry points only and handed down."""

import secrets
from pathlib import Path

import sqlalchemy as sa
from platformdirs import user_data_path
from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from workflow.db import Database


class Settings(BaseSettings):
    """Where the data lives and which programme is meant.

    Every field can be set as an environment variable: `CIN_DATABASE_URL`, `CIN_AUDIT_KEY` …
    """

    model_config = SettingsConfigDict(env_prefix="CIN_", extra="ignore")

    database_url: str = ""
    """SQLAlchemy address; empty: an SQLite file in the user's data folder."""
    audit_key: SecretStr | None = None
    """Secret of the event chain; empty: a key file beside the data, made when missing."""
    programme: str | None = None
    """Name of the programme, where a database holds several."""
    data_folder: Path = user_data_path("cin-review")
    """Home of the default database, the audit key and Prefect's own files."""

    def url(self) -> sa.URL:
        """The database's address."""
        default = f"sqlite:///{self.data_folder / 'cin.db'}"
        return sa.make_url(self.database_url or default)

    def database(self) -> Database:
        """The database named by the settings; the folder of an SQLite file is made when missing."""
        url = self.url()
        if url.get_backend_name() == "sqlite" and url.database:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        address = url.render_as_string(hide_password=False)
        return Database(address, audit_key=self._read_audit_key())

    def _read_audit_key(self) -> bytes:
        if self.audit_key is not None:
            return self.audit_key.get_secret_value().encode()
        path = self.data_folder / "audit.key"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(secrets.token_hex(32))
        return path.read_text().encode()
