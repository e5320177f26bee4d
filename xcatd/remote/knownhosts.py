"""root's known_hosts file: lines for nodes, with the host keys that all nodes get, and one for the host CA."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from xcatd.errors import ServiceError
from xcatd.services.files import locked, read_text, replace_text

KINDS = ("rsa", "ecdsa", "ed25519")
AUTHORITY = "ssh_host_ca.pub"
"""In the folder of host keys: the key that signs host certificates, where there is one."""
_FOLDER_MODE, _MODE = 0o700, 0o600


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a host below its root."""

    root: Path

    @property
    def keys(self) -> Path:
        return self.root / "etc/xcat/hostkeys"

    @property
    def known(self) -> Path:
        return self.root / "root/.ssh/known_hosts"

    @property
    def backup(self) -> Path:
        """What the file was before its last change, under xCAT's name."""
        return self.root / "root/.ssh/known_hosts.backup"

    @property
    def lock(self) -> Path:
        return self.root / "run/xcat/known_hosts.lock"


@dataclass(frozen=True, slots=True)
class Keys:
    """Public keys, each a kind and the key in base64."""

    hosts: Sequence[str]
    authority: str = ""


def read_keys(files: Files) -> Keys:
    """The host keys of the cluster. It blocks. Raises ServiceError when there are none, and no authority."""
    hosts = tuple(filter(None, (_key(files.keys / f"ssh_host_{kind}_key.pub") for kind in KINDS)))
    authority = _key(files.keys / AUTHORITY)
    if not hosts and not authority:
        raise ServiceError(
            f"There are no ssh host keys in {files.keys}: run xcatconfig -s on the management node, and copy the folder to "
            "service nodes"
        )
    return Keys(hosts, authority)


def update(files: Files, names: Mapping[str, Sequence[str]], keys: Keys | None) -> bool:
    """Bring the file up to date and say whether it differed. `names`: of each node, its own name first; `keys` None: their lines
    go. It blocks: call it in a thread. Raises ServiceError, with the file as it was."""
    try:
        files.known.parent.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
    except OSError as error:
        raise ServiceError(f"{files.known.parent} cannot be made: {error.strerror}") from error
    with locked(files.lock):
        text = edited(read_text(files.known), names, keys)
        return replace_text(files.known, text, backup=files.backup, mode=_MODE)


def edited(text: str, names: Mapping[str, Sequence[str]], keys: Keys | None) -> str:
    """The new text of the file. Pure. Lines of other hosts, and hashed ones, stay as they are."""
    wanted = {f"{','.join(of_node)} {key}": None for of_node in names.values() for key in (keys.hosts if keys else ())}
    ours = {name for all_names in names.values() for name in all_names}
    lines = list(_without(text, ours, wanted))
    if keys is not None and keys.authority and not _believes(text, keys.authority):
        lines.append(f"@cert-authority * {keys.authority}")
    there = set(lines)
    lines += [line for line in wanted if line not in there]
    return "".join(f"{line}\n" for line in lines)


def _believes(text: str, authority: str) -> bool:
    """Whether this authority is named already, for all hosts or for those that somebody chose."""
    lines = (line.split() for line in text.splitlines())
    return any(line[:1] == ["@cert-authority"] and " ".join(line[2:4]) == authority for line in lines)


def _without(text: str, ours: Collection[str], wanted: Collection[str]) -> Iterator[str]:
    """The lines that stay: those that are right already, and those of others, of which our names are taken."""
    for line in text.splitlines():
        hosts, _, key = line.partition(" ")
        if line in wanted or not hosts or hosts.startswith(("#", "@", "|")):
            yield line
            continue
        left = [host for host in hosts.split(",") if host not in ours]
        if left:
            yield f"{','.join(left)} {key}"


def _key(path: Path) -> str:
    """A public key without its comment, "" when there is none."""
    return " ".join(read_text(path).split()[:2])
