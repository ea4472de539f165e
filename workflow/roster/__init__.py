"""The roster: who reviews, what they can give each day, and what they must keep away from.

**A file comes in.** `read_roster` turns an XLSX workbook (sheets Reviewers, Leave, Conflicts and
Vacancies, only the first needed) or a CSV of reviewers into typed rows and findings, without ever
raising; `import_roster` stores them, all or nothing.

- Reviewers: **reference, name, agency, points_per_day**, team, district, available_from, available_to,
  mon … sun or pattern (`mon tue wed`, `0.6`), qualification, skills, roles, leave, conflicts;
- Leave: **reference, from**, to, kind;
- Conflicts: **reference, kind** (case, family, child, team), **subject**, reason;
- Vacancies: **reference, agency, points_per_day**, role, district, since, expected_on, filled_on.

Names of sheets and columns may differ in case, spaces and underscores, and have the usual synonyms
(`columns.py`); dates are ISO, day/month/year, or real Excel dates. A CSV holds leave as `2016-02-15 to
2016-02-19; 2016-03-01` and conflicts as `family F123; case CIN-00012; team Burnley 1`.

**What a file changes.** Reviewers and vacancies are matched by reference. A file changes only what it
has a column for; a reviewer's leave becomes exactly what a file that speaks of leave says; conflicts
are only ever added, because one declared in the product must not vanish with next week's file. People
missing from a file stay: somebody leaves by `available_to`. The same file again changes nothing.

**What it means.** `points_on` and `capacity_by_day` give review points per day (one point is a quarter
of an hour) after dates, pattern, leave, bank holidays and closures; an agreed overtime day counts as a
full day. `roster_of` reads a programme's whole roster in four queries.

Modules: `sheets` (file formats) → `columns` (headings) → `cells` and `codes` (values) → `reading`
(rows) → `changes` → `use_cases` (the only writer) · `queries` and `capacity` for everybody who plans.
"""

from workflow.roster.capacity import (
    absent_until,
    capacity_by_day,
    has_left,
    is_present,
    points_on,
)
from workflow.roster.queries import Roster, roster_of
from workflow.roster.reading import parse_roster, read_roster
from workflow.roster.rows import ConflictRow, LeaveRow, ReviewerRow, RosterExtract, VacancyRow
from workflow.roster.use_cases import RosterResult, declare_conflict, import_roster, record_leave

__all__ = [
    "ConflictRow",
    "LeaveRow",
    "ReviewerRow",
    "Roster",
    "RosterExtract",
    "RosterResult",
    "VacancyRow",
    "absent_until",
    "capacity_by_day",
    "declare_conflict",
    "has_left",
    "import_roster",
    "is_present",
    "parse_roster",
    "points_on",
    "read_roster",
    "record_leave",
    "roster_of",
]
