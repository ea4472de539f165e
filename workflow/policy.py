"""Every number the product decides by, with its unit and its source.

Frozen values, handed to use cases as arguments; a bare threshold anywhere else is a defect. "Local
policy" marks a default that a council is expected to change; programmes store their own.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class AllocationWeights:
    """What allocation minimises, in cost units: one unit is worth two thirds of a kilometre of travel.

    The sum printed as `objective` is: cost of the placements + penalty of what stays unallocated +
    unfairness. Source of the defaults: local policy, tuned on synthetic caseloads.
    """

    handover: float = 15.0
    """Cost of any placement: handing the papers over and starting, whoever takes them."""
    travel_per_km: float = 1.5
    """Cost per kilometre between the reviewer's base and the case's district."""
    specialism_mismatch: float = 15.0
    """Cost of each specialism the case asks for (domestic abuse, missing, exploitation) and lacks."""
    agency_mismatch: float = 12.0
    """Cost when the case's kind is better read by the other agency (10 to 20)."""
    change_of_holder: float = 25.0
    """Cost per case of moving a review away from the reviewer who already holds it."""
    change_of_opened: float = 50.0
    """Added per case when that reviewer has already opened it: unopened reviews move first."""
    unallocated_per_point: tuple[float, float, float, float, float] = (40, 80, 160, 320, 640)
    """Penalty per review point left over, by risk band 1 to 5: it doubles, so low risk is left first."""
    unfair_per_point: float = 2.0
    """Cost per review point above the reviewer's fair share of the assignable work."""
    sibling_share: float = 0.6
    """Effort of each further child of a family, as a share: the reading is shared."""
    even_within: float = 0.15
    """A re-balance takes unopened work from reviewers whose utilisation lies further than this above the
    mean, as a share of their capacity."""


@dataclass(frozen=True, slots=True)
class EffortPolicy:
    """Review points: one point is a quarter of an hour of a reviewer's time.

    Source: 1.5 to 2 hours per file review is general practice; local policy otherwise.
    """

    standard: int = 6
    """Points for a case with nothing that lengthens it (an hour and a half)."""
    long_open: int = 2
    """Points added when the case has been open for more than two years: more to read."""
    complex_factors: int = 2
    """Points added from three assessment factors on."""
    short: int = 4
    """Points for a case open at most three months with no factors on file."""


@dataclass(frozen=True, slots=True)
class PriorityPolicy:
    """What puts a case in a higher risk band; bands order the work, they decide no outcome.

    Every weight is the number of steps a reason is worth; band = 1 + min(4, steps // 2).
    Source: the Board's concerns and the inspection findings (local policy).
    """

    under_two: int = 3
    """The child is under two, or unborn."""
    not_seen: int = 3
    """The child has not been seen for `not_seen_working_days`."""
    no_qualified_worker: int = 2
    """No allocated worker, or one recorded as unqualified for a complex case."""
    recent_protection_plan: int = 3
    """A child protection plan ended within `recent_protection_plan_days`."""
    exploitation: int = 3
    """Missing, sexual or criminal exploitation, trafficking or gangs among the factors."""
    domestic_abuse: int = 2
    """Domestic abuse among the factors."""
    neglect_or_abuse: int = 1
    """Neglect or abuse among the factors, or the primary need N1."""
    drift: int = 1
    """Open for more than two years."""
    not_seen_working_days: int = 30
    """Working days without a visit after which a child counts as not seen (visits: 4 to 6 weeks)."""
    recent_protection_plan_days: int = 91
    """Calendar days; a child in need plan is likely for three months after a protection plan ends."""


@dataclass(frozen=True, slots=True)
class TrackingPolicy:
    """When the sweep speaks up. Working days unless the name says otherwise. Source: local policy."""

    remind_before_due: int = 3
    """A reviewer is reminded this many working days before a review is due."""
    stale_draft: int = 5
    """A draft untouched for this long is stale."""
    not_started: int = 5
    """An allocated review not started for this long is chased."""
    long_absence: int = 5
    """Reviews of a reviewer absent for longer than this go on the coordinator's list."""
    confirm_within: int = 3
    """A submission waits at most this long for a manager."""
    acknowledge_immediate_minutes: int = 60
    """Immediate danger is acknowledged within this many minutes of duty hours (phone first)."""
    duty_from: int = 9
    """First hour in which somebody answers escalations; outside them the emergency team is phoned."""
    duty_until: int = 17
    """Hour at which that ends; 0 to 24 is round the clock."""
    duty_every_day: bool = False
    """Whether somebody also answers at weekends and on bank holidays."""


