"""How a census file begins: its encoding, and the header that says what year and whose it is.

Read before the children, wherever the header stands, because they are checked against its dates.
"""

import codecs
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from xml.sax import SAXException

from defusedxml import DefusedXmlException

from workflow.geography import Geography
from workflow.intake.codes import FIRST_YEAR, LAST_YEAR
from workflow.intake.dates import Order, parse_date
from workflow.intake.extracts import Stopped
from workflow.intake.faults import Notebook
from workflow.intake.text import clean
from workflow.intake.xml_stream import CensusHandler, Leaf, RefusedError, parse

_DECLARED = re.compile(rb"""\A\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.-]+)["']""")
_ENCODINGS = frozenset({"utf-8", "utf-16", "iso8859-1", "ascii", "cp1252"})


@dataclass(slots=True)
class Header:
    """What a return says about itself; None where it is silent or makes no sense."""

    year: int | None = None
    reference: date | None = None
    leaves: dict[str, Leaf] = field(default_factory=dict)

    @property
    def known_year(self) -> int | None:
        """The collection year, when its code lists are known."""
        return self.year if self.year and FIRST_YEAR <= self.year <= LAST_YEAR else None


@dataclass(frozen=True, slots=True)
class Opening:
    """Where the XML begins and in which encoding it is read."""

    skip: int
    """Bytes of white space before the XML declaration, which may not be there."""
    first_line: int
    encoding: str | None
    """The encoding to force; None for the one declared."""


def opening_of(path: Path, notes: Notebook) -> Opening:
    """How to open a file.

    Raises:
        Stopped: the declared encoding is not one that text is sent in.
    """
    with path.open("rb") as stream:
        start = stream.read(4096)
    body = start.removeprefix(codecs.BOM_UTF8)
    blank = len(body) - len(body.lstrip())
    encoding = _encoding(path, start, notes)
    if not blank or not body.lstrip().startswith(b"<?xml"):
        return Opening(0, 1, encoding)
    skip = len(start) - len(body) + blank
    return Opening(skip, 1 + start[:skip].count(b"\n"), encoding)


def _encoding(path: Path, start: bytes, notes: Notebook) -> str | None:
    declared = _DECLARED.search(start.removeprefix(codecs.BOM_UTF8))
    name = declared[1].decode("ascii") if declared else "utf-8"
    if _standard_name(name) not in _ENCODINGS:
        raise Stopped("file-encoding", line=1, value=name, detail=name)
    wide = start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in start[:4]
    if wide or _standard_name(name) != "utf-8" or _is_utf8(path):
        return None
    notes.add("file-encoding-assumed", detail="Windows-1252")
    return "windows-1252"


def _standard_name(encoding: str) -> str:
    try:
        return codecs.lookup(encoding).name
    except LookupError:
        return encoding


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in _chunks(path):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            yield chunk


class _Enough(Exception):  # noqa: N818 - it stops the first pass, nothing is wrong
    pass


def read_header(path: Path, opening: Opening) -> Header:
    """The header, wherever it stands: children are checked against its dates, so it comes first.

    What is wrong with the file is left for the second pass to report.
    """
    header = Header()

    def keep(leaves: dict[str, Leaf]) -> None:
        header.leaves = leaves
        raise _Enough

    handler = CensusHandler(Notebook(path.name), keep, lambda _: None, opening.first_line)
    with suppress(_Enough, SAXException, DefusedXmlException, RefusedError, ValueError):
        parse(path, handler, skip=opening.skip, encoding=opening.encoding)
    year = _text(header, "Year")
    header.year = int(year) if re.fullmatch(r"(19|20)\d{2}", year) else None
    header.reference = parse_date(_text(header, "ReferenceDate"), Order.DAY_FIRST, date.max)
    if header.reference is None and header.year is not None:
        header.reference = date(header.year, 3, 31)
    if header.year is None and header.reference is not None:
        header.year = header.reference.year
    return header


def _text(header: Header, name: str) -> str:
    leaf = header.leaves.get(name)
    return clean(leaf.text) if leaf else ""


def check_header(header: Header, geography: Geography, notes: Notebook) -> None:
    """Report what is odd about a header; none of it stops the children."""

    def report(rule: str, name: str, **facts: Any) -> None:
        leaf = header.leaves.get(name)
        line, label = (leaf.line, leaf.label) if leaf else (None, f"Header/{name}")
        notes.add(rule, line=line, field=label, value=_text(header, name) or None, **facts)

    collection, year = _text(header, "Collection"), _text(header, "Year")
    authority = _text(header, "LEA")
    for name, detail in (("Collection", "collection"), ("Year", "year"), ("LEA", "authority")):
        if not _text(header, name):
            report("header-missing", name, detail=detail)
    if collection and collection.upper() != "CIN":
        report("header-collection", "Collection", detail=collection)
    if year and (header.known_year is None or year != str(header.year)):
        report("header-year", "Year", detail=f"{FIRST_YEAR} to {LAST_YEAR}")
    elif header.reference and header.year and header.reference.year != header.year:
        report("header-reference-date", "ReferenceDate", detail=header.year)
    if authority and authority != geography.authority_code:
        ours = f"{geography.authority_name} ({geography.authority_code})"
        report("header-authority", "LEA", found=authority, detail=ours)
