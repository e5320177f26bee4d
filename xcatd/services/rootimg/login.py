"""Who may log in on nodes without disk: root, by the site's keys and with the password of table passwd."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path
from typing import Final

from xcatd.services.rootimg.staging import own_folder

_NEW: Final = ":".join(("root", "{}", "", "0", "99999", "7", "", "", ""))
"""A line of /etc/shadow: the password does not age (shadow(5))."""


def put_password(tree: Path, hashed: str) -> None:
    """Give root this password, a hash or what no password fits. It blocks. Raises OSError, ServiceError."""
    place = own_folder(tree, "etc") / "shadow"
    old = _text(place)
    replace_file(place, with_password(old, hashed), 0o600)


def put_keys(tree: Path, keys: str) -> None:
    """Let in who has one of these keys, besides those whom the image lets in. It blocks. Raises OSError, ServiceError."""
    own_folder(tree, "root", 0o700)
    place = own_folder(tree, "root/.ssh", 0o700) / "authorized_keys"
    replace_file(place, with_lines(_text(place), keys), 0o600)


def with_password(shadow: str, hashed: str) -> str:
    """The text of /etc/shadow with this password of root; the other fields of his line stay."""
    lines = shadow.splitlines()
    for number, line in enumerate(lines):
        name, colon, rest = line.partition(":")
        if name == "root" and colon:
            lines[number] = ":".join((name, hashed, *rest.split(":")[1:]))
            break
    else:
        lines.insert(0, _NEW.format(hashed))
    return "".join(f"{line}\n" for line in lines)


def with_lines(text: str, more: str) -> str:
    """A text with those lines of another one that it does not have; comments do not count."""
    there = text.splitlines()
    new = [line.strip() for line in more.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return "".join(f"{line}\n" for line in (*there, *dict.fromkeys(line for line in new if line not in there)))


def replace_file(place: Path, text: str, mode: int) -> None:
    """A new file in the place of one that others share; it has the old one's owner, rights and times, else root's and `mode`. It
    blocks. Raises OSError."""
    if _text(place) == text and place.is_file():
        return
    beside = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", errors="surrogateescape") as file:
        file.write(text)
    if place.is_file() and not place.is_symlink():
        status = place.stat()
        os.chown(beside, status.st_uid, status.st_gid)
        shutil.copystat(place, beside)
    else:
        beside.chmod(mode)
    beside.replace(place)


def _text(place: Path) -> str:
    """What a file of the image says; a link counts as none."""
    if place.is_symlink() or not place.exists():
        return ""
    return place.read_text(errors="surrogateescape")
