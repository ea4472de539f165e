from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import pytest
from defusedxml.ElementTree import fromstring

from forms.charts import (
    BURN_DOWN_SIZES,
    Reliability,
    ReliabilityPoint,
    burn_down,
    reliability,
    small_multiples,
)
from forms.pictures import burn_down as burn_down_picture
from tests.forms.make import AS_OF, OPEN, make_chart, make_district, make_multiples

PNG = b"\x89PNG\r\n\x1a\n"
WIDTHS = ("wide", "narrow")
SVG = "{http://www.w3.org/2000/svg}"


def texts(svg: bytes) -> list[str]:
    return [element.text or "" for element in fromstring(svg).iter(f"{SVG}text")]


CHARTS = {
    "on the way": make_chart(),
    "on the first day": make_chart(history=(), as_of=date(2016, 1, 20)),
    "after the target": make_chart(target=date(2016, 2, 12)),
    "all complete": make_chart(bands=(), open=0, history=((date(2016, 2, 22), 4), (AS_OF, 0))),
    "nothing counted, nothing forecast": make_chart(history=(), bands=(), closures=()),
    "one review": make_chart(total=1, open=1, history=((AS_OF, 1),)),
}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS.keys())
def test_every_burn_down_can_be_drawn(chart, width) -> None:
    root = fromstring(burn_down(chart, width=width, file_format="svg"))
    assert root.tag == f"{SVG}svg"
    assert root.findtext(f"{SVG}title") == "Reviews still open"


@pytest.mark.parametrize("width", WIDTHS)
def test_a_png_is_drawn_at_twice_the_size_shown(width) -> None:
    png = burn_down(make_chart(), width=width, file_format="png")
    assert png.startswith(PNG)
    size = tuple(int.from_bytes(png[at : at + 4]) for at in (16, 20))
    assert size == tuple(2 * length for length in BURN_DOWN_SIZES[width])


@pytest.mark.parametrize("file_format", ["svg", "png"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_same_chart_gives_the_same_bytes(width, file_format) -> None:
    chart = make_chart()
    once, again = (
        burn_down_picture.draw(chart, width=width, file_format=file_format) for _ in range(2)
    )
    assert once == again


def test_the_svg_carries_no_date_and_no_maker() -> None:
    svg = burn_down(make_chart(), width="wide", file_format="svg")
    assert b"<dc:date>" not in svg
    assert b"matplotlib.org" not in svg


def test_threads_draw_without_disturbing_each_other() -> None:
    charts = [make_chart(open=OPEN + n) for n in range(4)]

    def draw(chart) -> bytes:
        return burn_down_picture.draw(chart, width="narrow", file_format="svg")

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(draw, charts)) == [draw(chart) for chart in charts]


def test_the_picture_names_the_target_the_count_and_every_layer() -> None:
    said = texts(burn_down(make_chart(), width="wide", file_format="svg"))
    assert {"Target 31 March", "156 open", "Counted", "Middle forecast", "Needed"} <= set(said)
    assert {"50 % range", "80 % range", "95 % range", "Closed"} <= set(said)


def test_the_key_leaves_out_what_is_not_there() -> None:
    chart = make_chart(bands=(), closures=())
    said = texts(burn_down(chart, width="wide", file_format="svg"))
    assert "Counted" in said
    assert not {"Middle forecast", "Needed", "50 % range", "Closed"} & set(said)


def test_the_layers_differ_without_colour() -> None:
    svg = burn_down(make_chart(), width="wide", file_format="svg").decode()
    dashes = {part.split(";")[0] for part in svg.split("stroke-dasharray: ")[1:]}
    assert len(dashes) >= 4  # the 95 % outline, the middle, the needed pace and the target
    assert "<pattern" in svg  # closed days


@pytest.mark.parametrize("width", WIDTHS)
def test_small_multiples_name_each_district_with_its_chance_and_what_is_open(width) -> None:
    chart = make_multiples(make_district("Fylde", chance=0.6), make_district("Wyre", chance=0.002))
    said = texts(small_multiples(chart, width=width, file_format="svg"))
    wanted = ["Wyre", "<1 % chance, 156 open", "Fylde", "60 % chance, 156 open"]
    assert [text for text in said if text in wanted] == wanted


def test_small_multiples_share_one_scale_whatever_a_districts_size() -> None:
    large = make_district("Preston")
    small = replace(large, name="Fylde", total=0, open=0, history=(), bands=())
    svg = small_multiples(make_multiples(large, small), width="wide", file_format="svg")
    assert texts(svg).count("100 %") == 2
    assert small_multiples(make_multiples(large, small), width="wide", file_format="png") != svg


def test_small_multiples_without_a_district_are_an_empty_picture() -> None:
    assert texts(small_multiples(make_multiples(), width="narrow", file_format="svg")) == []


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "$\\frac{1}$", "A & B", "$x$"])
def test_a_district_may_be_called_anything(name: str) -> None:
    svg = small_multiples(make_multiples(make_district(name)), width="wide", file_format="svg")
    assert name in texts(svg)


POINTS = (ReliabilityPoint(0.1, 0.15, 4), ReliabilityPoint(0.9, 0.8, 30))


@pytest.mark.parametrize("width", WIDTHS)
def test_the_reliability_picture_names_both_methods_and_both_axes(width) -> None:
    svg = reliability(Reliability(ours=POINTS, naive=POINTS[:1]), width=width, file_format="svg")
    assert {"Chance we gave", "How often it happened", "As said", "Ours", "Simple method"} <= set(
        texts(svg)
    )
    assert fromstring(svg).findtext(f"{SVG}title") == "What we said and what happened"


def test_the_reliability_picture_can_be_drawn_without_anything_to_show() -> None:
    chart = Reliability(ours=())
    said = texts(reliability(chart, width="wide", file_format="svg"))
    assert "As said" in said
    assert not {"Ours", "Simple method"} & set(said)
    assert reliability(chart, width="wide", file_format="png").startswith(PNG)
