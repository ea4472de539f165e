"""The Board report for people: a page for print, a workbook, CSVs, and a PDF where it can be made.

`words` says what the facts of `workflow.reporting` mean, `pages` lays them out, `pictures` draws,
`files` turns all of it into files.
"""

from forms.report.files import ReportFile, pdf_of, report_files, report_html
from forms.report.workbook import workbook_of

__all__ = ["ReportFile", "pdf_of", "report_files", "report_html", "workbook_of"]
