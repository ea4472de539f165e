"""The register as levers of the what-if: scenarios as `workflow.forecast` takes them. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date

from workflow.capacity.burn_down import Carrier
from workflow.forecast import Scenario
from workflow.forecast.scenario import ReviewerChange
from workflow.policy import CapacityPolicy


def fill_posts(filled_on: date, *, certain: bool = False) -> Scenario:
    """All vacant posts are filled on a day, as late as posts usually are unless it is `certain`."""
    return Scenario(
        name=f"Posts filled on {filled_on}",
        vacancies_filled_on=filled_on,
        vacancies_certain=certain,
    )


def free_managers(
    carriers: Sequence[Carrier],
    *,
    as_of: date,
    policy: CapacityPolicy,
    districts: Mapping[str, str | None],
    freed_on: date | None = None,
) -> Scenario:
    """Practice Managers stop carrying cases, and the time goes to reviews.

    A carried case fills one part in `cases_per_worker` of a full-time week.

    Args:
        districts: Practice Manager → district they review in; None, or absent: anywhere.
        freed_on: the day for all of them; None: each on the date they have (without one: not at all).
    """
    changes = []
    for carrier in carriers:
        cases, day = carrier.cases_on(as_of), freed_on or carrier.ends_on
        if cases and day is not None:
            changes.append(
                ReviewerChange(
                    count=cases / policy.cases_per_worker,
                    from_on=max(day, as_of),
                    agency="council",
                    district=districts.get(carrier.reference),
                )
            )
    when = f"on {freed_on}" if freed_on else "on their dates"
    return Scenario(name=f"Practice Managers freed of cases {when}", reviewers=tuple(changes))
