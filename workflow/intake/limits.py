"""How big a file may be before it is refused: caps that keep memory and time in bounds."""

MEGABYTE = 1_000_000

XML_BYTES = 600 * MEGABYTE
"""About 200,000 children."""
XML_DEPTH = 32
"""A census file nests nine deep."""
XML_ELEMENTS = 30_000_000
XML_CHILD_ELEMENTS = 200_000
"""Elements of one child, or between two; a child has some hundreds."""
TABLE_BYTES = 100 * MEGABYTE
WORKBOOK_BYTES = 50 * MEGABYTE
UNPACKED_BYTES = 150 * MEGABYTE
"""What all parts of a workbook may unpack to."""
UNPACKED_RATIO = 300
"""How often its packed size a large part of a workbook may unpack to."""
WORKBOOK_PARTS = 1_000
ROWS = 500_000
"""Rows of one table."""
COLUMNS = 200
BLANK_ROWS = 1_000
"""Blank rows in a sheet after which it is taken to have ended."""
HEADER_WITHIN = 30
"""Headings stand within this many rows of the top: titles and notes come before them."""
FIELD_CHARACTERS = 131_072
"""The longest value of a table."""
RECORD_CHARACTERS = 1_000_000
"""The longest record of a table: a line of millions of empty columns would fill the memory."""
