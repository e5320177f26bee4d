"""The text of conserver.cf(5): a part of settings, a block a node, and between them what the site has written. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_BEGIN, _END = "# xcatd: begin", "# xcatd: end"
_TRUSTED = "# trusted too:"
_BLOCK = re.compile(r"^#xCAT BEGIN (\S+) CONS$\n(.*?)^#xCAT END \1 CONS$\n?", re.M | re.S)
"""Old scripts look for these marks."""
_SETTINGS = re.compile(rf"^{_BEGIN}.*?^{_END}$\n?", re.M | re.S)


@dataclass(frozen=True, slots=True)
class Settings:
    """`credentials` and `authority`: its own key and certificate, and whose certificates callers must have. `trusted`: hosts from
    which they may come; `more`: those that makeconservercf -t has added. `logs`: the folder of what consoles say. `on_demand`:
    consoles are opened when somebody looks."""

    credentials: Path
    authority: Path
    trusted: Sequence[str]
    more: Sequence[str]
    logs: Path
    on_demand: bool

    def encryption(self) -> str:
        """What a running server does not read again."""
        return (
            "config * {\n  sslrequired yes;\n  sslreqclientcert yes;\n"
            f"  sslcredentials {self.credentials};\n  sslcacertificatefile {self.authority};\n}}\n"
        )

    def text(self) -> str:
        trusted = "".join(f"  trusted {one};\n" for one in dict.fromkeys((*self.trusted, *self.more)))
        options = "  options ondemand;\n" if self.on_demand else ""
        more = f"{_TRUSTED} {','.join(self.more)}\n" if self.more else ""
        return (
            f"{_BEGIN} (this part is written anew when the tables change)\n{more}{self.encryption()}access * {{\n{trusted}}}\n"
            f"default * {{\n  logfile {self.logs}/&;\n  timestamp 1lab;\n  rw *;\n  master localhost;\n{options}}}\n{_END}\n"
        )


@dataclass(frozen=True, slots=True)
class Consoles:
    """The consoles of a file. `blocks`: node -> the lines of its block. `others`: what the site has written. `more`: hosts that
    makeconservercf -t has added."""

    blocks: Mapping[str, str]
    others: str = ""
    more: Sequence[str] = ()

    @classmethod
    def of(cls, text: str) -> Consoles:
        """What a file has. Of one without our settings, the distribution's or xCAT 2's, the nodes alone count."""
        blocks = {found[1]: found[2] for found in _BLOCK.finditer(text)}
        settings = _SETTINGS.search(text)
        if settings is None:
            return cls(blocks)
        others = _BLOCK.sub("", text.replace(settings[0], "", 1))
        return cls(blocks, others, tuple(_trusted(settings[0])))

    def changed(self, new: Mapping[str, str], gone: Collection[str] = ()) -> Consoles:
        """With these blocks in their old places or at the end, and without some."""
        blocks = {node: lines for node, lines in {**self.blocks, **new}.items() if node not in gone}
        return Consoles(blocks, self.others, self.more)

    def text(self, settings: Settings) -> str:
        """The whole file. The site's lines come last, so that its own defaults hold for its own consoles only."""
        blocks = "".join(
            f"#xCAT BEGIN {node} CONS\n{lines}#xCAT END {node} CONS\n" for node, lines in self.blocks.items()
        )
        return f"{settings.text()}{blocks}{self.others}"


def _trusted(settings: str) -> Iterator[str]:
    for line in settings.splitlines():
        if line.startswith(_TRUSTED):
            yield from line.removeprefix(_TRUSTED).strip().split(",")
