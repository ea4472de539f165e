"""Files people send: kept on disk while they are read, under the name people know."""

import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from http import HTTPStatus
from pathlib import Path, PureWindowsPath
from tempfile import TemporaryDirectory
from typing import Any

from fastapi.responses import JSONResponse
from starlette.datastructures import FormData, UploadFile

from api.moments import Moment
from api.problems import problem
from workflow.caseload import ImportResult, import_file
from workflow.errors import InvalidInputError
from workflow.intake.rows import Finding, Kind
from workflow.programmes import geography_of
from workflow.roster import RosterResult, import_roster, parse_roster

_UNNAMEABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff/\\]")
_LONGEST_NAME = 60
"""Characters: at four bytes each still a file name."""


def upload_of(posted: FormData, what: str) -> UploadFile:
    """The file of a form.

    Args:
        what: how the file is called where none was sent: "a roster file".

    Raises:
        InvalidInputError: there is none.
    """
    upload = posted.get("file")
    if not isinstance(upload, UploadFile) or not upload.filename:
        raise InvalidInputError(f"Choose {what}", "file")
    return upload


def take_caseload(at: Moment, upload: UploadFile, kind: Kind | None) -> ImportResult:
    """Take a caseload file in; the caller rolls back what was refused or only checked."""
    with _on_disk(upload) as path:
        return import_file(
            at.session,
            path,
            programme=at.programme,
            policy=at.policy,
            actor=at.actor,
            now=at.now,
            as_of=at.as_of,
            kind=kind,
        )


def take_roster(at: Moment, upload: UploadFile) -> RosterResult:
    """Take a roster file in; the caller rolls back what was refused or only checked."""
    extract = parse_roster(
        upload.file.read(),
        file=plain_name(upload.filename or ""),
        find_district=geography_of(at.programme).find_district,
    )
    return import_roster(
        at.session, programme=at.programme, extract=extract, actor=at.actor, now=at.now
    )


def described(**fields: Mapping[str, Any]) -> dict[str, Any]:
    """How a file is sent, for the OpenAPI document.

    The form is read by hand: FastAPI would take the whole file before it is known who sends it.
    """
    schema = {
        "type": "object",
        "required": ["file"],
        "properties": {
            "file": {"type": "string", "format": "binary"},
            "check": {"type": "string", "enum": ["yes"], "description": "Store nothing."},
            **fields,
        },
    }
    content = {"multipart/form-data": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}


def refused_file(what: str, findings: Iterable[Finding]) -> JSONResponse:
    """A problem document with all that is wrong in a file.

    Args:
        what: "caseload" or "roster".
    """
    sentence = f"The {what} file was refused, nothing is stored."
    return problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        sentence,
        error=InvalidInputError(sentence),
        findings=[asdict(finding) for finding in findings],
    )


def plain_name(sent: str) -> str:
    r"""The name of a file without folders and without what no file system or database takes.

    >>> plain_name("C:\\files\\week 3.csv"), plain_name("..")
    ('week 3.csv', 'file')
    """
    name = _UNNAMEABLE.sub("", PureWindowsPath(sent).name).strip(". ")
    return name[-_LONGEST_NAME:] or "file"


@contextmanager
def _on_disk(upload: UploadFile) -> Iterator[Path]:
    with TemporaryDirectory(prefix="cin-") as folder:
        path = Path(folder) / plain_name(upload.filename or "")
        with path.open("wb") as kept:
            shutil.copyfileobj(upload.file, kept)
        yield path
