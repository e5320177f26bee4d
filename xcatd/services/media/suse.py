"""Media of SLES and openSUSE: `media.1/media` names the medium (SLE 15, Leap), `content` the product (SLES 12 and before),
`media.1/products` too, and Leap has a `.treeinfo` as RHEL has."""

from __future__ import annotations

import re
from collections.abc import Iterator

from xcatd.services.media.identity import Clues, Identity, our_arch
from xcatd.services.media.treeinfo import read_treeinfo, value

_ARCH = re.compile(r"\b(x86_64|aarch64|ppc64le|ppc64|s390x|i[3-6]86)\b")
_SLE15 = re.compile(r"\bSLE-(1[5-9])(?:-SP(\d+))?-(\w+)")
_LEAP = re.compile(r"openSUSE-Leap-(\d+\.\d+)")
_TUMBLEWEED = re.compile(r"openSUSE-Tumbleweed.*?(\d{8})")
_CPE = re.compile(r"sles?(?:_sdk|d)?:(\d+)(?::sp(\d+))?")
_PRODUCT = re.compile(r"(?:SUSE-Linux-Enterprise-(?:Server|Software-Development-Kit)|SLES|SDK)\S*\s+(\d+)(?:\.(\d+))?")
_SETS = {"Full": ("1", ("2",)), "Installer": ("1", ()), "Online": ("1", ()), "Packages": ("2", ())}
"""Where the media of SLE 15 lie in the tree; one that has all of it is there under both numbers."""


def suse_identity(clues: Clues) -> Identity | None:
    """Media of SUSE; None for others."""
    return _of_leap(clues) or _of_sle15(clues) or _of_content(clues)


def _of_leap(clues: Clues) -> Identity | None:
    medium = clues.get("media.1/media", "")
    for name, pattern in (("leap", _LEAP), ("tumbleweed", _TUMBLEWEED)):
        if found := pattern.search(medium):
            return Identity("suse", f"{name}{found[1]}", _arch(medium), "1", "1")
    info = read_treeinfo(clues.get(".treeinfo", ""))
    product, version = value(info, ("release", "name"), ("general", "family")), value(info, ("release", "version"))
    if "Leap" not in product or not version:
        return None
    arch = our_arch(value(info, ("general", "arch"), ("tree", "arch")))
    return Identity("suse", f"leap{version}", arch, "1", "1")


def _of_sle15(clues: Clues) -> Identity | None:
    medium = clues.get("media.1/media", "")
    found = _SLE15.search(medium)
    if found is None or found[3] not in _SETS:
        return None
    folder, aliases = _SETS[found[3]]
    if re.search(r"SOURCE|Media2", medium):  # the sources beside them must not take their place
        folder, aliases = ("packages2" if found[3] == "Packages" else "installer2"), ()
    return Identity("suse", _numbered("sle", found[1], found[2]), _arch(medium), folder, folder, aliases)


def _of_content(clues: Clues) -> Identity | None:
    content = clues.get("content", "")
    number = next(_numbers(clues), None)
    if number is None:
        return None
    products = clues.get(f"media.{number}/products", "")
    version = re.search(r"^VERSION\s+(\d+)(?:\.(\d+))?", content, re.MULTILINE)
    found = version or _CPE.search(content) or _PRODUCT.search(products)
    if found is None or not (_PRODUCT.search(products) or _CPE.search(content)):
        return None
    is_kit = re.search("Software-Development-Kit|SDK", products)
    folder = f"sdk{number}" if is_kit else number
    return Identity("suse", _numbered("sles", found[1], found[2]), _arch_of(content), folder, folder)


def _numbers(clues: Clues) -> Iterator[str]:
    return (found[1] for found in map(re.compile(r"media\.(\d+)/").match, sorted(clues)) if found)


def _arch_of(content: str) -> str:
    for key in (r"DEFAULTBASE\s+", r"BASEARCHS\s+", r"REPOID\s.*/"):
        if found := re.search(rf"^{key}(\S+)", content, re.MULTILINE):
            return our_arch(found[1])
    return ""


def _arch(text: str) -> str:
    found = _ARCH.search(text.replace("-", " "))
    return our_arch(found[1]) if found else ""


def _numbered(name: str, version: str, pack: str | None) -> str:
    return f"{name}{version}.{pack}" if pack and pack != "0" else f"{name}{version}"
