"""Pictures for the pages of flow runs, and for papers."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from forms import charts
from forms.charts import FileFormat, Width, burn_down, read_burn_down
from workflow.forecast import TrackRecord
from workflow.forecast.stored import Outlook

_FILES: tuple[tuple[Width, FileFormat], ...] = (
    ("wide", "svg"),
    ("narrow", "svg"),
    ("wide", "png"),
)


class Paper(NamedTuple):
    """One picture with its sentence and its numbers."""

    name: str
    draw: Callable[[Width, FileFormat], bytes]
    sentence: str
    csv: str


def burn_down_png(outlook: Outlook) -> bytes:
    """The burn-down of a forecast as PNG, at page width."""
    chart = read_burn_down(outlook.forecast.to_json(), outlook.inputs.calendar)
    return burn_down(chart, width="wide", file_format="png")


def write_papers(
    outlook: Outlook, records: Sequence[TrackRecord], names: Mapping[str, str], folder: Path
) -> Iterator[Path]:
    """Write every picture as SVG (wide and narrow) and PNG, with its sentence and CSV beside it.

    Args:
        names: district code → name.

    Yields:
        Each file as it is written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for paper in _papers(outlook, records, names):
        for width, file_format in _FILES:
            path = folder / f"{paper.name}-{width}.{file_format}"
            path.write_bytes(paper.draw(width, file_format))
            yield path
        for suffix, text in (("txt", f"{paper.sentence}\n"), ("csv", paper.csv)):
            path = folder / f"{paper.name}.{suffix}"
            path.write_text(text, encoding="utf-8", newline="")
            yield path


def _papers(
    outlook: Outlook, records: Sequence[TrackRecord], names: Mapping[str, str]
) -> Iterator[Paper]:
    document = outlook.forecast.to_json()
    chart = read_burn_down(document, outlook.inputs.calendar)
    yield Paper(
        "burn-down",
        lambda width, file_format: burn_down(chart, width=width, file_format=file_format),
        charts.burn_down_sentence(chart),
        charts.burn_down_csv(chart),
    )
    districts = charts.read_small_multiples(document, names)
    yield Paper(
        "districts",
        lambda width, file_format: charts.small_multiples(
            districts, width=width, file_format=file_format
        ),
        charts.small_multiples_sentence(districts),
        charts.small_multiples_csv(districts),
    )
    for record in records:
        if record.n:
            yield _reliability(record)


def _reliability(record: TrackRecord) -> Paper:
    chart = charts.read_reliability(record.to_json()["reliability"])
    return Paper(
        f"reliability-{record.working_days}-days",
        lambda width, file_format: charts.reliability(chart, width=width, file_format=file_format),
        f"{record.cover_in_words} {charts.reliability_sentence(chart)}",
        charts.reliability_csv(chart),
    )
