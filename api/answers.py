"""How routes answer: a page, or on to the next one with a word on what was done."""

from urllib.parse import quote, unquote, urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse

from forms.pages import Page
from forms.render import render

_DONE = "cin_done"
_LONGEST = 300


def show(template: str, page: Page, status: int = 200) -> HTMLResponse:
    """The page; what was done before it is said once."""
    answer = HTMLResponse(render(template, page=page), 422 if page.faults else status)
    if page.site.done:
        answer.delete_cookie(_DONE, path="/")
    return answer


def go_on(path: str, *, done: str = "") -> RedirectResponse:
    """On to another page of ours after something was stored; `done` is said on top of it."""
    answer = RedirectResponse(path, 303)
    if done:
        answer.set_cookie(
            _DONE, quote(done[:_LONGEST]), path="/", httponly=True, samesite="strict", max_age=60
        )
    return answer


def done_before(request: Request) -> str:
    """What the step before this page said it did."""
    return unquote(request.cookies.get(_DONE, ""))[:_LONGEST]


def local_path(asked: str, default: str = "/") -> str:
    """A path of ours to go on to; anything that could lead elsewhere becomes the default."""
    parts = urlsplit(asked)
    is_ours = asked.startswith("/") and not asked.startswith(("//", "/\\"))
    plain = asked.isprintable() and "\\" not in asked
    return asked if is_ours and plain and not parts.netloc and not parts.scheme else default
