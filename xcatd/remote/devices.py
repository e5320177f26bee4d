"""Switches, by device type: what stands around a command for one, and how one takes a key.

A site's own file has the form of xCAT's: /var/opt/xcat/IBSwitch/Qlogic/config for the type IBSwitch::Qlogic.
"""

from __future__ import annotations

import configparser
import re
from dataclasses import dataclass
from pathlib import Path

from xcatd.errors import ServiceError, UsageError
from xcatd.services.files import read_text

_FOLDER = "var/opt/xcat"
_TYPE = re.compile(r"[\w+-][\w.+-]*(?:::[\w+-][\w.+-]*)*")


@dataclass(frozen=True, slots=True)
class Device:
    """`before` and `behind`: commands around each command. `keys`: the command that takes a line of authorized_keys. `apart`:
    commands are words in quotes behind `before`."""

    before: str = ""
    behind: str = ""
    keys: str = ""
    apart: bool = False

    def line(self, command: str) -> str:
        """What is sent for a command, or several with semicolons between them."""
        if self.apart:
            commands = [one.strip() for one in command.split(";") if one.strip()]
            return " ".join((self.before, *map(_quoted, commands))).strip()
        before = f"{self.before} " if self.before else ""
        return f"{before}{command};{self.behind}" if self.behind else f"{before}{command}"

    def letting_in(self, key: str) -> str:
        """The command that lets a public key in."""
        return f"{self.keys} {_quoted(key)}"


_KNOWN = {
    "ibswitch::mellanox": Device(before="cli", apart=True),
    "ibswitch::qlogic": Device(keys="sshKey add"),
}
"""By the type in small letters."""


def read_device(root: Path, kind: str) -> Device:
    """A type of devices: as the site's file below `root` says, else what is known of it, else one that takes commands as they are.

    It blocks: call it in a thread. Raises UsageError for a name that is none, ServiceError for a file that cannot be read.
    """
    if not _TYPE.fullmatch(kind):
        raise UsageError(f"{kind!r} is no type of devices: one is EthSwitch::Cisco")
    known = _KNOWN.get(kind.lower(), Device())
    path = root / _FOLDER / kind.replace("::", "/") / "config"
    text = read_text(path)
    if not text:
        return known
    file = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        file.read_string(text)
    except configparser.Error as error:
        reason = str(error).splitlines()[0]
        raise ServiceError(f"{path} cannot be read ({reason}): it has sections [main] and [xdsh]") from None
    value = {name: _value(file, section, name) for section, name in _SETTINGS}
    return Device(value["pre-command"], value["post-command"], value["ssh-setup-command"], known.apart)


_SETTINGS = (("main", "ssh-setup-command"), ("xdsh", "pre-command"), ("xdsh", "post-command"))


def _value(file: configparser.ConfigParser, section: str, name: str) -> str:
    text = file.get(section, name, fallback="").strip()
    return "" if text == "NULL" else text


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
