"""The root file system of nodes without disk, Debian 12, and the packages that it is made from as a repository.

Both are made once for a machine, as the root of containers is (containerroot.py), and nobody may change them. Tests that change
a root take a copy of it, or put an overlay over it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from tests.helpers.containerroot import OPTIONS, SUITE, kept, run

PACKAGES = (
    *("systemd-sysv", "udev", "dbus", "iproute2", "iputils-ping", "procps", "kmod", "bash"),
    # With dracut no other maker of an initramfs comes along; the kernel wants one.
    *("dracut", "dracut-core", "dracut-network", "linux-image-cloud-amd64"),
    *("isc-dhcp-client", "curl", "openssh-server", "openssl", "python3", "nfs-common"),
)
COMPONENT = "main"
_INDEX = f"dists/{SUITE}/{COMPONENT}/binary-amd64"
_VERSION = 2
"""To be raised when how it is made changes."""


def root() -> Path:
    """The root file system: no host keys, no passwords, no machine-id, with a kernel in /boot and in /lib/modules."""
    return _kept() / "root"


def repository(*more: str) -> Path:
    """A tree as Debian's mirrors have it (dists/, pool/), with all packages of the root; with `more` packages another one."""
    return _kept(more) / "repository"


def kernel_version() -> str:
    """Of the kernel in the root."""
    return max(path.name for path in (root() / "usr/lib/modules").iterdir())


def _kept(more: tuple[str, ...] = ()) -> Path:
    packages = (*PACKAGES, *more)
    return kept("netboot", (SUITE, packages, OPTIONS, _VERSION), partial(_make, packages))


def _make(packages: Sequence[str], folder: Path) -> None:
    pool = folder / "repository/pool"
    pool.mkdir(parents=True)
    folder.chmod(0o755)
    run(folder.with_name("log"), *_mmdebstrap(packages, folder / "root", pool))
    _index(folder / "repository")
    _clean(folder / "root")


def _mmdebstrap(packages: Sequence[str], root: Path, pool: Path) -> list[str]:
    """The kernel's package gets no initramfs of its own: those of nodes are made by the product."""
    options = [f"--dpkgopt={option}" for option in OPTIONS]
    divert = "dpkg-divert --local --no-rename --divert /etc/kernel/dracut --add /etc/kernel/postinst.d/dracut"
    link = "mkdir -p /etc/kernel/postinst.d && ln -s /bin/true /etc/kernel/postinst.d/dracut"
    no_initramfs = f"--essential-hook=chroot \"$1\" sh -c '{divert} && {link}'"
    keep = (
        "--skip=download/empty",
        "--skip=essential/unlink",
        f"--customize-hook=sync-out /var/cache/apt/archives {pool}",
    )
    include = f"--include={','.join(packages)}"
    return ["mmdebstrap", "--mode=root", "--variant=minbase", *options, include, no_initramfs, *keep, SUITE, str(root)]


def _index(repository: Path) -> None:
    for left in ("lock", "partial"):
        path = repository / "pool" / left
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    for package in (repository / "pool").glob("*%3a*"):  # mirrors leave out the epoch
        package.rename(package.with_name(re.sub(r"_\d+%3a", "_", package.name)))
    (repository / _INDEX).mkdir(parents=True)
    packages = _said(repository, "apt-ftparchive", "packages", "pool")
    (repository / _INDEX / "Packages").write_bytes(packages)
    _said(repository, "gzip", "-n", "--keep", f"{_INDEX}/Packages")
    facts = {
        "Origin": "Debian",
        "Suite": "stable",
        "Codename": SUITE,
        "Components": COMPONENT,
        "Architectures": "amd64",
    }
    given = [f"-oAPT::FTPArchive::Release::{name}={value}" for name, value in facts.items()]
    release = _said(repository, "apt-ftparchive", *given, "release", f"dists/{SUITE}")
    (repository / f"dists/{SUITE}/Release").write_bytes(release)


def _said(folder: Path, *words: str) -> bytes:
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    return subprocess.run(words, cwd=folder, env=environment, check=True, capture_output=True).stdout


def _clean(root: Path) -> None:
    """What belongs to one host."""
    for key in (root / "etc/ssh").glob("ssh_host_*"):
        key.unlink()
    for package in (root / "var/cache/apt/archives").glob("*.deb"):
        package.unlink()
    (root / "etc/machine-id").write_text("")
    (root / "etc/hostname").unlink(missing_ok=True)
