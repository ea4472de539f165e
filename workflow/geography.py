"""Where children live and reviewers work, as configuration: districts, areas, neighbours, distances.

Areas are many-to-many: social care, early help and police each cut the county their own way. Nothing
here knows a database; a programme keeps its geography as TOML, Lancashire's is shipped.
"""

import re
import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from math import asin, cos, radians, sin, sqrt
from pathlib import Path
from typing import Any

from workflow.errors import InvalidInputError

EARTH_RADIUS_KM = 6371.0
_TITLES = re.compile(
    r"\b(the|borough|city|district|county|council|metropolitan|unitary|authority|of|bc|cc|dc|mbc)\b"
)


@dataclass(frozen=True, slots=True)
class Place:
    """A district, or a neighbouring authority: its ONS code, its name and its approximate middle."""

    code: str
    name: str
    latitude: float
    """Degrees north."""
    longitude: float
    """Degrees east (Lancashire lies west: negative)."""
    also: tuple[str, ...] = ()
    """Other spellings a file may use."""


@dataclass(frozen=True, slots=True)
class AreaScheme:
    """One way of grouping districts, e.g. social care areas; a district may be in several schemes."""

    code: str
    name: str
    areas: dict[str, frozenset[str]]
    """Area name → district codes."""

    def area_of(self, district: str) -> str | None:
        """The area that `district` (a code) lies in, if the scheme covers it."""
        return next((area for area, codes in self.areas.items() if district in codes), None)


@dataclass(frozen=True, slots=True)
class Geography:
    """One authority's districts, its neighbours, and the schemes that group them."""

    authority_code: str
    """The Department for Education's three digits (`LEA` in the census)."""
    authority_name: str
    places: dict[str, Place]
    """ONS code → district of this authority."""
    neighbours: dict[str, Place]
    """ONS code → authority next door whose children are flagged, not reviewed."""
    schemes: dict[str, AreaScheme] = field(default_factory=dict)
    spellings: dict[str, str] = field(default_factory=dict, repr=False)
    """Normalised spelling → code, districts and neighbours."""

    @property
    def districts(self) -> dict[str, str]:
        """District code → name, in the order of the configuration."""
        return {code: place.name for code, place in self.places.items()}

    def name_of(self, code: str) -> str:
        """The name of a district or neighbour; the code itself when it is neither."""
        place = self.places.get(code) or self.neighbours.get(code)
        return place.name if place else code

    def find_district(self, text: str) -> str | None:
        """The code meant by a name, spelling or code; None when nothing fits.

        Neighbouring authorities are found too, so that they can be flagged (`is_neighbour`).
        """
        return self.spellings.get(_spelling(text))

    def is_neighbour(self, code: str | None) -> bool:
        """Whether `code` is another authority's."""
        return code in self.neighbours

    def areas_of(self, district: str) -> dict[str, str]:
        """Scheme code → area name, for each scheme that covers `district` (a code)."""
        found = {code: scheme.area_of(district) for code, scheme in self.schemes.items()}
        return {code: area for code, area in found.items() if area is not None}

    def distance_km(self, a: str, b: str) -> float:
        """Kilometres as the crow flies between two places' middles.

        Raises:
            KeyError: a code is neither a district nor a neighbour.
        """
        one, other = self._place(a), self._place(b)
        north = sin(radians(other.latitude - one.latitude) / 2) ** 2
        east = sin(radians(other.longitude - one.longitude) / 2) ** 2
        narrowing = cos(radians(one.latitude)) * cos(radians(other.latitude))
        return 2 * EARTH_RADIUS_KM * asin(sqrt(north + narrowing * east))

    def _place(self, code: str) -> Place:
        return self.places[code] if code in self.places else self.neighbours[code]


def load_geography(path: Path | None = None) -> Geography:
    """The geography of a TOML file; without a path, Lancashire's.

    Raises:
        InvalidInputError: the file cannot be read or is no geography.
    """
    if path is None:
        return parse_geography((files("workflow") / "data" / "lancashire.toml").read_text("utf-8"))
    try:
        return parse_geography(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as problem:
        raise InvalidInputError(
            f"The geography {path.name} cannot be read: {problem}."
        ) from problem


@lru_cache(maxsize=16)
def parse_geography(text: str) -> Geography:
    """The geography written in `text` (TOML, as in `workflow/data/lancashire.toml`).

    Kept in memory: every page asks for it, and reading it costs more than the page's queries.

    Raises:
        InvalidInputError: it is no TOML, or lacks a part, or an area names an unknown place.
    """
    try:
        return _build(tomllib.loads(text))
    except tomllib.TOMLDecodeError as problem:
        raise InvalidInputError(f"The geography is not valid TOML: {problem}.") from problem
    except KeyError as problem:
        raise InvalidInputError(f"The geography lacks, or does not know, {problem}.") from problem
    except (TypeError, AttributeError, ValueError) as problem:
        raise InvalidInputError(
            f"The geography has a part of the wrong kind: {problem}."
        ) from problem


def _build(raw: dict[str, Any]) -> Geography:
    places = {place.code: place for place in map(_read_place, raw["district"])}
    neighbours = {place.code: place for place in map(_read_place, raw.get("neighbour", []))}
    known = {**places, **neighbours}
    by_name = {place.name: place.code for place in known.values()}
    schemes = [_read_scheme(scheme, by_name) for scheme in raw.get("scheme", [])]
    return Geography(
        authority_code=str(raw["authority"]["code"]),
        authority_name=str(raw["authority"]["name"]),
        places=places,
        neighbours=neighbours,
        schemes={scheme.code: scheme for scheme in schemes},
        spellings={
            _spelling(text): place.code
            for place in known.values()
            for text in (place.code, place.name, *place.also)
        },
    )


def _read_place(raw: dict[str, Any]) -> Place:
    return Place(
        code=str(raw["code"]),
        name=str(raw["name"]),
        latitude=float(raw["latitude"]),
        longitude=float(raw["longitude"]),
        also=tuple(raw.get("also", ())),
    )


def _read_scheme(raw: dict[str, Any], codes: dict[str, str]) -> AreaScheme:
    areas = {
        str(area): frozenset(codes[name] for name in names) for area, names in raw["areas"].items()
    }
    return AreaScheme(str(raw["code"]), str(raw["name"]), areas)


def _spelling(text: str) -> str:
    words = re.sub(r"[\W_]+", " ", text.replace("&", " and ")).casefold()
    return " ".join(_TITLES.sub(" ", words).split())
