"""`pping`: which nodes answer a ping, asked from where it is typed."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

from xcat_client.programs.fanned import Fan
from xcat_client.programs.noderange import read_words, with_suffix
from xcat_client.programs.streams import show
from xcat_client.trouble import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

USAGE = b"""\
Usage: pping [-i <suffix>[,<suffix>...]] [-f] <noderange>
    Pings each node, all at once: with nmap, which also tries the ports 80, 443 and 22, else with fping, else with ping.
    -i : names of nodes get these suffixes: n1-ib0
    -f : not with nmap
"""
_FLAGS = {"i": "interface=", "f": "use_fping", "h": "help", "v": "version", "r": "resolve", "t": "timeout="}
_AT_ONCE = 256
"""ping processes."""
_BATCH = 1000
"""Names on one command line."""
_PATH = "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"


def run(words: Sequence[str], env: Mapping[str, str]) -> int:
    """The exit status: 0, or 1 when there are no nodes. Raises Trouble."""
    read = read_words(words, _FLAGS, USAGE, env)
    if isinstance(read, int):
        return read
    given, nodes = read
    names = with_suffix(nodes, given.get("i", ""))
    alive = answering(names, with_nmap="f" not in given)
    lines = [f"{name}: ping\n" for name in names if name in alive]
    lines += [f"{name}: noping\n" for name in names if name not in alive]
    show("".join(lines).encode(errors="surrogateescape"))
    return 0


def answering(names: Sequence[str], *, with_nmap: bool = True) -> set[str]:
    """Those of the names that answer. Raises Trouble."""
    nmap = shutil.which("nmap", path=_PATH) if with_nmap else None
    fping = shutil.which("fping", path=_PATH)
    if nmap is not None:
        return _by_address(nmap, names)
    if fping is not None:
        said = _batches([fping, "-q", "-a", "-r", "2", "--"], names)
        return {line.split()[0] for line in said if line.strip()}
    program = shutil.which("ping", path=_PATH)
    if program is None:
        raise Trouble("pping needs a program that pings: install nmap, fping or iputils-ping.")
    statuses = Fan(lambda name: (program, "-c", "1", "-W", "2", "--", name), _AT_ONCE, lambda _, __: None).run(names)
    return {name for name, status in statuses.items() if status == 0}


def _by_address(nmap: str, names: Sequence[str]) -> set[str]:
    """nmap answers with addresses: names are looked up before, so that each is known again."""
    addresses = {name: address for name in names if (address := _address(name))}
    found: set[str] = set()
    for more, version in (((), "."), (("-6",), ":")):
        wanted = [address for address in dict.fromkeys(addresses.values()) if version in address]
        said = _batches([nmap, *more, "-n", "-sn", "-PE", "-PA80,443,22", "-oG", "-"], wanted)
        found |= {line.split()[1] for line in said if line.startswith("Host: ") and "Status: Up" in line}
    return {name for name, address in addresses.items() if address in found}


def _address(name: str) -> str:
    import socket

    try:
        return str(socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)[0][4][0])
    except (OSError, UnicodeError):
        return ""


def _batches(words: Sequence[str], names: Sequence[str]) -> Iterator[str]:
    """The lines that a program says about names, which it gets some at a time."""
    for start in range(0, len(names), _BATCH):
        done = subprocess.run(
            [*words, *names[start : start + _BATCH]], stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
        yield from done.stdout.decode(errors="surrogateescape").splitlines()
