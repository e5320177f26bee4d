"""A plain, slow model of what a node has: protocol.md sections 7.1 and 7.2 written down as directly as possible.

Values are taken from a fixed list, so that the model knows what each of them means without reading it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from xcatd.objects import TYPES

Cells = Mapping[str, Mapping[str, Mapping[str, str | None]]]
"""table -> name of a node or group -> its row."""

NEXT = "+=NEXTRECORD"


def _offset(number: int) -> Callable[[str], str]:
    """`|\\D+(\\d+)|10.0.0.($1+number)|`."""

    def value(node: str) -> str:
        found = re.search(r"\D+(\d+)", node)
        if found is None:
            return node
        return node[: found.start()] + f"10.0.0.{int(found[1]) + number}" + node[found.end() :]

    return value


def _easy(node: str) -> str:
    """`|rack(($1-1)/4+1)slot$2|`: the numbers in the name, without leading zeros."""
    numbers = [text.lstrip("0") or "0" for text in re.findall(r"\d+", node)]
    first = int(numbers[0]) if numbers else 0
    quotient = abs(first - 1) // 4 * (1 if first >= 1 else -1)
    return f"rack{quotient + 1}slot{numbers[1] if len(numbers) > 1 else ''}"


RULES: Mapping[str, Callable[[str], str]] = {
    r"/\z/-bmc/": lambda node: f"{node}-bmc",
    r"|\D+(\d+)|10.0.0.($1+7)|": _offset(7),
    r"|\D+(\d+)|10.0.0.($1+100)|": _offset(100),
    "|rack(($1-1)/4+1)slot$2|": _easy,
    "|^.*$||": lambda node: "",
    "/n/m/": lambda node: node.replace("n", "m", 1) if "n" in node else "/n/m/",
    "/usr/bin/": lambda node: "/usr/bin/",
    "|(8/0)|": lambda node: "",
}
"""A value and what it gives to a node."""

PLAIN = ("ipmi", "openbmc", "hmc", "blade", "ppc,osi", "mm", "x", "/opt/xcat", "|", "a|b|")
CHAINED = (f"a,{NEXT}", f"b {NEXT}", f"c{NEXT}", NEXT)


@dataclass(frozen=True)
class Model:
    """A cluster: its groups by node, in order, and its rows."""

    groups: Mapping[str, Sequence[str]]
    cells: Cells

    def value(self, node: str, table: str, column: str) -> str:
        """What the node has in a column: own row first, then each group's; a text may go on in the next one."""
        made = separator = ""
        for name in (node, *(() if table == "nodelist" else self.groups.get(node, ()))):
            text = self.cells.get(table, {}).get(name, {}).get(column)
            if not text:
                continue
            body = text.removesuffix(NEXT)
            goes_on = body != text
            end = body[-1] if goes_on and body and not body[-1].isalnum() else ""
            value = RULES.get(text, lambda _, body=body, end=end: body.removesuffix(end))(node)
            if not value:
                break
            made += separator + value
            separator = end
            if not goes_on:
                break
        return made

    def attributes(self, node: str) -> dict[str, str]:
        """What lsdef shows of a node, in the order of reading; xcatdefaults left out."""
        values: dict[str, str] = {}
        for entry in TYPES["node"].attributes:
            if entry.fixed:
                continue
            if entry.only_if:
                name, word = entry.only_if
                if not re.search(rf"\b{word}\b", values.get(name, "")):
                    continue
            if value := self.value(node, entry.table, entry.column):
                values[entry.name] = value
        values.pop("node", None)
        return values
