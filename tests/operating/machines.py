"""Machines of their own on this one: network namespaces on a bridge, each with an address, that can be cut off."""

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Machine:
    """A network namespace; `cable` is its end at the bridge."""

    name: str
    address: str
    cable: str

    @property
    def within(self) -> tuple[str, ...]:
        """The words before a command that is to run there."""
        return ("ip", "netns", "exec", self.name)

    def cut_off(self) -> None:
        """Pull its cable: nobody is told anything."""
        ip("link", "set", self.cable, "down")

    def connect(self) -> None:
        """Plug it in again."""
        ip("link", "set", self.cable, "up")


@dataclass
class Network:
    """A bridge, which is this machine's own address there, and the machines on it."""

    number: int = field(default_factory=lambda: os.getpid() % 250)
    machines: list[Machine] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"10.213.{self.number}.1"

    @property
    def subnet(self) -> str:
        return f"10.213.{self.number}.0/24"

    def machine(self, name: str) -> Machine:
        """Add a machine."""
        number = len(self.machines) + 11
        made = Machine(f"gh{self.number}-{name}", f"10.213.{self.number}.{number}", f"gh{self.number}c{number}")
        self.machines.append(made)
        ip("netns", "add", made.name)
        ip("link", "add", made.cable, "type", "veth", "peer", "name", "eth0", "netns", made.name)
        ip("link", "set", made.cable, "master", self._bridge, "up")
        for words in (("addr", "add", f"{made.address}/24", "dev", "eth0"), ("link", "set", "eth0", "up")):
            ip("-n", made.name, *words)
        ip("-n", made.name, "link", "set", "lo", "up")
        return made

    def open(self) -> None:
        ip("link", "add", self._bridge, "type", "bridge")
        ip("addr", "add", f"{self.address}/24", "dev", self._bridge)
        ip("link", "set", self._bridge, "up")

    def close(self) -> None:
        for machine in self.machines:
            with suppress(subprocess.CalledProcessError):
                ip("netns", "del", machine.name)
        with suppress(subprocess.CalledProcessError):
            ip("link", "del", self._bridge)

    @property
    def _bridge(self) -> str:
        return f"gh{self.number}br"


def can_be_made() -> bool:
    """Tell whether this user, on this kernel, may make such a network."""
    if os.geteuid():
        return False
    with suppress(OSError, subprocess.CalledProcessError), network():
        return True
    return False


@contextmanager
def network() -> Iterator[Network]:
    """A network that is gone afterwards."""
    made = Network()
    try:
        made.open()
        yield made
    finally:
        made.close()


def ip(*words: str) -> None:
    """Run iproute2's command. Raises CalledProcessError."""
    command: Sequence[str] = ("ip", *words)
    subprocess.run(command, check=True, capture_output=True, timeout=20)
