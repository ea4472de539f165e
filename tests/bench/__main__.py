"""`make bench`: what things cost, each beside a peer or a limit measured in the same run.

One table on the screen; the same as JSON and as a page with pictures in `out/bench`. Nothing here
belongs to a build. The short form takes minutes, `--long` hours.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.figures import PARTS, Figure
from tests.bench.page import write_page

OUT = Path("out/bench")
SHORT = {
    "bench_allocation": ("--sizes", "small"),
    "bench_forecast": ("--programmes", "4"),
    "bench_cycle": ("--cases", "2500"),
    "bench_pages": ("--cases", "2500", "--rounds", "2"),
    "bench_intake": ("--cases", "2000"),
    "bench_programmes": ("--sizes", "100,1000,10000", "--programmes", "6", "--cases", "250"),
}
LONG = {
    "bench_allocation": ("--sizes", "small,medium,large"),
    "bench_forecast": ("--programmes", "40"),
    "bench_cycle": ("--cases", "2500"),
    "bench_pages": ("--cases", "10000", "--rounds", "5"),
    "bench_intake": ("--cases", "100000"),
    "bench_programmes": ("--sizes", "250,2500,25000", "--programmes", "100", "--cases", "2500"),
}


def main() -> None:
    """Run the chosen parts one after the other, each in a process of its own."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], default=list(PARTS))
    parser.add_argument("--long", action="store_true", help="sizes of a region, not of a council")
    asked = parser.parse_args()
    measured, broken = run_all(asked.parts, LONG if asked.long else SHORT)
    figures = collect(measured)
    OUT.mkdir(parents=True, exist_ok=True)
    document = {
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "form": "long" if asked.long else "short",
        "figures": [_as_json(figure) for figure in figures],
        "measured": measured,
    }
    (OUT / "bench.json").write_text(json.dumps(document, indent=1), encoding="utf-8")
    write_page(OUT, figures, measured, document["made_at"])
    show(figures)
    if broken:
        sys.exit(f"no figures of {', '.join(broken)}: see what it said above")


def run_all(
    parts: Sequence[str], forms: Mapping[str, Sequence[str]]
) -> tuple[dict[str, Any], list[str]]:
    """What each part measured, and the parts that broke: one of them loses no other's figures."""
    measured, broken = {}, []
    for part in parts:
        try:
            measured[part] = run(part, forms[part])
        except subprocess.CalledProcessError:
            broken.append(part)
    return measured, broken


def run(part: str, arguments: Sequence[str]) -> Any:
    """What a part measured, from its JSON."""
    sys.stderr.write(f"{part} {' '.join(arguments)} …\n")
    command = [sys.executable, "-m", f"tests.bench.{part}", *arguments, "--json"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


def collect(measured: dict[str, Any]) -> list[Figure]:
    """Every figure of the parts; pages are held against the query that the cycle's part timed."""
    figures = []
    for part, found in measured.items():
        more = {}
        if part == "bench_pages" and "bench_cycle" in measured:
            more["query_us"] = measured["bench_cycle"]["query_us"]
        figures += PARTS[part](found, **more)
    return figures


def show(figures: Sequence[Figure]) -> None:
    """The one table."""
    table = Table(
        title="Every figure against a peer or a limit of the same run", title_justify="left"
    )
    for column in ("part", "what"):
        table.add_column(column)
    table.add_column("measured", justify="right")
    table.add_column("against")
    for column in ("ratio", "wanted"):
        table.add_column(column, justify="right")
    for figure in figures:
        wanted = "" if figure.at_most is None else f"≤ {figure.at_most:.2f}"
        style = {True: "green", False: "red", None: ""}[figure.holds]
        table.add_row(
            figure.part,
            figure.what,
            f"{figure.value:,.3g} {figure.unit}".rstrip(),
            figure.against,
            f"[{style}]{figure.ratio:.3g}[/]" if style else f"{figure.ratio:.3g}",
            wanted,
        )
    Console(width=None if sys.stdout.isatty() else 160).print(table)
    sys.stdout.write(f"{OUT / 'bench.json'} and {OUT / 'index.html'}\n")


def _as_json(figure: Figure) -> dict[str, Any]:
    names = ("part", "what", "value", "unit", "against", "other", "ratio", "at_most", "holds")
    return {name: getattr(figure, name) for name in names}


if __name__ == "__main__":
    main()
