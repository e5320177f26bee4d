"""chrony's configuration, chrony.conf(5): what it is told, and where distributions have it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from xcatd.services.distribution import Family
from xcatd.services.networks import Network

_CAP_SYS_TIME = 25
"""Linux, include/uapi/linux/capability.h."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A family's places. `more`: what the package's own file says too and the site may use. `options`: the variable with the
    site's options for the daemon, in a file that the unit reads."""

    conf: str
    drift: str
    unit: str
    options: str
    more: Sequence[str] = ()


LAYOUTS: Final[Mapping[Family, Layout]] = {
    Family.DEBIAN: Layout(
        "etc/chrony/chrony.conf",
        "var/lib/chrony/chrony.drift",
        "chrony",
        "DAEMON_OPTS",
        ("keyfile /etc/chrony/chrony.keys", "ntsdumpdir /var/lib/chrony", "confdir /etc/chrony/conf.d"),
    ),
    Family.REDHAT: Layout(
        "etc/chrony.conf",
        "var/lib/chrony/drift",
        "chronyd",
        "OPTIONS",
        ("keyfile /etc/chrony.keys", "ntsdumpdir /var/lib/chrony"),
    ),
    Family.SUSE: Layout("etc/chrony.conf", "var/lib/chrony/drift", "chronyd", "OPTIONS", ("keyfile /etc/chrony.keys",)),
}


@dataclass(frozen=True, slots=True)
class Settings:
    """`servers`: whom it asks. `local`: it gives its own time when it gets nobody else's. `allowed`: who may ask it. `has_clock`:
    it may set the clock. `drift`: where it remembers how wrong the clock goes. `below`: the root, where that is not the host's."""

    servers: Sequence[str]
    local: bool
    allowed: Sequence[Network]
    has_clock: bool
    drift: Path
    more: Sequence[str] = ()
    below: Path | None = None


def rendered(settings: Settings) -> str:
    """The text of chrony.conf. Pure."""
    return "\n".join(
        (
            "# Written by xcatd (servicenode.ntpserver). It is written anew when the tables change.",
            *_lines(settings),
            "",
        )
    )


def dropin(options: str) -> str:
    """For a systemd unit, in a container that must not set the clock: the daemon starts all the same, and leaves it alone."""
    return (
        "# Written by xcatd: this container must not set the clock.\n"
        f"[Unit]\nConditionCapability=\n[Service]\nExecStart=\nExecStart=!/usr/sbin/chronyd -x ${options}\n"
    )


def may_set_clock(status: str) -> bool:
    """Whether the process that /proc/N/status is of may set the clock. Pure."""
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    return bool(int(fields.get("CapEff", "0"), 16) >> _CAP_SYS_TIME & 1)


def _lines(settings: Settings) -> Iterator[str]:
    yield from (f"server {one} iburst" for one in settings.servers)
    if settings.local:
        yield "local stratum 10"
    yield f"driftfile {settings.drift}"
    yield from settings.more
    yield "makestep 1.0 3"
    if settings.has_clock:
        yield "rtcsync"
    yield "allow 127.0.0.1"
    yield from (f"allow {one}" for one in settings.allowed)
    if settings.below is not None:
        yield f"pidfile {settings.below / 'run/chrony/chronyd.pid'}"
        yield "cmdport 0"
        yield "bindcmdaddress /"
