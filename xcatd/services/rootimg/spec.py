"""What a root file system is built from: worked out from the tables by the daemon, done by the program beside it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Repository:
    """Where packages come from. `url`: with `file:` for a folder of this host. Of Debian's kind it has a `suite` (`./` where the
    index lies in the folder itself), its `parts`, and `options` as sources.list(5) has them in brackets."""

    url: str
    suite: str = ""
    parts: tuple[str, ...] = ()
    options: str = ""

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Repository:
        return cls(told["url"], told["suite"], tuple(told["parts"]), told["options"])


@dataclass(frozen=True, slots=True)
class Step:
    """Packages that are installed together. `before`: to be removed before that; `after`: to be removed then. `groups`: what
    dnf calls groups and zypper patterns. `variables`: the environment of the programs that install them."""

    install: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Step:
        install, groups, before, after = (tuple(told[key]) for key in ("install", "groups", "before", "after"))
        return cls(install, groups, before, after, dict(told["variables"]))


@dataclass(frozen=True, slots=True)
class BuildSpec:
    """An image. `folder`: its rootimgdir, as it is on this host; `called`: as the tables name it. `family`: debian, ubuntu, rh or
    sles. `system`, `arch`, `profile`: osvers, osarch, profile. `scripts`: of postinstall, each with its arguments, and `variables`
    their environment. `kernel`: its version, "" for the newest. `interfaces`: more network interfaces that get addresses by DHCP.
    `installdir`, `tftpdir`: as nodes name them. `method`: netboot or statelite. `only_initrd`: the root file system is there and
    stays. `verbose`: all is said that installers say."""

    image: str
    folder: str
    called: str
    family: str
    system: str
    arch: str
    profile: str
    repositories: tuple[Repository, ...]
    steps: tuple[Step, ...]
    scripts: tuple[tuple[str, ...], ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    kernel: str = ""
    drivers: tuple[str, ...] = ()
    interfaces: tuple[str, ...] = ()
    installdir: str = "/install"
    tftpdir: str = "/tftpboot"
    method: str = "netboot"
    only_initrd: bool = False
    verbose: bool = False

    def told(self) -> dict[str, Any]:
        """As it travels."""
        return asdict(self)


def build_spec(told: Mapping[str, Any]) -> BuildSpec:
    """The spec that `told` has given."""
    given = dict(told)
    given["repositories"] = tuple(map(Repository.of, told["repositories"]))
    given["steps"] = tuple(map(Step.of, told["steps"]))
    given["scripts"] = tuple(tuple(one) for one in told["scripts"])
    given["variables"] = dict(told["variables"])
    given["drivers"], given["interfaces"] = tuple(told["drivers"]), tuple(told["interfaces"])
    return BuildSpec(**given)
