"""The page of a bench: a picture and a table for each part."""

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure as Picture

from tests.bench.figures import Figure

_KEPT, _MISSED, _PLAIN = "#00703c", "#d4351c", "#1d70b8"
_COLOURS = {True: _KEPT, False: _MISSED, None: _PLAIN}
_STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #b1b4b6;padding:.3rem;"
    "text-align:left}td.n{text-align:right}img{max-width:100%}"
)


def write_page(
    folder: Path, figures: Sequence[Figure], measured: dict[str, Any], made_at: str
) -> None:
    """Write `index.html` and its pictures into a folder."""
    body = [f"<h1>Bench of {escape(made_at)}</h1>"]
    for part, of_part in groupby(figures, key=lambda figure: figure.part):
        body += _section(folder, part, list(of_part))
    if grown := measured.get("bench_programmes", {}).get("growth"):
        _draw_growth(grown).savefig(folder / "sizes.svg")
        body.append(
            f'<h2>sizes</h2><img src="sizes.svg" alt="Seconds of a cycle by caseload; they grow with '
            f'the power {grown["exponent_at_large"]} of the cases.">'
        )
    head = f'<meta charset="utf-8"><title>Bench</title><style>{_STYLE}</style>'
    page = f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(body)}</body></html>'
    (folder / "index.html").write_text(page, encoding="utf-8")


def _section(folder: Path, part: str, figures: list[Figure]) -> Iterator[str]:
    _draw_ratios(figures).savefig(folder / f"{part}.svg")
    yield f"<h2>{escape(part)}</h2>"
    worst = max(figures, key=lambda figure: figure.ratio)
    said = (
        f"Ratios of {part}; the largest is {worst.ratio:.3g}: {worst.what} against {worst.against}."
    )
    yield f'<img src="{part}.svg" alt="{escape(said)}">'
    yield "<table><tr><th>what<th>measured<th>against<th>ratio<th>wanted</tr>"
    for figure in figures:
        wanted = "" if figure.at_most is None else f"at most {figure.at_most:.2f}"
        yield (
            f"<tr><td>{escape(figure.what)}<td class=n>{figure.value:,.3g} {escape(figure.unit)}"
            f"<td>{escape(figure.against)}<td class=n>{figure.ratio:.3g}<td>{wanted}</tr>"
        )
    yield "</table>"


def _draw_ratios(figures: list[Figure]) -> Picture:
    """A bar for each figure on a scale of powers; 1 is the peer or the limit."""
    picture = Picture(figsize=(9, 0.6 + 0.4 * len(figures)), layout="constrained")
    axes = picture.add_subplot()
    labels = [f"{figure.what} / {figure.against}" for figure in figures]
    axes.barh(
        range(len(figures)),
        [figure.ratio for figure in figures],
        color=[_COLOURS[figure.holds] for figure in figures],
    )
    axes.set_yticks(range(len(figures)), labels, fontsize=8)
    axes.set_xscale("log")
    axes.axvline(1, color="#0b0c0c", linewidth=1)
    axes.invert_yaxis()
    axes.set_xlabel("times the peer or the limit")
    return picture


def _draw_growth(grown: dict[str, Any]) -> Picture:
    picture = Picture(figsize=(7, 4), layout="constrained")
    axes = picture.add_subplot()
    sizes, seconds = grown["sizes"], grown["seconds"]
    axes.loglog(sizes, seconds, marker="o", color=_PLAIN, label="measured")
    straight = [seconds[0] * size / sizes[0] for size in sizes]
    axes.loglog(sizes, straight, color="#b1b4b6", label="in proportion")
    axes.set_xlabel("cases")
    axes.set_ylabel("processor seconds of a cycle")
    axes.legend()
    return picture
