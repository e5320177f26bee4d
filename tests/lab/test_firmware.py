"""Machines with UEFI, see tests/integration/firmwarecontract.py: with ISC's server too, and what else loaders do."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers import netbootroot
from tests.helpers.alone import typed
from tests.helpers.dhcpsite import Site
from tests.helpers.firmware import uefi_machine
from tests.integration.firmwarecontract import IMAGE, FirmwareContract, fetched, firmware_site
from xcatd.services.boot.bringing import bring
from xcatd.services.boot.loaders import GRUB_X64


@pytest.fixture(scope="module", params=["isc", "kea"])
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    with firmware_site(request.param) as made:
        yield made


@contextlib.contextmanager
def set_to_boot(site: Site, number: int) -> Iterator[None]:
    """The node is to boot from its disk."""
    typed(site.mn, f"nodeset n{number} boot")
    try:
        yield
    finally:
        typed(site.mn, f"nodeset n{number} osimage={IMAGE}")


class TestFirmware(FirmwareContract):
    def test_secure_boot_over_http_as_far_as_grub(self, site: Site, tmp_path: Path) -> None:
        """Debian's grub comes up, and knows nothing of the network that it came from."""
        with uefi_machine(site, 4, tmp_path, is_secure=True, over_http=True) as machine:
            machine.says("Welcome to GRUB")
        assert '"GET /tftpboot/boot/grub2/grub2.x86_64.efi HTTP/1.1" 200' in fetched(site)
        assert 'grubx64.efi HTTP/1.1" 200' in fetched(site)

    def test_after_ipxe_the_firmware_goes_on_to_what_comes_next(self, site: Site, tmp_path: Path) -> None:
        with set_to_boot(site, 1), uefi_machine(site, 1, tmp_path) as machine:
            machine.says("(?s)starting Boot000. .UEFI PXEv4.*>>Start PXE over IPv6")

    @pytest.mark.parametrize("is_secure", [False, True])
    def test_grub_starts_what_is_on_the_disk(self, site: Site, tmp_path: Path, is_secure: bool) -> None:
        """It is a kernel that firmware can start."""
        loader = tmp_path / "disk/EFI/debian/shimx64.efi"
        loader.parent.mkdir(parents=True)
        shutil.copyfile(netbootroot.root() / f"boot/vmlinuz-{netbootroot.kernel_version()}", loader)
        with (
            set_to_boot(site, 3),
            uefi_machine(site, 3, tmp_path, is_secure=is_secure, disk=tmp_path / "disk") as machine,
        ):
            machine.says("Welcome to GRUB")
            machine.says(r"File\(shimx64.efi\)")
            if is_secure:  # else the kernel says nothing to a console that nobody has named
                machine.says("EFI stub: UEFI Secure Boot is enabled")

    def test_grub_that_is_made_here_fetches_over_http(self, site: Site, tmp_path: Path) -> None:
        tftpboot, system = site.mn.root / "tftpboot", tmp_path / "system"
        shutil.copytree("/usr/lib/grub/x86_64-efi", system / "usr/lib/grub/x86_64-efi")
        for name in ("shimx64.efi", "grubx64.efi", "grub2.x86_64", "grub2.x86_64.efi"):
            (tftpboot / "boot/grub2" / name).unlink()
        assert bring([GRUB_X64], tftpboot, system) == []
        with uefi_machine(site, 3, tmp_path) as machine:
            machine.says(r"Loading the kernel from \(http,10.0.0.1\)/tftpboot")
            machine.says("Linux version")
        assert f"GET /tftpboot/xcat/osimage/{IMAGE}/kernel" in fetched(site)
