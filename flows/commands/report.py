"""`cin report`: the report to the Improvement Board, of today or of a past day."""

from pathlib import Path
from typing import Annotated

import typer

from flows.commands.options import AsOf, Json, day
from flows.output import in_words, note, print_json, say
from flows.reports import write_report
from flows.runtime import open_runtime
from forms.report.files import NO_PDF, can_make_pdf
from forms.report.words import chance_sentence, points


def report(
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", file_okay=False, help="Folder for the files.")
    ],
    *,
    as_json: Json = False,
    as_of: AsOf = None,
) -> None:
    """Write the Board report: page, workbook, CSVs, figures as JSON, and PDF where it can be made."""
    written = write_report(open_runtime(), out, as_of=day(as_of))
    made = written.report
    if as_json:
        print_json(
            {
                "as_of": made.as_of,
                "version": made.version,
                "files": [str(file) for file in written.files],
                "figures": made.values,
            }
        )
        return
    say(f"Report to the Board, as it stood on the morning of {in_words(made.as_of)}")
    say("".join(chance_sentence(made)))
    for about, sentence in points(made):
        say(f"{about}: {sentence}")
    say(f"{len(written.files)} files in {out}, figures version {made.version}.")
    if not can_make_pdf():
        note(NO_PDF)
