"""Dates in their many forms, and the order of day and month for a column."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow.intake.dates import (
    Order,
    decide_order,
    has_short_year,
    order_of_format,
    parse_date,
)

TODAY = date(2016, 4, 15)
DAY, MONTH = Order.DAY_FIRST, Order.MONTH_FIRST
DAYS = st.dates(date(1930, 1, 1), date(2099, 12, 31))


@pytest.mark.parametrize(
    "pattern",
    [
        *("{:%d/%m/%Y}", "{:%d-%m-%Y}", "{:%d.%m.%Y}", "{:%Y-%m-%d}", "{:%Y/%m/%d}", "{:%Y%m%d}"),
        *("{:%d %b %Y}", "{:%d-%b-%Y}", "{:%d %B %Y}", "{:%A %d %B %Y}", "{:%B %d, %Y}"),
        *("{:%d/%m/%Y} 13:45", "{:%Y-%m-%d}T00:00:00Z", "{:%d/%m/%Y 00:00:00}"),
    ],
)
@given(day=DAYS)
@settings(max_examples=15)
def test_what_is_written_day_first_is_read_back(pattern, day):
    assert parse_date(pattern.format(day), DAY, TODAY) == day


@given(day=DAYS)
@settings(max_examples=30)
def test_month_first_is_read_back_when_asked_for(day):
    assert parse_date(f"{day:%m/%d/%Y}", MONTH, TODAY) == day
    assert parse_date(f"{day:%Y-%m-%d}", MONTH, TODAY) == day


@given(day=DAYS)
@settings(max_examples=30)
def test_spreadsheet_day_numbers_are_read_back(day):
    number = (day - date(1899, 12, 30)).days
    assert parse_date(str(number), DAY, TODAY) == day
    assert parse_date(f"{number}.25", DAY, TODAY) == day


@given(text=st.text(max_size=20))
@settings(max_examples=200)
def test_any_text_is_a_date_or_none(text):
    assert parse_date(text, DAY, TODAY) is None or isinstance(parse_date(text, DAY, TODAY), date)


@pytest.mark.parametrize(
    "text", ["29/02/2015", "31/11/2015", "00/01/2015", "13/13/2015", "12", "99999", "1/2-2015", "x"]
)
def test_what_is_no_date_is_none(text):
    assert parse_date(text, DAY, TODAY) is None


@pytest.mark.parametrize(
    ("text", "year"),
    [("01/02/16", 2016), ("01/02/17", 2017), ("01/02/18", 1918), ("1-Feb-99", 1999)],
)
def test_short_years_end_next_year(text, year):
    assert has_short_year(text)
    assert parse_date(text, DAY, TODAY) == date(year, 2, 1)


def test_long_years_are_not_short():
    assert not has_short_year("01/02/2016")
    assert not has_short_year("2016-02-01")


@pytest.mark.parametrize(
    ("values", "order", "rule"),
    [
        ([], DAY, None),
        (["03/04/2010", "05/06/2010"], DAY, None),
        (["25/04/2010", "03/04/2010"], DAY, None),
        (["2010-04-25", "x", ""], DAY, None),
        (["04/25/2010"], MONTH, "date-order-month-first"),
        (["04/25/2010", "04/04/2010"], MONTH, "date-order-month-first"),
        (["04/25/2010", "03/04/2010"], DAY, "date-order-unclear"),
        (["25/04/2010", "04/25/2010"], DAY, "date-order-mixed"),
        (["25/04/2010"] * 4 + ["04/25/2010"], DAY, "date-order-mixed"),
        (["25/04/2010"] * 5 + ["04/25/2010"], DAY, None),
        (["25/04/2010", "13/13/2010"], DAY, None),
    ],
)
def test_the_order_is_decided_for_the_whole_column(values, order, rule):
    decision = decide_order(values)
    assert (decision.order, decision.rule) == (order, rule)


@given(days=st.lists(DAYS, min_size=1, max_size=30))
@settings(max_examples=50)
def test_an_english_column_is_always_read_day_first(days):
    decision = decide_order([f"{day:%d/%m/%Y}" for day in days])
    assert (decision.order, decision.rule) == (DAY, None)


@pytest.mark.parametrize(
    ("pattern", "order"),
    [
        ("dd/mm/yyyy", DAY),
        ("%d/%m/%Y", DAY),
        ("d-b-y", DAY),
        ("yyyy-mm-dd", DAY),
        ("mm/dd/yyyy", MONTH),
        ("%m/%d/%y", MONTH),
        ("whenever", None),
        ("", None),
    ],
)
def test_declared_formats_say_which_comes_first(pattern, order):
    assert order_of_format(pattern) is order
