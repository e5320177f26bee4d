"""Files for loaders: iPXE's scripts, grub's and petitboot's configurations. Pure.

Sources: iPXE's command reference, grub's manual (network), petitboot's parser of PXELINUX files. The first comment is the
node's state, as xCAT 2 has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from xcatd.services.boot.machine import SERVER

IPXE_SERVER, GRUB_SERVER = "${next-server}", "$net_default_server"
"""What loaders call the server that DHCP told them: for nodes of which nobody says here who serves them."""
_INSTALLED = (
    *(f"{name}/{loader}x64.efi" for name in ("debian", "ubuntu") for loader in ("shim", "grub")),
    *(
        f"{name}/shim{cpu}.efi"
        for name in ("redhat", "rocky", "almalinux", "centos", "ol", "fedora")
        for cpu in ("x64", "aa64")
    ),
    *("debian/shimaa64.efi", "debian/grubaa64.efi", "ubuntu/shimaa64.efi", "ubuntu/grubaa64.efi"),
    *("sles/shim.efi", "opensuse/shim.efi", "BOOT/BOOTX64.EFI", "BOOT/BOOTAA64.EFI"),
)
"""Where distributions put their loaders on a disk's EFI system partition; the last are those that any of them may have."""
_FROM_DISK = f"""\
if [ "$grub_platform" = "efi" ]; then
    for module in part_gpt part_msdos fat search chain; do insmod $module; done
    for name in {" ".join(_INSTALLED)}; do
        if search --no-floppy --file --set=root /EFI/$name; then
            if chainloader /EFI/$name; then boot; fi
        fi
    done
fi
exit 1
"""
"""Many releases of grub tell UEFI that all is well when they leave, which shows its menu then: so grub itself starts the disk's."""
_SPECIAL = re.compile("[;&|<>{}]")
"""Signs that grub's shell reads as its own."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a node boots. `kernel` and `initrd` are below the TFTP folder, "" when it boots from its disk. `server`: the address
    from which they come, "" when that is `own`. `own`: the address of the host that writes the file, for the node, "" when only
    the loader knows who serves it; it stands in `arguments` for SERVER. `port`: of HTTP."""

    state: str
    kernel: str
    initrd: str
    arguments: str
    mac: str
    server: str
    own: str
    port: str

    def base(self, unknown: str) -> str:
        """The beginning of URLs of the TFTP folder."""
        host = self.host(unknown)
        host = f"[{host}]" if ":" in host else host
        return f"http://{host}{'' if self.port == '80' else ':' + self.port}/tftpboot"

    def host(self, unknown: str) -> str:
        """From where the loader fetches."""
        return self.server or self.own or unknown

    def words(self, unknown: str) -> str:
        """The arguments for one kind of loader."""
        return self.arguments.replace(SERVER, self.own or unknown)


def ipxe(entry: Entry) -> str:
    """A script for iPXE and xNBA, under BIOS and UEFI. Without a kernel the firmware goes on to the next thing that it can boot:
    UEFI does so after a failure only (its specification, 3.1.1), else it shows its menu."""
    head = f"#!ipxe\n#{entry.state}\n"
    if not entry.kernel:
        return f"{head}iseq ${{platform}} efi && exit 1 ||\nexit\n"
    base = entry.base(IPXE_SERVER)
    words = f"initrd=initrd {entry.words(IPXE_SERVER)} BOOTIF=01-${{netX/mac:hexhyp}}"
    return (
        f"{head}imgfetch --name kernel {base}/{entry.kernel} {words}\n"
        f"imgfetch --name initrd {base}/{entry.initrd}\n"
        "imgexec kernel\n"
    )


def grub(entry: Entry, netboot: str = "grub2") -> str:
    """A configuration of grub 2, which fetches as noderes.netboot says: grub2-http, grub2-tftp, or grub2: by HTTP, by TFTP where
    that does not work. Grub as Debian signs it cannot speak HTTP, nor load what it lacks under Secure Boot."""
    head = f"#{entry.state}\n"
    if not entry.kernel:
        return f"{head}set timeout=0\n{_FROM_DISK}"
    words = _SPECIAL.sub(r"\\\g<0>", f"{entry.words(GRUB_SERVER)}{_bootif(entry)}")
    return (
        f"{head}set timeout=5\n"
        'menuentry "xCAT OS Deployment" {\n'
        f"    insmod {'tftp' if netboot == 'grub2-tftp' else 'http'}\n"
        f"    for place in {' '.join(_places(entry, netboot))}; do\n"
        "        echo Loading the kernel from $place ...\n"
        f"        if linux $place/{entry.kernel} {words}; then\n"
        "            echo Loading the initial RAM disk ...\n"
        f"            if initrd $place/{entry.initrd}; then boot; fi\n"
        "        fi\n"
        "    done\n"
        "    echo Neither server nor file can be reached: going on to what the firmware boots next.\n"
        "    sleep 5\n"
        "    exit\n"
        "}\n"
    )


def _places(entry: Entry, netboot: str) -> Iterator[str]:
    """The TFTP folder, as grub calls it."""
    server = entry.host(GRUB_SERVER)
    port = "" if entry.port == "80" else f",{entry.port}"
    if netboot != "grub2-tftp":
        yield f"(http,{server}{port})/tftpboot"
    if netboot != "grub2-http":
        yield f"(tftp,{server})"


def petitboot(entry: Entry, unknown: str) -> str:
    """A configuration of petitboot. It has no word for the server, so `unknown` is one."""
    head = f"#{entry.state}\n"
    if not entry.kernel:
        return head
    base = entry.base(unknown)
    words = f"{entry.words(unknown)}{_bootif(entry)}"
    return (
        f"{head}default xCAT\nlabel xCAT\n"
        f"\tkernel {base}/{entry.kernel}\n\tinitrd {base}/{entry.initrd}\n"
        f"\tappend {words}\n"
    )


def _bootif(entry: Entry) -> str:
    return f" BOOTIF=01-{entry.mac.replace(':', '-')}" if entry.mac else ""
