"""What machines are told to load. Which loader depends on what the firmware says that it is (option 93 of DHCPv4, RFC 4578, and 61
of DHCPv6, RFC 5970; one registry of processor architecture types), on whether iPXE asks already (options 77 and 15), and on
noderes.netboot. DHCPv6 names files by URLs (RFC 5970), DHCPv4 by paths below the TFTP folder or by URLs."""

from __future__ import annotations

from dataclasses import dataclass

from xcatd.services.dhcp.subnets import Subnet

CONF_FILE, WWW_SERVER = 209, 114
"""Options for petitboot and OPAL (RFC 5071) and for ONIE."""
BIOS, IA64, UEFI_X64, UEFI_BC, UEFI_ARM64, OPEN_FIRMWARE, OPAL, HTTP_X64, HTTP_ARM64 = 0, 2, 7, 9, 11, 12, 14, 16, 19
IPXE_NAMES = ("xNBA", "iPXE")
"""What loaders that read scripts over HTTP call themselves in their user class."""
_XNBA, _GRUB2_X64, _GRUB2_ARM64 = "xcat/xnba.efi", "boot/grub2/grub2.x86_64", "boot/grub2/grub2.aarch64"
_EFI = ".efi"
"""How names of programs end for firmware that fetches them over HTTP: it goes by that, unless the server says what they are."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What machines of some architectures get, () for all. `in_ipxe`: when iPXE asks, else when the firmware does. `url`: it is
    fetched over HTTP by firmware, which wants to hear that it speaks to a server for HTTP. `conf_file`: it stands in option 209.
    `scripted`: for nodes with netboot=xnba. `grub`: for those with netboot=grub2."""

    name: str
    architectures: tuple[int, ...]
    file: str
    in_ipxe: bool = False
    url: bool = False
    conf_file: bool = False
    scripted: bool = False
    grub: bool = False


FIRMWARE = (
    Rule("xcat-bios", (BIOS,), "xcat/xnba.kpxe"),
    Rule("xcat-uefi-x64", (UEFI_X64, UEFI_BC), _XNBA),
    Rule("xcat-uefi-aarch64", (UEFI_ARM64,), _GRUB2_ARM64),
    Rule("xcat-ppc64", (OPEN_FIRMWARE,), "/boot/grub2/grub2.ppc"),
    Rule("xcat-ia64", (IA64,), "elilo.efi"),
)
"""The first stage of DHCPv4, for all machines that have no file of their own: paths below the TFTP folder."""


def firmware_rules(version: int) -> tuple[Rule, ...]:
    """What does not depend on the network: nothing in DHCPv6, whose URLs have the server's address."""
    return FIRMWARE if version == 4 else ()


def network_rules(subnet: Subnet, port: str) -> tuple[Rule, ...]:
    """What depends on the network: firmware that speaks HTTP, and machines that are no nodes yet."""
    base = f"{site_of(subnet.server, port)}/tftpboot"
    unknown = f"{base}/xcat/xnba/nets/{subnet.label}"
    label = f"xcat-{subnet.label}"
    over_http = (
        Rule(f"{label}-http-x64", (HTTP_X64,), f"{base}/{_XNBA}", url=True),
        Rule(f"{label}-http-aarch64", (HTTP_ARM64,), f"{base}/{_GRUB2_ARM64}{_EFI}", url=True),
    )
    if subnet.network.version == 6:
        return (
            Rule(f"{label}-ipxe", (), f"{unknown}.uefi", in_ipxe=True),
            Rule(f"{label}-uefi-x64", (UEFI_X64, UEFI_BC), f"tftp://[{subnet.server}]/{_XNBA}"),
            Rule(f"{label}-uefi-aarch64", (UEFI_ARM64,), f"tftp://[{subnet.server}]/{_GRUB2_ARM64}"),
            *over_http,
        )
    return (
        Rule(f"{label}-ipxe-bios", (BIOS,), unknown, in_ipxe=True),
        Rule(f"{label}-ipxe-uefi", (UEFI_X64, UEFI_BC, HTTP_X64), f"{unknown}.uefi", in_ipxe=True),
        *over_http,
        Rule(f"{label}-opal", (OPAL,), f"{base}/pxelinux.cfg/p/{subnet.label}", conf_file=True),
    )


