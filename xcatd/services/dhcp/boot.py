"""What machines are told to load. Which loader depends on what the firmware says that it is (DHCP option 93, RFC 4578 and the
registry of processor architecture types), on whether iPXE asks already (option 77), and on noderes.netboot."""

from __future__ import annotations

from dataclasses import dataclass

from xcatd.services.dhcp.subnets import Subnet

CONF_FILE, WWW_SERVER = 209, 114
"""Options for petitboot and OPAL (RFC 5071) and for ONIE."""
BIOS, IA64, UEFI_X64, UEFI_BC, UEFI_ARM64, OPEN_FIRMWARE, OPAL, HTTP_X64, HTTP_ARM64 = 0, 2, 7, 9, 11, 12, 14, 16, 19
IPXE_NAMES = ("xNBA", "iPXE")
"""What loaders that read scripts over HTTP call themselves in option 77."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What machines of some architectures get. `in_ipxe`: when iPXE asks, else when the firmware does. `url`: it is fetched over
    HTTP by firmware, which wants to hear that it speaks to a server for HTTP. `conf_file`: it stands in option 209."""

    name: str
    architectures: tuple[int, ...]
    file: str
    in_ipxe: bool = False
    url: bool = False
    conf_file: bool = False


FIRMWARE = (
    Rule("xcat-bios", (BIOS,), "xcat/xnba.kpxe"),
    Rule("xcat-uefi-x64", (UEFI_X64, UEFI_BC), "xcat/xnba.efi"),
    Rule("xcat-uefi-aarch64", (UEFI_ARM64,), "boot/grub2/grub2.aarch64"),
    Rule("xcat-ppc64", (OPEN_FIRMWARE,), "/boot/grub2/grub2.ppc"),
    Rule("xcat-ia64", (IA64,), "elilo.efi"),
)
"""The first stage, for all machines that have no file of their own: paths below the TFTP folder."""


def network_rules(subnet: Subnet, port: str) -> tuple[Rule, ...]:
    """What depends on the network: firmware that speaks HTTP, and machines that are no nodes yet."""
    base = f"{_site_of(subnet.server, port)}/tftpboot"
    unknown = f"{base}/xcat/xnba/nets/{subnet.label}"
    label = f"xcat-{subnet.label}"
    return (
        Rule(f"{label}-ipxe-bios", (BIOS,), unknown, in_ipxe=True),
        Rule(f"{label}-ipxe-uefi", (UEFI_X64, UEFI_BC, HTTP_X64), f"{unknown}.uefi", in_ipxe=True),
        Rule(f"{label}-http-x64", (HTTP_X64,), f"{base}/xcat/xnba.efi", url=True),
        Rule(f"{label}-http-aarch64", (HTTP_ARM64,), f"{base}/boot/grub2/grub2.aarch64", url=True),
        Rule(f"{label}-opal", (OPAL,), f"{base}/pxelinux.cfg/p/{subnet.label}", conf_file=True),
    )


def node_rules(server: str, name: str, port: str) -> tuple[Rule, ...]:
    """The second stage of a node with netboot=xnba: its script."""
    script = f"{_site_of(server, port)}/tftpboot/xcat/xnba/nodes/{name}"
    return (
        Rule("xcat-node-bios", (BIOS,), script, in_ipxe=True),
        Rule("xcat-node-uefi", (UEFI_X64, UEFI_BC, HTTP_X64), f"{script}.uefi", in_ipxe=True),
    )


@dataclass(frozen=True, slots=True)
class Boot:
    """How one node boots. `scripted`: iPXE gets the node's script. `file`: its boot file whatever its firmware is, "" for that of
    the rules. `options`: codes and texts."""

    scripted: bool = False
    file: str = ""
    options: tuple[tuple[int, str], ...] = ()


def boot_of(node: str, netboot: str, server: str, port: str, image_folder: str = "") -> Boot:
    """How a node with this noderes.netboot boots: the files are those that nodeset makes. `image_folder`: linuximage.pkgdir, for
    ONIE."""
    site = _site_of(server, port)
    if netboot == "xnba":
        return Boot(scripted=True)
    if netboot == "pxe":
        return Boot(file="pxelinux.0")
    if netboot == "yaboot":
        return Boot(file=f"/yb/node/yaboot-{node}")
    if netboot.startswith("grub2"):
        return Boot(file=f"/boot/grub2/grub2-{node}")
    if netboot == "petitboot":
        return Boot(options=((CONF_FILE, f"{site}/tftpboot/petitboot/{node}"),))
    if netboot == "onie":
        return Boot(options=((WWW_SERVER, f"{site}{image_folder or '/install/onie/onie-installer'}"),))
    return Boot()


def _site_of(server: str, port: str) -> str:
    return f"http://{server}" if port == "80" else f"http://{server}:{port}"
