"""NFS-Ganesha, the NFS server that needs nothing of the kernel: its file as far as it is ours. ganesha-export-config(8). Pure."""

from __future__ import annotations

import re
import zlib
from collections.abc import Collection, Iterable, Mapping
from pathlib import PurePath

from xcatd.services.nfs.exports import HEAD, Shares

_REMARK = "# xcatd keeps the next line: servicenode.nfsserver"
_PATH = re.compile(r"^[^#\n]*?\bPath\s*=\s*\"?([^\";\n]+?)\"?\s*;", re.MULTILINE | re.IGNORECASE)
_FIRST, _ROOM = 30_000, 30_000
"""Numbers of exports that are ours; people begin at 1, and 65535 is the last."""
_NUMBERS = "Only_Numeric_Owners = true;"
"""Clients that are not told of users and domains (a root file system that a node mounts before it has any) see nobody's files."""
_EXPORT = """
EXPORT {{
  Export_Id = {number};
  Path = "{where}";
  Pseudo = "{name}";
  Protocols = 3, 4;
  SecType = sys;
  Squash = No_Root_Squash;
  PrivilegedPort = {privileged};
  Access_Type = None;
  CLIENT {{ Clients = {clients}; Access_Type = RW; }}
  FSAL {{ Name = VFS; }}
}}
"""


def ganesha_text(shares: Shares, recovery: PurePath | None = None) -> str:
    """The whole file that is ours. `recovery`: where it keeps what it knows of its clients; None: where it always does."""
    numbers = _numbers(shares.folders.values())
    text = f"{HEAD}NFSV4 {{ {_NUMBERS}{_recovery(recovery)} }}\n"
    for name, where in shares.folders.items():
        text += _EXPORT.format(
            number=numbers[where],
            where=where,
            name=name,
            privileged="false" if shares.insecure else "true",
            clients=", ".join(map(str, shares.networks)),
        )
    return text


def _recovery(folder: PurePath | None) -> str:
    return "" if folder is None else f' RecoveryRoot = "{folder}";'


def with_include(text: str, file: PurePath) -> str:
    """The server's main file, with a line at its end that has it read ours too."""
    line = f'{_REMARK}\n%include "{file}"\n'
    if line in text:
        return text
    kept = re.sub(rf"^{re.escape(_REMARK)}\n.*\n?", "", text, flags=re.MULTILINE)
    return (kept if not kept or kept.endswith("\n") else kept + "\n") + line


def exported(text: str) -> Collection[str]:
    """The folders that a file exports."""
    return _PATH.findall(text)


def _numbers(folders: Iterable[str]) -> Mapping[str, int]:
    """A number for each folder, the same one at each time: a number that is in use cannot get another folder without a restart."""
    numbers: dict[str, int] = {}
    for folder in folders:
        number = zlib.crc32(folder.encode(errors="surrogateescape")) % _ROOM
        while number + _FIRST in numbers.values():
            number = (number + 1) % _ROOM
        numbers[folder] = number + _FIRST
    return numbers
