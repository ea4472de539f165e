"""What programs get: answers are read off the product's own values, field by field."""

from datetime import date

from pydantic import BaseModel, ConfigDict


class Out(BaseModel):
    """An answer, or a part of one."""

    model_config = ConfigDict(from_attributes=True, use_attribute_docstrings=True)


class Finding(Out):
    """One thing wrong with a file."""

    file: str
    line: int | None
    field: str | None
    value: str | None
    rule: str
    message: str
    fix: str
    severity: str


class Paged(Out):
    """Where in a list an answer stands."""

    as_of: date
    page: int
    pages: int
    total: int
    """Rows that match, on all pages."""
