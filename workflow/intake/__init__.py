"""Intake: from the files a council has to typed rows, findings and an explained cohort. No database.

    a path ─► reading.read_file ─► census_xml │ annex_a │ mapped_csv ─► Extract ─► cohort.decide_cohort
              what is it?          bytes to values, each with its       rows,      in or out, by which
              (content, not name)  place (decode, codes, dates); checks findings   rule, and why

What holds for every file:

- A reader never raises for what is in a file: each problem is a `Finding` with file, line, field,
  value, rule, what is wrong and what to do. Rules are the Department for Education's numbers where it
  has one. They stand in two tables: `faults.FAULTS` (files, values) and `checks.RULES` (episodes).
- An error about a row leaves the row out; an error about the file leaves no rows at all. All else is a
  warning and the row comes in: exports are hand-edited, and a clean one has no finding.
- Nothing is guessed and nothing is dropped in silence. A spelling no code fits is reported, and put on
  `Extract.unmapped` for a coordinator to map; `Vocabulary.learn` then knows it for good.
- `Extract.provides` names the fields the source speaks for, so that one file does not wipe out what
  another gave. A table without the start of the episode but with district, team, family, worker or the
  like is a supplement about children already in the caseload.
- English tables put the day first. The order is decided for a whole column, and a column whose dates
  could mean either is refused until a `ColumnMapping` says which.

Who is reviewed is decided after reading, from rows alone, by rules that are data
(`cohort.COHORT_RULES`): so it can be decided again, and previewed, when a programme changes its rules.

To add a spelling: `workflow/data/census_codes.toml`. A heading: `columns.HEADINGS`. A rule about
episodes: a function in `offences.py` and its line in `checks.RULES`. A rule of the cohort:
`cohort.COHORT_RULES`.
"""

from workflow.intake.codes import Vocabulary
from workflow.intake.cohort import (
    COHORT_RULES,
    DEFAULT_RULES,
    CohortDecision,
    CohortPreview,
    CohortRule,
    count_excluded,
    decide_cohort,
    nobody_left,
    preview,
)
from workflow.intake.columns import ColumnMapping, dump_mapping, guess_mapping, load_mapping
from workflow.intake.reading import fingerprint, read_file
from workflow.intake.rows import (
    CaseRow,
    CaseStatus,
    Extract,
    Finding,
    Kind,
    Severity,
    Supplement,
    UnmappedValue,
)

__all__ = [
    "COHORT_RULES",
    "DEFAULT_RULES",
    "CaseRow",
    "CaseStatus",
    "CohortDecision",
    "CohortPreview",
    "CohortRule",
    "ColumnMapping",
    "Extract",
    "Finding",
    "Kind",
    "Severity",
    "Supplement",
    "UnmappedValue",
    "Vocabulary",
    "count_excluded",
    "decide_cohort",
    "dump_mapping",
    "fingerprint",
    "guess_mapping",
    "load_mapping",
    "nobody_left",
    "preview",
    "read_file",
]
