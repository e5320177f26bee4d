"""How this host comes into nodes: as whom, with which keys, and whom it believes."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import asyncssh

from xcatd.errors import Unreachable
from xcatd.hardware.endpoint import NO_SECRET
from xcatd.hardware.secureshell import KINDS
from xcatd.model import Secret
from xcatd.remote.known import Known, read_known

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FOLDER = "root/.ssh"


@dataclass(frozen=True, slots=True)
class Access:
    """`keys`: those that can be used without a passphrase. `config`: root's ssh_config(5), None when there is none.
    `folder`: where both are, for sentences. `password`: of the account `user`, when there is one."""

    user: str
    known: Known
    folder: Path
    keys: Sequence[asyncssh.SSHKeyPair] = ()
    config: Path | None = None
    password: Secret = NO_SECRET

    def address_of(self, node: str, addresses: Mapping[str, str]) -> str:
        """Where to go for a node; its name where no address is known, and root's configuration may know better.

        Raises Unreachable.
        """
        if address := addresses.get(node):
            return address
        if self.config is None:
            raise Unreachable("its name cannot be resolved: give hosts.ip, or run makehosts or makedns")
        return node


def read_access(root: Path, user: str, password: Secret = NO_SECRET) -> Access:
    """Read the keys of this host's root and the files of known hosts, below `root`. It blocks: call it in a thread.

    Raises ServiceError.
    """
    folder = root / FOLDER
    config = folder / "config"
    return Access(user, read_known(root), folder, _keys(folder), config if config.is_file() else None, password)


def public_keys(folder: Path) -> list[str]:
    """The public parts of root's keys as lines of authorized_keys. It blocks."""
    found = []
    for kind in KINDS:
        with contextlib.suppress(OSError, UnicodeDecodeError):
            line = (folder / f"{kind}.pub").read_text().strip()
            if len(line.split(None, 2)) >= 2 and "\n" not in line:
                found.append(line)
    return found


def _keys(folder: Path) -> list[asyncssh.SSHKeyPair]:
    found: list[asyncssh.SSHKeyPair] = []
    for kind in KINDS:
        with contextlib.suppress(OSError, ValueError, asyncssh.KeyImportError, asyncssh.KeyEncryptionError):
            found += asyncssh.load_keypairs(str(folder / kind))
    return found
