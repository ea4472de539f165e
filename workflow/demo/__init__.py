"""A synthetic council: caseload and roster for the demonstration, benchmarks and tests.

No child here exists. Shares follow the Department's published figures for Lancashire (year ending 31
March 2016) where there are any, local guesses otherwise; there are no names at all, ids begin with SYN,
and every file says SYNTHETIC. The same seed gives the same bytes.
"""

from workflow.demo.caseload import DemoCaseload, make_caseload, make_newcomers
from workflow.demo.files import write_caseload, write_newcomers
from workflow.demo.roster import DemoRoster, make_roster, write_roster

__all__ = [
    "DemoCaseload",
    "DemoRoster",
    "make_caseload",
    "make_newcomers",
    "make_roster",
    "write_caseload",
    "write_newcomers",
    "write_roster",
]
