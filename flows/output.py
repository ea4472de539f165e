"""How the command line speaks: sentences and tables for people, one JSON document for programs."""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from workflow.intake.rows import Finding

_UNBROKEN = 200
"""Width of what goes into a file or another program, where no window sets one."""
console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else _UNBROKEN)
errors = Console(stderr=True, highlight=False, soft_wrap=True)
MOST_ALIKE = 3


def say(text: str = "") -> None:
    """One line for a person; what looks like markup in data is shown as it is."""
    console.print(escape(text))


def note(text: str) -> None:
    """A remark beside the answer, on standard error."""
    errors.print(escape(text), style="dim")


def print_json(document: Any) -> None:
    """The one JSON document of a `--json` call."""
    typer.echo(json.dumps(document, default=str, ensure_ascii=False))


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table; numbers to the right."""
    table = Table(title=escape(title), title_justify="left", title_style="bold")
    cells = [[_cell(value) for value in row] for row in rows]
    for index, column in enumerate(columns):
        numeric = all(_is_number(row[index]) for row in cells) and bool(cells)
        table.add_column(column, justify="right" if numeric else "left")
    for row in cells:
        table.add_row(*map(escape, row))
    console.print(table)


def print_findings(findings: Sequence[Finding]) -> None:
    """Findings as sentences: where, what, and what to do; the worst first."""
    alike = Counter((finding.severity, finding.rule) for finding in findings)
    shown: Counter[tuple[str, str]] = Counter()
    for finding in sorted(findings, key=lambda finding: finding.severity):
        kind = (finding.severity, finding.rule)
        shown[kind] += 1
        if shown[kind] > MOST_ALIKE:
            continue
        where = f"{finding.file}" + (f", line {finding.line}" if finding.line else "")
        place = f", {finding.field}" if finding.field else ""
        value = f" ({finding.value!r})" if finding.value is not None else ""
        say(f"{finding.severity.upper()} {where}{place}{value}: {finding.message} {finding.fix}")
        if shown[kind] == MOST_ALIKE and alike[kind] > MOST_ALIKE:
            say(f"  … and {alike[kind] - MOST_ALIKE:,} more of this kind; --json lists them all.")


def in_words(day: date) -> str:
    """A date as people write it: 31 March 2016."""
    return f"{day.day} {day:%B %Y}"


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, date):
        return in_words(value)
    return "" if value is None else str(value)


def _is_number(text: str) -> bool:
    return text.replace(",", "").replace(".", "").lstrip("-").isdigit()
