"""Links to a list's files."""

from forms.pages import Link


def download_links(path: str, query: str = "") -> tuple[Link, ...]:
    """The whole list of a page as CSV and as workbook, as the page's address has it filtered and sorted.

    >>> [link.href for link in download_links("/audit", "kind=signed_in")]
    ['/audit.csv?kind=signed_in', '/audit.xlsx?kind=signed_in']
    """
    asked = f"?{query}" if query else ""
    kinds = (("CSV", "csv"), ("Excel workbook", "xlsx"))
    return tuple(Link(text, f"{path}.{ending}{asked}") for text, ending in kinds)
