"""Synthetic children and episodes of need, as typed rows. Pure and seeded."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np

from workflow.geography import Geography
from workflow.intake.rows import CaseRow, CaseStatus

FAMILY_SIZES = (0.50, 0.27, 0.13, 0.07, 0.03)
"""Share of families with 1 to 5 children in need (local guess)."""
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
"""Share of children in need by district: population tilted by deprivation (local guess)."""
NEEDS = {
    "N1": 0.59,
    "N2": 0.066,
    "N3": 0.03,
    "N4": 0.03,
    "N5": 0.244,
    "N6": 0.02,
    "N8": 0.02,
}
"""Primary need codes. Source: DfE, Lancashire 2015-16 (N1 59 %, N5 24 %, N2 6.6 %)."""
OPEN_DAYS = (
    (0.244, 1, 91),
    (0.20, 92, 365),
    (0.22, 366, 730),
    (0.336, 731, 2000),
)
"""Share of episodes by days open, from and to. Source: DfE, Lancashire 2015-16."""
FACTORS = {
    "2B": 0.18,
    "1B": 0.17,
    "3B": 0.42,
    "4B": 0.30,
    "4A": 0.10,
    "10A": 0.05,
    "11A": 0.06,
    "13A": 0.02,
    "15A": 0.05,
    "16A": 0.22,
    "17A": 0.20,
    "18A": 0.10,
    "19A": 0.04,
}
"""Share of assessments that find a factor (local guess, domestic abuse most often)."""
ETHNICITIES = {"WBRI": 0.80, "APKN": 0.07, "MWAS": 0.03, "AIND": 0.02, "WOTH": 0.04, "NOBT": 0.04}
SOURCES = {"6": 0.33, "2A": 0.17, "3A": 0.14, "5B": 0.12, "1B": 0.10, "8": 0.14}
"""Referral sources; a third from the police. Source: DfE, Lancashire 2015-16."""
OUTSIDE = {
    "child_protection": 0.21,
    "looked_after": 0.24,
    "closed": 0.28,
    "no_further_action": 0.14,
    "open_assessment": 0.08,
    "over_18": 0.02,
    "duplicate": 0.02,
    "neighbour": 0.01,
}
"""Episodes beside the cohort, as a share of it, by what keeps them out."""
NEIGHBOUR = "E06000008"
"""Blackburn with Darwen, an authority of its own."""

_DISABLED = 0.07
_UNBORN = 0.01
_BOYS = 0.53
_UNHELD = 0.04
_UNQUALIFIED = 0.35
_TEAMS_PER_DISTRICT = 3


@dataclass(frozen=True, slots=True)
class DemoCaseload:
    """All episodes of the synthetic case system on one day."""

    rows: tuple[CaseRow, ...]
    as_of: date
    seed: int


def make_caseload(
    geography: Geography, *, seed: int, cases: int = 2500, as_of: date = date(2016, 1, 20)
) -> DemoCaseload:
    """A case system whose cohort holds about `cases` children, and twice as many episodes in all."""
    rng = np.random.default_rng(seed)
    maker = _Maker(rng, geography, as_of, prefix="SYN")
    rows = list(maker.take("cohort", cases))
    for kind, share in OUTSIDE.items():
        if kind == "duplicate":
            rows += [_second_episode(rng, row, as_of) for row in rows[: round(share * cases)]]
        else:
            rows += maker.take(kind, round(share * cases))
    rows.sort(key=lambda row: (row.child_id, row.episode_start))
    return DemoCaseload(tuple(rows), as_of, seed)


def make_newcomers(
    geography: Geography, *, seed: int, cases: int, as_of: date
) -> tuple[CaseRow, ...]:
    """Children whose need became known in the week before `as_of`."""
    rng = np.random.default_rng([seed, as_of.toordinal()])
    maker = _Maker(rng, geography, as_of, prefix=f"SYN{as_of:%m%d}")
    return tuple(
        replace(row, episode_start=as_of - timedelta(int(rng.integers(1, 7))), last_seen_on=None)
        for row in maker.take("cohort", cases)
    )


class _Maker:
    """Makes families one after the other from one stream of random numbers."""

    def __init__(
        self, rng: np.random.Generator, geography: Geography, as_of: date, prefix: str
    ) -> None:
        self.rng, self.as_of, self.prefix = rng, as_of, prefix
        self.names = {code: geography.districts[code] for code in DISTRICTS}
        self.children = self.families = 0

    def take(self, kind: str, count: int) -> Iterator[CaseRow]:
        """`count` episodes of a kind, in families."""
        made = 0
        while made < count:
            self.families += 1
            family = f"F{self.prefix}{self.families:05}"
            district = self._pick(DISTRICTS)
            team = f"{self.names[district]} {self.rng.integers(1, _TEAMS_PER_DISTRICT + 1)}"
            worker = self._worker()
            size = 1 + int(self.rng.choice(len(FAMILY_SIZES), p=FAMILY_SIZES))
            for _ in range(min(size, count - made)):
                made += 1
                row = replace(
                    self._child(),
                    family=family,
                    district=NEIGHBOUR if kind == "neighbour" else district,
                    team=team,
                    worker=worker,
                    worker_qualified=bool(self.rng.random() > _UNQUALIFIED) if worker else None,
                )
                yield _as_kind(self.rng, row, kind, self.as_of)

    def _child(self) -> CaseRow:
        rng, as_of = self.rng, self.as_of
        self.children += 1
        started = as_of - timedelta(self._days_open())
        need = self._pick(NEEDS)
        disabled = need == "N2" or rng.random() < _DISABLED / 2
        assessed = started + timedelta(int(rng.integers(2, 20)))
        authorised = assessed + timedelta(int(rng.gamma(6, 6)))
        done = authorised < as_of
        unborn = rng.random() < _UNBORN
        oldest = min(6300, (as_of - started).days + 6000)
        youngest = (as_of - started).days
        birth = as_of - timedelta(int(rng.integers(youngest, max(oldest, youngest + 1))))
        birth = max(birth, as_of - timedelta(6500))
        return CaseRow(
            line=0,
            child_id=f"{self.prefix}{self.children:07}",
            episode_start=min(started, as_of - timedelta(7))
            if not unborn
            else as_of - timedelta(30),
            birth_on=None if unborn else min(birth, started),
            expected_birth_on=as_of + timedelta(60) if unborn else None,
            gender="male" if rng.random() < _BOYS else "female",
            ethnicity=self._pick(ETHNICITIES),
            disabilities=("LD",) if disabled else (),
            referral_source=self._pick(SOURCES),
            primary_need=need,
            no_further_action=False,
            factors=self._factors() if done else (),
            assessment_started_on=assessed if assessed < as_of and not unborn else None,
            assessment_authorised_on=authorised if done and not unborn else None,
            status=CaseStatus.CHILD_IN_NEED_PLAN,
            last_seen_on=as_of - timedelta(int(min(rng.gamma(1.6, 20), 300)) + 1),
            looked_after=False,
        )

    def _days_open(self) -> int:
        shares = [share for share, _, _ in OPEN_DAYS]
        band = self.rng.choice(len(OPEN_DAYS), p=np.array(shares) / sum(shares))
        _, low, high = OPEN_DAYS[band]
        return int(self.rng.integers(max(low, 8), high))

    def _factors(self) -> tuple[str, ...]:
        return tuple(sorted(code for code, p in FACTORS.items() if self.rng.random() < p))

    def _worker(self) -> str | None:
        if self.rng.random() < _UNHELD:
            return None
        return f"W{self.rng.integers(1, 320):04}"

    def _pick(self, shares: dict[str, float]) -> str:
        weights = np.array(list(shares.values()))
        return str(self.rng.choice(list(shares), p=weights / weights.sum()))


def _as_kind(rng: np.random.Generator, row: CaseRow, kind: str, as_of: date) -> CaseRow:
    """The same episode as one that the cohort rules keep out."""
    days = int(rng.integers(10, 200))
    changes: dict[str, dict[str, Any]] = {
        "child_protection": {
            "status": CaseStatus.CHILD_PROTECTION_PLAN,
            "protection_plan_open": True,
        },
        "looked_after": {"status": CaseStatus.LOOKED_AFTER, "looked_after": True},
        "open_assessment": {
            "status": CaseStatus.OPEN_ASSESSMENT,
            "factors": (),
            "assessment_authorised_on": None,
        },
        "over_18": {"birth_on": as_of - timedelta(6700 + days), "expected_birth_on": None},
    }
    if kind == "closed":
        return _closed(row, as_of - timedelta(days), as_of)
    if kind == "no_further_action":
        return replace(_unassessed(row), status=None, no_further_action=True)
    return replace(row, **changes.get(kind, {}))


def _closed(row: CaseRow, wanted: date, as_of: date) -> CaseRow:
    """The episode closed about `wanted`, once its assessment was done (rules 8565 and 8867)."""
    done = row.assessment_authorised_on
    closed = max(wanted, (done or row.episode_start) + timedelta(1))
    row = replace(
        row,
        status=CaseStatus.CLOSED,
        closed_on=min(closed, as_of - timedelta(1)),
        closure_reason="RC7",
    )
    return row if done and done < as_of - timedelta(1) else _unassessed(row)


def _unassessed(row: CaseRow) -> CaseRow:
    return replace(row, factors=(), assessment_started_on=None, assessment_authorised_on=None)


def _second_episode(rng: np.random.Generator, row: CaseRow, as_of: date) -> CaseRow:
    """A later open episode of the same child: the census allows one (rule 8815)."""
    later = as_of - timedelta(int(rng.integers(1, 7)))
    start = max(later, row.episode_start + timedelta(1))
    return replace(_unassessed(row), episode_start=start)
