"""Machines of their own on one machine: network namespaces on a bridge, with real links to cut.

Needs root. Addresses lie in 198.18.0.0/15, which is set aside for tests and routed nowhere; the bridge
has a namespace too, so that nothing of this machine's own network changes.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

_NETWORK = "198.18.77"
_IP = shutil.which("ip") or "/usr/sbin/ip"


def why_not() -> str | None:
    """Why there can be no machines here, in a sentence; None where there can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    if not Path(_IP).exists():
        return "`ip` is not installed (Debian's package iproute2)"
    name = f"cin{os.getpid()}-try"
    made = subprocess.run([_IP, "netns", "add", name], check=False, capture_output=True, text=True)
    if made.returncode:
        return f"this kernel makes no network namespaces: {made.stderr.strip()}"
    subprocess.run([_IP, "netns", "delete", name], check=True)
    return None


@dataclass(eq=False)
class Machine:
    """One namespace with its address, its link to the switch, and the programs on it."""

    name: str
    address: str
    switch: str
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def namespace(self) -> str:
        return self.switch.replace("switch", self.name)

    def start(self, command: Sequence[str | Path], **options: object) -> subprocess.Popen[bytes]:
        """A program that keeps running; what it says goes to a file of the machine."""
        with (self.folder / "log").open("ab") as log:
            program = subprocess.Popen(
                self.inside(command),
                env=self._environment(),
                stdout=log,
                stderr=log,
                start_new_session=True,
                **options,
            )
        self.running.append(program)
        return program

    def run(self, command: Sequence[str | Path], seconds: float = 90) -> str:
        """A program to its end; gives what it printed."""
        done = subprocess.run(
            self.inside(command),
            env=self._environment(),
            check=False,
            capture_output=True,
            text=True,
            timeout=seconds,
        )
        assert done.returncode == 0, f"{self.name}: {command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def processes(self) -> list[int]:
        """Everything that runs in the namespace."""
        listed = subprocess.run(
            [_IP, "netns", "pids", self.namespace], check=True, capture_output=True, text=True
        )
        return [int(pid) for pid in listed.stdout.split()]

    def kill(self) -> None:
        """kill -9 of everything on the machine, children too."""
        while pids := self.processes():
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            for program in self.running:
                with suppress(subprocess.TimeoutExpired):
                    program.wait(1)
        self.running.clear()

    def cut(self) -> None:
        """Pull the cable: no packet comes or goes, and nobody is told."""
        self._link("down")

    def mend(self) -> None:
        """Put the cable back."""
        self._link("up")

    def lose_power(self) -> None:
        """Off in an instant: the others hear nothing, not even that connections are closed."""
        self.cut()
        self.kill()

    def said(self) -> str:
        """The end of what the machine's programs said."""
        log = self.folder / "log"
        return log.read_text(errors="replace")[-4000:] if log.exists() else ""

    def inside(self, command: Sequence[str | Path]) -> list[str]:
        """The command as it is run from outside."""
        return [_IP, "netns", "exec", self.namespace, *map(str, command)]

    def _environment(self) -> dict[str, str]:
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("PREFECT_", "CIN_"))}
        return clean | self.environment

    def _link(self, way: str) -> None:
        _do("netns", "exec", self.switch, _IP, "link", "set", f"to-{self.name}", way)


@contextmanager
def machines(folder: Path, names: Sequence[str]) -> Iterator[Mapping[str, Machine]]:
    """Machines on one switch; at the end all their programs are killed and the links gone."""
    switch = f"cin{os.getpid()}-switch"
    made: dict[str, Machine] = {}
    try:
        _do("netns", "add", switch)
        _do("-n", switch, "link", "add", "bridge", "type", "bridge")
        _do("-n", switch, "link", "set", "bridge", "up")
        for number, name in enumerate(names, start=1):
            home = folder / name
            home.mkdir(mode=0o755)
            made[name] = Machine(name, f"{_NETWORK}.{number}", switch, home)
            _connect(made[name])
        yield made
    finally:
        for machine in made.values():
            with suppress(subprocess.CalledProcessError):
                machine.kill()
                _do("netns", "delete", machine.namespace)
        _do("netns", "delete", switch)


def _connect(machine: Machine) -> None:
    inside, cable = machine.namespace, f"to-{machine.name}"
    _do("netns", "add", inside)
    _do("-n", inside, "link", "set", "lo", "up")
    _do(
        *("-n", machine.switch, "link", "add", cable, "type", "veth"),
        *("peer", "name", "eth0", "netns", inside),
    )
    _do("-n", machine.switch, "link", "set", cable, "master", "bridge", "up")
    _do("-n", inside, "address", "add", f"{machine.address}/24", "dev", "eth0")
    _do("-n", inside, "link", "set", "eth0", "up")


def _do(*arguments: str) -> None:
    subprocess.run([_IP, *arguments], check=True, capture_output=True)


def wait_until(what: str, holds: Callable[[], bool], seconds: float, every: float = 0.2) -> float:
    """Wait for something; gives the seconds it took, and fails when it takes too long."""
    started = time.monotonic()
    while not holds():
        assert time.monotonic() - started < seconds, f"after {seconds:.0f} s still not: {what}"
        time.sleep(every)
    return time.monotonic() - started
