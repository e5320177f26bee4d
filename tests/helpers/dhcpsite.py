"""A management node in a network namespace, and machines in another one that are plugged into its network and ask for addresses."""

from __future__ import annotations

import contextlib
import json
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.helpers.alone import typed, until
from tests.helpers.cluster import Daemon, environment, made
from tests.helpers.namespaces import Namespace, cable, namespaces
from tests.helpers.servicehosts import stop_servers

_SIMULATORS = Path(__file__).parents[1] / "simulators"
_V4, _V6 = _SIMULATORS / "dhcpclient.py", _SIMULATORS / "dhcp6client.py"
BIOS, UEFI, UEFI_BC, ARM64, POWER, OPAL, HTTP, HTTP_ARM64 = (
    f"93={number:04x}" for number in (0, 7, 9, 11, 12, 14, 16, 19)
)
IPXE = f"77={b'iPXE'.hex()}"
TABLES = (
    "chtab key=domain site.value=c.net",
    "chtab key=nameservers site.value='<xcatmaster>'",
    "chtab key=dhcpinterfaces site.value='mn1|up0'",
    "mkdef -t network compute net=10.0.0.0 mask=255.255.0.0 mgtifname=up0 gateway=10.0.0.254 tftpserver='<xcatmaster>' "
    "dynamicrange=10.0.200.1-10.0.200.200 mtu=9000",
    "mkdef -t network other net=10.9.0.0 mask=255.255.0.0 dynamicrange=10.9.200.1-10.9.200.200",
    "nodeadd n[1-9] groups=compute noderes.netboot=xnba",
    "chdef -t group compute ip='|n(\\d+)|10.0.0.($1+10)|' mac='|n(\\d+)|02:00:00:00:00:0($1)|'",
)
TABLES_V6 = (
    "mkdef -t network six net=fd00:: mask=/64 mgtifname=up0 dynamicrange=fd00::100-fd00::1ff",
    *(f"chdef n{number} nicips.up0='10.0.0.{number + 10}|fd00::{number + 10}'" for number in range(1, 10)),
)
"""The NIC of each node has an address of both versions."""


SILENCE = "3"
"""Seconds without an answer after which there is none."""


@dataclass(frozen=True)
class Site:
    """The management node, its own namespace, and that of the machines."""

    mn: Daemon
    here: Namespace
    machines: Namespace

    def lease(self, number: int, *options: str, way: str = "up0") -> Any:
        """What the machine with this number is told, which must be something. `way`: see the client."""
        found = self._asked(_V4, way, number, options)
        assert found is not None, f"nobody answers {mac(number)}"
        return found

    def lease6(self, number: int, *options: str, way: str = "up0") -> Any:
        """The same by DHCPv6."""
        found = self._asked(_V6, way, number, options)
        assert found is not None, f"nobody answers {mac(number)}"
        return found

    def is_ignored(self, number: int, *options: str) -> bool:
        """Whether nobody answers the machine with this number."""
        return self._asked(_V4, "up0", number, options, SILENCE) is None

    def is_ignored6(self, number: int) -> bool:
        """The same by DHCPv6."""
        return self._asked(_V6, "up0", number, (), SILENCE) is None

    def _asked(self, client: Path, way: str, number: int, options: Sequence[str], within: str = "") -> Any:
        words = [*self.machines.before, sys.executable, str(client), way, mac(number), *options]
        env = environment(**({"ANSWERS_WITHIN": within} if within else {}))
        done = subprocess.run(words, capture_output=True, text=True, check=True, env=env)
        return json.loads(done.stdout)

    def file(self, number: int, *options: str) -> str:
        return str(self.lease(number, *options)["file"])

    def fails(self, line: str) -> list[str]:
        """Type a command that must fail; gives what it says on standard error."""
        done = self.mn.run(*shlex.split(line))
        assert (done.stdout, done.returncode) == ("", 1), done.stderr
        return done.stderr.splitlines()

    def process(self, server: str) -> int:
        """The number of the process of a server that the daemon has started."""
        return int((self.mn.root / f"run/xcat/services/{server}.pid").read_text().split()[0])


def mac(number: int) -> str:
    return f"02:00:00:00:00:{number:02d}"


@contextlib.contextmanager
def dhcp_site(folder: Path, backend: str, *, v6: bool = False, apart: Sequence[str] = ()) -> Iterator[Site]:
    """The management node runs, with nine nodes and two networks in its tables, and with `v6` one of IPv6; no DHCP server does.
    Those that the daemon has started are stopped at the end. `apart`: words before the command line of the daemon."""
    with namespaces("mn", "nodes") as (here, there):
        cable(here, there, "up0")
        here.bridge("aside", "10.9.0.1/16")
        for one, addresses in ((here, ("10.0.0.1/16", "fd00::1/64")), (there, ("fe80::2/64",))):
            one.ip("link", "set", "up0", "addrgenmode", "none")
            one.up("up0", *(address for address in addresses if v6 or ":" not in address))
        if v6:
            here.ip("addr", "add", "fe80::1/64", "dev", "up0", "nodad")
        mn = made(Daemon(folder / "mn1", "mn1", "127.0.0.1", 3001, before=(*here.before, *apart)))
        with contextlib.ExitStack() as stack:
            stack.callback(stop_servers, mn.root)
            stack.callback(mn.stop)
            mn.start(wait=False)
            until(lambda: mn.run("nodels").returncode == 0, "the daemon")
            typed(mn, *TABLES, *(TABLES_V6 if v6 else ()), f"chtab key=dhcpbackend site.value={backend}")
            yield Site(mn, here, there)
