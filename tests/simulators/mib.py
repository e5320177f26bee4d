"""What snmpd asks about our PDUs: its protocol `pass_persist` (snmpd.conf(5)). Run by snmpd with the file of a PDU's state.

The file is JSON. `values` has the objects: OID -> [type, value]. `commands` has the columns that may be written: OID ->
{"state": column, "becomes": {what is written: what the state is then}}. A value that is not in `becomes` is wrong; one that becomes
null is taken and changes nothing. `locked` has columns that answer not-writable. The file is read for each question, and written
when something has changed.
"""

from __future__ import annotations

import json
import sys
from typing import Any


def key(oid: str) -> tuple[int, ...]:
    return tuple(int(part) for part in oid.strip(".").split("."))


def load(path: str) -> dict[str, Any]:
    with open(path) as file:  # noqa: PTH123 - no pathlib: snmpd waits for this program to start
        found: dict[str, Any] = json.load(file)
    return found


def shown(state: dict[str, Any], oid: str | None) -> list[str]:
    if oid is None or oid not in state["values"]:
        return ["NONE"]
    kind, value = state["values"][oid]
    return [f".{oid}", kind, str(value)]


def following(state: dict[str, Any], oid: str) -> str | None:
    later = [known for known in state["values"] if key(known) > key(oid)]
    return min(later, key=key, default=None)


def put(path: str, oid: str, text: str) -> str:
    state = load(path)
    column, _, row = oid.rpartition(".")
    command = state["commands"].get(column)
    if command is None or column in state["locked"]:
        return "not-writable"
    word = text.split()[-1]
    if word not in command["becomes"]:
        return "wrong-value"
    becomes = command["becomes"][word]
    if becomes is not None:
        state["values"][f"{command['state']}.{row}"][1] = becomes
        with open(path, "w") as file:  # noqa: PTH123
            json.dump(state, file)
    return "DONE"


def main(path: str) -> None:
    line = iter(sys.stdin.readline, "")
    for word in line:
        match word.strip():
            case "PING":
                said = ["PONG"]
            case "get":
                said = shown(load(path), next(line).strip().strip("."))
            case "getnext":
                oid = next(line).strip().strip(".")
                said = shown(state := load(path), following(state, oid))
            case "set":
                said = [put(path, next(line).strip().strip("."), next(line).strip())]
            case _:
                continue  # an empty line comes after a value
        print(*said, sep="\n", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
