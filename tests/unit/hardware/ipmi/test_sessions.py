"""Sessions are kept and shared, closed when nobody needs them, and opened again when a BMC has lost them."""

from __future__ import annotations

import asyncio

import pytest

from tests.simulators.responder import responder
from tests.unit.hardware.ipmi.asking import LOG_IN, power_of
from xcatd.errors import BadCredentials, TimedOut
from xcatd.hardware import Controllers, Limits, PowerAction, PowerState


async def test_a_session_is_used_again(controllers: Controllers) -> None:
    async with responder() as bmc:
        power = power_of(controllers, bmc)
        await power.power_state()
        bmc.received.clear()
        await power.power_state()
        assert len(bmc.received) == 1


async def test_many_questions_to_one_bmc_share_one_session(controllers: Controllers) -> None:
    async with responder() as bmc:
        await asyncio.gather(*(power_of(controllers, bmc).power_state() for _ in range(50)))
        assert len(bmc.received) == LOG_IN + 50


async def test_two_users_of_one_bmc_do_not_mix(controllers: Controllers) -> None:
    async with responder() as bmc:
        good, bad = power_of(controllers, bmc), power_of(controllers, bmc, password="wrong")
        asked = [power.power_state() for power in (good, bad) * 5]
        outcomes = await asyncio.gather(*asked, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [PowerState, BadCredentials] * 5


async def test_a_session_that_nobody_uses_is_closed(controllers: Controllers) -> None:
    async with responder() as bmc, Controllers(Limits(idle=0.1)) as brief, asyncio.timeout(20):
        await power_of(brief, bmc).power_state()
        await bmc.until(lambda: bmc.bmc.closed == 1)
        assert await power_of(brief, bmc).power_state() is PowerState.OFF


async def test_a_log_in_that_takes_longer_than_a_look_for_idle_sessions_is_closed_all_the_same() -> None:
    async with responder() as bmc, Controllers(Limits(idle=0.1)) as brief, asyncio.timeout(20):
        bmc.delay = 0.05
        await power_of(brief, bmc).power_state()
        await bmc.until(lambda: bmc.bmc.closed == 1)


async def test_no_more_sessions_are_kept_than_the_limit_allows() -> None:
    async with responder() as first, responder() as second, Controllers(Limits(sessions=1)) as few, asyncio.timeout(20):
        await power_of(few, first).power_state()
        await power_of(few, second).power_state()
        await first.until(lambda: first.bmc.closed == 1)
        assert second.bmc.closed == 0


async def test_leaving_says_goodbye() -> None:
    async with responder() as bmc, asyncio.timeout(20):
        async with Controllers() as controllers:
            await power_of(controllers, bmc).power_state()
        await bmc.until(lambda: bmc.bmc.closed == 1)


async def test_a_caller_who_goes_away_takes_the_session_along(controllers: Controllers) -> None:
    async with responder() as bmc, asyncio.timeout(20):
        power = power_of(controllers, bmc)
        await power.power_state()
        bmc.loses = 1
        async with asyncio.TaskGroup() as tasks:
            question = tasks.create_task(power.power_state())
            await bmc.until(lambda: len(bmc.received) == LOG_IN + 2)
            question.cancel()
        await bmc.until(lambda: bmc.bmc.closed == 1)
        assert len(bmc.received) == LOG_IN + 3


async def test_a_reset_is_never_sent_to_a_second_session(hasty: Controllers) -> None:
    async with responder() as bmc:
        power = power_of(hasty, bmc)
        await power.set_power(PowerAction.RESET)
        bmc.bmc.reboot()
        await power.set_power(PowerAction.RESET)
        assert bmc.bmc.controls == [3, 3]


async def test_a_reset_whose_answer_is_lost_with_the_session_is_not_done_again(hasty: Controllers) -> None:
    async with responder() as bmc:
        power = power_of(hasty, bmc)
        await power.power_state()
        bmc.bmc.forgets_after = len(bmc.bmc.asked) + 2  # a look, and the reset
        bmc.loses_answers = {bmc.answers + 2}  # after those to the look and to the rise in privilege
        with pytest.raises(TimedOut):
            await power.set_power(PowerAction.RESET, timeout=1)
        assert bmc.bmc.controls == [3]


async def test_a_session_dropped_between_log_in_and_question_is_opened_again(hasty: Controllers) -> None:
    async with responder() as bmc, asyncio.TaskGroup() as tasks:
        question = tasks.create_task(power_of(hasty, bmc).power_state(timeout=10))
        await bmc.until(lambda: len(bmc.received) == LOG_IN)
        bmc.bmc.reboot()
        assert await question is PowerState.OFF
