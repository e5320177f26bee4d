"""Loaders themselves: which file of which package of this host's distribution nodes fetch under which name. Data only.

Sources: lists of files of Debian's and Ubuntu's packages; RHEL's guide to installation from the network (shim-x64 and grub2-efi-x64
have their files on the EFI system partition); SUSE's packages shim and grub2-ARCH-efi. What is asked for under which name:
services/dhcp/boot.py. Shim loads grub from the folder that it came from, by the name that its maker has put into it: grubx64.efi or
grubaa64.efi; SUSE's loads grub.efi.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from xcatd.services.boot.files import GRUB
from xcatd.services.boot.machine import Machine
from xcatd.services.boot.plan import loader_of
from xcatd.services.distribution import Family

_ESP: Final = "boot/efi/EFI/*"
_MODULES: Final = (
    *("normal", "configfile", "echo", "test", "true", "sleep", "regexp", "boot", "reboot", "halt", "eval"),
    *("net", "tftp", "http", "linux", "gzio", "minicmd", "ls", "cat", "help"),
)
"""Of grub where it is made here: what our configurations and a person at its prompt use."""
_FOR_DISKS: Final = ("part_gpt", "part_msdos", "fat", "search", "search_fs_file", "chain")


@dataclass(frozen=True, slots=True)
class Copy:
    """A file below the TFTP folder. `sources`: where packages have it, below /, the first that is there counts; a * stands for one
    folder. `needed`: without it the whole way is none."""

    name: str
    sources: tuple[str, ...]
    needed: bool = True


@dataclass(frozen=True, slots=True)
class Made:
    """Grub's image for the network, without a signature, made by grub-mkimage. `folders`: where packages have grub's modules."""

    name: str
    platform: str
    modules: tuple[str, ...]

    @property
    def sources(self) -> tuple[str, ...]:
        """It is as old as grub's kernel."""
        return tuple(f"{folder}/{self.platform}/kernel.img" for folder in ("usr/lib/grub", "usr/share/grub2"))

    @property
    def needed(self) -> bool:
        return True


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """One way to have a loader. The firmware fetches the first part. `links`: more names below the TFTP folder -> what they lead
    to, for loaders that look for their files elsewhere."""

    parts: tuple[Copy | Made, ...]
    links: Mapping[str, str] = field(default_factory=dict)

    @property
    def first(self) -> str:
        return self.parts[0].name


@dataclass(frozen=True, slots=True, eq=False)
class Loader:
    """What some nodes need. `ways`: the first whose files are there counts. `called`: names that lead to what the firmware fetches,
    in its folder. `packages`: those that have it."""

    ways: tuple[Way, ...]
    packages: Mapping[Family, str]
    called: tuple[str, ...] = ()


def _packages(debian: str, redhat: str, suse: str) -> Mapping[Family, str]:
    return {Family.DEBIAN: debian, Family.REDHAT: redhat, Family.SUSE: suse}


_DEBIANS_PREFIX: Final = {"grub": GRUB}
"""Where grub as Debian and Ubuntu sign it looks for its configuration when it was loaded over the network: /grub."""


def _efi(cpu: str, platform: str) -> tuple[Way, ...]:
    """Shim and grub as distributions sign them; else grub that is made here; else their grub without shim."""
    debian = Copy(f"{GRUB}/grub{cpu}.efi", (f"usr/lib/grub/{platform}-signed/grubnet{cpu}.efi.signed",))
    shim = Copy(f"{GRUB}/shim{cpu}.efi", (f"usr/lib/shim/shim{cpu}.efi.signed",))
    keys = Copy(f"{GRUB}/mm{cpu}.efi", (f"usr/lib/shim/mm{cpu}.efi.signed", f"usr/lib/shim/mm{cpu}.efi"), needed=False)
    red_hat = tuple(
        Copy(f"{GRUB}/{name}{cpu}.efi", (f"{_ESP}/{name}{cpu}.efi",), needed=name != "mm")
        for name in ("shim", "grub", "mm")
    )
    made = Made(debian.name, platform, (*_MODULES, *_FOR_DISKS, "efinet"))
    return Way((shim, debian, keys), _DEBIANS_PREFIX), Way(red_hat), Way((made,)), Way((debian,), _DEBIANS_PREFIX)


_SUSE: Final = Way(
    (
        Copy(f"{GRUB}/shim.efi", ("usr/share/efi/x86_64/shim.efi",)),
        Copy(f"{GRUB}/grub.efi", ("usr/share/efi/x86_64/grub.efi", "usr/share/grub2/x86_64-efi/grub.efi")),
        Copy(f"{GRUB}/MokManager.efi", ("usr/share/efi/x86_64/MokManager.efi",), needed=False),
    )
)
BIOS: Final = Loader(
    (Way((Copy("xcat/xnba.kpxe", ("usr/lib/ipxe/undionly.kpxe", "usr/share/ipxe/undionly.kpxe")),)),),
    _packages("ipxe", "ipxe-bootimgs-x86 or ipxe-bootimgs", "ipxe-bootimgs"),
)
_IPXE_EFI: Final = (
    # Those that leave the network card to the firmware go with every card.
    *("usr/lib/ipxe/snponly.efi", "usr/share/ipxe/ipxe-snponly-x86_64.efi", "usr/share/ipxe/snponly-x86_64.efi"),
    *("usr/lib/ipxe/ipxe.efi", "usr/share/ipxe/ipxe-x86_64.efi"),
)
UEFI: Final = Loader((Way((Copy("xcat/xnba.efi", _IPXE_EFI),)),), BIOS.packages)
GRUB_X64: Final = Loader(
    (_SUSE, *_efi("x64", "x86_64-efi")),
    _packages("shim-signed and grub-efi-amd64-signed", "shim-x64 and grub2-efi-x64", "shim and grub2-x86_64-efi"),
    (f"{GRUB}/grub2.x86_64", f"{GRUB}/grub2.x86_64.efi"),
)
GRUB_ARM64: Final = Loader(
    _efi("aa64", "arm64-efi"),
    _packages(
        "shim-signed and grub-efi-arm64-signed, both of arm64", "shim-aa64 and grub2-efi-aa64", "grub2-arm64-efi"
    ),
    (f"{GRUB}/grub2.aarch64", f"{GRUB}/grub2.aarch64.efi"),
)
GRUB_POWER: Final = Loader(
    (Way((Made(f"{GRUB}/grub2.ppc", "powerpc-ieee1275", (*_MODULES, "ofnet")),)),),
    _packages("grub-ieee1275-bin of ppc64el", "grub2-ppc64le-modules and grub2-tools-extra", "grub2-powerpc-ieee1275"),
)


def loaders_of(machine: Machine) -> Iterator[Loader]:
    """What a node fetches before the files that nodeset makes for it."""
    match loader_of(machine):
        case "xnba":
            yield BIOS
            yield UEFI
        case "grub2" if machine.arch.startswith("ppc"):
            yield GRUB_POWER
        case "grub2" if machine.arch == "aarch64":
            yield GRUB_ARM64
        case "grub2" if machine.arch in ("", "x86_64"):
            yield GRUB_X64


def of_unknown(arch: str) -> tuple[Loader, ...]:
    """What machines fetch that are no nodes: iPXE. Those of other architectures have grub, which the first node brings."""
    return (BIOS, UEFI) if arch.startswith("x86") else ()
