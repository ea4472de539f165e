"""The forecast on synthetic programmes whose truth is known, a few of them and coarsely."""

import numpy as np
import pytest

from tests.bench.programmes import LONGEST, Change, completed_by, make_programme, work_through
from tests.bench.snapshots import daily_completions, snapshot
from workflow.forecast import regroup
from workflow.forecast.naive import resample
from workflow.forecast.outcomes import play
from workflow.forecast.scores import crps

CUT, TARGET_DAY = 20, 49


@pytest.fixture(scope="module")
def worked():
    worlds = [make_programme(seed) for seed in range(5)]
    return [(world, work_through(world)) for world in worlds]


def test_a_world_is_the_same_for_the_same_seed_and_everything_gets_done(worked) -> None:
    _, cases = worked[0]
    assert work_through(make_programme(0)) == cases
    assert completed_by(cases, LONGEST) == len(cases)
    assert all(case.started <= case.submitted[0] <= case.complete for case in cases)


def test_more_reviewers_in_the_same_world_finish_more(worked) -> None:
    world, cases = worked[1]
    helped = work_through(world, Change(reviewers=5, reviewers_from=25))
    assert completed_by(helped, 24) == completed_by(cases, 24)
    assert completed_by(helped, TARGET_DAY) > completed_by(cases, TARGET_DAY)


def test_a_snapshot_counts_every_case_known_at_the_cut_once(worked) -> None:
    world, cases = worked[2]
    given = snapshot(world, cases, CUT)
    known = sum(case.joins < CUT for case in cases)
    assert given.stock.total.sum() == known
    assert given.stock.complete.sum() == given.history.completed.sum()
    assert given.history.completed.sum() == completed_by(cases, CUT - 1)
    assert daily_completions(world, cases, CUT).sum() == given.history.completed.sum()


def test_it_beats_resampling_and_covers_the_truth_on_known_worlds(worked) -> None:
    ours, naive, covered = [], [], []
    for world, cases in worked:
        given = snapshot(world, cases, CUT, seed=world.seed, paths=400)
        truth = completed_by(cases, TARGET_DAY)
        samples = play(regroup(given, "district")).complete_by_target
        seen = daily_completions(world, cases, CUT)
        calendar_days = (given.target - world.days[CUT - 1]).days
        rng = np.random.default_rng(world.seed)
        simple = seen.sum() + resample(seen, calendar_days, 400, rng)[:, -1]
        ours.append(crps(samples, truth))
        naive.append(crps(np.minimum(simple, given.stock.total.sum()), truth))
        low, high = np.quantile(samples, (0.005, 0.995))
        covered.append(low <= truth <= high)
    assert sum(ours) < 0.6 * sum(naive)
    assert sum(covered) >= 4
