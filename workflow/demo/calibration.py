"""The shares the synthetic council is drawn from, each with its source.

"DfE" is the Department's Children in Need statistics for Lancashire, year ending 31 March 2016;
everything marked "assumed" is a guess at a plausible council and no fact about any.
"""

from bisect import bisect_right
from collections.abc import Mapping
from datetime import date
from itertools import accumulate
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from workflow.geography import Geography

T = TypeVar("T")

YEAR = 365.25
"""Days."""


class Shares(Generic[T]):
    """Values with weights of any sum; each pick takes one random number."""

    def __init__(self, weights: Mapping[T, float]) -> None:
        """Keep the weights as shares of one."""
        total = sum(weights.values())
        self.of = {value: weight / total for value, weight in weights.items()}
        self._values = tuple(weights)
        self._bounds = tuple(accumulate(self.of.values()))[:-1]

    def pick(self, rng: np.random.Generator) -> T:
        """One of the values."""
        return self._values[bisect_right(self._bounds, rng.random())]


class Days(NamedTuple):
    """A span of days, both ends counted."""

    least: int
    most: int

    def pick(self, rng: np.random.Generator) -> int:
        """A number of days, all equally likely."""
        return int(rng.integers(self.least, self.most + 1))


FAMILY_SIZES = Shares({1: 0.50, 2: 0.27, 3: 0.13, 4: 0.07, 5: 0.03})
"""Children of one family in the cohort (assumed)."""
DISTRICTS = {
    "E07000117": 0.105,  # Burnley
    "E07000118": 0.075,  # Chorley
    "E07000119": 0.045,  # Fylde
    "E07000120": 0.085,  # Hyndburn
    "E07000121": 0.115,  # Lancaster
    "E07000122": 0.095,  # Pendle
    "E07000123": 0.160,  # Preston
    "E07000124": 0.025,  # Ribble Valley
    "E07000125": 0.065,  # Rossendale
    "E07000126": 0.070,  # South Ribble
    "E07000127": 0.085,  # West Lancashire
    "E07000128": 0.075,  # Wyre
}
"""Share of children in need by district code: child population tilted by deprivation (assumed)."""


def district_shares(geography: Geography) -> Shares[str]:
    """The districts of any geography with their shares; those unknown here share evenly."""
    even = 1 / len(geography.places)
    return Shares({code: DISTRICTS.get(code, even) for code in geography.places})


OUTSIDE = {
    "child_protection_plan": 0.211,
    "looked_after": 0.244,
    "closed": 0.28,
    "no_further_action": 0.14,
    "open_assessment": 0.06,
    "over_18": 0.02,
    "duplicate_open_episode": 0.02,
    "outside_area": 0.004,
}
"""Episodes beside the cohort, as a share of it, by the cohort rule that keeps them out.

1,460 protection plans and 1,691 looked after children beside 6,920 others (DfE and the council, 31
March 2016); the rest assumed. Together the file holds 1.98 episodes for each of the cohort.
"""
IN_COHORT_FAMILY = 0.15
"""Share of those other children who are brothers and sisters of the cohort's (assumed)."""
SIBLINGS_ALIKE = 0.85
"""Chance that a brother or sister has the same referral, need or visit (assumed)."""

OPEN_DAYS = Shares(
    {
        Days(10, 91): 0.244,
        Days(92, 182): 0.12,
        Days(183, 365): 0.15,
        Days(366, 730): 0.15,
        Days(731, 1100): 0.18,
        Days(1101, 1800): 0.11,
        Days(1801, 2900): 0.046,
    }
)
"""How long episodes have been open. DfE: 24.4 % up to 3 months, 33.6 % over 2 years; rest assumed."""
AGES = Shares(
    {
        Days(3, 365): 0.09,
        Days(366, 1826): 0.26,
        Days(1827, 3652): 0.28,
        Days(3653, 5843): 0.28,
        Days(5844, 6540): 0.09,
    }
)
"""Ages in days, up to a month short of 18 (assumed, after England's age bands of children in need)."""
ADULT_AGES = Days(6600, 7600)
"""Ages in days of care leavers whose episodes are open."""
UNBORN = 0.035
"""Share of unborn children among episodes open for less than half a year (assumed)."""
BOYS = 0.53
NEEDS = Shares(
    {"N1": 0.590, "N5": 0.244, "N2": 0.066, "N3": 0.030, "N4": 0.030, "N6": 0.022, "N8": 0.018}
)
"""Primary need codes. DfE for N1, N5 and N2; the others assumed."""
ETHNICITIES = Shares(
    {
        "WBRI": 0.80,
        "APKN": 0.07,
        "WOTH": 0.03,
        "MWAS": 0.025,
        "NOBT": 0.025,
        "AIND": 0.015,
        "MWBC": 0.012,
        "MOTH": 0.01,
        "BAFR": 0.005,
        "ABAN": 0.004,
        "WROM": 0.004,
    }
)
"""Ethnicity codes (assumed)."""
REFERRAL_SOURCES = Shares(
    {
        "6": 0.33,
        "2A": 0.16,
        "5A": 0.07,
        "5B": 0.06,
        "3A": 0.03,
        "3B": 0.04,
        "3C": 0.02,
        "3E": 0.03,
        "3F": 0.03,
        "1A": 0.07,
        "1B": 0.03,
        "1C": 0.01,
        "8": 0.05,
        "9": 0.03,
        "4": 0.02,
        "7": 0.02,
    }
)
"""Referral source codes. DfE: a third (3,975 of 12,156) from the police; the others assumed."""

