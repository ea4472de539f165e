import json
import re
from dataclasses import replace
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from xml.etree.ElementTree import Element

import html5lib
import pytest
from jinja2 import UndefinedError

import forms
from forms.pages import ProgressPage
from forms.progress import progress_page
from forms.render import FILTERS, environment, render
from tests.forms.make import NO_COUNTS, make_facts

HOSTILE = "<script>alert('x')</script> & \"quoted\""
STATIC = Path(forms.__file__).parent / "static"

PAGES = {
    "with a forecast": progress_page(make_facts(open_escalations=2, unacknowledged=1)),
    "without a forecast": progress_page(make_facts(forecast=None)),
    "without a caseload": progress_page(make_facts(counts=NO_COUNTS)),
}


def parse(html: str) -> Element:
    """The page's tree; any parse error of HTML5 fails the test."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html)


def text_of(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


@pytest.fixture(params=PAGES.values(), ids=PAGES.keys())
def page(request: pytest.FixtureRequest) -> ProgressPage:
    return request.param


@pytest.fixture
def tree(page: ProgressPage) -> Element:
    return parse(render("progress.html", page=page))


def test_a_page_has_one_heading_and_its_title_starts_with_it(tree: Element) -> None:
    (heading,) = tree.iter("h1")
    (title,) = tree.iter("title")
    assert text_of(title) == f"{text_of(heading)} – Child in Need case reviews"


def test_no_id_is_used_twice_and_every_reference_leads_somewhere(tree: Element) -> None:
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    wanted = {element.get("aria-labelledby") for element in tree.iter()} - {None}
    wanted |= {
        link.get("href", "")[1:] for link in tree.iter("a") if link.get("href", "")[0] == "#"
    }
    assert wanted <= set(ids)


def test_every_table_has_a_caption_and_headings_with_scope(tree: Element) -> None:
    for table in tree.iter("table"):
        assert text_of(table.find("caption"))
        assert all(cell.get("scope") in {"col", "row"} for cell in table.iter("th"))
        columns = len(list(table.find("thead").iter("th")))
        assert all(len(list(row)) == columns for row in table.find("tbody").iter("tr"))


def test_every_picture_has_a_description_and_a_size(tree: Element) -> None:
    for image in tree.iter("img"):
        assert image.get("alt")
        assert image.get("width")
        assert image.get("height")


def test_headings_descend_without_a_gap(tree: Element) -> None:
    levels = [int(e.tag[1]) for e in tree.iter() if re.fullmatch("h[1-6]", str(e.tag))]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_nothing_is_inline_and_nothing_comes_from_elsewhere(page: ProgressPage) -> None:
    html = render("progress.html", page=page)
    assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=|https?://|//cdn", html)


def test_every_class_is_styled_by_us_or_by_the_design_system(tree: Element) -> None:
    vendor = STATIC / "vendor"
    sheets = (
        STATIC / "app.css",
        vendor / "govuk-frontend.min.css",
        vendor / "moj-frontend.min.css",
    )
    css = "".join(sheet.read_text("utf-8") for sheet in sheets)
    used = {name for element in tree.iter() for name in element.get("class", "").split()}
    assert all(name.startswith(("app-", "govuk-", "moj-")) for name in used)
    hooks = {"govuk-js-service-navigation-toggle", "app-tile__label"}
    hooks |= {f"govuk-table__{part}" for part in ("row", "body", "head", "caption--s")}
    assert {name for name in used - hooks if f".{name}" not in css} == set()


def test_vendored_files_are_as_they_were_taken_and_without_the_licensed_font() -> None:
    vendor = STATIC / "vendor"
    for name, about in json.loads((vendor / "manifest.json").read_text("utf-8")).items():
        content = (vendor / name).read_bytes()
        assert sha256(content).hexdigest() == about["sha256"]
        assert not re.search(rb"GDS Transport|@font-face|url\((?![\"']?data:)", content)


def test_the_stylesheet_fetches_nothing_and_names_no_font_of_gov_uk() -> None:
    css = (STATIC / "app.css").read_text("utf-8")
    assert not re.search(r"@import|@font-face|url\(|https?:|GDS", css)


def test_the_headline_comes_first() -> None:
    main = parse(render("progress.html", page=PAGES["with a forecast"])).find(".//main")
    first, second = list(main)[:2]
    assert first.tag == "h1"
    assert text_of(second).startswith("There is a 62 % chance (about 6 in 10) that all reviews")


def test_the_picture_comes_with_its_table_and_its_file() -> None:
    tree = parse(render("progress.html", page=PAGES["with a forecast"]))
    sources = [source.get("srcset") for source in tree.iter("source")]
    assert sources == ["/progress/burn-down-narrow.svg"]
    assert tree.find(".//details//table") is not None
    assert "/progress/burn-down.csv" in [link.get("href") for link in tree.iter("a")]


def test_no_line_of_a_sentence_ends_before_its_per_cent_sign() -> None:
    html = render("progress.html", page=PAGES["with a forecast"])
    assert "80\N{NO-BREAK SPACE}% sure" in html
    assert "12\N{NO-BREAK SPACE}% of submissions" in html


def test_an_empty_programme_says_what_to_do() -> None:
    tree = parse(render("progress.html", page=PAGES["without a caseload"]))
    said = text_of(tree.find(".//main"))
    assert "No caseload yet: import one with cin import FILE" in said
    assert tree.find(".//table") is None


def test_an_escalation_that_waits_stands_out() -> None:
    assert "app-inset--urgent" in render("progress.html", page=PAGES["with a forecast"])
    assert "app-inset--urgent" not in render("progress.html", page=PAGES["without a forecast"])


def test_hostile_names_are_text_wherever_they_appear() -> None:
    facts = make_facts()
    site = replace(facts.site, service=HOSTILE, organisation=HOSTILE, notice=HOSTILE)
    names = dict.fromkeys(facts.district_names, HOSTILE)
    facts = replace(facts, site=site, district_names=names, csv=HOSTILE, wide=HOSTILE)
    html = render("progress.html", page=progress_page(facts))
    tree = parse(html)
    assert [script.get("src") for script in tree.iter("script")] == ["/static/app.js"]
    assert HOSTILE in text_of(tree)


def test_a_demonstration_says_so_on_the_page() -> None:
    facts = make_facts()
    page = progress_page(replace(facts, site=replace(facts.site, notice="Made up.")))
    (notice,) = parse(render("progress.html", page=page)).iterfind(".//*[@aria-label='Notice']")
    assert text_of(notice) == "Made up."


def test_a_name_that_a_template_misspells_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        environment().from_string("{{ pgae.title }}").render(page=None)


def test_text_is_escaped_in_every_template() -> None:
    assert environment().from_string("{{ text }}").render(text="<b>") == "&lt;b&gt;"


def test_every_template_compiles() -> None:
    names = environment().list_templates(extensions=["html"])
    assert "progress.html" in names
    for name in names:
        environment().get_template(name)


def test_templates_say_dates_and_numbers_as_the_pages_do() -> None:
    assert {"long_date", "short_date", "number", "chance", "plural"} <= FILTERS.keys()
    said = environment().from_string("{{ 0.62 | chance }}, {{ 1690 | plural('review') }}").render()
    assert said == "62 % (about 6 in 10), 1,690 reviews"
