"""A synthetic case system: families, teams, workers and the episodes they hold. Pure and seeded."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from math import ceil

import numpy as np

from workflow.demo import calibration
from workflow.demo.calibration import Shares
from workflow.demo.episodes import (
    DemoEpisode,
    Family,
    Holder,
    earlier_episode,
    make_episode,
)
from workflow.geography import Geography
from workflow.intake.rows import CaseRow

COHORT = 2500
"""Children in the cohort unless somebody asks for another number."""
_SECOND_ROW = "duplicate_open_episode"
_STATUTORY = frozenset({"child_protection_plan", "looked_after", "open_assessment"})
"""Cohort rules that keep out work only social workers hold."""
_OPEN_PER_COHORT = 1.5
"""Open episodes, those on protection plans and looked after among them, for each of the cohort."""


@dataclass(frozen=True)
class DemoCaseload:
    """All episodes of the synthetic case system on one day, by child and start."""

    episodes: tuple[DemoEpisode, ...]
    as_of: date
    seed: int

    @cached_property
    def rows(self) -> tuple[CaseRow, ...]:
        """What the case system says of each episode."""
        return tuple(episode.row for episode in self.episodes)

    @cached_property
    def cohort(self) -> tuple[CaseRow, ...]:
        """The rows that the usual cohort rules leave in."""
        return tuple(episode.row for episode in self.episodes if episode.kept_out_by is None)

    @property
    def kept_out(self) -> dict[str, int]:
        """Cohort rule → episodes that are in the case system to be kept out by it."""
        counts = Counter(episode.kept_out_by for episode in self.episodes)
        return {rule: counts[rule] for rule in calibration.OUTSIDE if counts[rule]}


def make_caseload(
    geography: Geography, *, seed: int, cases: int = COHORT, as_of: date = date(2016, 1, 20)
) -> DemoCaseload:
    """A case system whose cohort is `cases` children, with about as many episodes that are out of it.

    The file has 1.98 times as many episodes as the cohort has children (`calibration.OUTSIDE`).

    Args:
        geography: districts that `calibration.DISTRICTS` does not know share the work evenly.
        cases: children whom the usual cohort rules leave in, exactly.
    """
    rng = np.random.default_rng(seed)
    counts = {rule: max(1, round(share * cases)) for rule, share in calibration.OUTSIDE.items()}
    if not geography.neighbours:
        del counts["outside_area"]
    second_rows = counts.pop(_SECOND_ROW)
    maker = _Maker(rng, geography, as_of, cohort=cases, children=cases + sum(counts.values()))
    episodes = list(maker.take(None, cases))
    second = _earlier_episodes(rng, episodes, second_rows)
    for rule, count in counts.items():
        episodes += maker.take(rule, count)
    episodes += second
    episodes.sort(key=lambda episode: (episode.row.child_id, episode.row.episode_start))
    return DemoCaseload(tuple(episodes), as_of, seed)


def make_newcomers(
    geography: Geography, *, seed: int, cases: int, as_of: date
) -> tuple[CaseRow, ...]:
    """Children whose need became known in the week before `as_of`; their ids name the day."""
    rng = np.random.default_rng([seed, as_of.toordinal()])
    maker = _Maker(rng, geography, as_of, cohort=COHORT, children=cases, prefix=f"SYN{as_of:%m%d}")
    return tuple(_newcomer(rng, episode.row, as_of) for episode in maker.take(None, cases))


def _newcomer(rng: np.random.Generator, row: CaseRow, as_of: date) -> CaseRow:
    return replace(
        row,
        episode_start=as_of - timedelta(int(rng.integers(1, 7))),
        factors=None,
        assessment_started_on=None,
        assessment_authorised_on=None,
        section_47_open=False,
        protection_plan_ended_on=None,
        last_seen_on=None,
    )


def _earlier_episodes(
    rng: np.random.Generator, episodes: list[DemoEpisode], count: int
) -> list[DemoEpisode]:
    """`count` older open referrals of children who are in the cohort by a later one."""
    tried = (earlier_episode(rng, episodes[index]) for index in rng.permutation(len(episodes)))
    found = (episode for episode in tried if episode is not None)
    return [episode for _, episode in zip(range(count), found, strict=False)]


@dataclass(frozen=True, slots=True)
class _Team:
    name: str
    workers: dict[str, tuple[str, ...]]
    """Kind of holder → ids."""


class _Maker:
    """Makes families and their children from one stream of random numbers."""

    def __init__(
        self,
        rng: np.random.Generator,
        geography: Geography,
        as_of: date,
        *,
        cohort: int,
        children: int,
        prefix: str = "SYN",
    ) -> None:
        """Make the teams for a cohort of that size; `children` are to be made at most."""
        self.rng, self.geography, self.as_of, self.prefix = rng, geography, as_of, prefix
        self.districts = calibration.district_shares(geography)
        self.teams = _make_teams(geography, self.districts, cohort)
        # Numbers are given out in no order, so that they tell nothing of the child.
        self.child_numbers = iter(rng.permutation(children) + 1)
        self.family_numbers = iter(rng.permutation(children) + 1)
        self.cohort_families: list[Family] = []

    def take(self, rule: str | None, count: int) -> Iterator[DemoEpisode]:
        """`count` children of the cohort, or whom a cohort rule keeps out, family by family."""
        left = count
        while left:
            family = self._known_family(rule) or self._new_family(rule)
            size = min(calibration.FAMILY_SIZES.pick(self.rng), left)
            left -= size
            for _ in range(size):
                child_id = f"{self.prefix}{next(self.child_numbers):07}"
                yield make_episode(self.rng, child_id, family, rule, self.as_of)

    def _known_family(self, rule: str | None) -> Family | None:
        """A family that has children in the cohort, now and then."""
        if rule is None or rule == "outside_area":
            return None
        if self.rng.random() >= calibration.IN_COHORT_FAMILY:
            return None
        family = self.cohort_families[int(self.rng.integers(len(self.cohort_families)))]
        is_fit = rule not in _STATUTORY or family.holder.kind == calibration.QUALIFIED
        return family if is_fit else None

    def _new_family(self, rule: str | None) -> Family:
        rng = self.rng
        district, need = self.districts.pick(rng), calibration.NEEDS.pick(rng)
        teams = self.teams[district, need == "N2"]
        team = teams[int(rng.integers(len(teams)))]
        holder = self._holder(team, rule)
        family = Family(
            key=f"F{self.prefix}{next(self.family_numbers):05}",
            district=self._neighbour() if rule == "outside_area" else district,
            team=team.name,
            holder=holder,
            need=need,
            open_days=calibration.OPEN_DAYS.pick(rng).pick(rng),
            unseen_days=_unseen_days(rng, holder),
            ethnicity=calibration.ETHNICITIES.pick(rng),
            source=calibration.REFERRAL_SOURCES.pick(rng),
        )
        if rule is None:
            self.cohort_families.append(family)
        return family

    def _neighbour(self) -> str:
        codes = list(self.geography.neighbours)
        return codes[int(self.rng.integers(len(codes)))]

    def _holder(self, team: _Team, rule: str | None) -> Holder:
        statutory = rule in _STATUTORY
        kind = calibration.QUALIFIED if statutory else calibration.HOLDERS.pick(self.rng)
        if kind == calibration.NOBODY:
            return Holder(None, kind)
        ids = team.workers[kind]
        return Holder(ids[int(self.rng.integers(len(ids)))], kind)


def _unseen_days(rng: np.random.Generator, holder: Holder) -> int:
    """Days since the family was last visited."""
    if rng.random() < calibration.UNSEEN[holder.kind]:
        return calibration.UNSEEN_DAYS.pick(rng)
    return 1 + min(int(rng.gamma(2.2, 7)), 41)


def _make_teams(
    geography: Geography, districts: Shares[str], cohort: int
) -> dict[tuple[str, bool], list[_Team]]:
    """(District, whether for disabled children) → the teams that work there.

    Each district has child in need teams by its share of the work; disabled children's teams work for
    whole social care areas.
    """
    names: dict[tuple[str, bool], list[str]] = {}
    for code, share in districts.of.items():
        count = max(1, round(share * calibration.TEAMS))
        names[code, False] = [f"{geography.name_of(code)} {n}" for n in range(1, count + 1)]
        area = geography.areas_of(code).get("social_care", geography.authority_name)
        names[code, True] = [f"Children with disabilities {area}"]
    different = dict.fromkeys(name for own in names.values() for name in own)
    holders = _OPEN_PER_COHORT * cohort / calibration.CASELOAD / len(different)
    teams = {name: _make_team(name, n, holders) for n, name in enumerate(different, start=1)}
    return {key: [teams[name] for name in own] for key, own in names.items()}


def _make_team(name: str, number: int, holders: float) -> _Team:
    sizes = {kind: ceil(share * holders) for kind, share in calibration.HOLDERS.of.items()}
    workers = {
        kind: tuple(f"{kind}{number:02}{n:02}" for n in range(1, size + 1))
        for kind, size in sizes.items()
    }
    return _Team(name, workers)
