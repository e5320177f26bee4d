"""Power consumption and the limit on it, by the newer and the older part of the standard."""

from __future__ import annotations

import pytest

from tests.helpers.certificates import Certificates
from tests.simulators.badredfish import Service
from tests.simulators.redfishtree import CHASSIS, link
from tests.unit.hardware.contract import EnergyContract, EnergyJudge
from tests.unit.hardware.redfish.places import Site, curl
from xcatd.errors import NodeError, Unsupported
from xcatd.hardware import Cap, Consumption, Energy

METRICS, POWER = f"{CHASSIS}/EnvironmentMetrics", f"{CHASSIS}/Power"


class CurlEnergyJudge:
    def __init__(self, certificates: Certificates, service: Service) -> None:
        self._certificates, self._service = certificates, service

    async def consumption(self) -> Consumption:
        return Consumption((await curl(self._certificates, self._service, METRICS))["PowerWatts"]["Reading"])

    async def cap(self) -> Cap:
        limit = (await curl(self._certificates, self._service, METRICS))["PowerLimitWatts"]
        return Cap(limit["SetPoint"], limit["ControlMode"] != "Disabled")


class TestEnvironmentMetrics(EnergyContract):
    @pytest.fixture
    async def energy(self, service: Service, site: Site) -> Energy:
        del service.tree[CHASSIS]["Power"]
        service.tree[CHASSIS]["EnvironmentMetrics"] = link(METRICS)
        limit = {"SetPoint": None, "ControlMode": "Disabled"}
        service.tree[METRICS] = {"PowerWatts": {"Reading": 374.5}, "PowerLimitWatts": limit}
        return site.device(service).energy

    @pytest.fixture
    async def energy_judge(self, service: Service, certificates: Certificates) -> EnergyJudge:
        return CurlEnergyJudge(certificates, service)


async def test_consumption_by_power_control(service: Service, site: Site) -> None:
    assert await site.device(service).energy.consumption() == Consumption(344, 271, 319, 489)


async def test_a_limit_of_power_control_is_a_number_or_nothing(service: Service, site: Site) -> None:
    energy = site.device(service).energy
    assert await energy.cap() == Cap(None, active=False)
    await energy.set_cap(Cap(300, active=True))
    assert await energy.cap() == Cap(300, active=True)
    await energy.set_cap(Cap(None, active=True))
    assert await energy.cap() == Cap(300, active=True)
    await energy.set_cap(Cap(None, active=False))
    assert await energy.cap() == Cap(None, active=False)
    with pytest.raises(Unsupported, match="remembers no limit that is off: say how many watts it shall be"):
        await energy.set_cap(Cap(None, active=True))


async def test_the_other_controls_stay_as_they_are(service: Service, site: Site) -> None:
    before = service.tree[POWER]["PowerControl"][1]
    await site.device(service).energy.set_cap(Cap(300, active=True))
    assert service.tree[POWER]["PowerControl"][1] == before


async def test_a_meter_that_shows_nothing_and_a_node_without_one(service: Service, site: Site) -> None:
    service.tree[POWER]["PowerControl"][0]["PowerConsumedWatts"] = None
    energy = site.device(service).energy
    with pytest.raises(NodeError, match="does not say what the node takes: try again when it is on"):
        await energy.consumption()
    service.hidden.add(POWER)
    with pytest.raises(Unsupported, match="does not measure the power that the node takes"):
        await energy.consumption()
