"""The web app's fixtures, for what is asked of it from outside."""

from tests.api.conftest import (  # noqa: F401 - fixtures are found by their names
    app,
    app_on_nothing,
    caseload,
    client,
    coordinating,
    manager,
    settings,
    signed_in,
)
