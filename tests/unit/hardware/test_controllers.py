"""The shelf of drivers, and the ipmi driver on real simulators, with other people's programs as judges."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from tests.simulators.bmcs import Bmc, restart
from tests.unit.hardware.contract import Judge, PowerContract
from tests.unit.hardware.places import endpoint_of
from xcatd.errors import BadCredentials, Unreachable, Unsupported
from xcatd.hardware import Controllers, Endpoint, Power, PowerAction, PowerState
from xcatd.model import Secret


async def said_by(*words: str) -> str:
    """What another program prints."""
    process = await asyncio.create_subprocess_exec(
        *words, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()
    return output.decode()


async def ipmitool(bmc: Bmc, *words: str) -> str:
    account = ["-U", "admin", "-P", "secret", "-C", "3"]
    return await said_by("ipmitool", "-I", "lanplus", "-H", bmc.host, "-p", str(bmc.port), *account, *words)


async def ipmipower(bmc: Bmc) -> str:
    account = ["-u", "admin", "-p", "secret", "-l", "ADMIN", "-W", "opensesspriv"]
    return await said_by("ipmipower", "-D", "LAN_2_0", "-I", "3", *account, "-h", f"{bmc.host}:{bmc.port}", "--stat")


class IpmiJudge:
    """ipmitool and ipmipower, which must agree, and the journal of the simulated chassis."""

    def __init__(self, bmc: Bmc) -> None:
        self._bmc = bmc
        self._before = len(bmc.journal)

    async def state(self) -> str:
        by_tool = (await ipmitool(self._bmc, "chassis", "power", "status")).split()[-1]
        by_power = (await ipmipower(self._bmc)).split()[-1]
        assert by_tool == by_power
        return by_tool

    def done(self) -> list[str]:
        return self._bmc.journal[self._before :]


class TestIpmi(PowerContract):
    @pytest.fixture
    async def power(self, rack: Sequence[Bmc], controllers: Controllers) -> Power:
        (rack[0].directory / "power").write_text("0\n")
        return controllers.device("ipmi", endpoint_of(rack[0])).power

    @pytest.fixture
    async def judge(self, rack: Sequence[Bmc]) -> Judge:
        return IpmiJudge(rack[0])

    async def test_a_diagnostic_interrupt_that_the_bmc_cannot_send_is_refused_in_words(self, power: Power) -> None:
        with pytest.raises(Unsupported, match=r'refuses "Chassis Control": invalid data field in the request \(0xcc\)'):
            await power.set_power(PowerAction.DIAG, timeout=5)

    async def test_what_ipmitool_does_is_seen(self, power: Power, rack: Sequence[Bmc]) -> None:
        assert await power.power_state(timeout=5) is PowerState.OFF
        await ipmitool(rack[0], "chassis", "power", "on")
        assert await power.power_state(timeout=5) is PowerState.ON


async def test_a_method_that_nobody_speaks_is_named(controllers: Controllers, rack: Sequence[Bmc]) -> None:
    with pytest.raises(
        Unsupported, match=r'no driver for the management method "smoke": set .* to one of (\w+, )+\w+$'
    ):
        controllers.device("smoke", endpoint_of(rack[0]))


async def test_many_bmcs_are_asked_side_by_side(controllers: Controllers, rack: Sequence[Bmc]) -> None:
    asked = [controllers.device("ipmi", endpoint_of(bmc)).power.power_state() for bmc in rack]
    assert len(await asyncio.gather(*asked)) == len(rack)


async def test_two_daemons_at_one_bmc_do_not_disturb_each_other(rack: Sequence[Bmc]) -> None:
    async with Controllers() as stays:
        staying = stays.device("ipmi", endpoint_of(rack[1])).power
        async with Controllers() as leaves:
            powers = [staying, leaves.device("ipmi", endpoint_of(rack[1])).power]
            await asyncio.gather(*(power.set_power(PowerAction.ON) for power in powers))
            states = await asyncio.gather(*(power.power_state() for power in powers * 10))
        states.append(await staying.power_state())  # the other's goodbye ended its own session only
    assert set(states) == {PowerState.ON}


@pytest.mark.parametrize("user, password", [("oper", "operpw"), ("", "anonpw")])
async def test_an_operator_and_the_account_without_a_name_may_turn_on(
    controllers: Controllers, rack: Sequence[Bmc], user: str, password: str
) -> None:
    power = controllers.device("ipmi", endpoint_of(rack[1], user, password)).power
    await power.set_power(PowerAction.ON)
    assert rack[1].power == "on"


async def test_a_wrong_password_and_a_wrong_user_are_told_apart_at_once(
    controllers: Controllers, rack: Sequence[Bmc]
) -> None:
    async with asyncio.timeout(20):
        with pytest.raises(BadCredentials, match='wrong password for the user "admin" of the BMC at 127'):
            await controllers.device("ipmi", endpoint_of(rack[1], password="wrong")).power.power_state()
        with pytest.raises(BadCredentials, match='knows no user "nobody"'):
            await controllers.device("ipmi", endpoint_of(rack[1], user="nobody")).power.power_state()


async def test_a_bmc_that_has_rebooted_gets_a_new_session_and_nobody_notices(
    hasty: Controllers, rack: Sequence[Bmc]
) -> None:
    power = hasty.device("ipmi", endpoint_of(rack[2])).power
    await power.set_power(PowerAction.ON)
    restart(rack[2])
    assert await power.power_state(timeout=10) is PowerState.ON


async def test_a_port_that_nobody_listens_on_fails_at_once(controllers: Controllers, rack: Sequence[Bmc]) -> None:
    closed = Endpoint("cn01", rack[0].host, "admin", Secret("secret"), port=9)
    async with asyncio.timeout(20):
        with pytest.raises(Unreachable, match=r":9 refuses: nothing there speaks IPMI; check ipmi.bmc"):
            await controllers.device("ipmi", closed).power.power_state()


async def test_closed_ports_among_living_bmcs_are_blamed_on_the_right_nodes(
    controllers: Controllers, rack: Sequence[Bmc]
) -> None:
    closed = [Endpoint("cn01", rack[0].host, "admin", Secret("secret"), port=port) for port in range(9, 29)]
    endpoints = [endpoint for pair in zip(closed, [endpoint_of(rack[0])] * 20, strict=True) for endpoint in pair]
    asked = (controllers.device("ipmi", endpoint).power.power_state(timeout=5) for endpoint in endpoints)
    verdicts = [type(outcome) for outcome in await asyncio.gather(*asked, return_exceptions=True)]
    assert verdicts == [Unreachable, PowerState] * 20


async def test_a_name_that_does_not_resolve_says_so(controllers: Controllers) -> None:
    power = controllers.device("ipmi", Endpoint("cn01", "no such bmc", "admin", Secret("secret"))).power
    with pytest.raises(Unreachable, match=r'"no such bmc" does not resolve .* add it to /etc/hosts or the DNS'):
        await power.power_state()


async def test_a_node_without_a_bmc_address_says_so(controllers: Controllers) -> None:
    with pytest.raises(Unreachable, match=r"set ipmi\.bmc for the node"):
        await controllers.device("ipmi", Endpoint("cn01", "", "admin", Secret("secret"))).power.power_state()


async def test_a_name_that_resolves_is_as_good_as_a_number(controllers: Controllers) -> None:
    closed = Endpoint("cn01", "localhost", "admin", Secret("secret"), port=9)
    with pytest.raises(Unreachable, match="localhost:9 refuses"):
        await controllers.device("ipmi", closed).power.power_state()
