"""Whose rows a session sees: one programme's, for a reviewer the reviews they hold, or all.

PostgreSQL enforces it by row-level security on every table, for every statement of the service's role
(`SERVICE_ROLE`), whether the query remembers its filter or not. The policies read two settings that are
local to the transaction:

- `cin.programme`: empty: at the door, where nobody is known yet: accounts and the names of programmes,
  nothing else; a number: the rows of that programme; `all`: every row, for commands and flows;
- `cin.reviewer`: a number: of reviews, and of all that hangs on them, only what that reviewer holds or
  wrote. It is set for looking; a change goes by the use case's own check of the locked review.

The owner of the tables is bound by nothing, so that migrations and backups work; the service must not
be the owner. SQLite has no such rules: there, `refuse_foreign_rows` refuses what is loaded as an object,
and the tests compare every page with and without a second programme beside.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

from workflow.errors import ConflictError, InvalidInputError, NotFoundError

SERVICE_ROLE = "cin_service"
"""The group role that may use the tables; the service's own login is a member of it."""
_INFO = "scope"
_PROGRAMME, _REVIEWER = "cin.programme", "cin.reviewer"
_ALL = "all"
_AT_THE_DOOR = frozenset({"programme", "account", "setupcode"})
"""Tables that are looked at before it is known whose request it is."""
_OPEN = frozenset({"signinattempt"})
"""Tables of nobody's: keyed hashes that count tries to sign in."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a session may see; nothing but the door's tables when nothing is set."""

    programme_id: int | None = None
    reviewer_id: int | None = None
    everything: bool = False

    def settings(self) -> dict[str, str]:
        """The settings that tell PostgreSQL; empty at the door."""
        programme = _ALL if self.everything else str(self.programme_id or "")
        told = {_PROGRAMME: programme, _REVIEWER: str(self.reviewer_id or "")}
        return {name: value for name, value in told.items() if value}


EVERYTHING = Scope(everything=True)
"""Commands, flows and whoever holds the database anyway."""
AT_THE_DOOR = Scope()
"""A request before it is known whose it is."""


def scope_of(session: Session) -> Scope:
    """What the session may see; a session made by hand sees what its database role may."""
    scope: Scope = session.info.get(_INFO, EVERYTHING)
    return scope


def with_scope(info: Mapping[str, Any], scope: Scope) -> dict[str, Any]:
    """What a session that begins with a scope carries."""
    return {**info, _INFO: scope}


def enter(session: Session, programme_id: int, *, reviewer_id: int | None = None) -> None:
    """Go from the door into one programme; who sees everything goes on doing so.

    Args:
        reviewer_id: narrow it to what this reviewer holds or wrote, in a session for looking.

    Raises:
        ConflictError: the session is in another programme already.
    """
    scope = scope_of(session)
    if scope.everything:
        return
    if scope.programme_id not in {None, programme_id}:
        raise ConflictError("This session belongs to another programme.")
    session.info[_INFO] = Scope(programme_id, reviewer_id or scope.reviewer_id)
    if session.in_transaction():
        _tell(session.connection(), session.info[_INFO])


def begin_scope(session: Session, _: object, connection: sa.Connection) -> None:
    """Tell PostgreSQL the scope of a transaction that begins (a listener of `after_begin`)."""
    _tell(connection, scope_of(session))


def _tell(connection: sa.Connection, scope: Scope) -> None:
    if connection.dialect.name != "postgresql" or not (settings := scope.settings()):
        return
    calls = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in settings.items())
    connection.exec_driver_sql(f"SELECT {calls}")


def refuse_foreign_rows(row: SQLModel, context: Any, *_: object) -> None:
    """Refuse an object of another programme (a listener of `load`), the same as a missing one.

    Raises:
        NotFoundError: the row is none of the session's programme.
    """
    scope = scope_of(context.session)
    if scope.everything:
        return
    table = str(row.__tablename__)
    programme_id = row.__dict__.get("id" if table == "programme" else "programme_id")
    is_at_door = scope.programme_id is None
    if programme_id is None or (is_at_door and table in _AT_THE_DOOR):
        return
    if programme_id != scope.programme_id:
        raise NotFoundError(table, "")


def policy_ddl(table: str, condition: str) -> list[str]:
    """The statements that put a table under row-level security; PostgreSQL only.

    Args:
        condition: what of its rows may be seen and written, as `policy_of` says it.
    """
    return [
        f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
        f'CREATE POLICY "{table}_scope" ON "{table}" USING ({condition}) WITH CHECK ({condition})',
    ]


