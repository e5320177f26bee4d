"""What machines boot that nobody knows: files for loaders, for each network, as DHCP names them (services/dhcp/boot.py)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Network
from typing import Final

from xcatd.objects import World
from xcatd.services.boot.arguments import Site, of_unknown
from xcatd.services.boot.files import GRUB
from xcatd.services.boot.kernels import genesis
from xcatd.services.boot.machine import console_words
from xcatd.services.boot.texts import Entry, grub, ipxe, petitboot
from xcatd.services.dhcp.host import Host
from xcatd.services.dhcp.interfaces import REMOTE, without_discovery
from xcatd.services.networks import MASTER, ClusterNetwork, Network, address_of, networks_of

_XNBA, _OPAL = "xcat/xnba/nets", "pxelinux.cfg/p"
_GRUB_CPUS: Final = {"x86_64": ("x86_64", "i386"), "x86": ("i386",), "aarch64": ("arm64",), "ppc64": ("powerpc",)}
"""What grub says of itself; the one for BIOS says i386 on every machine."""
_STATE: Final = "discover"
Texts = Mapping[tuple[str, str], str]
"""Folder and name below the TFTP folder -> text."""


@dataclass(frozen=True, slots=True)
class Served:
    """A network whose unknown machines find files here. `own`: this host's address for them, "" when only their loader knows who
    serves them. `server`: where kernels come from instead, "" for none."""

    network: Network
    own: str = ""
    server: str = ""

    @property
    def label(self) -> str:
        """As DHCP calls it: `10.0.0.0_16`."""
        return f"{self.network.network_address}_{self.network.prefixlen}"


@dataclass(frozen=True, slots=True)
class Image:
    """The small boot images that there are: `arches`. `site` and `console`: (port, speed, flow) of table site."""

    arches: Collection[str]
    site: Site
    console: tuple[str, str, str] = ("", "", "")
    master: str = ""

    def entry(self, served: Served, arch: str) -> Entry:
        """What a machine of this kind boots."""
        kernel, initrd = genesis(arch)
        words = of_unknown(self.site, console_words(arch, *self.console))
        return Entry(_STATE, kernel, initrd, words, "", served.server, served.own, self.site.http_port)


def served_here(world: World, host: Host, *, everything: bool) -> Iterator[Served]:
    """The networks of table networks that this host is on, or to which a relay leads from it. `everything`: all others, too,
    because service nodes have the same TFTP folder."""
    left_out = without_discovery(world, host)
    for one in networks_of(world.snapshot).all:
        interface = _interface(one, host)
        if interface in left_out:
            continue
        own = host.facing(one.network) or _towards(one, interface, host)
        if own or everything:
            yield Served(one.network, own, _server(world, one))


def unknown_files(served: Served, image: Image) -> Texts:
    """The files of one network."""
    return dict(_texts(served, image))


def _texts(served: Served, image: Image) -> Iterator[tuple[tuple[str, str], str]]:
    x86 = next((arch for arch in ("x86_64", "x86") if arch in image.arches), None)
    if x86 is not None:
        text = ipxe(image.entry(served, x86))
        yield (_XNBA, f"{served.label}.uefi"), text
        if served.network.version == 4:
            yield (_XNBA, served.label), text
    if isinstance(served.network, IPv4Network):
        text = _grub(served, image)
        for name in grub_names(served.network):
            yield (GRUB, name), text
        if "ppc64" in image.arches:
            yield (_OPAL, served.label), petitboot(image.entry(served, "ppc64"), image.master)


def _grub(served: Served, image: Image) -> str:
    """One file for machines of all kinds: grub says which one it is."""
    arches = [arch for arch in _GRUB_CPUS if arch in image.arches and (arch != "x86" or "x86_64" not in image.arches)]
    parts = [f"#{_STATE}\n"]
    for arch in arches:
        tests = " -o ".join(f'"$grub_cpu" = "{cpu}"' for cpu in _GRUB_CPUS[arch])
        entry = image.entry(served, arch)
        text = grub(replace(entry, arguments=f"{entry.arguments} BOOTIF=01-$net_default_mac"))
        parts.append(f"if [ {tests} ]; then\n{text}fi\n")
    return "".join(parts)


def grub_names(network: IPv4Network) -> Iterator[str]:
    """Grub looks for its address in hexadecimal, then for ever shorter beginnings of it: those that are this network's."""
    digits = (network.prefixlen + 3) // 4
    if digits:
        first = int(network.network_address) >> (32 - 4 * digits)
        for number in range(first, first + (1 << (4 * digits - network.prefixlen))):
            yield f"grub.cfg-{number:0{digits}X}"


def _interface(one: ClusterNetwork, host: Host) -> str:
    if one.interface.startswith(REMOTE):
        return one.interface.removeprefix(REMOTE).strip()
    return next((interface for network, interface in host.direct if network == one.network), "")


def _towards(one: ClusterNetwork, interface: str, host: Host) -> str:
    """This host's address on the way to a relay."""
    if not one.interface.startswith(REMOTE):
        return ""
    own = (each for each in host.interfaces.get(interface, ()) if not each.is_link_local)
    return str(next((each for each in own if each.version == one.network.version), ""))


def _server(world: World, one: ClusterNetwork) -> str:
    """networks.tftpserver, where it is another than who manages the machines."""
    name = one.tftpserver.strip()
    if name in ("", MASTER):
        return ""
    return str(address_of(name) or address_of(world.value(name, "hosts", "ip")) or name)
