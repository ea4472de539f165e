import csv
import io
from datetime import date

import pytest

from forms.charts import (
    HEADER,
    burn_down_csv,
    burn_down_rows,
    burn_down_sentence,
    read_burn_down,
    to_csv,
)
from tests.forms.make import (
    AS_OF,
    CALENDAR,
    OPEN,
    TARGET,
    TOTAL,
    make_band,
    make_chart,
    make_district,
    make_forecast,
    make_multiples,
)
from workflow.calendar import WorkCalendar


def test_a_forecast_is_read_with_its_counts_and_every_band() -> None:
    forecast = make_forecast()
    chart = read_burn_down(forecast, CALENDAR)
    assert (chart.as_of, chart.target, chart.total, chart.open) == (AS_OF, TARGET, TOTAL, OPEN)
    assert chart.history[-1] == (date(2016, 2, 23), OPEN)
    assert len(chart.bands) == len(forecast["bands"])
    assert chart.bands[0].low95 == forecast["bands"][0]["low95"]


def test_easter_is_closed_with_its_weekend_and_an_ordinary_weekend_is_not() -> None:
    assert make_chart().closures == tuple(date(2016, 3, day) for day in (25, 26, 27, 28))


def test_a_councils_own_closure_is_shown_and_its_overtime_day_is_not() -> None:
    closed, worked = date(2016, 3, 2), date(2016, 3, 26)
    calendar = WorkCalendar(closures=frozenset({closed}), overtime=frozenset({worked}))
    closures = read_burn_down(make_forecast(), calendar).closures
    assert closed in closures
    assert worked not in closures


def test_the_needed_pace_falls_evenly_over_working_days_to_nothing_on_the_target() -> None:
    chart = make_chart()
    days, needed = zip(*chart.required, strict=True)
    assert list(days) == CALENDAR.working_days(AS_OF, TARGET)
    assert needed[-1] == 0
    steps = [a - b for a, b in zip((OPEN, *needed), needed, strict=False)]
    assert max(steps) - min(steps) <= 1


def test_no_pace_is_needed_once_the_target_has_passed() -> None:
    assert make_chart(target=date(2016, 2, 23)).required == ()


def test_without_history_the_forecast_starts_the_day_before_its_first_band() -> None:
    assert make_chart(history=()).start == (date(2016, 2, 23), OPEN)
    assert make_chart(history=(), bands=()).start == (date(2016, 2, 23), OPEN)


def test_the_sentence_says_what_is_counted_and_what_is_expected_at_the_target() -> None:
    band = make_band(TARGET, 0, 5, 90, 140, 200, 1443, 2000)
    assert burn_down_sentence(make_chart(total=1690, open=1577, bands=(band,))) == (
        "On 24 February 2016, 1,577 of 1,690 reviews are still open. At the end of 31 March 2016, "
        "between 5 and 1,443 are expected to be left (80 % range)."
    )


def test_the_sentence_says_so_when_nothing_is_expected_to_be_left() -> None:
    band = make_band(TARGET, 0, 0, 0, 0, 0, 0, 3)
    said = burn_down_sentence(make_chart(bands=(band,)))
    assert said.endswith("By the end of 31 March 2016 none is expected to be left (80 % range).")


def test_after_the_target_the_sentence_only_counts() -> None:
    said = burn_down_sentence(make_chart(target=date(2016, 2, 23)))
    assert said == "On 24 February 2016, 156 of 300 reviews are still open."


def test_the_rows_hold_every_number_of_the_picture_in_order() -> None:
    chart = make_chart()
    rows = burn_down_rows(chart)
    assert [row.on for row in rows] == sorted(row.on for row in rows)
    assert len(rows) == len(chart.history) + len(chart.bands)
    assert {row.basis for row in rows if row.on < AS_OF} == {"counted"}
    first, band = rows[len(chart.history)], chart.bands[0]
    assert (first.open, first.needed) == (band.mid, chart.required[0][1])
    assert (first.low95, first.low80, first.low50) == (band.low95, band.low80, band.low50)
    assert (first.high50, first.high80, first.high95) == (band.high50, band.high80, band.high95)
    assert rows[-1].needed is None


def test_the_csv_says_the_same_as_the_rows() -> None:
    chart = make_chart()
    header, *lines = csv.reader(io.StringIO(burn_down_csv(chart), newline=""))
    assert tuple(header) == HEADER
    assert [line[0] for line in lines] == [row.on.isoformat() for row in burn_down_rows(chart)]
    assert lines[-1][1:4] == ["forecast", str(chart.bands[-1].mid), ""]
    assert burn_down_csv(chart).endswith("\r\n")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_no_text_of_a_csv_can_act_as_a_formula(text: str) -> None:
    assert next(csv.reader(io.StringIO(to_csv([[text]]), newline="")))[0] == f"'{text}"


def test_numbers_in_a_csv_stay_numbers_even_below_zero() -> None:
    assert to_csv([[-1, 2.5, None]]) == "-1,2.5,\r\n"


def test_districts_are_ordered_by_risk_then_by_what_is_open() -> None:
    chart = make_multiples(
        make_district("Wyre", chance=0.9),
        make_district("Fylde", chance=0.1, open=3),
        make_district("Burnley", chance=0.1, open=30),
        make_district("Chorley", chance=0.1, open=30),
    )
    assert [one.name for one in chart.by_risk] == ["Burnley", "Chorley", "Fylde", "Wyre"]
