"""What every page has around its content: whose service it is, its stylesheet, its notice."""

import hashlib
from pathlib import Path

import forms
from forms.pages import Site
from workflow.geography import Geography
from workflow.models import Programme
from workflow.programmes import DEFAULT_NAME

STATIC = Path(forms.__file__).parent / "static"
SERVICE = DEFAULT_NAME
SYNTHETIC = "Demonstration: every child, family and reviewer here is synthetic."


def static_url(name: str) -> str:
    """The address of a static file; a changed file gets a new one, so a browser may keep each."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()
    return f"/static/{name}?v={digest[:12]}"


_STYLESHEET = static_url("app.css")


def plain_site() -> Site:
    """Around pages that know no programme: errors, and a database without one."""
    return Site(service=SERVICE, organisation="Child in Need reviews", stylesheet=_STYLESHEET)


def site_of(programme: Programme, geography: Geography) -> Site:
    """Around a programme's pages; a demonstration says so on each."""
    return Site(
        service=programme.name,
        organisation=geography.authority_name,
        stylesheet=_STYLESHEET,
        notice=SYNTHETIC if programme.is_demo else "",
    )
