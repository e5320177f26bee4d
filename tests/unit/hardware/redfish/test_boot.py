"""The boot override: the contract, and services that do not take or keep everything."""

from __future__ import annotations

import pytest

from tests.helpers.certificates import Certificates
from tests.simulators.badredfish import Service, saying
from tests.simulators.redfishtree import SYSTEM, collection, link
from tests.unit.hardware.contract import BootContract, BootJudge
from tests.unit.hardware.redfish.places import Site, curl
from xcatd.errors import Busy, NodeError, Unsupported, UsageError
from xcatd.hardware import Boot, BootChoice, BootDevice, BootOption

TARGETS = {"Pxe": "network", "Hdd": "disk", "Cd": "cd", "Usb": "floppy", "BiosSetup": "setup"}
NETWORK = BootChoice(BootDevice.NETWORK)


class CurlBootJudge:
    def __init__(self, certificates: Certificates, service: Service) -> None:
        self._certificates = certificates
        self._service = service

    async def chosen(self) -> BootChoice | None:
        boot = (await curl(self._certificates, self._service, SYSTEM))["Boot"]
        if boot["BootSourceOverrideEnabled"] == "Disabled":
            return None
        device = BootDevice(TARGETS[boot["BootSourceOverrideTarget"]])
        is_uefi = boot["BootSourceOverrideMode"] == "UEFI"
        return BootChoice(device, boot["BootSourceOverrideEnabled"] == "Continuous", is_uefi)


class TestRedfishBoot(BootContract):
    @pytest.fixture
    async def boot(self, service: Service, site: Site) -> Boot:
        return site.device(service).boot

    @pytest.fixture
    async def boot_judge(self, service: Service, certificates: Certificates) -> BootJudge:
        return CurlBootJudge(certificates, service)


async def test_a_device_that_the_service_does_not_offer(service: Service, site: Site) -> None:
    service.tree[SYSTEM]["Boot"]["BootSourceOverrideTarget@Redfish.AllowableValues"] = ["None", "Pxe", "Hdd"]
    with pytest.raises(Unsupported, match=r"cannot have the node start from setup: it offers None, Pxe, Hdd$"):
        await site.device(service).boot.choose_boot(BootChoice(BootDevice.SETUP))


async def test_the_network_may_have_its_newer_name_only(service: Service, site: Site) -> None:
    service.tree[SYSTEM]["Boot"]["BootSourceOverrideTarget@Redfish.AllowableValues"] = ["UefiHttp"]
    assert await site.device(service).boot.choose_boot(NETWORK) == NETWORK
    assert service.tree[SYSTEM]["Boot"]["BootSourceOverrideTarget"] == "UefiHttp"


async def test_a_node_that_starts_by_uefi_goes_on_so(service: Service, site: Site) -> None:
    service.tree[SYSTEM]["Boot"]["BootSourceOverrideMode"] = "UEFI"
    chosen = await site.device(service).boot.choose_boot(NETWORK)
    assert chosen == BootChoice(BootDevice.NETWORK, uefi=True)


async def test_a_service_that_accepts_and_does_not_keep_it_is_found_out(service: Service, site: Site) -> None:
    service.instead[f"PATCH {SYSTEM}"] = [saying(204)]
    assert await site.device(service).boot.choose_boot(NETWORK) is None


async def test_a_device_without_a_name_here_is_named(service: Service, site: Site) -> None:
    service.tree[SYSTEM]["Boot"] |= {"BootSourceOverrideTarget": "Diags", "BootSourceOverrideEnabled": "Once"}
    with pytest.raises(NodeError, match='has the node start from "Diags": choose another boot device'):
        await site.device(service).boot.boot_choice()


# The order for good


def give_order(service: Service) -> None:
    """Three entries, of which the firmware says more about two."""
    options = f"{SYSTEM}/BootOptions"
    service.tree[SYSTEM]["Boot"] |= {"BootOrder": ["Boot0001", "Boot0002", "Boot0003"], "BootOptions": link(options)}
    service.tree |= collection(options, [f"{options}/1", f"{options}/2"])
    service.tree[f"{options}/1"] = {"BootOptionReference": "Boot0001", "DisplayName": "Disk 1", "Alias": "Hdd"}
    service.tree[f"{options}/2"] = {"BootOptionReference": "Boot0002", "DisplayName": "PXEv4 slot 2", "Alias": "Pxe"}


DISK_1 = BootOption("Boot0001", "Disk 1", BootDevice.DISK)
SLOT_2 = BootOption("Boot0002", "PXEv4 slot 2", BootDevice.NETWORK)
THIRD = BootOption("Boot0003", "Boot0003")


async def test_the_order_is_told_and_changed(service: Service, site: Site) -> None:
    give_order(service)
    order = site.device(service).boot_order
    assert await order.boot_order() == [DISK_1, SLOT_2, THIRD]
    await order.set_boot_order(["Boot0003", "Boot0002"])
    assert await order.boot_order() == [THIRD, SLOT_2, DISK_1]


async def test_an_order_for_the_next_start_is_written_where_it_belongs(service: Service, site: Site) -> None:
    give_order(service)
    later = f"{SYSTEM}/Settings"
    service.tree[SYSTEM]["@Redfish.Settings"] = {"SettingsObject": link(later)}
    service.tree[later] = {"Boot": {"BootOrder": ["Boot0001", "Boot0002", "Boot0003"]}}
    await site.device(service).boot_order.set_boot_order(["Boot0002"])
    assert service.tree[later]["Boot"]["BootOrder"] == ["Boot0002", "Boot0001", "Boot0003"]
    assert service.tree[SYSTEM]["Boot"]["BootOrder"] == ["Boot0001", "Boot0002", "Boot0003"]


async def test_an_entry_that_is_not_there_and_an_order_that_is_not_told(service: Service, site: Site) -> None:
    order = site.device(service).boot_order
    with pytest.raises(Unsupported, match="does not tell the boot order"):
        await order.boot_order()
    give_order(service)
    with pytest.raises(UsageError, match="has no boot option Boot0009: it has Boot0001, Boot0002, Boot0003"):
        await order.set_boot_order(["Boot0009"])


# Two daemons at one BMC


async def test_a_change_that_crosses_anothers_is_made_on_what_is_there_then(service: Service, site: Site) -> None:
    service.meddler = 1
    assert await site.device(service).boot.choose_boot(NETWORK) == NETWORK
    assert service.asked.count(f"PATCH {SYSTEM}") == 2


async def test_a_bmc_that_others_change_all_the_time_is_busy(service: Service, site: Site) -> None:
    service.meddler = 1000
    with pytest.raises(
        Busy, match=r"refuses PATCH /redfish/v1/Systems/1 \(412\): The resource has changed; somebody else"
    ):
        await site.device(service).boot.choose_boot(NETWORK, timeout=1)


async def test_a_service_that_wants_a_tag_and_gives_none(service: Service, site: Site) -> None:
    service.has_tags, service.wants_tags = False, True
    assert await site.device(service).boot.choose_boot(NETWORK) == NETWORK


async def test_two_daemons_choose_one_after_the_other(service: Service, site: Site, certificates: Certificates) -> None:
    async with Site(certificates.ca) as other:
        await site.device(service).boot.choose_boot(NETWORK)
        disk = BootChoice(BootDevice.DISK, persistent=True)
        assert await other.device(service).boot.choose_boot(disk) == disk
        assert await site.device(service).boot.boot_choice() == disk