def policy_of(table: sa.Table) -> str:
    """The condition under which a row of the table belongs to the session's scope."""
    parts = [_programme_condition(table)]
    if table.name == "review":
        parts.append(_among(_REVIEWER, "reviewer_id", "author_id"))
    elif table.name == "case":
        parts.append(_unless_reviewing(_exists("review", "case_id", "case", "id")))
    elif "review_id" in table.columns and "programme_id" in table.columns:
        parts.append(_unless_reviewing(_exists("review", "id", table.name, "review_id")))
    return " AND ".join(parts)


def policies(metadata: sa.MetaData) -> dict[str, str]:
    """Table → its policy's condition; every table but those that are nobody's."""
    return {
        table.name: policy_of(table) for table in metadata.sorted_tables if table.name not in _OPEN
    }


def create_policies(metadata: sa.MetaData, connection: sa.Connection, **_: object) -> None:
    """Put all tables under their policies (a listener of `after_create`)."""
    if connection.dialect.name != "postgresql":
        return
    for table, condition in policies(metadata).items():
        for statement in policy_ddl(table, condition):
            connection.exec_driver_sql(statement)


def _programme_condition(table: sa.Table) -> str:
    door = [""] if table.name in _AT_THE_DOOR else []
    if table.name == "programme":
        return _among(_PROGRAMME, "id", literals=[_ALL, *door])
    if "programme_id" in table.columns:
        return _among(_PROGRAMME, "programme_id", literals=[_ALL, *door])
    column = _owner_column(table)
    owner = next(iter(column.foreign_keys)).column
    return _exists(owner.table.name, owner.name, table.name, column.name)


def _owner_column(table: sa.Table) -> "sa.Column[Any]":
    """The column that says whose the row is: the review it hangs on, or the first row it must name."""
    owners = [one for one in table.columns if one.foreign_keys and not one.nullable]
    return next((one for one in owners if one.name == "review_id"), owners[0])


def _among(setting: str, *columns: str, literals: Iterable[str] = ("",)) -> str:
    values = ", ".join([*(f"'{one}'" for one in literals), *(f"{one}::text" for one in columns)])
    return f"COALESCE(current_setting('{setting}', true), '') IN ({values})"


def _unless_reviewing(condition: str) -> str:
    return f"(COALESCE(current_setting('{_REVIEWER}', true), '') = '' OR {condition})"


def _exists(other: str, key: str, table: str, column: str) -> str:
    """Whether the row another table has for this one is in scope: that table's own policy decides."""
    return f'EXISTS (SELECT 1 FROM "{other}" o WHERE o.{key} = "{table}".{column})'


def grant_ddl(table: str, *, append_only: bool = False, erasable: str | None = None) -> list[str]:
    """The statements that let `SERVICE_ROLE` use a table as the product does, and no further.

    Args:
        append_only: it gets no right to change or delete.
        erasable: the one column of an append-only table that may be emptied.
    """
    rights = "SELECT, INSERT" if append_only else "SELECT, INSERT, UPDATE, DELETE"
    statements = [
        f'REVOKE ALL ON "{table}" FROM {SERVICE_ROLE}',
        f'GRANT {rights} ON "{table}" TO {SERVICE_ROLE}',
    ]
    if erasable:
        statements.append(f'GRANT UPDATE ("{erasable}") ON "{table}" TO {SERVICE_ROLE}')
    return statements


def may_grant(connection: sa.Connection) -> bool:
    """Whether somebody made `SERVICE_ROLE`, and the connection's own role may let it in."""
    query = sa.text("SELECT 1 FROM pg_roles WHERE rolname = :role")
    found = connection.execute(query, {"role": SERVICE_ROLE}).first()
    return found is not None and owns_tables(connection)


def owns_tables(connection: sa.Connection) -> bool:
    """Whether the connection is bound by no row security: it owns the tables, or this is SQLite."""
    if connection.dialect.name != "postgresql":
        return True
    query = sa.text(
        "SELECT pg_has_role(tableowner, 'USAGE') FROM pg_tables "
        "WHERE schemaname = 'public' AND tablename = 'programme'"
    )
    return bool(connection.execute(query).scalar())


def check_owner(connection: sa.Connection, deed: str) -> None:
    """Refuse what only the owner of the tables can do.

    Raises:
        InvalidInputError: saying which role to come as.
    """
    if not owns_tables(connection):
        raise InvalidInputError(
            f"Only the owner of the tables can {deed}: for this command, set CIN_DATABASE_URL to the "
            "owner's address instead of the service's."
        )
