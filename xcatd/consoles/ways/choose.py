"""Which way leads to a node's console, by the tables nodehm, and those of its hardware.

nodehm.cons is the method; without it nodehm.mgt is, when nodehm.serialport says that the node has a serial console. No way needs
nodehm.serialspeed and nodehm.serialflow: they are for the node's own kernel.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from xcatd.consoles.line import Way
from xcatd.consoles.ways.device import DeviceWay
from xcatd.consoles.ways.program import ProgramWay
from xcatd.consoles.ways.shell import ShellWay
from xcatd.consoles.ways.telnet import TelnetWay
from xcatd.errors import NotFound, Unsupported
from xcatd.hardware import Controllers
from xcatd.objects import World, endpoint_of

DEVICES: Final = {"ipmi": "ipmi", "openbmc": "redfish", "redfish": "redfish", "kvm": "libvirt", "xen": "libvirt"}
"""Method -> how people call the way through that driver."""
PORTS: Final = {"telnet": (0, 1), "cyclades": (7000, 1), "mrv": (2000, 100)}
"""Method that leads to a terminal server -> the TCP port of its serial port 0, and the distance to the next one."""
METHODS: Final = tuple(sorted((*DEVICES, *PORTS, "ssh")))
"""For which no program is needed. scripts/install has one for each all the same, for a conserver that the site keeps."""
SITE: Final = "etc/xcat/cons"
PROGRAMS: Final = (SITE, "opt/xcatd/share/cons", "opt/xcat/share/xcat/cons")
"""Folders with programs that open consoles, one a method: the site's own, ours, xCAT 2's. One of the site comes before our ways."""
_TELNET: Final = 23
_WORD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*", re.ASCII)


def way_of(world: World, node: str, controllers: Controllers, *, root: Path = Path("/")) -> Way:
    """The way to the node's console. `root`: the folder that counts as /. No I/O but a look for programs.

    Raises NotFound, with a sentence on what to set, when the tables do not say enough; Unsupported when there is no such way.
    """
    method = console_method(world, node)
    own = root / SITE / method
    if os.access(own, os.X_OK):
        return ProgramWay(own, node)
    if method in DEVICES:
        return DeviceWay(DEVICES[method], method, endpoint_of(world, node, method), controllers)
    if method in PORTS:
        return _terminal_server(world, node, method)
    if method == "ssh":
        return ShellWay(node, world.value(node, "hosts", "ip") or node, _user(world), root=root)
    return _program(node, method, root)


def console_method(world: World, node: str) -> str:
    """How the console is reached, in one word. NotFound: the tables name no console."""
    cons, mgt, port = (world.value(node, "nodehm", column).strip() for column in ("cons", "mgt", "serialport"))
    method = cons or (mgt if port else "")
    if not method:
        raise NotFound(f"{node} has no console: set nodehm.cons, or nodehm.serialport with nodehm.mgt")
    if not _WORD.fullmatch(method) or not _WORD.fullmatch(node):
        raise NotFound(f'"{method}" is no method by which {node} can have a console: correct nodehm.cons or nodehm.mgt')
    return method


def _terminal_server(world: World, node: str, method: str) -> TelnetWay:
    host, number = (world.value(node, "nodehm", column).strip() for column in ("termserver", "termport"))
    if not host:
        raise NotFound(
            f"{node} has its console at a terminal server ({method}): set nodehm.termserver and nodehm.termport"
        )
    number = number or (str(_TELNET) if method == "telnet" else "")
    first, distance = PORTS[method]
    port = first + distance * int(number) if number.isascii() and number.isdecimal() else 0
    if not 0 < port < 65536:
        raise NotFound(f'"{number}" is no port of the terminal server {host}: correct nodehm.termport of {node}')
    return TelnetWay(host, port)


def _user(world: World) -> str:
    """The administrator of the nodes: root, unless table passwd names somebody else for them."""
    names = [row["username"] for row in world.snapshot.table("passwd").find("system") if row["username"]]
    return names[0] if names and "root" not in names else "root"


def _program(node: str, method: str, root: Path) -> ProgramWay:
    for folder in PROGRAMS:
        if os.access(program := root / folder / method, os.X_OK):
            return ProgramWay(program, node)
    known = ", ".join(METHODS)
    raise Unsupported(
        f'there is no way to a console by the method "{method}": set nodehm.cons of {node} to one of {known}, or put a program at '
        f"/{SITE}/{method}"
    )