def node_rules(subnet: Subnet, port: str, server: str, name: str) -> tuple[Rule, ...]:
    """The second stage of nodes with netboot=xnba: their scripts. `server` and `name` may be iPXE's own words for them."""
    script = script_of(server, name, port)
    if subnet.network.version == 6:
        return (Rule(f"xcat-{subnet.label}-node", (), f"{script}.uefi", in_ipxe=True, scripted=True),)
    return (
        Rule("xcat-node-bios", (BIOS,), script, in_ipxe=True, scripted=True),
        Rule("xcat-node-uefi", (UEFI_X64, UEFI_BC, HTTP_X64), f"{script}.uefi", in_ipxe=True, scripted=True),
    )


def grub_rules(subnet: Subnet, port: str) -> tuple[Rule, ...]:
    """What firmware that speaks HTTP gets in DHCPv4 of nodes with netboot=grub2, which have a path for all other firmware."""
    urls = _grub_urls(subnet.server, port) if subnet.network.version == 4 else ()
    return tuple(Rule(f"xcat-{subnet.label}-grub-{kind}", (kind,), url, url=True, grub=True) for kind, url in urls)


def _grub_urls(server: str, port: str) -> tuple[tuple[int, str], ...]:
    base = f"{site_of(server, port)}/tftpboot"
    return (HTTP_X64, f"{base}/{_GRUB2_X64}{_EFI}"), (HTTP_ARM64, f"{base}/{_GRUB2_ARM64}{_EFI}")


def script_of(server: str, name: str, port: str) -> str:
    """The URL of a node's script for BIOS; that for UEFI has `.uefi` behind."""
    return f"{site_of(server, port)}/tftpboot/xcat/xnba/nodes/{name}"


@dataclass(frozen=True, slots=True)
class Boot:
    """How one node boots. `script`: the URL of its script for iPXE, "" for none. `file`: its boot file whatever its firmware is,
    "" for that of the rules; but `urls`: architectures that fetch it over HTTP, with what they get. `options`: codes of DHCPv4 and
    texts."""

    script: str = ""
    file: str = ""
    options: tuple[tuple[int, str], ...] = ()
    urls: tuple[tuple[int, str], ...] = ()


def boot_of(node: str, netboot: str, server: str, port: str, image_folder: str = "") -> Boot:
    """How a node with this noderes.netboot boots: the files are those that nodeset makes. `server` is an address, whose family
    is that of DHCP. `image_folder`: linuximage.pkgdir, for ONIE."""
    site, is_v6 = site_of(server, port), ":" in server
    if netboot == "xnba":
        return Boot(script=script_of(server, node, port))
    if netboot.startswith("grub2"):
        file = f"/boot/grub2/grub2-{node}"
        return Boot(file=f"tftp://[{server}]{file}") if is_v6 else Boot(file=file, urls=_grub_urls(server, port))
    if is_v6:
        return Boot()
    if netboot == "pxe":
        return Boot(file="pxelinux.0")
    if netboot == "yaboot":
        return Boot(file=f"/yb/node/yaboot-{node}")
    if netboot == "petitboot":
        return Boot(options=((CONF_FILE, f"{site}/tftpboot/petitboot/{node}"),))
    if netboot == "onie":
        return Boot(options=((WWW_SERVER, f"{site}{image_folder or '/install/onie/onie-installer'}"),))
    return Boot()


def site_of(server: str, port: str) -> str:
    """The beginning of URLs of a server."""
    host = f"[{server}]" if ":" in server else server
    return f"http://{host}" if port == "80" else f"http://{host}:{port}"
