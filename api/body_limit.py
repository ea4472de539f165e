"""Refuses bodies that are larger than anything somebody would send here, while they come in."""

from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from workflow.intake.limits import MEGABYTE, XML_BYTES

MOST_TEXT = 4 * MEGABYTE
"""A form or a JSON document: the longest review is a tenth of it."""
MOST_FILES = XML_BYTES + MEGABYTE
"""A form with files, which are kept on disk."""


class BodyLimit:
    """ASGI middleware; the refusal is raised where the body is read and worded like any other."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap the app."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and count what is read of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        kind = Headers(scope=scope).get("content-type", "")
        most = MOST_FILES if kind.startswith("multipart/form-data") else MOST_TEXT
        read = 0

        async def receive_counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > most:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return message

        await self._app(scope, receive_counted, send)
