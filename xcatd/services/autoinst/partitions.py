"""How the disk is divided: linuximage.partitionfile, which takes the place of what a template has for it.

Files of several kinds are separated by commas: FILE is written as the installer wants it, `s:FILE` is a script that writes
/tmp/partitionfile on the node (kickstart), `d:FILE` has the name of the disk (preseed, autoinstall), `c:FILE` has more answers
(preseed).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from xcatd.errors import ServiceError
from xcatd.services.autoinst.form import Form
from xcatd.services.autoinst.image import Image
from xcatd.services.autoinst.shelf import Shelf

_KIND = re.compile(r"((?:[a-z]:)*)(.*)")
_END = "XCAT_END_OF_SCRIPT"
_SCRIPT = "/tmp/partitionscript"  # noqa: S108  # of the installer, which has no other users
_DISK = re.compile(r"[A-Za-z0-9/._:-]+")


def partition_lines(shelf: Shelf, image: Image, form: Form) -> Sequence[str]:
    """What stands for the template's own lines. Raises ServiceError for a kind that this installer has no use for."""
    lines: list[str] = []
    for kind, path in _parts(image):
        write = _KINDS.get((form, kind))
        if write is None:
            known = ", ".join(f"{one or 'no prefix'}" for each, one in _KINDS if each is form)
            raise ServiceError(
                f"partitionfile of {image.name} has {kind}{path}, which {form} files cannot have; they can have: {known}"
            )
        lines += write(shelf.read(path, f"partitionfile of {image.name}"))
    return lines


def script_lines(shelf: Shelf, image: Image) -> Sequence[str]:
    """Lines of a shell script that write and run the site's script, before the disk is divided; none where there is none."""
    lines: list[str] = []
    for kind, path in _parts(image):
        if kind != "s:":
            continue
        script = shelf.read(path, f"partitionfile of {image.name}").splitlines()
        if any(line.strip() in ("%end", _END) for line in script):
            raise ServiceError(
                f"{path} has a line that says %end, at which the installer would stop reading: change it"
            )
        head = [] if script[0].startswith("#!") else ["#!/bin/sh"]
        lines += [f"cat >{_SCRIPT} <<'{_END}'", *head, *script, _END]
        lines += [f"chmod 700 {_SCRIPT}", _SCRIPT]
    return lines


def _parts(image: Image) -> Sequence[tuple[str, str]]:
    texts = filter(None, map(str.strip, image.partitions.split(",")))
    found = filter(None, map(_KIND.fullmatch, texts))
    return [(one[1], one[2]) for one in found]


def _as_it_is(text: str) -> Sequence[str]:
    return text.splitlines()


def _included(text: str) -> Sequence[str]:
    return ["%include /tmp/partitionfile"]


def _recipe(text: str) -> Sequence[str]:
    """A recipe of partman in one line, with a name in front (partman-auto-recipe.txt)."""
    words = " ".join(text.split())
    return [f"d-i partman-auto/expert_recipe string {words if '::' in words else f'xcat :: {words}'}"]


def _preseed_disk(text: str) -> Sequence[str]:
    return [f"d-i partman-auto/disk string {' '.join(map(_disk, text.split()))}"]


def _autoinstall_disk(text: str) -> Sequence[str]:
    return ["storage:", "  layout:", "    name: lvm", "    match:", f"      path: {json.dumps(_disk(text.strip()))}"]


def _autoinstall_storage(text: str) -> Sequence[str]:
    return text.splitlines() if re.search(r"^storage:", text, re.MULTILINE) else ["storage:", *_deeper(text)]


def _deeper(text: str) -> Sequence[str]:
    return [f"  {line}" if line.strip() else line for line in text.splitlines()]


def _disk(name: str) -> str:
    if _DISK.fullmatch(name) is None:
        raise ServiceError(f"{name!r} in a partitionfile with d: is no name of a disk, such as /dev/sda")
    return name


_KINDS: Final[Mapping[tuple[Form, str], Callable[[str], Sequence[str]]]] = {
    (Form.KICKSTART, ""): _as_it_is,
    (Form.KICKSTART, "s:"): _included,
    (Form.AUTOYAST, ""): _as_it_is,
    (Form.PRESEED, ""): _recipe,
    (Form.PRESEED, "d:"): _preseed_disk,
    (Form.PRESEED, "c:"): _as_it_is,
    (Form.AUTOINSTALL, ""): _autoinstall_storage,
    (Form.AUTOINSTALL, "d:"): _autoinstall_disk,
}
