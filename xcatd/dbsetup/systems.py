"""What differs from one Linux to the other, as data: packages, places, units, and how things are done without systemd."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from xcatd.dbsetup.programs import find, run

_RUNS_SYSTEMD = Path("/run/systemd/system")
_RELEASE = Path("/etc/os-release")

INSTALL: Mapping[str, str] = {"debian": "apt-get install", "rhel": "dnf install", "suse": "zypper install"}
"""How packages are installed, by family."""
_LIKE = {
    "debian": "debian",
    "ubuntu": "debian",
    "rhel": "rhel",
    "fedora": "rhel",
    "centos": "rhel",
    "suse": "suse",
    "sles": "suse",
}


def family(release: Path = _RELEASE) -> str:
    """debian, rhel or suse; "" for what is none of them."""
    words: dict[str, str] = {}
    if release.is_file():
        for line in release.read_text(encoding="utf-8", errors="replace").splitlines():
            name, _, text = line.partition("=")
            words[name] = text.strip("\"'")
    likely = f"{words.get('ID', '')} {words.get('ID_LIKE', '')}".lower().split()
    return next((_LIKE[word] for word in likely if word in _LIKE), "")


def how_to_install(packages: Mapping[str, str]) -> str:
    """The command that installs these packages, which are given by family; for an unknown host all of them."""
    here = family()
    if here in packages:
        return f"{INSTALL[here]} {packages[here]}"
    return " or ".join(f"{INSTALL[kind]} {names}" for kind, names in packages.items())


def has_systemd() -> bool:
    return _RUNS_SYSTEMD.is_dir() and bool(find("systemctl"))


@dataclass(frozen=True, slots=True)
class Service:
    """A server of this host. `boot`: the unit that starts it with the host, where that is another one. `by_hand`: words
    by verb (start, restart, reload) where systemd does not run; they are run as `account`, else as root."""

    unit: str
    by_hand: Mapping[str, tuple[str, ...]]
    boot: str = ""
    account: str = ""

    def do(self, verb: str) -> None:
        """Start, restart or reload it. Raises ConfigError."""
        if has_systemd():
            run(["systemctl", verb, self.unit])
        else:
            run(self.by_hand[verb], account=self.account)

    def enable(self) -> bool:
        """See to it that it starts with the host; gives whether it did not before. Without systemd that is the
        administrator's."""
        unit = self.boot or self.unit
        if not has_systemd() or run(["systemctl", "show", "--property=UnitFileState", unit]).strip().endswith(
            "=enabled"
        ):
            return False
        run(["systemctl", "enable", unit])
        return True
