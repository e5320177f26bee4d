"""The identify light: the contract on services of both kinds, and lights that cannot do everything."""

from __future__ import annotations

from typing import Any

import pytest

from tests.helpers.certificates import Certificates
from tests.simulators.badredfish import Service
from tests.simulators.redfishtree import CHASSIS, SYSTEM
from tests.unit.hardware.contract import BeaconContract, BeaconJudge
from tests.unit.hardware.redfish.places import Site, curl
from xcatd.errors import Unsupported
from xcatd.hardware import Beacon, BeaconState

ALLOWED = "IndicatorLED@Redfish.AllowableValues"


class CurlBeaconJudge:
    def __init__(self, certificates: Certificates, service: Service, path: str, name: str, lit: object) -> None:
        self._certificates, self._service = certificates, service
        self._path, self._name, self._lit = path, name, lit

    async def shines(self) -> bool:
        found: Any = await curl(self._certificates, self._service, self._path)
        return bool(found[self._name] == self._lit)


class TestLocationIndicator(BeaconContract):
    @pytest.fixture
    async def beacon(self, service: Service, site: Site) -> Beacon:
        return site.device(service).beacon

    @pytest.fixture
    async def beacon_judge(self, service: Service, certificates: Certificates) -> BeaconJudge:
        return CurlBeaconJudge(certificates, service, SYSTEM, "LocationIndicatorActive", True)


class TestLedOfTheChassis(TestLocationIndicator):
    @pytest.fixture
    async def beacon(self, service: Service, site: Site) -> Beacon:
        del service.tree[SYSTEM]["LocationIndicatorActive"]
        service.tree[CHASSIS]["IndicatorLED"] = "Off"
        return site.device(service).beacon

    @pytest.fixture
    async def beacon_judge(self, service: Service, certificates: Certificates) -> BeaconJudge:
        return CurlBeaconJudge(certificates, service, CHASSIS, "IndicatorLED", "Lit")

    async def test_it_blinks(self, beacon: Beacon, service: Service) -> None:
        await beacon.set_beacon(BeaconState.BLINK)
        assert service.tree[CHASSIS]["IndicatorLED"] == "Blinking"
        assert await beacon.beacon_state() is BeaconState.BLINK

    async def test_on_is_blinking_where_it_cannot_be_steady(self, beacon: Beacon, service: Service) -> None:
        service.tree[CHASSIS][ALLOWED] = ["Blinking", "Off"]
        await beacon.set_beacon(BeaconState.ON)
        assert service.tree[CHASSIS]["IndicatorLED"] == "Blinking"

    async def test_what_it_cannot_do_is_said(self, beacon: Beacon, service: Service) -> None:
        service.tree[CHASSIS][ALLOWED] = ["Lit", "Off"]
        with pytest.raises(Unsupported, match=r"cannot blink: it offers Lit, Off$"):
            await beacon.set_beacon(BeaconState.BLINK)


async def test_a_location_indicator_cannot_be_told_to_blink(service: Service, site: Site) -> None:
    with pytest.raises(Unsupported, match="is on or off and cannot be told to blink: use on"):
        await site.device(service).beacon.set_beacon(BeaconState.BLINK)


@pytest.mark.parametrize("led", [None, "Unknown"])
async def test_no_light_is_no_light(service: Service, site: Site, led: str | None) -> None:
    del service.tree[SYSTEM]["LocationIndicatorActive"]
    service.tree[SYSTEM]["IndicatorLED"] = led
    with pytest.raises(Unsupported, match="knows of no identify light"):
        await site.device(service).beacon.beacon_state()