@dataclass(frozen=True, slots=True)
class ModerationPolicy:
    """Which reviews get a blind second look, until the programme sets a dated plan of its own.

    Source: local policy (Kent and Salford have the stage).
    """

    share: float = 0.10
    """Share of all other submissions, drawn by seed."""
    first_reviews: int = 5
    """The first reviews of each reviewer are always drawn."""
    under_years: int = 2
    """Children under this age are always drawn."""


@dataclass(frozen=True, slots=True)
class QualityPolicy:
    """How quality is measured, and what of it may be published."""

    smallest_published: int = 5
    """Counts from 1 up to below this are suppressed in what a Board sees (as the DfE does)."""
    protection: int = 5
    """How far at least a suppressed count stays from being known: width of what it could be."""
    warning_level: float = 0.95
    """Inner limits of a funnel. Source: Spiegelhalter 2005, as the next."""
    alarm_level: float = 0.998
    """Outer limits; of 500 units that chance alone moves, one lies beyond."""
    interval_level: float = 0.95
    """Level of the intervals of agreement."""


@dataclass(frozen=True, slots=True)
class ForecastPriors:
    """What the forecast believes before it has seen anything.

    Source: measured on public daily throughput series and synthetic programmes unless it says local
    policy; `wd` are working days.
    """

    plan_optimism: float = -0.12
    """Mean of log(actual rate / planned rate): plans run about 12 % optimistic."""
    plan_spread: float = 0.4
    """Standard deviation of the same."""
    unplanned_spread: float = 2.0
    """Standard deviation of log(actual / observed rate) when there is no plan."""
    drift: tuple[float, ...] = (0.0, 0.02, 0.04, 0.08, 0.16)
    """Possible standard deviations of the daily step of log(rate)."""
    drift_weights: tuple[float, ...] = (0.08, 0.17, 0.3, 0.33, 0.12)
    dispersion: tuple[float, ...] = (0.25, 0.5, 1, 2, 4, 8, 16, 40, 150)
    """Possible shapes r of the daily count: variance = mean + mean² / r."""
    dispersion_weights: tuple[float, ...] = (0.05, 0.1, 0.15, 0.2, 0.2, 0.13, 0.09, 0.05, 0.03)
    weekday_spread: float = 0.25
    """Standard deviation of a weekday's factor around 1."""
    reviewer_spread: float = 0.45
    """Coefficient of variation between reviewers: a district of few differs more from the mean."""
    district_spread: float = 0.3
    """The most that a district's pace is taken to vary before it has been seen (the same measure)."""
    ramp_loss: float = 0.5
    """Share of a new reviewer's output missing on the first day."""
    ramp_working_days: float = 7.0
    """Time constant of the ramp-up, wd."""
    sickness: float = 0.05
    """Share of planned reviewer-days lost to unknown absence."""
    overtime_turnout: float = 0.5
    """Share of reviewers who work on an agreed overtime day (local policy)."""
    vacancy_slip: tuple[float, float] = (1.2, 10.0)
    """Gamma shape and scale (wd) of how much later than planned a vacancy is filled."""
    vacancy_never: float = 0.3
    """Chance that a planned vacancy is not filled within the programme."""
    new_case_share: float = 0.0016
    """New cases per wd as a share of the cohort: 4 a day on 2,500."""
    new_case_weight: float = 4.0
    """How many observed new cases that belief is worth."""
    withdrawn: tuple[float, float] = (0.5, 1000.0)
    """Gamma prior of withdrawals per open case and wd: 0.5 seen in 1,000 case-days."""
    returned: tuple[float, float] = (3, 22)
    """Beta prior of the share of submissions returned (3 returned, 22 accepted)."""
    rework_effort: float = 0.5
    """Effort of a returned review, as a share of a first one."""
    confirm_effort: float = 1.0
    """Review points of a manager's time that one decision takes: a quarter of an hour (local policy)."""
    moderation_effort: float = 3.0
    """The same of a moderator's blind second look: three quarters of an hour (local policy)."""
    deciding_points: float = 8.0
    """Points a day that a manager or moderator who also reviews has for decisions besides: two hours;
    their points in the roster are for reviewing (local policy)."""
    idle_use: float = 0.2
    """Share of a reviewer's time that re-allocation puts to use once their own queue is worked off
    (local policy)."""
    capacity_spread: float = 0.09
    """Standard deviation of log(actual / stated) capacity to confirm and to moderate."""
    durations: tuple[int, ...] = (1, 1, 1, 2, 2, 3, 4, 6, 9)
    """Started to submitted, wd, until `durations_known_from` have been observed."""
    durations_known_from: int = 30
    effort_elasticity: float = 0.6
    """Twice the review points take 2 to this power as long: points tell effort only roughly."""
    frailty: float = 0.35
    """Standard deviation of the log hazard shared by all long-running cases."""
    nearly_done: float = 0.98
    """Share of the scope whose completion the dates speak of, next to the last case's."""
    achieved_over: int = 10
    """Finished wd over which the achieved pace is averaged."""


