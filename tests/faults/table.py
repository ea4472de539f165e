"""The page of promises, from what the tests measured: `python -m tests.faults.table`."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.measured import Figure, read

FOLDER = Path(__file__).parent
FIGURES, PAGE = FOLDER / "promises.json", FOLDER / "README.md"
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"

PROMISES = {
    "R1": "An acknowledged submission is never lost",
    "R2": "… nor on power loss",
    "R3": "Exactly once",
    "R4": "No silent overwrite",
    "R5": "Typed text survives refusal",
    "R6": "An allocation run is all or nothing, once, repeatable",
    "R7": "An import is all or nothing and explains itself",
    "R8": "Any single failure of the database is survived",
    "R9": "Disk full: reads go on, nothing is corrupted",
    "R10": "A backup restores",
    "R11": "Upgrades keep every record",
    "R12": "Time is right",
    "R13": "Many writers at once on SQLite",
    "R14": "Cost per request",
    "R15": "300 users",
    "R16": "Size",
    "S1": "Reviewers see only allocated cases; organisations are separated",
    "S2": "… even if a query forgets the filter",
    "S3": "Managers see aggregates only",
    "S4": "Everything is audited, views and refusals included",
    "S5": "The audit cannot be changed unseen",
    "S6": "Single sign-on is safe",
    "S7": "Local accounts are safe",
    "S8": "Sessions die",
    "S9": "No personal data leaves its place",
    "S10": "Cross-site requests do nothing",
    "S11": "Hardened responses",
    "S12": "Files are safe",
    "S13": "No error page from input",
    "S14": "Brute force cannot stall others",
    "S15": "Production refuses weak settings",
    "S16": "Supply chain",
    "S17": "ASVS 5.0 level 2",
    "S18": "Retention and erasure",
}
_HEADINGS = ("Promise", "Bar", "Measured", "On", "Met", "Test", "Note")


def rows(figures: Iterable[Figure]) -> Iterator[tuple[str, ...]]:
    """The table: each promise with its figures, or that nothing was measured."""
    by_promise: dict[str, list[Figure]] = {promise: [] for promise in PROMISES}
    for figure in figures:
        by_promise[figure.promise].append(figure)
    for promise, found in by_promise.items():
        name = f"**{promise}** {PROMISES[promise]}"
        for figure in found:
            met = "yes" if figure.met else "**no**"
            test = f"`{figure.test}`"
            yield (name, figure.bar, figure.figure, figure.database, met, test, figure.note)
            name = ""
        if not found:
            yield (name, "", "not measured here", "", "", "", "")


def as_markdown(figures: Iterable[Figure]) -> str:
    """The table for the page."""
    lines = [_HEADINGS, ("---",) * len(_HEADINGS), *rows(figures)]
    return "\n".join("| " + " | ".join(map(_plain, line)) + " |" for line in lines)


def put_into(page: str, table: str) -> str:
    """The page with the table between its two marks."""
    before, _, rest = page.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def _plain(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def main() -> None:
    """Write the page."""
    figures = read(FIGURES)
    PAGE.write_text(put_into(PAGE.read_text(), as_markdown(figures)))
    unmet = [figure for figure in figures if not figure.met]
    sys.stdout.write(f"{len(figures)} figures, {len(unmet)} below their bar: {PAGE}\n")


if __name__ == "__main__":
    main()
