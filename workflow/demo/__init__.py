"""A synthetic council: caseload and roster for the demonstration, benchmarks and tests.

No child and no person here exists. Shares follow the Department's figures for Lancashire (year ending
31 March 2016) where there are any and are guesses otherwise, each marked in `calibration`. There are no
names at all, ids begin with SYN, and every file says SYNTHETIC. The same seed gives the same bytes.

    make_caseload ──► write_caseload ──► Annex A list 6, census XML, CSV of extra columns with mapping
          │                              (make_newcomers, write_newcomers: the week's new cases)
          └──► make_roster ──► write_roster ──► roster workbook

The cohort is exactly as large as asked for; the case system holds about as many episodes again, to be
kept out: `DemoEpisode.kept_out_by` names the cohort rule that must do it.
"""

from workflow.demo.caseload import DemoCaseload, make_caseload, make_newcomers
from workflow.demo.episodes import DemoEpisode
from workflow.demo.files import DemoFiles, write_caseload, write_newcomers
from workflow.demo.roster import DemoRoster, make_roster
from workflow.demo.roster_file import write_roster

__all__ = [
    "DemoCaseload",
    "DemoEpisode",
    "DemoFiles",
    "DemoRoster",
    "make_caseload",
    "make_newcomers",
    "make_roster",
    "write_caseload",
    "write_newcomers",
    "write_roster",
]
