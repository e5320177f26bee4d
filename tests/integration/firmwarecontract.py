"""Real firmware boots what nodeset says: OVMF, iPXE, shim and grub from the distribution's packages, and its kernel, as far as its
first lines. The servers of DHCP, TFTP and HTTP are those that the daemon keeps: what is tested with each server of DHCP."""

from __future__ import annotations

import contextlib
import gzip
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.helpers import netbootroot
from tests.helpers.alone import typed
from tests.helpers.dhcpsite import Site, dhcp_site
from tests.helpers.firmware import serve_files, uefi_machine

IMAGE = "debian12-x86_64-netboot-compute"
_EMPTY = b"070701" + b"0" * 88 + b"0000000B" + b"0" * 8 + b"TRAILER!!!" + bytes(4)
"""The end of an archive of cpio: the whole of one without files."""


@contextlib.contextmanager
def firmware_site(backend: str) -> Iterator[Site]:
    """Nodes n1 and n2 boot by iPXE, n3 and n4 by grub. Servers with accounts of their own do not get into pytest's folders."""
    with TemporaryDirectory(prefix="xcat-firmware-") as name:
        Path(name).chmod(0o755)
        with dhcp_site(Path(name), backend) as site:
            serve_files(site)
            _image(site)
            typed(
                site.mn,
                "nodech n3,n4 noderes.netboot=grub2",
                f"nodeset n[1-4] osimage={IMAGE}",
                "makedhcp -n",
                "makedhcp n[1-4]",
            )
            yield site


def _image(site: Site) -> None:
    """A kernel that starts, and finds nothing to start."""
    folder = site.mn.root / "install/netboot/debian12/x86_64/compute"
    folder.mkdir(parents=True)
    shutil.copyfile(netbootroot.root() / f"boot/vmlinuz-{netbootroot.kernel_version()}", folder / "kernel")
    (folder / "initrd-stateless.gz").write_bytes(gzip.compress(_EMPTY))
    (folder / "rootimg.sfs").touch()
    typed(
        site.mn,
        f"mkdef -t osimage {IMAGE} provmethod=netboot osvers=debian12 osarch=x86_64 profile=compute imagetype=linux "
        "osname=Linux rootimgdir=/install/netboot/debian12/x86_64/compute",
    )


def fetched(site: Site) -> str:
    """What was asked of the web server."""
    return (site.mn.root / "var/log/nginx-access.log").read_text()


class FirmwareContract:
    """Subclasses have a fixture `site`."""

    def test_ipxe_by_pxe(self, site: Site, tmp_path: Path) -> None:
        with uefi_machine(site, 1, tmp_path) as machine:
            machine.says("NBP filename is xcat/xnba.efi")
            machine.says(r"Filename: http://10.0.0.1/tftpboot/xcat/xnba/nodes/n1.uefi")
            machine.says("Linux version")
            words = machine.says("Kernel command line: (.*)")[1]
        assert "NODE=n1" in words and "BOOTIF=01-02-00-00-00-00-01" in words

    def test_ipxe_over_http(self, site: Site, tmp_path: Path) -> None:
        with uefi_machine(site, 2, tmp_path, over_http=True) as machine:
            machine.says(r"URI: http://10.0.0.1/tftpboot/xcat/xnba.efi")
            machine.says("Linux version")
        assert '"GET /tftpboot/xcat/xnba.efi HTTP/1.1" 200' in fetched(site)

    def test_secure_boot_by_shim_and_grub(self, site: Site, tmp_path: Path) -> None:
        with uefi_machine(site, 3, tmp_path, is_secure=True) as machine:
            machine.says("NBP filename is /boot/grub2/grub2-n3")
            machine.says("Loading the kernel from")
            words = machine.says("Kernel command line: (.*)")[1]
            machine.says("Kernel is locked down from EFI Secure Boot")
            machine.says("secureboot: Secure boot enabled")
        assert "NODE=n3" in words and "BOOTIF=01-02-00-00-00-00-03" in words
