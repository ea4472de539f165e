"""What each page shows, as plain values: everything is computed and worded before a template sees it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What every page has around its content."""

    service: str
    """Name of the service, or of the programme."""
    organisation: str
    stylesheet: str
    """Address of `static/app.css`."""
    notice: str = ""
    """Shown on top of every page, e.g. that a demonstration's data are made up."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; numbers stand to the right."""

    heading: str
    is_numeric: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table whose cells are worded already; the first cell of a row is its heading."""

    id: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Tile:
    """A big number and what it counts."""

    value: str
    label: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """The first sentences of a page; `strong` is the part in bold."""

    before: str
    strong: str
    after: str
    dates: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A chart with all that says the same: a sentence, a table and a file."""

    title: str
    sentence: str
    description: str
    """For those who do not see it: what is drawn, and where the numbers are."""
    wide: str
    """Address of the picture at page width."""
    wide_size: tuple[int, int]
    """Width and height in pixels."""
    narrow: str
    """Address of the picture for a phone."""
    narrow_size: tuple[int, int]
    csv: str
    """Address of the numbers."""
    table: Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where the programme stands and when it will be done."""

    tiles: tuple[Tile, ...]
    escalations: str
    """How many children may be unsafe, in a sentence."""
    escalations_wait: bool
    """Somebody must act on them now."""
    headline: Headline | None
    """None: no forecast has been made."""
    picture: Picture | None
    pace: Table | None
    pace_sentence: str
    binding: str
    """What holds up the finish, in a sentence."""
    districts: Table
    agencies: Table
    states: Table
    caveats: tuple[str, ...]
    """What the forecast takes for granted and what it leaves out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressPage:
    """The manager's page; the only value `progress.html` receives, as `page`."""

    site: Site
    title: str
    as_of: str
    progress: Progress | None
    """None: there is no caseload yet."""
