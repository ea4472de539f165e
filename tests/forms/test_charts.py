import csv
import io
from datetime import date

from forms.charts import (
    DISTRICTS_HEADER,
    HEADER,
    RELIABILITY_HEADER,
    Reliability,
    burn_down_csv,
    burn_down_rows,
    burn_down_sentence,
    read_burn_down,
    read_reliability,
    read_small_multiples,
    reliability_csv,
    reliability_rows,
    reliability_sentence,
    small_multiples_csv,
    small_multiples_rows,
    small_multiples_sentence,
)
from tests.forms.make import (
    AS_OF,
    BURNLEY,
    CALENDAR,
    OPEN,
    TARGET,
    TOTAL,
    make_band,
    make_chart,
    make_district,
    make_forecast,
    make_multiples,
    make_part,
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


def test_districts_are_ordered_by_risk_then_by_what_is_open() -> None:
    chart = make_multiples(
        make_district("Wyre", chance=0.9),
        make_district("Fylde", chance=0.1, open=3),
        make_district("Burnley", chance=0.1, open=30),
        make_district("Chorley", chance=0.1, open=30),
    )
    assert [one.name for one in chart.by_risk] == ["Burnley", "Chorley", "Fylde", "Wyre"]


COURSE = {
    "burn_down": [{"date": "2016-02-19", "open": 8, "complete": 2}],
    "bands": [
        {
            "date": "2016-02-26",
            **dict.fromkeys(("low95", "low80", "low50"), 2),
            "mid": 3,
            **dict.fromkeys(("high50", "high80", "high95"), 5),
        }
    ],
}


def test_the_districts_of_a_forecast_are_read_with_their_names_and_courses() -> None:
    parts = [
        make_part(district=BURNLEY, p_done=0.9, **COURSE),
        make_part(district="E0", p_done=0.2, **COURSE),
        make_part(district=None, p_done=0.4, **COURSE),
    ]
    chart = read_small_multiples(make_forecast(by_district=parts), {BURNLEY: "Burnley"})
    assert [one.name for one in chart.by_risk] == ["E0", "No district", "Burnley"]
    assert chart.districts[0].history == ((date(2016, 2, 19), 8),)
    assert chart.districts[0].bands[0].high95 == 5
    assert read_small_multiples(make_forecast(), {}).districts == ()  # kept before courses were


def test_the_rows_and_csv_by_district_hold_every_number_of_the_picture() -> None:
    chart = make_multiples(make_district("Wyre", chance=0.0), make_district("Fylde"))
    rows = small_multiples_rows(chart)
    wyre = chart.by_risk[0]
    assert len(rows) == 2 * (len(wyre.history) + len(wyre.bands))
    assert rows[0][:5] == ("Wyre", "<1 %", wyre.history[0][0], "counted", wyre.history[0][1])
    band = wyre.bands[0]
    assert rows[len(wyre.history)][3:] == (
        *("forecast", band.mid, band.low95, band.low80, band.low50),
        *(band.high50, band.high80, band.high95),
    )
    header, *lines = csv.reader(io.StringIO(small_multiples_csv(chart), newline=""))
    assert tuple(header) == DISTRICTS_HEADER
    assert len(lines) == len(rows)
    assert all(len(line) == len(header) for line in lines)


def test_the_sentence_names_the_districts_most_at_risk() -> None:
    late = [make_district(name, chance=n / 10) for n, name in enumerate("ABCD")]
    said = small_multiples_sentence(make_multiples(make_district("Wyre", chance=0.9), *late))
    assert said == (
        "4 districts of 5 are more likely than not to finish after 31 March 2016; the least likely "
        "to finish in time: A (<1 %), B (10 %), C (20 %)."
    )
    sure = make_multiples(make_district("Wyre", chance=0.9))
    assert small_multiples_sentence(sure) == "Every district is likely to finish by 31 March 2016."
    assert small_multiples_sentence(make_multiples()) == "There is no district to show."


def test_what_was_said_and_what_happened_is_told_in_rows_csv_and_a_sentence() -> None:
    ours = [{"said": 0.1, "happened": 0.14, "n": 7}, {"said": 0.9, "happened": 0.88, "n": 9}]
    chart = read_reliability(ours, [{"said": 0.5, "happened": 0.75, "n": 16}])
    assert reliability_rows(chart) == [
        ("ours", 10, 14, 7),
        ("ours", 90, 88, 9),
        ("simple", 50, 75, 16),
    ]
    assert reliability_csv(chart).splitlines()[:2] == [",".join(RELIABILITY_HEADER), "ours,10,14,7"]
    assert reliability_sentence(chart) == (
        "What we said and what happened differ by 3 points on average; those of the simple method "
        "differ by 25 points."
    )
    assert reliability_sentence(read_reliability(ours)).endswith("by 3 points on average.")
    assert reliability_sentence(Reliability(ours=())) == "No forecast has come due yet."
