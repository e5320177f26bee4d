"""exports(5), the table of the kernel's NFS server: what is ours in it as a text, and what others have said. Pure."""

from __future__ import annotations

import shlex
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from xcatd.services.networks import Network
from xcatd.services.nfs.mounts import escaped, unescaped

HEAD = "# Written by xcatd: servicenode.nfsserver of this host is set.\n"
_OPTIONS = "rw,no_root_squash,sync,no_subtree_check"
_SPACE = uuid.UUID("d7a1c4c4-6f7c-4b57-9a0f-7c1f0d5f2f10")
"""In it the numbers of file systems are made that have none."""


@dataclass(frozen=True, slots=True)
class Shares:
    """What is exported: folders by the names that clients use, with where they are on this host, to which networks.

    `insecure`: clients need not use a port that only their root can have. `unnumbered`: folders on file systems in memory, which
    have no number that clients could know them by after a restart.
    """

    folders: Mapping[str, str]
    networks: Sequence[Network]
    insecure: bool = False
    unnumbered: Collection[str] = ()


def exports_text(shares: Shares) -> str:
    """The whole file."""
    return HEAD + "".join(_line(name, where, shares) for name, where in shares.folders.items())


def _line(name: str, where: str, shares: Shares) -> str:
    options = _OPTIONS + (",insecure" if shares.insecure else "")
    if name in shares.unnumbered:
        options += f",fsid={uuid.uuid5(_SPACE, where)}"
    return " ".join([escaped(where), *(f"{network}({options})" for network in shares.networks)]) + "\n"


def exported(text: str) -> Mapping[str, Sequence[str]]:
    """The folders that a text exports, each with its clients as they stand there, options included."""
    found: dict[str, Sequence[str]] = {}
    for line in text.replace("\\\n", " ").split("\n"):
        words = _words(line)
        if words:
            found[unescaped(words[0])] = words[1:]
    return found


def is_for_all(clients: Sequence[str]) -> bool:
    """Whether a folder with these clients is exported to everybody."""
    hosts = [client for client in clients if not client.startswith("-")]
    return not hosts or any(client.partition("(")[0] in ("", "*") for client in hosts)


def _words(line: str) -> Sequence[str]:
    words = shlex.shlex(line, posix=True)
    words.whitespace_split, words.escape = True, ""  # a backslash begins a number
    try:
        return list(words)
    except ValueError:  # a quotation without an end
        return []
