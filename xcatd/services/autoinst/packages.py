"""Packages of lists (linuximage.pkglist), written as each installer wants them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from enum import Enum
from html import escape
from pathlib import Path

from xcatd.errors import ServiceError
from xcatd.services.autoinst.form import Form
from xcatd.services.autoinst.shelf import Shelf
from xcatd.services.postscripts.here import Here
from xcatd.services.postscripts.packages import package_lists

_NAME = re.compile(r"[-@]?[A-Za-z0-9@^*?._+:/=~()-]+( [A-Za-z0-9._-]+)*")


class Sort(Enum):
    """Packages; patterns of SUSE (`@name` in a list); packages that shall not be there (`-name`)."""

    PACKAGES = "PKGLIST"
    PATTERNS = "PTRNLIST"
    REMOVED = "RMPKGLIST"
    OTHERS = "OTHERPKGLIST"


def packages_in(here: Here, files: str, where: str) -> Sequence[str]:
    """The names in these lists, with what stands before them; each once. Raises ServiceError."""
    if not files.strip():
        return ()
    names = [name for one in package_lists(_reading(here, where), files) for name in one.packages]
    bad = next((name for name in names if _NAME.fullmatch(name) is None), None)
    if bad is not None:
        raise ServiceError(f"a list in {files} has {bad!r}, which is no name of a package: correct it")
    return tuple(dict.fromkeys(names))


def written(form: Form, sort: Sort, names: Sequence[str]) -> Sequence[str]:
    """Lines; for preseed and autoinstall it is one."""
    if form is Form.KICKSTART:
        return names
    plain = [name for name in names if name[0] not in "-@"]
    if form is Form.AUTOYAST:
        marked = {Sort.PATTERNS: "@", Sort.REMOVED: "-"}.get(sort)
        chosen = plain if marked is None else [name[1:] for name in names if name.startswith(marked)]
        tag = "pattern" if sort is Sort.PATTERNS else "package"
        return [f"<{tag}>{escape(name)}</{tag}>" for name in chosen]
    return [json.dumps(plain)] if form is Form.AUTOINSTALL else [" ".join(plain)]


def _reading(here: Here, where: str) -> Here:
    """The same server, whose lists include only what nodes may have."""
    shelf, root = Shelf(here), str(here.root).rstrip("/")

    def read(path: Path) -> str:
        return shelf.read(str(path).removeprefix(root), where)

    return replace(here, read=read)
