"""What programs may send: bounded texts, numbers and references; bodies that take nothing unknown."""

import re
from datetime import date
from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field, model_validator

EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)
"""Days that somebody can mean; with others the arithmetic of dates comes to its end."""
LARGEST = 2**31 - 1
"""Of PostgreSQL's integers."""
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
_DEEPEST = 20
"""Levels of a JSON document; no form of ours nests half as deep."""


class Body(BaseModel):
    """A JSON object in which every field is known and every text can be stored."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unstorable(cls, sent: Any) -> Any:
        _check_storable(sent, _DEEPEST)
        return sent


def _check_storable(value: Any, levels: int) -> None:
    """Refuse texts that no database keeps, and what nests too deep."""
    if not levels:
        raise ValueError("this nests too deep")
    match value:
        case str():
            _check_text(value)
        case dict():
            for name, part in value.items():
                _check_storable(name, levels - 1)
                _check_storable(part, levels - 1)
        case list():
            for part in value:
                _check_storable(part, levels - 1)


def _check_text(text: str) -> None:
    if _UNSTORABLE.search(text):
        raise ValueError("a text holds a character that cannot be stored")


Line = Annotated[str, Field(max_length=500)]
"""A name or a short text."""
Text = Annotated[str, Field(max_length=10_000)]
Reason = Annotated[str, Field(max_length=10_000, description="Why, in a sentence.")]
Version = Annotated[
    int | None,
    Field(
        ge=0,
        le=LARGEST,
        description="The version the caller saw; left out: whatever is there is meant.",
    ),
]
Day = Annotated[date, Field(ge=EARLIEST, le=LATEST)]
Count = Annotated[int, Field(ge=1, le=LARGEST)]
CaseReference = Annotated[str, Field(min_length=1, max_length=40, examples=["CIN-00042"])]
ReviewerReference = Annotated[
    str, Field(min_length=1, max_length=60, description="Roster reference.", examples=["R0012"])
]
Number = Annotated[int, Path(ge=1, le=LARGEST)]
"""A number in an address."""
InAddress = Annotated[str, Path(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9._-]+$")]
"""A case's reference in an address."""
PersonInAddress = Annotated[str, Path(min_length=1, max_length=60)]
"""A reviewer's roster reference in an address."""
PageNumber = Annotated[int, Query(ge=1, le=1_000_000)]
