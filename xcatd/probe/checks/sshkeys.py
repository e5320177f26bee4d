"""ssh keys: root's own, and the host keys that all nodes get (How-To Setup Hierarchy, 4.0)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_ssh_private_key,
)

from xcatd.model import Role
from xcatd.probe import Failed, Finding, Here, Warned, check

_KINDS = ("rsa", "ecdsa", "ed25519")


@check("xcatmn", "the ssh host keys of the nodes are there", rank=28)
def host_keys_are_there(here: Here) -> Iterator[Finding]:
    """Whether a service node has the same as the management node: hierarchy."""
    folder = here.paths.hostkeys
    remedy = _remedy(here, folder)
    if not any(folder.glob("ssh_host_*_key")):
        if here.role is Role.MANAGEMENT:
            yield Warned(
                f"There are no ssh host keys for the nodes in {folder}, which deployment needs: run `xcatconfig -s`"
            )
        return
    for path in (folder / f"ssh_host_{kind}_key" for kind in _KINDS):
        public = path.with_name(f"{path.name}.pub")
        missing = [str(each) for each in (path, public) if not each.exists()]
        if missing:
            yield Failed(f"{' and '.join(missing)} missing: {remedy}")
        elif not _belong_together(path, public):
            yield Failed(f"{public} is not the public part of {path}: {remedy}")


@check("xcatmn", "root has ssh keys for the nodes", rank=29)
def root_has_keys(here: Here) -> Iterator[Finding]:
    """On the management node a key, on a service node the right to come in."""
    folder = here.paths.root / "root/.ssh"
    if here.role is Role.MANAGEMENT and not (folder / "id_rsa").exists():
        yield Warned(f"root has no ssh key in {folder}, which parallel commands need: run `xcatconfig -k`")
    if here.role is Role.SERVICE and not (folder / "authorized_keys").exists():
        yield Warned(
            f"There is no {folder}/authorized_keys, so root of the management node cannot come in by ssh: put its "
            "id_rsa.pub there"
        )


def _remedy(here: Here, folder: Path) -> str:
    if here.role is Role.SERVICE:
        return f"copy all files from {folder} of the management node"
    return "run `xcatconfig -f -s` for new ones, and give them to all nodes"


def _belong_together(private: Path, public: Path) -> bool:
    try:
        content = private.read_bytes()
        load = load_ssh_private_key if b"OPENSSH" in content[:64] else load_pem_private_key
        text = load(content, None).public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False
    return text.split()[:2] == public.read_bytes().split()[:2]
