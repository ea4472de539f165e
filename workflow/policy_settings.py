"""Which numbers of the policy a programme may change, in plain words, with the range that makes sense.

What is not here stays as the product ships it: the beliefs of the forecast, because changing them would
spoil the record of what was said; statistical levels; and the rules of the moderation sample, which are
dated on a page of their own.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any

from workflow.errors import InvalidInputError, NotFoundError
from workflow.policy import Policy

Value = float | int | bool
_BY_AREA = "capacity.early_help_by_area."


@dataclass(frozen=True, slots=True)
class Setting:
    """One number of the policy that a council decides."""

    part: str
    """Field of `Policy`."""
    field: str
    label: str
    meaning: str
    """What it does, in a sentence."""
    unit: str
    lowest: float
    highest: float
    area: str = ""
    """The area it is for, where each may have its own."""

    @property
    def name(self) -> str:
        """How events and addresses call it."""
        return ".".join(filter(None, (self.part, self.field, self.area)))

    @property
    def default(self) -> Value:
        """As the product ships it."""
        return self.of(Policy())

    @property
    def is_switch(self) -> bool:
        """Whether it is on or off instead of a number."""
        return isinstance(self.default, bool)

    @property
    def is_whole(self) -> bool:
        """Whether it is a whole number."""
        return isinstance(self.default, int)

    def of(self, policy: Policy) -> Value:
        """The value in a policy."""
        if self.area:
            own = policy.capacity.early_help_by_area
            return own.get(self.area, policy.capacity.early_help_per_week)
        value: Value = getattr(getattr(policy, self.part), self.field)
        return value

    def checked(self, value: float) -> Value:
        """The value as the policy holds it.

        Raises:
            InvalidInputError: it is out of range, or a part of what must be whole.
        """
        if not self.lowest <= value <= self.highest:
            low, high = (f"{bound:g}" for bound in (self.lowest, self.highest))
            raise InvalidInputError(f"{self.label}: give {low} to {high} {self.unit}.", "value")
        if self.is_switch:
            return bool(value)
        if self.is_whole and value != int(value):
            raise InvalidInputError(f"{self.label}: give a whole number.", "value")
        return int(value) if self.is_whole else float(value)


@dataclass(frozen=True, slots=True)
class Group:
    """The settings of one part of the policy."""

    title: str
    note: str
    """What they are about, in a sentence."""
    settings: tuple[Setting, ...]


def _read() -> dict[str, Group]:
    text = (files("workflow") / "data" / "policy_settings.toml").read_text("utf-8")
    return {
        part: Group(
            title=group["title"],
            note=group["note"],
            settings=tuple(
                Setting(part=part, field=field, **words)
                for field, words in group["settings"].items()
            ),
        )
        for part, group in tomllib.loads(text).items()
    }


GROUPS: Mapping[str, Group] = _read()
"""Part of the policy → its settings."""
SETTINGS: Mapping[str, Setting] = {
    setting.name: setting for group in GROUPS.values() for setting in group.settings
}
"""Name → setting, group by group."""


def find_setting(name: str) -> Setting:
    """The setting of a name such as `follow_up.recheck`.

    Raises:
        NotFoundError: there is none that a programme may change.
    """
    if name.startswith(_BY_AREA):
        return area_setting(name.removeprefix(_BY_AREA))
    if name not in SETTINGS:
        raise NotFoundError("setting", name)
    return SETTINGS[name]


def area_setting(area: str) -> Setting:
    """What one early help area can take in."""
    return replace(
        SETTINGS["capacity.early_help_per_week"],
        field="early_help_by_area",
        label=f"Early help in {area}",
        meaning="Children this area can take in, where it differs from the others.",
        area=area,
    )


def check_together(policy: Policy) -> None:
    """Refuse numbers that make no sense beside each other.

    Raises:
        InvalidInputError: duty ends before it begins, or more conferences are taken than held.
    """
    tracking, capacity = policy.tracking, policy.capacity
    if tracking.duty_until <= tracking.duty_from:
        raise InvalidInputError("Duty must end after it begins.", "value")
    if capacity.conferences_spoken_for > capacity.conferences_per_week:
        raise InvalidInputError("More conferences would be taken than can be held.", "value")


def with_value(numbers: Mapping[str, Mapping[str, Any]], setting: Setting, value: Value) -> Any:
    """A programme's own numbers with one changed; what is as shipped is left out."""
    changed = {part: dict(fields) for part, fields in numbers.items()}
    own = changed.setdefault(setting.part, {})
    if setting.area:
        own[setting.field] = dict(own.get(setting.field, {})) | {setting.area: value}
        return changed
    own[setting.field] = value
    if value == setting.default:
        del own[setting.field]
    if not own:
        del changed[setting.part]
    return changed
