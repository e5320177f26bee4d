"""A rack of simulated BMCs: real `ipmi_sim` processes (OpenIPMI), each with an address and a power state of its own.

As a context manager in tests, or as a program for shell scripts and benchmarks:

    python -m tests.simulators.bmcs --count 24 --address 127.1.0.1 --directory DIR

which prints `index host port` for each BMC once all of them answer, and stops them when its standard input ends or
SIGTERM arrives. What ipmi_sim does not do: cipher suite 17, the diagnostic interrupt, a shut-down that takes time.
"""

from __future__ import annotations

import argparse
import ipaddress
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from uuid import UUID

from tests.simulators.furniture import furnish, guid

CHASSIS = Path(__file__).with_name("chassis.sh")
NETWORK = Path(__file__).with_name("network.sh")
READY_WITHIN = 60.0
"""Seconds for all BMCs to answer. A busy machine needs them, an idle one a fraction."""

PING = bytes.fromhex("0600ff07000000000000000000092018c88100380e0435")
"""Get Channel Authentication Capabilities, which a BMC answers to anybody (IPMI 2.0, table 22-15)."""

EMULATION = """\
mc_setbmc 0x20
mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02
"""
ENABLED = "mc_enable 0x20\n"


@dataclass(frozen=True, slots=True)
class User:
    """An account of a BMC. The name "" is the anonymous account; `privilege` is user, operator or admin."""

    name: str
    password: str
    privilege: str = "admin"


@dataclass(slots=True)
class Bmc:
    """One simulated BMC: where it listens, its process at this moment, and the folder that holds its power state."""

    index: int
    host: str
    port: int
    process: subprocess.Popen[bytes]
    directory: Path

    @property
    def power(self) -> str:
        """The state behind the BMC's back, "on" or "off"."""
        state = self.directory / "power"
        return "on" if state.exists() and state.read_text().strip() == "1" else "off"

    @property
    def journal(self) -> list[str]:
        """What was done to the chassis, oldest first: "power 1", "reset 1", "shutdown 1"."""
        journal = self.directory / "journal"
        return journal.read_text().splitlines() if journal.exists() else []


@dataclass(frozen=True, slots=True)
class Rack:
    """What to simulate. `same_address`: one address and consecutive ports, instead of an address each.

    `furnished`: with sensors, replaceable units and an event log (see `furniture.py`). `serial`: what the serial consoles lead to,
    as ipmi_lan(5) writes it: "tcp:127.0.0.1:9003"; "": there are none.
    """

    count: int
    address: str = "127.1.0.1"
    port: int = 623
    users: tuple[User, ...] = (User("admin", "secret"),)
    same_address: bool = False
    furnished: bool = False
    network: bool = False
    serial: str = ""

    def places(self) -> Iterator[tuple[str, int]]:
        """Where each BMC listens. Addresses that end in .0 or .255 are passed over, as in a real rack."""
        address = ipaddress.ip_address(self.address)
        for index in range(self.count):
            if self.same_address:
                yield str(address), self.port + index
                continue
            while address.packed[-1] in (0, 255):
                address += 1
            yield str(address), self.port
            address += 1


@contextmanager
def bmcs(rack: Rack, directory: Path) -> Iterator[Sequence[Bmc]]:
    """Start the rack below `directory`; all of it answers when the block begins and is gone when it ends.

    A folder that was used before keeps its power states.
    """
    started: list[Bmc] = []
    try:
        for index, (host, port) in enumerate(rack.places()):
            started.append(_start(index, (host, port), rack, directory / str(index)))
        _wait_until_ready(started)
        yield started
    finally:
        _stop(started)


def restart(bmc: Bmc) -> None:
    """What a BMC's own reboot looks like: the process dies, forgets its sessions and comes back, power unchanged."""
    _stop([bmc])
    bmc.process = _spawn(bmc.directory)
    _wait_until_ready([bmc])


def _start(index: int, place: tuple[str, int], rack: Rack, directory: Path) -> Bmc:
    host, port = place
    (directory / "state").mkdir(parents=True, exist_ok=True)
    shutil.copyfile(CHASSIS, directory / "chassis.sh")
    shutil.copyfile(NETWORK, directory / "network.sh")
    (directory / "lan.conf").write_text(_lan_config(index, host, port, rack, directory))
    (directory / "commands").write_text(EMULATION + (furnish(index, directory) if rack.furnished else "") + ENABLED)
    return Bmc(index, host, port, _spawn(directory), directory)


