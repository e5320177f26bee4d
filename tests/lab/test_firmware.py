"""Machines with UEFI, see tests/integration/firmwarecontract.py: with ISC's server too, and what else loaders do."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

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


class TestFirmware(FirmwareContract):
    def test_secure_boot_over_http_as_far_as_grub(self, site: Site, tmp_path: Path) -> None:
        """Debian's grub comes up, and knows nothing of the network that it came from."""
        with uefi_machine(site, 4, tmp_path, is_secure=True, over_http=True) as machine:
            machine.says("Welcome to GRUB")
        assert '"GET /tftpboot/boot/grub2/grub2.x86_64.efi HTTP/1.1" 200' in fetched(site)
        assert 'grubx64.efi HTTP/1.1" 200' in fetched(site)

    @pytest.mark.parametrize("number", [1, 3])
    def test_the_disk_comes_after_the_network(self, site: Site, tmp_path: Path, number: int) -> None:
        """What is set is `boot`: the firmware goes on to the next that it can boot."""
        typed(site.mn, f"nodeset n{number} boot")
        try:
            with uefi_machine(site, number, tmp_path) as machine:
                machine.says("BdsDxe: starting Boot000. .UEFI PXEv4")
                machine.says("(?s)starting Boot000.*>>Start PXE over IPv6")
        finally:
            typed(site.mn, f"nodeset n{number} osimage={IMAGE}")

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
