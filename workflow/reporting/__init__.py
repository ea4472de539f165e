"""The Board report as facts: tables, figures and how each figure is recounted. Reads, never writes.

`values` says what a report is made of; `standing` counts reviews from the events; `protecting` hides
small numbers in everything at once; `progress`, `findings`, `assurance`, `following`, `people`,
`promises` and `sources` fill the sections; `report` puts them together. Words and pictures are
`forms.report`'s.
"""

from workflow.reporting.report import BoardReport, report_facts
from workflow.reporting.values import HIDDEN, Column, Figure, Section, Table, Term

__all__ = [
    "HIDDEN",
    "BoardReport",
    "Column",
    "Figure",
    "Section",
    "Table",
    "Term",
    "report_facts",
]
