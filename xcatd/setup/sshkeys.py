"""ssh keys: root's own, and the host keys that all nodes share (How-To Setup Hierarchy, 4.0)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_ssh_private_key,
)

from xcat_certs import files
from xcatd.errors import ConfigError
from xcatd.setup.job import Job, make_copy, make_folder

HOST_KEYS = ("rsa", "ecdsa", "ed25519")
_RSA_BITS = 3072
"""What ssh-keygen makes."""

_Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


def root_keys(job: Job) -> Iterator[str]:
    """A key for root, by which parallel commands reach the nodes, and its public part where nodes fetch it."""
    folder = job.paths.root / "root/.ssh"
    public = folder / "id_rsa.pub"
    yield from make_folder(folder, 0o700)
    old = public.read_bytes().strip() if job.force and public.exists() else b""
    yield from _ensure(job, folder / "id_rsa", "rsa", f"root@{job.name}")
    yield from _admit(public, job.postscripts / "_ssh/authorized_keys", instead_of=old)


def host_keys(job: Job) -> Iterator[str]:
    """One set of host keys for all nodes, so that each knows the others, and the public parts where nodes fetch them."""
    folder = job.paths.hostkeys
    yield from make_folder(folder, 0o700)
    for kind in HOST_KEYS:
        path = folder / f"ssh_host_{kind}_key"
        yield from _ensure(job, path, kind, "")
        public = path.with_name(f"{path.name}.pub")
        yield from make_copy(public, job.postscripts / "hostkeys" / public.name)


def _ensure(job: Job, path: Path, kind: str, comment: str) -> Iterator[str]:
    """Make a key that is missing, and the public part of one whose public part is."""
    public = path.with_name(f"{path.name}.pub")
    yield from job.put_away(path)
    yield from job.put_away(public)
    if not path.exists():
        content = _new(kind).private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
        files.write_new(path, content, files.PRIVATE)
        yield f"made {path}"
        if public.exists():
            public.unlink()
            yield f"removed {public}, whose private key was missing"
    if not public.exists():
        files.write_new(public, _public_part(path) + f" {comment}".rstrip().encode() + b"\n", files.PUBLIC)
        yield f"made {public}"


def _public_part(path: Path) -> bytes:
    """Raises ConfigError."""
    content = path.read_bytes()
    load = load_ssh_private_key if b"OPENSSH" in content[:64] else load_pem_private_key
    try:
        return load(content, None).public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigError(f"{path} holds no ssh key that can be read without a password: move it away") from error


def _new(kind: str) -> _Key:
    if kind == "ecdsa":
        return ec.generate_private_key(ec.SECP256R1())
    if kind == "rsa":
        return rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)
    return ed25519.Ed25519PrivateKey.generate()


def _admit(public: Path, admitted: Path, *, instead_of: bytes) -> Iterator[str]:
    """Let the key in on nodes that will be installed. Others that stand there stay, but for the one it replaces."""
    line = public.read_bytes().strip()
    there = admitted.read_bytes().splitlines() if admitted.exists() else []
    kept = [each for each in there if each != instead_of or each == line]
    if line not in kept:
        yield from make_folder(admitted.parent)
        files.write(admitted, b"\n".join([*kept, line, b""]), files.PUBLIC)
        yield f"added {public} to {admitted}"
