"""The funnel plot: a picture, a sentence, rows and CSV that say the same."""

import csv
import io

import pytest
from defusedxml.ElementTree import fromstring

from forms.funnels import (
    FUNNEL_SIZES,
    FunnelChart,
    funnel_csv,
    funnel_picture,
    funnel_rows,
    funnel_sentence,
)
from forms.pictures import funnel as picture
from workflow.policy import QualityPolicy
from workflow.quality.funnel import funnel

PNG = b"\x89PNG\r\n\x1a\n"
SVG = "{http://www.w3.org/2000/svg}"
WIDTHS = ("wide", "narrow")
POLICY = QualityPolicy()
COUNTS = {
    "Burnley": (71, 190),
    "Chorley": (30, 140),
    "Fylde": (9, 55),
    "Preston": (66, 310),
    "Ribble Valley": (3, 38),
    "West Lancashire": (8, 131),
    "Wyre": (38, 118),
}
MEASURE = "Practice graded inadequate"


def chart(counts=None, **more) -> FunnelChart:
    found = funnel(COUNTS if counts is None else counts, POLICY)
    return FunnelChart(measure=MEASURE, funnel=found, **more)


def texts(svg: bytes) -> list[str]:
    return [element.text or "" for element in fromstring(svg).iter(f"{SVG}text")]


CHARTS = {
    "usual": chart(),
    "nobody": chart({}),
    "one review": chart({"Fylde": (1, 1)}),
    "none of it": chart({"Fylde": (0, 40), "Wyre": (0, 60)}),
    "all of it": chart({"Fylde": (40, 40), "Wyre": (60, 60)}),
    "very many": chart({"Fylde": (400, 9000), "Wyre": (900, 9000)}),
}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("one", CHARTS.values(), ids=CHARTS.keys())
def test_every_funnel_can_be_drawn(one: FunnelChart, width) -> None:
    root = fromstring(funnel_picture(one, width=width, file_format="svg"))
    assert root.findtext(f"{SVG}title") == one.title


@pytest.mark.parametrize("width", WIDTHS)
def test_a_png_is_drawn_at_twice_the_size_shown(width) -> None:
    png = funnel_picture(chart(), width=width, file_format="png")
    assert png.startswith(PNG)
    size = tuple(int.from_bytes(png[at : at + 4]) for at in (16, 20))
    assert size == tuple(2 * length for length in FUNNEL_SIZES[width])


def test_the_same_chart_gives_the_same_bytes() -> None:
    one, other = (picture.draw(chart(), width="narrow", file_format="svg") for _ in range(2))
    assert one == other


def test_the_picture_names_the_units_beyond_the_limits_and_no_other() -> None:
    said = set(texts(funnel_picture(chart(), width="wide", file_format="svg")))
    assert {"Burnley", "West Lancashire", "Wyre", "Ribble Valley"} <= said
    assert not {"Chorley", "Preston", "Fylde"} & said
    narrow = set(texts(funnel_picture(chart(), width="narrow", file_format="svg")))
    assert {"Burnley", "West Lancashire"} <= narrow
    assert not {"Wyre", "Ribble Valley"} & narrow


def test_the_key_names_only_what_is_there() -> None:
    said = texts(funnel_picture(chart(), width="wide", file_format="svg"))
    assert {"All together: 23 %", "95 % limits", "99.8 % limits", "Beyond 99.8 %"} <= set(said)
    calm = chart({"Fylde": (10, 50), "Wyre": (11, 50)})
    said = texts(funnel_picture(calm, width="wide", file_format="svg"))
    assert "Within both" in said
    assert not {"Beyond 95 %", "Beyond 99.8 %"} & set(said)


def test_marks_and_lines_differ_without_colour() -> None:
    marks = {(mark.shape, mark.filled) for mark in picture._MARKS.values()}
    assert len(marks) == len(picture._MARKS)
    svg = funnel_picture(chart(), width="wide", file_format="svg")
    assert b"stroke-dasharray" in svg


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "$x$", "A & B"])
def test_a_unit_may_be_called_anything(name: str) -> None:
    svg = funnel_picture(chart(COUNTS | {name: (80, 100)}), width="wide", file_format="svg")
    assert name in texts(svg)


def test_the_title_is_the_finding() -> None:
    assert (
        chart().title == f"{MEASURE}: Burnley above and West Lancashire below what chance explains"
    )
    calm = chart({"Fylde": (10, 50), "Wyre": (11, 50)})
    assert calm.title == f"{MEASURE}: no district beyond what chance explains"


def test_the_sentence_says_how_far_and_what_is_missing() -> None:
    said = funnel_sentence(chart(left_out=("Pendle", "Rossendale")))
    assert "23 % of 982 reviews in all" in said
    assert "Burnley lies above it, at 37 %: beyond the 99.8 % limits." in said
    assert "Ribble Valley lies below it, at 7.9 %: beyond the 95 % limits." in said
    assert "differ from one another more than chance explains" in said
    assert said.endswith("because the numbers are small: Pendle and Rossendale.")


def test_a_calm_funnel_says_so() -> None:
    said = funnel_sentence(chart({"Fylde": (10, 50), "Wyre": (11, 50)}))
    assert said.endswith("Every district is within what chance explains.")
    assert funnel_sentence(chart({})) == f"{MEASURE}: there is nothing to show yet."


def test_the_rows_are_in_the_order_of_names() -> None:
    found = funnel_rows(chart())
    assert [row.unit for row in found] == sorted(COUNTS)
    burnley = found[0]
    assert (burnley.hits, burnley.total, burnley.share) == (71, 190, 0.3737)
    assert burnley.place == "alarm"


def test_the_csv_says_what_the_rows_say() -> None:
    header, *lines = csv.reader(io.StringIO(funnel_csv(chart({"=Fylde": (5, 50)}))))
    assert header[:4] == ["district", "hits", "total", "share"]
    assert lines[0][:4] == ["'=Fylde", "5", "50", "0.1"]
