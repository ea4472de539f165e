"""When the last case ends, read off the expected number of reviews that are still out."""

import numpy as np
from numpy.typing import NDArray

from workflow.forecast.pipeline import Simulation

Times = NDArray[np.float32]


def last_case_times(simulation: Simulation) -> Times:
    """Working days until the last review of each group is complete, shape (groups, paths).

    0 is now, horizon + 1 later than the horizon. With m reviews expected to be out, late ones
    included, none is left with the chance exp(-m); never before the bulk is through. Every group's
    slowest case counts, so the programme ends at the maximum over the groups.
    """
    shape = simulation.scope.shape
    patience = simulation.last_cases.standard_exponential(shape, dtype=np.float32)
    waited = np.zeros(shape, np.float32)
    for complete in simulation.complete:
        waited += simulation.scope - complete > patience
    return np.maximum(waited, simulation.bulk)
