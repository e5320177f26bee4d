"""Installation media, made small: trees as their makers lay them out, and ISO images of them by xorriso."""

from __future__ import annotations

import gzip
import hashlib
import subprocess
from collections.abc import Mapping
from pathlib import Path

SUITE = "dists/bookworm"
INDEX = f"{SUITE}/main/binary-amd64"


def lay(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files; gives the folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def iso(tree: Path, *words: str) -> Path:
    """An ISO image of a tree, beside it; `words` are more ones for mkisofs."""
    target = tree.with_suffix(".iso")
    subprocess.run(
        ["xorriso", "-as", "mkisofs", "-quiet", "-r", *words, "-o", target, tree], check=True, capture_output=True
    )
    return target


def rocky(folder: Path, *, payload: bytes = b"p" * 5000) -> Path:
    """A tree as Rocky Linux's DVD has it."""
    digest = hashlib.sha256(b"a kernel").hexdigest()
    return lay(
        folder,
        {
            ".discinfo": "1714608400.123456\nRocky Linux 9.4\nx86_64\n1\n",
            ".treeinfo": "[general]\nfamily = Rocky Linux\nversion = 9.4\narch = x86_64\n\n[checksums]\n"
            f"images/pxeboot/vmlinuz = sha256:{digest}\nimages/boot.iso = sha256:{'0' * 64}\n",
            "media.repo": "[InstallMedia]\nname=Rocky Linux 9.4\nmediaid=1714608400.123456\n",
            "images/pxeboot/vmlinuz": "a kernel",
            "BaseOS/Packages/b/bash-5.1.8-9.el9.x86_64.rpm": payload,
            "BaseOS/repodata/repomd.xml": "<repomd/>",
        },
    )


def sle15(folder: Path) -> Path:
    """A tree as SLE 15 SP5's full medium has it."""
    return lay(
        folder,
        {
            "media.1/media": "SUSE - SLE-15-SP5-Full-x86_64-Build105.3-Media\nSLE-15-SP5-Full-x86_64-Build105.3\n1\n",
            "media.1/products": "/ SLE15-SP5 15.5-0\n",
            "CHECKSUMS": f"{hashlib.sha256(b'a kernel').hexdigest()}  boot/x86_64/loader/linux\n",
            "boot/x86_64/loader/linux": "a kernel",
            "Product-SLES/repodata/repomd.xml": "<repomd/>",
        },
    )


def ubuntu(folder: Path) -> Path:
    """A tree as Ubuntu's live-server image has it."""
    return lay(
        folder,
        {
            ".disk/info": 'Ubuntu-Server 22.04.3 LTS "Jammy Jellyfish" - Release amd64 (20230810)',
            "casper/vmlinuz": "a kernel",
            "casper/ubuntu-server-minimal.squashfs": b"hsqs" * 1000,
        },
    )


def debian(folder: Path, number: int, *packages: str) -> Path:
    """Disc `number` of Debian 12.5, with an index of these packages, which are real ones without files."""
    stanzas = b"".join(_packed(folder, name) for name in packages)
    lay(
        folder,
        {
            ".disk/info": f'Debian GNU/Linux 12.5.0 "Bookworm" - Official amd64 DVD Binary-{number} with firmware 20240210-11:27',
            f"{INDEX}/Packages.gz": gzip.compress(stanzas, mtime=0),
        },
    )
    sums = "".join(
        f" {hashlib.sha256(content).hexdigest()} {len(content)} main/binary-amd64/{name}\n"
        for name, content in (("Packages", stanzas), ("Packages.gz", gzip.compress(stanzas, mtime=0)))
    )
    head = "Origin: Debian\nSuite: stable\nCodename: bookworm\nArchitectures: amd64\nComponents: main\n"
    lay(folder, {f"{SUITE}/Release": f"{head}SHA256:\n{sums}"})
    (folder / "debian").symlink_to(".")
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_relative_to(folder / "debian"))
    lines = (f"{hashlib.md5(path.read_bytes()).hexdigest()}  ./{path.relative_to(folder)}\n" for path in files)
    return lay(folder, {"md5sum.txt": "".join(lines)})


def _packed(folder: Path, name: str) -> bytes:
    """Build a package into the pool; gives its stanza in the index."""
    control = f"Package: {name}\nVersion: 1.0\nArchitecture: all\nMaintainer: A <a@c.net>\nDescription: {name}\n"
    build = folder.with_name(f"{folder.name}-{name}")
    lay(build, {"DEBIAN/control": control})
    place = f"pool/main/{name[0]}/{name}_1.0_all.deb"
    (folder / place).parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["dpkg-deb", "--root-owner-group", "-b", build, folder / place], check=True, capture_output=True)
    content = (folder / place).read_bytes()
    more = f"Filename: {place}\nSize: {len(content)}\nSHA256: {hashlib.sha256(content).hexdigest()}\n"
    return f"{control}{more}\n".encode()
