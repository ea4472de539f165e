"""What each page shows, as plain values: everything is computed and worded before a template sees it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """A link; `is_current` marks the one that leads to where the reader is."""

    text: str
    href: str
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Assets:
    """Addresses of what a page loads; each changes with its content."""

    stylesheets: tuple[str, ...]
    script: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What every page has around its content."""

    service: str
    """Name of the service, or of the programme."""
    organisation: str
    assets: Assets
    notice: str = ""
    """Shown on top of every page, e.g. that a demonstration's data are made up."""
    navigation: tuple[Link, ...] = ()
    account: str = ""
    """Name of whoever is signed in; empty: nobody."""
    unread: int = 0
    """Messages in their inbox they have not read."""
    done: str = ""
    """What the step before this page did, in a sentence."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something to put right: the sentence at the field and in the summary above, and the field's id."""

    text: str
    field: str = ""
    page: str = ""
    """Address of the page that has the field; empty: this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What every page hands to its template, as `page`."""

    site: Site
    title: str
    """The heading, and the start of the browser's title."""
    as_of: str = ""
    """The day the page speaks of, in words."""
    part: str = ""
    """"page 2 of 11", for the browser's title."""
    back: Link | None = None
    """Where the reader came from; above the heading."""
    faults: tuple[Fault, ...] = ()

    def fault_of(self, field: str) -> dict[str, str] | None:
        """The message at a field, in the form the design system's components take."""
        found = next((fault.text for fault in self.faults if fault.field == field), None)
        return {"text": found} if found else None


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
    links: tuple[str, ...] = ()
    """For each row where its heading leads, empty: nowhere; none at all: no row has a link."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A big number and what it counts."""

    value: str
    label: str
    note: str = ""
    href: str = ""
    """Where the list behind the number is; empty: the reader may not see it."""


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

    id: str = "picture"
    """Of its heading and its table; no other picture of the page has it."""
    is_below: bool = False
    """It stands far down: a browser may load it when it is scrolled to."""
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
    escalations_link: str
    """Where they are; empty: the reader may not see them."""
    made: str
    """When the forecast was made and by whom, in a sentence; empty: there is none."""
    headline: Headline | None
    """None: no forecast has been made."""
    picture: Picture | None
    pace: Table | None
    pace_sentence: str
    binding: str
    """What holds up the finish, in a sentence."""
    moved: str
    """How the chance moved since the day before, in a sentence; empty: nothing to compare with."""
    why: Link | None
    """To the reasons; None: nothing moved."""
    history: Table | None
    """What was said of late, the newest first."""
    multiples: Picture | None
    """The burn-down of each district."""
    districts: Table
    agencies: Table
    states: Table
    record: tuple[str, ...]
    """How good past forecasts were, in sentences."""
    reliability: Picture | None
    """None: too few forecasts have come due."""
    caveats: tuple[str, ...]
    """What the forecast takes for granted and what it leaves out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressPage(Page):
    """The manager's page."""

    progress: Progress | None
    """None: there is no caseload yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyPage(Page):
    """Why the forecast moved between two days."""

    lead: str
    parts: Table | None
    """What each part did; None: there is no earlier forecast."""
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorPage(Page):
    """A refusal in sentences, with all that was typed, so that nothing is lost."""

    sentences: tuple[str, ...]
    typed: tuple[tuple[str, str], ...] = ()
    """Field and text, in the order they were sent."""
    way_on: Link


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInPage(Page):
    """User name and password."""

    user_name: str = ""
    next: str = ""
    """Where to go afterwards."""
    reason: str = ""
    """Why signing in is asked for now."""
    needs_code: bool = False
    """The second factor is asked for."""
    provider: str = ""
    """Whom one can sign in with instead; empty: nobody."""
    provider_address: str = ""
    takes_password: bool = True
    """User names and passwords of this service are taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartPage(Page):
    """A one-time code, and the password somebody chooses with it."""

    is_first: bool
    """There is no account yet."""
    typed: dict[str, str]
