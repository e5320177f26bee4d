"""What a host does about the small boot image beside building it: reading what the image needs, and its files for loaders."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from xcatd.errors import ServiceError, UsageError
from xcatd.objects import World
from xcatd.services.boot.arguments import site_of
from xcatd.services.boot.files import Files
from xcatd.services.boot.image import image_named
from xcatd.services.boot.kernels import has_genesis
from xcatd.services.boot.writing import write
from xcatd.services.dhcp.host import Host
from xcatd.services.files import read_text
from xcatd.services.genesis.fetching import Upper
from xcatd.services.genesis.spec import ARCHES, GenesisSpec
from xcatd.services.genesis.unknown import Image, served_here, unknown_files
from xcatd.services.images.folders import below
from xcatd.services.service import YES
from xcatd.services.staticroutes import service_nodes
from xcatd.store import Snapshot

_MODULE: Final = "share/netboot/dracut/98xcatgenesis"
_KEYS: Final = "postscripts/_ssh/authorized_keys"
_ROOT_KEYS: Final = ("id_ed25519.pub", "id_ecdsa.pub", "id_rsa.pub")


def read_spec(snapshot: Snapshot, root: Path, arch: str, image: str = "") -> GenesisSpec:
    """What an image is to be built from. `image`: the osimage whose kernel it gets, "" for the host's. It reads files. Raises
    NotFound and UsageError for the osimage."""
    whose, place = "this host", root
    if image:
        found = image_named(snapshot, image)
        if found.arch != arch and not (found.arch.startswith(arch) and arch == "ppc64"):
            raise UsageError(f"mknb: the osimage {image} is for {found.arch}, not for {arch}")
        if not found.folder:
            raise UsageError(f"mknb: the osimage {image} has no rootimgdir: it has no kernel of its own")
        whose, place = f"the osimage {image}", below(root, found.folder) / "rootimg"
    return GenesisSpec(arch, tftpdir_of(snapshot, root), place, whose, _keys(snapshot, root), _module())


def write_unknown(world: World, host: Host, root: Path, arches: Collection[str], *, everything: bool) -> int:
    """Write the files for machines that nobody knows, of all networks that this host serves; gives how many these are. It blocks.

    `arches`: images that are to be, beside those that are there. `everything`: the networks of service nodes, too. Raises
    ServiceError.
    """
    snapshot = world.snapshot
    tftpdir, site = tftpdir_of(snapshot, root), snapshot.site
    console = (site("defserialport"), site("defserialspeed"), site("defserialflow"))
    image = Image({*arches, *_present(tftpdir)}, site_of(snapshot), console, _address(world, site("master")))
    networks = {one.label: one for one in served_here(world, host, everything=everything)}
    files: Mapping[str, Files] = {label: Files(unknown_files(one, image)) for label, one in networks.items()}
    for error in write(tftpdir, files).values():
        raise error
    return len(networks)


def tftp_servers(world: World) -> list[str]:
    """The service nodes with a TFTP folder of their own."""
    return [
        name
        for name in sorted(service_nodes(world))
        if world.value(name, "servicenode", "tftpserver").strip().lower() in YES
    ]


def upper_of(world: World, name: str) -> Upper:
    """The management node of a service node, as that one sees it."""
    site = world.snapshot.site
    port = site("httpport", "80").strip()
    return Upper(world.value(name, "noderes", "xcatmaster") or site("master"), int(port) if port.isdecimal() else 80)


def tftpdir_of(snapshot: Snapshot, root: Path) -> Path:
    """site.tftpdir, below the root."""
    return below(root, snapshot.site("tftpdir", "/tftpboot"))


def _present(tftpdir: Path) -> Collection[str]:
    found = []
    for arch in ARCHES:
        with contextlib.suppress(ServiceError):
            has_genesis(tftpdir, arch)
            found.append(arch)
    return found


def _keys(snapshot: Snapshot, root: Path) -> str:
    """Who may log in: those that may on nodes, and root of this host."""
    install = below(root, snapshot.site("installdir", "/install"))
    texts = [read_text(install / _KEYS), *(read_text(root / "root/.ssh" / name) for name in _ROOT_KEYS)]
    lines = dict.fromkeys(line.strip() for text in texts for line in text.splitlines())
    return "".join(f"{line}\n" for line in lines if line and not line.startswith("#"))


def _module() -> Path:
    """Our dracut module: of PREFIX, or the one beside the program's sources."""
    installed = Path(sys.prefix).parent.parent / _MODULE
    return installed if installed.is_dir() else Path(__file__).parents[3] / _MODULE


def _address(world: World, name: str) -> str:
    return world.value(name, "hosts", "ip") or name
