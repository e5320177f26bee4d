"""What an operator sees when datagrams are lost, late, doubled or garbage, and when nobody is there to answer."""

from __future__ import annotations

import asyncio
import os
import time

import pytest

from tests.simulators.responder import responder
from tests.unit.hardware.ipmi.asking import LOG_IN, OPEN, RAKP1, power_of
from tests.unit.hardware.places import endpoint_of
from xcatd.errors import TimedOut, Unreachable
from xcatd.hardware import Controllers, PowerAction, PowerState
from xcatd.hardware.ipmi import controller


async def test_a_silent_bmc_is_unreachable_at_the_deadline_and_not_before(controllers: Controllers) -> None:
    async with responder() as bmc:
        bmc.silent = True
        begun = time.monotonic()
        with pytest.raises(Unreachable, match=r"no answer from 127\.0\.0\.1:\d+ within 0.7 s: check that the BMC has"):
            await power_of(controllers, bmc).power_state(timeout=0.7)
        assert time.monotonic() - begun >= 0.7


async def test_who_has_much_time_does_not_wait_that_long_for_a_silent_bmc(
    controllers: Controllers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(controller, "LOG_IN_WITHIN", 0.3)
    async with responder() as bmc:
        bmc.silent = True
        with pytest.raises(Unreachable, match=r"no answer from 127\.0\.0\.1:\d+ within 0.3 s"):
            await power_of(controllers, bmc).power_state(timeout=600)


async def test_a_silent_bmc_delays_no_other(controllers: Controllers) -> None:
    async with responder() as dead, responder() as living, asyncio.TaskGroup() as tasks:
        dead.silent = True
        waiting = tasks.create_task(power_of(controllers, dead).power_state(timeout=600))
        for _ in range(20):
            assert await power_of(controllers, living).power_state() is PowerState.OFF
        assert not waiting.done()
        waiting.cancel()


async def test_a_bmc_that_dies_in_the_middle_of_a_session_has_timed_out(controllers: Controllers) -> None:
    async with responder() as bmc:
        bmc.dies_after = LOG_IN
        with pytest.raises(TimedOut, match=r"has stopped answering within 0.6 s: try again, and reset the BMC"):
            await power_of(controllers, bmc).power_state(timeout=0.6)


@pytest.mark.parametrize("answered", range(4))
async def test_any_lost_datagram_is_sent_again(hasty: Controllers, answered: int) -> None:
    async with responder() as bmc:
        power = power_of(hasty, bmc)
        async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
            question = tasks.create_task(power.power_state())
            bmc.dies_after = answered
            await bmc.until(lambda: len(bmc.received) > answered)
            bmc.dies_after, bmc.silent = None, False
        assert question.result() is PowerState.OFF


@pytest.mark.parametrize("answered", range(4))
async def test_any_lost_answer_is_asked_for_again(hasty: Controllers, answered: int) -> None:
    async with responder() as bmc:
        bmc.loses_answers = {answered}
        assert await power_of(hasty, bmc).power_state() is PowerState.OFF


async def test_answers_that_come_three_times_count_once(controllers: Controllers) -> None:
    async with responder() as bmc:
        bmc.copies = 3
        power = power_of(controllers, bmc)
        for action in (PowerAction.ON, PowerAction.OFF, PowerAction.ON):
            await power.set_power(action)
            assert await power.power_state() is action.promises


async def test_old_answers_that_come_again_are_not_believed(controllers: Controllers) -> None:
    async with responder() as bmc:
        bmc.replays = True
        power = power_of(controllers, bmc)
        for action in (PowerAction.ON, PowerAction.OFF) * 3:
            await power.set_power(action)
            assert await power.power_state() is action.promises


async def test_answers_of_an_old_session_are_not_believed(hasty: Controllers) -> None:
    async with responder() as bmc:
        power = power_of(hasty, bmc)
        await power.set_power(PowerAction.ON)
        bmc.bmc.reboot()
        bmc.replays, bmc.bmc.power = True, False
        assert await power.power_state() is PowerState.OFF


async def test_garbage_is_not_an_answer(controllers: Controllers) -> None:
    async with responder() as bmc:
        rmcp = b"\x06\x00\xff\x07"
        ours = rmcp + b"\x06\xc0" + bytes(10) + os.urandom(48)
        bmc.noise = (b"", b"\x00", rmcp, rmcp + b"\x06", os.urandom(700), rmcp + os.urandom(60), ours, bytes(64))
        power = power_of(controllers, bmc)
        await power.set_power(PowerAction.ON)
        assert await power.power_state() is PowerState.ON


@pytest.mark.parametrize("delay", [0.02, 0.15])
async def test_a_slow_bmc_is_waited_for(hasty: Controllers, delay: float) -> None:
    async with responder() as bmc:
        bmc.delay = delay
        assert await power_of(hasty, bmc).power_state(timeout=8) is PowerState.OFF


async def test_the_second_answer_to_a_repeated_question_is_not_that_to_the_next_one(hasty: Controllers) -> None:
    async with responder() as bmc:
        power = power_of(hasty, bmc)
        async with asyncio.TaskGroup() as tasks:
            question = tasks.create_task(power.power_state())
            await bmc.until(lambda: len(bmc.received) == LOG_IN)
            bmc.delay = 0.15  # the question is repeated meanwhile, and answered twice
        assert question.result() is PowerState.OFF
        bmc.bmc.power = True
        assert await power.power_state() is PowerState.ON


async def test_a_bmc_that_answers_a_repeated_step_anew_is_not_accused_of_a_wrong_password(
    hasty: Controllers,
) -> None:
    async with responder() as bmc, asyncio.TaskGroup() as tasks:
        question = tasks.create_task(power_of(hasty, bmc).power_state())
        await bmc.until(lambda: len(bmc.received) == 1)
        bmc.delay = 0.15  # RAKP 1 is repeated meanwhile, and the BMC throws its dice again
        await bmc.until(lambda: len(bmc.received) == 3)
        bmc.delay = 0
        assert await question is PowerState.OFF


async def test_a_bmc_that_forgets_a_log_in_half_way_is_asked_from_the_beginning(hasty: Controllers) -> None:
    async with responder() as bmc, asyncio.TaskGroup() as tasks:
        question = tasks.create_task(power_of(hasty, bmc).power_state(timeout=5))
        await bmc.until(lambda: len(bmc.received) == 1)
        bmc.loses = 3
        assert await question is PowerState.OFF
        assert [datagram[5] for datagram in bmc.received[:5]] == [OPEN, RAKP1, RAKP1, RAKP1, OPEN]


async def test_ipv6_is_as_good_as_ipv4(controllers: Controllers) -> None:
    async with responder(host="::1") as bmc:
        assert await power_of(controllers, bmc).power_state() is PowerState.OFF


async def test_a_closed_port_is_reported_at_once_on_ipv6_too(controllers: Controllers) -> None:
    async with responder(host="::1") as bmc:
        power = power_of(controllers, bmc)
    async with asyncio.timeout(20):
        with pytest.raises(Unreachable, match=r"\[::1\]:\d+ refuses"):
            await power.power_state()


async def test_an_address_without_a_route_is_reported_at_once(controllers: Controllers) -> None:
    async with responder() as bmc:
        endpoint = endpoint_of(bmc)
    nowhere = type(endpoint)("cn01", "255.255.255.255", "admin", endpoint.password)
    with pytest.raises(Unreachable, match=r"255\.255\.255\.255:623 cannot be reached: "):
        await controllers.device("ipmi", nowhere).power.power_state()