DISABLED = {"N2": 0.90, None: 0.008}
"""Share of children with a recorded disability by need. DfE: 6.8 % of all; the split is assumed."""
DISABILITIES = {
    "LD": 0.40,
    "AUT": 0.35,
    "COMM": 0.25,
    "MOB": 0.22,
    "BEH": 0.18,
    "PC": 0.15,
    "INC": 0.10,
    "HEAR": 0.05,
    "VIS": 0.05,
    "CON": 0.04,
    "HAND": 0.03,
}
"""Share of disabled children who have each disability (assumed)."""

FACTORS: dict[str, dict[str, float]] = {
    "N1": {
        "1B": 0.22,
        "2B": 0.24,
        "3A": 0.10,
        "3B": 0.46,
        "4A": 0.08,
        "4B": 0.34,
        "7A": 0.03,
        "10A": 0.10,
        "11A": 0.09,
        "13A": 0.04,
        "14A": 0.08,
        "15A": 0.08,
        "16A": 0.32,
        "17A": 0.28,
        "18A": 0.14,
        "19A": 0.06,
    },
    "N2": {"4A": 0.08, "4B": 0.12, "5A": 0.50, "6A": 0.42, "14A": 0.05, "6B": 0.05},
    "N3": {"4B": 0.50, "6B": 0.40, "5B": 0.20, "7A": 0.35, "3B": 0.08, "16A": 0.06},
    "N4": {"3B": 0.22, "4A": 0.12, "4B": 0.32, "6B": 0.08, "20": 0.30},
    "N5": {
        "1B": 0.20,
        "2B": 0.18,
        "3A": 0.06,
        "3B": 0.40,
        "4A": 0.12,
        "4B": 0.34,
        "6B": 0.05,
        "7A": 0.04,
        "10A": 0.10,
        "11A": 0.08,
        "14A": 0.16,
        "15A": 0.10,
        "16A": 0.12,
        "17A": 0.16,
    },
    "N6": {
        "1A": 0.20,
        "2A": 0.30,
        "3A": 0.08,
        "4A": 0.15,
        "10A": 0.30,
        "11A": 0.14,
        "13A": 0.16,
        "14A": 0.70,
        "15A": 0.15,
    },
    "N8": {"4B": 0.10, "9A": 0.25, "10A": 0.15, "16A": 0.10, "20": 0.30},
}
"""Primary need → share of assessments that find each factor (assumed, domestic abuse most often)."""
ADOLESCENT_FACTORS = frozenset({"1A", "2A", "10A", "11A", "13A", "14A", "15A", "7A", "9A"})
"""Factors looked for from ten years of age on; their shares are of the children of that age."""
POLICE_FINDS_ABUSE = 1.35
"""How much likelier domestic abuse (3A, 3B) is among the factors after a police referral (assumed)."""

QUALIFIED, UNQUALIFIED, LEFT, NOBODY = "SW", "FSW", "LEFT", ""
HOLDERS = Shares({QUALIFIED: 0.60, UNQUALIFIED: 0.30, LEFT: 0.05, NOBODY: 0.05})
"""Who holds a child in need case: social workers, family support workers, people who have left, nobody.

Source of the kinds: what inspectors and auditors found in Lancashire, 2012 and 2015; shares assumed.
"""
CASELOAD = 15.5
"""Children per case holder. Source: DfE workforce census, Lancashire, September 2017."""
TEAMS = 22
"""Child in need teams of the county, shared out by district; disabled children's teams come on top."""

UNSEEN = {QUALIFIED: 0.08, UNQUALIFIED: 0.12, LEFT: 0.45, NOBODY: 0.45}
"""Share of families not seen for six weeks or more, by who holds the case (assumed)."""
UNSEEN_DAYS = Days(45, 300)
NO_VISIT_ON_FILE = 0.015
"""Share of cases without a date last seen (assumed)."""

REASSESSED = 0.55
"""Share of episodes open for more than `REASSESSED_FROM` days that have a later assessment (assumed)."""
REASSESSED_FROM = 420
ASSESSMENT_DAYS = (51.0, 0.42)
"""Median and spread of an assessment's calendar days. DfE: 27 % take over 45 working days (63 days)."""
ENQUIRY_WITHOUT_CONFERENCE = 0.15
"""Share of the cohort's N1 episodes with a section 47 enquiry that needed no conference (assumed)."""
OPEN_ENQUIRY = 0.01
"""Share of the cohort's N1 episodes with an enquiry that is still open (assumed)."""
PLAN_ENDED = 0.12
"""Share of the cohort's episodes open for half a year that stepped down from a plan (assumed)."""
ABUSE_CATEGORIES = Shares({"NEG": 0.44, "EMO": 0.36, "PHY": 0.10, "SAB": 0.06, "MUL": 0.04})
EARLIER_PLANS = Shares({0: 0.80, 1: 0.15, 2: 0.05})
CLOSURE_REASONS = Shares(
    {"RC7": 0.911, "RC8": 0.040, "RC5": 0.025, "RC6": 0.010, "RC3": 0.007, "RC4": 0.005}
)
"""Reasons for closure. DfE: 91 % RC7; the others assumed."""

HALF_TERM = (date(2016, 2, 15), date(2016, 2, 19))
EASTER_LEAVE = ((date(2016, 3, 21), date(2016, 3, 24)), (date(2016, 3, 29), date(2016, 4, 8)))
"""Leave around Easter 2016: the days before Good Friday, or the holidays after Easter Monday."""
