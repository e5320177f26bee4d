"""Power by ComputerSystem.Reset: the contract, on our own service, with curl as the judge."""

from __future__ import annotations

import re

import pytest

from tests.helpers.certificates import Certificates
from tests.simulators.badredfish import TASK, Service, refusing, saying
from tests.simulators.redfishtree import RESET, SYSTEM
from tests.unit.hardware.contract import Judge, PowerContract
from tests.unit.hardware.redfish.places import Site, curl
from xcatd.errors import Busy, NodeError, TimedOut, Unsupported
from xcatd.hardware import Power, PowerAction, PowerState

ALLOWED = "ResetType@Redfish.AllowableValues"


class CurlJudge:
    def __init__(self, certificates: Certificates, service: Service) -> None:
        self._certificates = certificates
        self._service = service

    async def state(self) -> str:
        system = await curl(self._certificates, self._service, SYSTEM)
        return str(system["PowerState"]).lower()

    def done(self) -> list[str]:
        return self._service.journal


class TestRedfish(PowerContract):
    @pytest.fixture
    async def power(self, service: Service, site: Site) -> Power:
        return site.device(service).power

    @pytest.fixture
    async def judge(self, service: Service, certificates: Certificates) -> Judge:
        return CurlJudge(certificates, service)


class TestServiceWithoutCycle(TestRedfish):
    """The power is turned off, seen to be off, and turned on."""

    @pytest.fixture(autouse=True)
    async def lesser(self, service: Service) -> None:
        service.tree[SYSTEM]["Actions"]["#ComputerSystem.Reset"][ALLOWED].remove("PowerCycle")

    async def test_the_cycle_has_two_halves(self, power: Power, service: Service) -> None:
        await power.set_power(PowerAction.ON)
        service.slow = 2
        await power.set_power(PowerAction.CYCLE)
        assert service.journal == ["power 1", "power 0", "power 1"]

    async def test_a_cycle_of_a_node_that_is_off_turns_it_on(self, power: Power, service: Service) -> None:
        await power.set_power(PowerAction.CYCLE)
        assert service.journal == ["power 1"]

    async def test_a_node_that_does_not_go_off_is_not_turned_on(self, power: Power, service: Service) -> None:
        await power.set_power(PowerAction.ON)
        service.is_stuck = True
        with pytest.raises(
            TimedOut, match="has turned the power off, or is about to, and not on again: turn the node on"
        ):
            await power.set_power(PowerAction.CYCLE, timeout=2)
        assert service.journal == ["power 1", "power 0"]


class TestServiceWithTasks(TestRedfish):
    """A reset that is a task: accepted, running, done."""

    @pytest.fixture(autouse=True)
    async def slower(self, service: Service) -> None:
        service.task = [{"TaskState": "Running"}, {"TaskState": "Completed"}]

    async def test_it_was_asked_until_it_was_done(self, power: Power, service: Service) -> None:
        await power.set_power(PowerAction.SOFTOFF)
        assert service.asked.count(f"GET {TASK}") == 1


async def test_the_states_on_the_way_are_those_that_they_come_from(service: Service, site: Site) -> None:
    power = site.device(service).power
    for state, expected in [("PoweringOn", "off"), ("PoweringOff", "on"), ("Paused", "on")]:
        service.tree[SYSTEM]["PowerState"] = state
        assert await power.power_state() == expected


@pytest.mark.parametrize("state", [None, 7, "Unknown"])
async def test_a_bmc_that_does_not_know_yet_is_asked_again(service: Service, site: Site, state: object) -> None:
    power = site.device(service).power
    await power.power_state()
    service.asked.clear()
    service.tree[SYSTEM]["PowerState"] = state
    with pytest.raises(Busy, match="does not know the state of the power yet"):
        await power.power_state(timeout=0.5)
    assert service.asked.count(f"GET {SYSTEM}") > 1


async def test_what_a_service_does_not_offer_is_named(service: Service, site: Site) -> None:
    service.tree[SYSTEM]["Actions"]["#ComputerSystem.Reset"][ALLOWED] = ["On", "ForceOff"]
    with pytest.raises(Unsupported, match=r"cannot do Nmi: it offers On, ForceOff$"):
        await site.device(service).power.set_power(PowerAction.DIAG)


async def test_the_values_may_be_in_an_action_info(service: Service, site: Site) -> None:
    reset = service.tree[SYSTEM]["Actions"]["#ComputerSystem.Reset"]
    del reset[ALLOWED]
    reset["@Redfish.ActionInfo"] = f"{SYSTEM}/ResetInfo"
    info = {"Parameters": [{"Name": "ResetType", "AllowableValues": ["ForceOn", "ForceOff"]}]}
    service.tree[f"{SYSTEM}/ResetInfo"] = info
    with pytest.raises(Unsupported, match="it offers ForceOn, ForceOff"):
        await site.device(service).power.set_power(PowerAction.RESET)


