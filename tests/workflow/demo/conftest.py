"""One synthetic council of the usual size and its files, made once for all tests of the package."""

import pytest

from workflow.demo import (
    DemoCaseload,
    DemoFiles,
    DemoRoster,
    make_caseload,
    make_roster,
    write_caseload,
)
from workflow.geography import Geography, load_geography

SEED = 2016


@pytest.fixture(scope="session")
def geography() -> Geography:
    return load_geography()


@pytest.fixture(scope="session")
def caseload(geography: Geography) -> DemoCaseload:
    return make_caseload(geography, seed=SEED)


@pytest.fixture(scope="session")
def small(geography: Geography) -> DemoCaseload:
    return make_caseload(geography, seed=SEED, cases=120)


@pytest.fixture(scope="session")
def files(
    small: DemoCaseload, geography: Geography, tmp_path_factory: pytest.TempPathFactory
) -> DemoFiles:
    return write_caseload(small, geography, tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="session")
def roster(caseload: DemoCaseload, geography: Geography) -> DemoRoster:
    return make_roster(caseload, geography, seed=SEED)
