"""One check of `cin doctor`, and the checks of the machine: programs, files, disk."""

import shutil
import stat
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

DISTRIBUTION = "cin-review"
LEAST_FREE = 500 * 2**20
"""Bytes that must be free beside the database."""
ROOM_FOR_COPIES = 2
"""How many times its own size a database wants free beside it: for a backup and a migration."""
_PRIVATE_FILE, _PRIVATE_FOLDER = 0o600, 0o700


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, and what to do where it is wrong (or could be better)."""

    name: str
    ok: bool
    found: str
    wanted: str = ""
    fix: str = ""

    def to_json(self) -> dict[str, object]:
        """The stable keys of `cin doctor --json`."""
        return asdict(self)


def python_version() -> Check:
    """Whether this Python is one the product supports."""
    found = ".".join(map(str, sys.version_info[:3]))
    wanted = metadata.metadata(DISTRIBUTION)["Requires-Python"]
    ok = Requirement(f"python{wanted}").specifier.contains(found)
    return Check("python", ok, found, wanted, "" if ok else "Use a supported Python.")


def packages() -> Check:
    """Whether the installed packages are those the product was tested with."""
    wrong = list(_unmet(metadata.requires(DISTRIBUTION) or ()))
    return Check(
        "packages",
        not wrong,
        "; ".join(wrong) or f"{DISTRIBUTION} {metadata.version(DISTRIBUTION)}, all as required",
        "the versions of requirements.lock",
        "Install from requirements.lock." if wrong else "",
    )


def unknown_settings(environment: Iterable[str], known: Iterable[str]) -> Check:
    """Whether every `CIN_` variable is one the product reads: a misspelt one is silently no setting."""
    names = {f"CIN_{name}".upper() for name in known}
    strange = sorted(name for name in environment if name.startswith("CIN_") and name not in names)
    return Check(
        "settings",
        not strange,
        f"unknown: {', '.join(strange)}" if strange else "all known",
        "CIN_ variables that the product reads",
        f"Known are: {', '.join(sorted(names))}." if strange else "",
    )


def private_files(files: Iterable[Path], folders: Iterable[Path]) -> Check:
    """Whether nobody but the owner can read the data and the keys; missing files are no fault here."""
    wanted = [(path, _PRIVATE_FILE) for path in files]
    wanted += [(path, _PRIVATE_FOLDER) for path in folders]
    wrong = [(path, mode) for path, mode in wanted if path.exists() and _is_too_open(path, mode)]
    return Check(
        "permissions",
        not wrong,
        ", ".join(f"{path} is {_mode(path):04o}" for path, _ in wrong) or "private",
        "files 0600, folders 0700",
        " && ".join(f"chmod {mode:o} '{path}'" for path, mode in wrong),
    )


def free_disk(folder: Path, used: int) -> Check:
    """Whether there is room beside the database.

    Args:
        folder: where the database lies.
        used: bytes the database takes.
    """
    place = next(path for path in (folder, *folder.parents) if path.exists())
    free, wanted = shutil.disk_usage(place).free, max(LEAST_FREE, ROOM_FOR_COPIES * used)
    ok = free >= wanted
    fix = "" if ok else "Free some disk space, or move the data to a larger disk."
    return Check("disk", ok, f"{_mebibytes(free)} free", f"at least {_mebibytes(wanted)}", fix)


def _unmet(requirements: Iterable[str]) -> Iterator[str]:
    for text in requirements:
        requirement = Requirement(text)
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            version = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            yield f"{requirement.name} is missing"
            continue
        if not requirement.specifier.contains(version, prereleases=True):
            yield f"{requirement.name} {version} is not {requirement.specifier}"


def _is_too_open(path: Path, mode: int) -> bool:
    return bool(_mode(path) & ~mode)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _mebibytes(count: int) -> str:
    return f"{count / 2**20:,.0f} MiB"