def _spawn(directory: Path) -> subprocess.Popen[bytes]:
    words = ["ipmi_sim", "-c", "lan.conf", "-f", "commands", "-s", "state", "-n"]
    with (directory / "output").open("ab") as output:
        return subprocess.Popen(words, cwd=directory, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)


def _lan_config(index: int, host: str, port: int, rack: Rack, directory: Path) -> str:
    """The file ipmi_lan(5) describes. User number 1 is the anonymous one, whatever its name."""
    levels = "\n".join(
        f"  allowed_auths_{level} md5 straight none" for level in ("callback", "user", "operator", "admin")
    )
    numbers = iter(range(2, 64))
    accounts = "\n".join(_account(next(numbers) if user.name else 1, user) for user in rack.users)
    network = '  lan_config_program ". ./network.sh; network ."\n' if rack.network else ""
    serial = f'sol "{rack.serial}" 115200\n' if rack.serial else ""
    return f"""name "bmc{index}"
set_working_mc 0x20
startlan 1
  addr {host} {port}
  priv_limit admin
{levels}
  guid {UUID(guid(index)).bytes_le.hex() if rack.furnished else f"{0x5A << 120 | index:032x}"}
{network}endlan
{serial}chassis_control ". ./chassis.sh; chassis ."
{accounts}
"""


def _account(number: int, user: User) -> str:
    return f'user {number} true "{user.name}" "{user.password}" {user.privilege} 60 md5 straight'


def _wait_until_ready(started: Sequence[Bmc]) -> None:
    """Ask every BMC until it answers; a silent one is asked again every 50 ms."""
    waiting = {(bmc.host, bmc.port): bmc for bmc in started}
    deadline = time.monotonic() + READY_WITHIN
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.setblocking(False)
        while waiting:
            for place, bmc in waiting.items():
                _check_alive(bmc)
                asker.sendto(PING, place)
            if time.monotonic() > deadline:
                raise TimeoutError(f"no answer from {', '.join(f'{host}:{port}' for host, port in waiting)}")
            _collect(asker, waiting)


def _collect(asker: socket.socket, waiting: dict[tuple[str, int], Bmc]) -> None:
    """Cross out who answers, until nobody has for 50 ms."""
    while waiting and select.select([asker], [], [], 0.05)[0]:
        _, place = asker.recvfrom(512)
        waiting.pop(place, None)


def _check_alive(bmc: Bmc) -> None:
    if bmc.process.poll() is not None:
        said = (bmc.directory / "output").read_text().strip()
        raise RuntimeError(f"ipmi_sim for {bmc.host}:{bmc.port} ended with status {bmc.process.returncode}: {said}")


def _stop(started: Sequence[Bmc]) -> None:
    for bmc in started:
        bmc.process.kill()
    for bmc in started:
        bmc.process.wait()


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bmcs", description="Simulated BMCs, until standard input ends.")
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--address", default="127.1.0.1", help="of the first BMC")
    parser.add_argument("--port", type=int, default=623)
    parser.add_argument("--same-address", action="store_true", help="one address, consecutive ports")
    parser.add_argument("--directory", type=Path, help="where the power states are kept (default: a temporary one)")
    parser.add_argument("--user", default="admin")
    parser.add_argument("--password", default="secret")
    parser.add_argument("--furnished", action="store_true", help="with sensors, replaceable units and an event log")
    return parser.parse_args(words)


def _end(signum: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


def main(words: Sequence[str] | None = None) -> int:
    """Run as a program: see the module's description."""
    chosen = _arguments(words)
    user = User(chosen.user, chosen.password)
    rack = Rack(chosen.count, chosen.address, chosen.port, (user,), chosen.same_address, chosen.furnished)
    signal.signal(signal.SIGTERM, _end)
    with tempfile.TemporaryDirectory() as temporary, bmcs(rack, chosen.directory or Path(temporary)) as started:
        for bmc in started:
            sys.stdout.write(f"{bmc.index} {bmc.host} {bmc.port}\n")
        sys.stdout.flush()
        sys.stdin.buffer.read()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
