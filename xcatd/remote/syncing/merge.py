"""MERGE: lines of accounts in /etc/passwd, /etc/shadow or /etc/group of a node: ours take the place of those with the same name.
Pure. passwd(5), shadow(5), group(5).

Lines stay in their places, new ones come behind them, but before those of NIS (`+` and `-`), which must be the last ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from xcatd.errors import NodeError
from xcatd.remote.syncing.synclist import Place

FIELDS: Final[Mapping[str, int]] = {"/etc/passwd": 7, "/etc/shadow": 9, "/etc/group": 4}
"""Of each line."""
_NUMBERS: Final[Mapping[str, Sequence[int]]] = {"/etc/passwd": (2, 3), "/etc/shadow": (), "/etc/group": (2,)}
"""Which of them are numbers of users and groups."""
_USERS: Final = ("/etc/passwd", "/etc/group")
_NIS = ("+", "-")


def accounts(path: str, named: Path, text: str) -> Mapping[str, str]:
    """The lines of a source by their names; empty lines and comments do not count. Raises ServiceError for one that is none of
    file `path`."""
    found: dict[str, str] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.startswith("#"):
            continue
        fields, place = line.split(":"), Place(named, number)
        if len(fields) != FIELDS[path] or not _is_name(fields[0]):
            raise place.wrong(f"it is no line of {path}, which has a name and {FIELDS[path] - 1} fields more")
        if not all(fields[each].isascii() and fields[each].isdecimal() for each in _NUMBERS[path]):
            raise place.wrong(f"it is no line of {path}: the number of the user or group is none")
        if fields[0] in found:
            raise place.wrong(f"{fields[0]} is there twice: remove one of the lines")
        if fields[0] == "root" and path in _USERS and fields[2] != "0":
            raise place.wrong("root has the number 0 and no other")
        found[fields[0]] = line
    return found


def merged(path: str, there: str, ours: Mapping[str, str]) -> str:
    """The new text of file `path` of the node. Raises NodeError when root would be lost: the file is damaged already."""
    done: set[str] = set()
    lines: list[str] = []
    for line in there.split("\n")[: -1 if there.endswith("\n") else None]:
        name = line.partition(":")[0]
        if name not in ours:
            lines.append(line)
        elif name not in done:
            done.add(name)
            lines.append(ours[name])
    nis = next((place for place, line in enumerate(lines) if line.startswith(_NIS)), len(lines))
    lines[nis:nis] = [line for name, line in ours.items() if name not in done]
    if not any(line.startswith("root:") for line in lines):
        raise NodeError(f"{path} there has no line of root, and is left as it is: repair it first")
    return "".join(f"{line}\n" for line in lines)


def differences(there: str, new: str) -> Sequence[str]:
    """The lines that go and that come, `-` and `+` before them, in which no password is shown."""
    before, after = there.splitlines(), new.splitlines()
    gone, come = set(before) - set(after), set(after) - set(before)
    return [
        *(f"-{_masked(line)}" for line in before if line in gone),
        *(f"+{_masked(line)}" for line in after if line in come),
    ]


def _masked(line: str) -> str:
    """The second field of all three files is for a password, of which `x`, `*` and `!` are none."""
    name, colon, rest = line.partition(":")
    password, second, others = rest.partition(":")
    return f"{name}{colon}{password if len(password) < 2 else '...'}{second}{others}"


def _is_name(name: str) -> bool:
    return bool(name) and not name.startswith(_NIS) and not set(name) & set(" \t,/") and name.isprintable()