@dataclass(frozen=True, slots=True)
class FollowUpPolicy:
    """How long follow-on actions may take, in working days after the outcome is confirmed.

    Source: local policy unless it says otherwise.
    """

    strategy_discussion: int = 1
    """A child who may be suffering significant harm waits one working day at most."""
    conference: int = 15
    """Counted from the strategy discussion. Source: Working Together 2015 (InitialCPCtarget)."""
    new_worker: int = 5
    plan_changes: int = 10
    """The same ten working days as a first planning meeting (Nottinghamshire, Sefton)."""
    handover: int = 15
    """The last Child in Need meeting is the hand-over (Islington)."""
    closure_check: int = 5
    family_told: int = 10
    legal_planning: int = 5
    transfer: int = 10
    record_correction: int = 5
    recheck: int = 30
    """Six weeks: long enough for a change to show."""
    due_soon: int = 3
    """An action due within this many working days is shown as due soon."""


@dataclass(frozen=True, slots=True)
class CapacityPolicy:
    """What receives the children who move, and what a carried case costs a Practice Manager."""

    early_help_per_week: float = 12.0
    """Children one early help area can take in a week (local policy: no figure is public)."""
    early_help_by_area: dict[str, float] = field(default_factory=dict)
    """Areas whose weekly intake differs: name of the area → children a week."""
    conferences_per_week: float = 37.0
    """Initial child protection conferences a week. Source: 1,935 in 2015-16 (DfE) over 52 weeks."""
    conferences_spoken_for: float = 25.0
    """Of these, taken by other work: 1,298 in 2014-15 over 52 weeks, before the rise."""
    conferences_per_enquiry: float = 0.32
    """Share of section 47 enquiries that reach a conference. Source: 1,935 of 5,987 in 2015-16 (DfE)."""
    cases_per_worker: float = 16.1
    """Cases that fill one full-time worker. Source: average caseload, England, September 2016."""
    outcome_weight: float = 20.0
    """How many reviews of an area its county's outcome mix is worth."""
    slip_weight: float = 5.0
    """How many filled or moved posts the prior belief about late filling is worth."""
    register_horizon: int = 120
    """Working days a burn-down of posts or carried cases looks ahead."""


@dataclass(frozen=True, slots=True)
class BoardPolicy:
    """When a commitment turns amber, in working days before its date. Source: local policy."""

    amber_within: int = 10


@dataclass(frozen=True, slots=True)
class Policy:
    """All of it, as a programme runs by it."""

    allocation: AllocationWeights = field(default_factory=AllocationWeights)
    effort: EffortPolicy = field(default_factory=EffortPolicy)
    priority: PriorityPolicy = field(default_factory=PriorityPolicy)
    tracking: TrackingPolicy = field(default_factory=TrackingPolicy)
    moderation: ModerationPolicy = field(default_factory=ModerationPolicy)
    forecast: ForecastPriors = field(default_factory=ForecastPriors)
    follow_up: FollowUpPolicy = field(default_factory=FollowUpPolicy)
    capacity: CapacityPolicy = field(default_factory=CapacityPolicy)
    board: BoardPolicy = field(default_factory=BoardPolicy)
    quality: QualityPolicy = field(default_factory=QualityPolicy)
