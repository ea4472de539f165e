"""The errors of the domain: what was refused, and the facts a page, a log or a person needs.

No error here knows about HTTP or exit codes; `api/errors.py` and `flows/cli.py` each hold the one table
that maps them.
"""


class WorkflowError(Exception):
    """Something the product refuses to do, in one sentence a user can act on."""


class NotFoundError(WorkflowError):
    """The named thing does not exist, or this actor may not know that it does."""

    def __init__(self, entity: str, key: object) -> None:
        """Name the kind of thing and the key it was looked for by."""
        super().__init__(f"No {entity} {key} in this programme.")
        self.entity, self.key = entity, key


class NoProgrammeError(WorkflowError):
    """The database holds no programme yet."""

    def __init__(self) -> None:
        """Say how to start one."""
        super().__init__(
            "There is no programme yet: start one with `cin init` or `cin import FILE`."
        )


class NotPermittedError(WorkflowError):
    """The actor's role does not allow the action."""

    def __init__(self, action: str, roles: tuple[str, ...]) -> None:
        """Name the action and the roles that may take it."""
        super().__init__(f"Only {' or '.join(roles)} may {action}.")
        self.action, self.roles = action, roles


class IllegalTransitionError(WorkflowError):
    """The action is not open in the review's present state."""

    def __init__(self, state: str, action: str) -> None:
        """Name the present state and the action refused."""
        super().__init__(f"A review that is {state.replace('_', ' ')} cannot {action}.")
        self.state, self.action = state, action


class GuardNotMetError(WorkflowError):
    """The action is open in this state, but a rule of the field forbids it here."""

    def __init__(self, action: str, reason: str) -> None:
        """Name the action and the rule that forbids it, in words."""
        super().__init__(reason)
        self.action, self.reason = action, reason


class ConflictError(WorkflowError):
    """The data changed since the caller read it; nothing was overwritten."""

    def __init__(self, message: str, *, changes: tuple[str, ...] = ()) -> None:
        """Say what is refused and, where it is known, each thing that changed in a phrase."""
        super().__init__(message)
        self.changes = changes


class InvalidInputError(WorkflowError):
    """What was typed or uploaded cannot be used; nothing was stored."""

    def __init__(self, reason: str, field: str | None = None) -> None:
        """Say what is wrong and, where it was typed into a field, into which."""
        super().__init__(reason)
        self.field = field
