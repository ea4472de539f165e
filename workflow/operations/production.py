"""Settings that are too weak for people's data: each refused at the start, with what to do instead."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from workflow.errors import WorkflowError
from workflow.operations.checks import Check
from workflow.operations.database_checks import postgresql_role
from workflow.operations.mounts import network_kind, read_mounts
from workflow.settings import Settings

_LEAST_KEY = 32
"""Characters of an audit key."""
_LEAST_VARIETY = 8
"""Different characters in a key; `aaaa…` is none."""
_PLACEHOLDERS = ("change", "secret", "example", "password", "default")
_ON = frozenset({"1", "true", "yes", "on", "t", "y"})
_LOOPBACK = frozenset({"", "127.0.0.1", "localhost", "::1"})
_DEBUGGING = ("PYTHONDEVMODE", "PREFECT_DEBUG_MODE", "PREFECT_TEST_MODE")
_TELEMETRY = ("PREFECT_SERVER_ANALYTICS_ENABLED", "PREFECT_LOGGING_TO_API_ENABLED")


class WeakSettingsError(WorkflowError):
    """The product does not start in production with these settings."""

    def __init__(self, weak: list[Check]) -> None:
        """Name each weak setting and what to do about it."""
        lines = (f"- {check.name}: {check.found}. {check.fix}" for check in weak)
        super().__init__("\n".join(("CIN_MODE=production refuses these settings:", *lines)))
        self.weak = weak


def check_production(settings: Settings, environment: Mapping[str, str]) -> None:
    """Refuse weak settings in production; in development nothing is refused.

    Args:
        environment: the process's variables, for Prefect's and Python's own settings.

    Raises:
        WeakSettingsError: naming all that is weak at once.
    """
    if not settings.is_production:
        return
    weak = [check for check in production_checks(settings, environment) if not check.ok]
    if weak:
        raise WeakSettingsError(weak)


def production_checks(
    settings: Settings, environment: Mapping[str, str], *, mounts: str | None = None
) -> Iterator[Check]:
    """Every demand of production on the settings.

    Args:
        mounts: text in the form of `/proc/mounts`; None reads this machine's.
    """
    yield _audit_key(settings)
    yield _base_url(settings)
    yield _field_keys(settings)
    yield _prefect_telemetry(environment)
    yield _prefect_lock(environment)
    yield _debugging(environment)
    yield _single_sign_on(settings)
    yield _second_factor(settings)
    if settings.url().get_backend_name() == "sqlite":
        yield _place_of_file(settings, read_mounts() if mounts is None else mounts)
    else:
        yield _encrypted_connection(settings)
        yield _role(settings)


def _audit_key(settings: Settings) -> Check:
    name, wanted = "audit key", f"a secret of {_LEAST_KEY} random characters, away from the data"
    fix = (
        "Make one with `python -c 'import secrets; print(secrets.token_hex(32))'` and set "
        "CIN_AUDIT_KEY_FILE to a file outside the data folder that only the service can read."
    )
    if settings.audit_key is None:
        file = settings.audit_key_file
        if file is None or file.resolve().is_relative_to(settings.data_folder.resolve()):
            return Check(name, ok=False, found="it lies beside the data", wanted=wanted, fix=fix)
        key = file.read_text(encoding="utf-8").strip() if file.exists() else ""
    else:
        key = settings.audit_key.get_secret_value()
    weakness = _weakness(key)
    return Check(name, not weakness, weakness or "strong", wanted, fix if weakness else "")


def _weakness(key: str) -> str:
    if len(key) < _LEAST_KEY:
        return f"it has {len(key)} characters"
    if len(set(key)) < _LEAST_VARIETY or any(word in key.lower() for word in _PLACEHOLDERS):
        return "it is no random secret"
    return ""


def _base_url(settings: Settings) -> Check:
    address = urlsplit(settings.base_url)
    ok = address.scheme == "https" and bool(address.hostname)
    return Check(
        "base URL",
        ok,
        settings.base_url or "not set",
        "https://…",
        "" if ok else "Put a TLS proxy in front and set CIN_BASE_URL to its https:// address.",
    )


def _field_keys(settings: Settings) -> Check:
    ok = settings.read_field_keys() is not None
    return Check(
        "field keys",
        ok,
        "set" if ok else "not set: police-held answers would be stored in clear",
        "a key in CIN_FIELD_KEYS or its file",
        "" if ok else "Make one with `cin keys new` and set CIN_FIELD_KEYS_FILE.",
    )


def _prefect_telemetry(environment: Mapping[str, str]) -> Check:
    talking = [name for name in _TELEMETRY if _is_on(environment.get(name))]
    if "DO_NOT_TRACK" in environment and not _is_on(environment["DO_NOT_TRACK"]):
        talking.append("DO_NOT_TRACK")
    return Check(
        "telemetry",
        not talking,
        ", ".join(f"{name}={environment[name]}" for name in talking) or "off",
        "nothing leaves the machine",
        f"Remove {', '.join(talking)} from the environment." if talking else "",
    )


def _prefect_lock(environment: Mapping[str, str]) -> Check:
    host = environment.get("PREFECT_SERVER_API_HOST", "")
    has_password = bool(environment.get("PREFECT_SERVER_API_AUTH_STRING"))
    found = "locked" if has_password else "no password"
    if host not in _LOOPBACK:
        found = f"{found}, listening on {host}"
    ok = has_password and host in _LOOPBACK
    fix = (
        "Set PREFECT_SERVER_API_AUTH_STRING and PREFECT_API_AUTH_STRING to the same user:password, "
        "and leave PREFECT_SERVER_API_HOST at 127.0.0.1."
    )
    return Check("Prefect", ok, found, "a password, on this machine only", "" if ok else fix)


def _debugging(environment: Mapping[str, str]) -> Check:
    on = [name for name in _DEBUGGING if _is_on(environment.get(name))]
    if environment.get("PREFECT_LOGGING_LEVEL", "").upper() == "DEBUG":
        on.append("PREFECT_LOGGING_LEVEL")
    if sys.flags.dev_mode and "PYTHONDEVMODE" not in on:
        on.append("python -X dev")
    fix = f"Remove {', '.join(on)}." if on else ""
    return Check("debugging", not on, ", ".join(on) or "off", "off", fix)


def _single_sign_on(settings: Settings) -> Check:
    """Whether the provider, where there is one, is named safely and completely."""
    name, wanted = (
        "single sign-on",
        "an https:// issuer, a client id and groups with roles; or none",
    )
    if not settings.sso_issuer:
        ok = settings.password_sign_in
        fix = "" if ok else "Set CIN_SSO_ISSUER, or leave CIN_PASSWORD_SIGN_IN on."
        return Check(name, ok, "none" if ok else "nobody can sign in at all", wanted, fix)
    address = urlsplit(settings.sso_issuer)
    wrong = [
        setting
        for setting, is_wrong in (
            ("CIN_SSO_ISSUER", address.scheme != "https" or not address.hostname),
            ("CIN_SSO_CLIENT_ID", not settings.sso_client_id),
            ("CIN_SSO_ROLES", not settings.sso_roles),
        )
        if is_wrong
    ]
    fix = f"Correct {', '.join(wrong)}." if wrong else ""
    return Check(name, not wrong, address.hostname or settings.sso_issuer, wanted, fix)


def _second_factor(settings: Settings) -> Check:
    """Whether a stolen password alone opens nothing."""
    ok = settings.require_second_factor or not settings.password_sign_in
    return Check(
        "second factor",
        ok,
        "asked for" if ok else "a password alone is enough",
        "an authenticator for everybody with a password, or single sign-on alone",
        "" if ok else "Set CIN_REQUIRE_SECOND_FACTOR=true, or CIN_PASSWORD_SIGN_IN=false.",
    )


def _place_of_file(settings: Settings, mounts: str) -> Check:
    name = settings.url().database
    if name in (None, "", ":memory:"):
        fix = "Set CIN_DATABASE_URL to a file or to PostgreSQL."
        return Check("database file", ok=False, found="in memory", wanted="kept on disk", fix=fix)
    kind = network_kind(Path(str(name)).resolve(), mounts)
    return Check(
        "database file",
        kind is None,
        f"SQLite on {kind}, a network file system" if kind else "on a local disk",
        "SQLite on a local disk, or PostgreSQL",
        "Move the file to a local disk, or use PostgreSQL." if kind else "",
    )


def _encrypted_connection(settings: Settings) -> Check:
    url = settings.url()
    mode = str(url.query.get("sslmode", "not set"))
    ok = mode == "verify-full" or (url.host or "").startswith("/") or url.host in _LOOPBACK | {None}
    return Check(
        "database connection",
        ok,
        f"sslmode {mode} to {url.host or 'this machine'}",
        "sslmode=verify-full, or on this machine",
        "" if ok else "Add ?sslmode=verify-full&sslrootcert=… to CIN_DATABASE_URL.",
    )


def _role(settings: Settings) -> Check:
    database = settings.database()
    try:
        with database.read() as session:
            return postgresql_role(session)
    finally:
        database.close()


def _is_on(value: str | None) -> bool:
    return (value or "").strip().lower() in _ON