async def test_a_service_without_the_action_says_so(service: Service, site: Site) -> None:
    del service.tree[SYSTEM]["Actions"]
    with pytest.raises(Unsupported, match=r"does not offer ComputerSystem.Reset: it cannot do this"):
        await site.device(service).power.set_power(PowerAction.ON)


async def test_a_refusal_is_told_in_the_words_of_the_service(service: Service, site: Site) -> None:
    service.instead[f"POST {RESET}"] = [refusing(400, "ActionNotSupported", "Not while\nthe lid is open")]
    with pytest.raises(
        NodeError, match=r"refuses POST \S+Reset \(400\): Not while the lid is open; look it up in the man"
    ):
        await site.device(service).power.set_power(PowerAction.ON)


async def test_our_password_in_the_words_of_the_service_is_not_shown(service: Service, site: Site) -> None:
    service.instead[f"POST {RESET}"] = [refusing(400, "GeneralError", "admin:secret has no right")]
    with pytest.raises(NodeError, match=r"admin:\*\*\* has no right") as caught:
        await site.device(service).power.set_power(PowerAction.ON)
    assert "secret" not in f"{caught.value!r} {caught.value.__context__!r}"


async def test_a_task_that_fails_is_a_failure(service: Service, site: Site) -> None:
    message = {"Message": "The power supply is missing."}
    service.task = [{"TaskState": "Running"}, {"TaskState": "Exception", "Messages": [message]}]
    with pytest.raises(NodeError, match=r"did not finish the task \(Exception\): The power supply is missing$"):
        await site.device(service).power.set_power(PowerAction.ON)


async def test_a_task_may_be_no_more_than_a_place(service: Service, site: Site) -> None:
    service.task = [{"TaskState": "Running"}, {"TaskState": "Completed", "TaskStatus": "Critical"}]
    service.instead[f"POST {RESET}"] = [saying(204, Location=TASK)]
    with pytest.raises(NodeError, match=r"did not finish the task \(Completed\)$"):
        await site.device(service).power.set_power(PowerAction.ON)


async def test_a_task_that_is_forgotten_is_not_believed_to_be_done(service: Service, site: Site) -> None:
    service.task = [{"TaskState": "Running"}]
    service.hidden.add(TASK)
    with pytest.raises(NodeError, match="has forgotten the task that it began: look whether it has been done"):
        await site.device(service).power.set_power(PowerAction.ON)


async def test_one_of_several_systems_has_to_be_named(service: Service, site: Site) -> None:
    other = "/redfish/v1/Systems/2"
    service.tree[other] = {**service.tree[SYSTEM], "@odata.id": other, "PowerState": "On"}
    service.tree["/redfish/v1/Systems"]["Members"].append({"@odata.id": other})
    place = re.escape(f"{service.host}:{service.port}")
    with pytest.raises(NodeError, match=rf"has 2 systems \({SYSTEM}, {other}\): .* openbmc.bmc={place}{SYSTEM}$"):
        await site.device(service).power.power_state()
    assert await site.device(service, path=other).power.power_state() is PowerState.ON
    assert await site.device(service, path=SYSTEM).power.power_state() is PowerState.OFF


async def test_a_hypervisor_is_no_system(service: Service, site: Site) -> None:
    service.tree["/redfish/v1/Systems"]["Members"].insert(0, {"@odata.id": "/redfish/v1/Systems/hypervisor"})
    assert await site.device(service).power.power_state() is PowerState.OFF


async def test_a_system_that_is_not_there_is_named(service: Service, site: Site) -> None:
    with pytest.raises(NodeError, match=r"has no /redfish/v1/Systems/9: correct the path in openbmc.bmc"):
        await site.device(service, path="/redfish/v1/Systems/9").power.power_state()


async def test_a_service_without_systems_says_so(service: Service, site: Site) -> None:
    service.tree["/redfish/v1/Systems"]["Members"] = []
    with pytest.raises(NodeError, match=r"has no system: check that openbmc.bmc names the BMC of a node"):
        await site.device(service).power.power_state()


async def test_a_second_question_needs_one_request(service: Service, site: Site) -> None:
    power = site.device(service).power
    await power.power_state()
    service.asked.clear()
    await power.power_state()
    assert service.asked == [f"GET {SYSTEM}"]


async def test_a_system_that_has_moved_is_found_again(service: Service, site: Site) -> None:
    power, moved = site.device(service).power, "/redfish/v1/Systems/system"
    await power.power_state()
    service.tree[moved] = {**service.tree.pop(SYSTEM), "@odata.id": moved, "PowerState": "On"}
    service.tree["/redfish/v1/Systems"]["Members"] = [{"@odata.id": moved}]
    assert await power.power_state() is PowerState.ON
