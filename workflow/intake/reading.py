"""The one door: a path in, an `Extract` out, whatever the file turns out to be.

The content decides what a file is, not its name: a web page called .csv is a web page.
"""

import codecs
import hashlib
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

from workflow.geography import Geography
from workflow.intake.annex_a import read_annex_a
from workflow.intake.census_xml import read_census_xml
from workflow.intake.codes import Vocabulary
from workflow.intake.columns import ColumnMapping
from workflow.intake.extracts import Reading, Stopped, extract_of
from workflow.intake.faults import Notebook
from workflow.intake.limits import XML_BYTES
from workflow.intake.mapped_csv import read_mapped_csv
from workflow.intake.rows import Extract, Kind

_HEAD = 65_536
_HTML = re.compile(
    rb"<!doctype\s+html|<html[\s>]|<(head|body|table|script|meta|div)[\s>]", re.IGNORECASE
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_BINARY = re.compile(rb"[\x01-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f]")
_BINARY_SHARE = 0.02
"""Share of control characters from which a file is no text."""
_BY_SUFFIX: dict[str, Kind] = {".xml": "census-xml", ".xlsx": "annex-a", ".xlsm": "annex-a"}
_NAMES: dict[Kind, str] = {
    "census-xml": "an XML file",
    "annex-a": "a workbook",
    "csv": "a table of text",
}


def read_file(
    path: Path,
    *,
    kind: Kind | None = None,
    mapping: ColumnMapping | None = None,
    vocabulary: Vocabulary,
    geography: Geography,
    today: date,
) -> Extract:
    """Everything one file says: rows or supplements, findings, unmapped values.

    Never raises for what is in the file. An error that concerns the file as a whole leaves it without
    rows; one that concerns a row leaves out that row. `today` is the day against which dates are in
    the future, when the file names no reference date of its own.

    Args:
        kind: what the file is meant to be; None leaves it to the content.
        mapping: what the columns of a table mean; None leaves it to the headings.
    """
    notes = Notebook(path.name)
    reading = Reading(path, "", notes, vocabulary, geography, today)
    try:
        _check_path(path)
        reading = replace(reading, sha256=fingerprint(path))
        return _read(reading, _kind_of(path), kind, mapping)
    except Stopped as stopped:
        stopped.report(notes)
    except OSError as problem:
        notes.add("file-unreadable", detail=problem.strerror or "unknown reason")
    return extract_of(reading, kind or _BY_SUFFIX.get(path.suffix.lower(), "csv"))


def _read(
    reading: Reading, found: Kind, wanted: Kind | None, mapping: ColumnMapping | None
) -> Extract:
    if wanted not in {None, found}:
        raise Stopped("file-kind-differs", found=_NAMES[found], detail=_NAMES[wanted or found])
    if found == "census-xml":
        return read_census_xml(reading)
    if found == "annex-a":
        return read_annex_a(reading, mapping)
    return read_mapped_csv(reading, mapping)


def fingerprint(path: Path) -> str:
    """The SHA-256 of a file's bytes: the same file again is recognised by it."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _check_path(path: Path) -> None:
    if not path.exists():
        raise Stopped("file-missing")
    if not path.is_file():
        raise Stopped("file-not-a-file")
    size = path.stat().st_size
    if size > XML_BYTES:
        raise Stopped("file-too-large", found=f"{size:,} bytes", limit=f"{XML_BYTES:,}")


def _kind_of(path: Path) -> Kind:
    """What the content is.

    Raises:
        Stopped: it is nothing that is read here, and what it is instead.
    """
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    if not head.removeprefix(codecs.BOM_UTF8).strip():
        raise Stopped("file-empty")
    if head.startswith(b"PK"):
        return "annex-a"
    if head.startswith(_OLE):
        content = path.read_bytes()
        raise Stopped("file-encrypted" if _ENCRYPTED in content else "file-is-old-excel")
    text = _narrow(head).lstrip()
    if _HTML.search(text[:4096]):
        raise Stopped("file-is-html")
    if text.startswith(b"<"):
        return "census-xml"
    if len(_BINARY.findall(text)) > len(text) * _BINARY_SHARE:
        raise Stopped("file-kind-unknown")
    return "csv"


def _narrow(head: bytes) -> bytes:
    """The beginning as plain bytes: without marks, UTF-16 made UTF-8."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head[: len(head) // 2 * 2].decode("utf-16", "replace").encode("utf-8")
    return head.removeprefix(codecs.BOM_UTF8)
