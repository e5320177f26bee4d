"""Network namespaces: hosts with interfaces and routes of their own, made for a test and removed after it."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Namespace:
    """One namespace. Only root can make it."""

    name: str

    @property
    def before(self) -> tuple[str, ...]:
        """Words before a command line, that make it run here."""
        return "nsenter", f"--net=/run/netns/{self.name}"

    def ip(self, *words: str) -> None:
        """Run `ip` here, which must succeed."""
        _ip("-n", self.name, *words)

    def bridge(self, interface: str, *addresses: str, mtu: int = 1500) -> None:
        """Add an interface of its own with these addresses."""
        self.ip("link", "add", interface, "mtu", str(mtu), "type", "bridge")
        self.up(interface, *addresses)

    def up(self, interface: str, *addresses: str) -> None:
        for address in addresses:
            self.ip("addr", "add", address, "dev", interface, *(("nodad",) if ":" in address else ()))
        self.ip("link", "set", interface, "up")


@contextlib.contextmanager
def namespaces(*names: str) -> Iterator[list[Namespace]]:
    """Namespaces whose only interface is the loopback one."""
    with contextlib.ExitStack() as stack:
        made = [Namespace(f"xcat{os.getpid()}{name}") for name in names]
        for one in made:
            _ip("netns", "add", one.name)
            stack.callback(_ip, "netns", "del", one.name)
            one.up("lo")
        yield made


def cable(one: Namespace, other: Namespace, interface: str) -> None:
    """Connect two namespaces: each gets an interface of this name."""
    one.ip("link", "add", interface, "type", "veth", "peer", "name", interface, "netns", other.name)


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True)
    assert done.returncode == 0, f"ip {' '.join(words)}: {done.stderr}"
