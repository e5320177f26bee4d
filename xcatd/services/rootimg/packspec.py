"""What packimage does: worked out from the tables by the daemon, done by the program beside it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from xcatd.model.secret import Secret


@dataclass(frozen=True, slots=True)
class PackSpec:
    """`folder`: the image's, as it is on this host. `method`, `compress`: see archive.py. `left_out`, `kept`: of the exlist.
    `password`: root's, hashed, or what none fits; `keys`: lines of authorized_keys; `timezone`: "" leaves that of the image.
    `synclists`: as tables name them, with the `variables` that their paths may have; `host_root`: below it all these files are."""

    folder: str
    method: str
    compress: str
    left_out: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    password: Secret = field(default_factory=lambda: Secret("*"))
    keys: str = ""
    timezone: str = ""
    synclists: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    host_root: str = "/"

    def told(self) -> dict[str, object]:
        """As it travels, on the standard input of the program."""
        made: dict[str, object] = {name: getattr(self, name) for name in self.__slots__}
        return {**made, "variables": dict(self.variables), "password": self.password.reveal()}


def pack_spec(told: Mapping[str, Any]) -> PackSpec:
    """The spec that `told` has given."""
    lists = {name: tuple(told[name]) for name in ("left_out", "kept", "synclists")}
    return PackSpec(**{**told, **lists, "password": Secret(told["password"])})
