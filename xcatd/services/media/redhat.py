"""Media of the family of RHEL: `.discinfo` has four lines (a time, the product, the architecture, the discs), `.treeinfo` and
`media.repo` say the same in other words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from xcatd.services.media.identity import Clues, Identity, our_arch
from xcatd.services.media.treeinfo import Treeinfo, read_treeinfo, value

_PRODUCTS = (
    ("centos-stream", re.compile("CentOS Stream")),
    ("centos", re.compile("CentOS")),
    ("rocky", re.compile("Rocky")),
    ("alma", re.compile("Alma")),
    ("ol", re.compile(r"Oracle Linux|^OL-")),
    ("SL", re.compile("Scientific Linux")),
    ("pkvm", re.compile("IBM_PowerKVM")),
    ("fedora", re.compile("Fedora")),
    ("rhels", re.compile("Red Hat Enterprise Linux")),
)
_VERSION = re.compile(r"\d+(?:\.\d+)*")
_ORACLE = re.compile(r"^(\d+\.\d+)\.0$")
"""Oracle's 8.10.0 is 8.10 everywhere else."""


def redhat_identity(clues: Clues) -> Identity | None:
    """Media of RHEL, those that are made from it, and Fedora; None for others."""
    lines = [line.strip() for line in clues.get(".discinfo", "").splitlines()]
    product, arch, disc = (*lines[1:4], "", "", "")[:3]
    info = read_treeinfo(clues.get(".treeinfo", ""))
    name = next(filter(None, map(_name, _descriptions(product, info, clues))), "")
    if not name:
        return None
    if name.startswith("rhels") and value(info, ("general", "variant")) == "ComputeNode":
        name = f"rhelhpc{name.removeprefix('rhels')}"
    arch = arch or value(info, ("general", "arch"), ("tree", "arch"))
    return Identity(family="redhat", name=name, arch=our_arch(arch), disc=disc)


def _descriptions(product: str, info: Treeinfo, clues: Clues) -> Iterator[str]:
    """What the medium calls its product, the best first. Some say the version only in .discinfo, and the family elsewhere."""
    family = value(info, ("general", "family"), ("release", "name"))
    yield product
    if _VERSION.fullmatch(product):
        yield f"{family} {product}"
    yield f"{value(info, ('release', 'name'), ('general', 'family'))} {value(info, ('release', 'version'), ('general', 'version'))}"
    found = re.search(r"^name=(.*)$", clues.get("media.repo", ""), re.MULTILINE)
    yield found[1] if found else ""


def _name(description: str) -> str:
    """`Rocky Linux 9.4` -> rocky9.4; "" for products of others, and without a version."""
    for name, pattern in _PRODUCTS:
        found = pattern.search(description)
        version = _VERSION.search(description, found.end()) if found else None
        if version:
            return name + (_ORACLE.sub(r"\1", version[0]) if name == "ol" else version[0])
    return ""
