"""What an operator sees when BMCs and the network between misbehave, and what the BMC sees of us meanwhile."""

from __future__ import annotations

import asyncio
import os
import time

import pytest

from tests.simulators.miniature import Miniature
from tests.simulators.responder import Responder, responder
from tests.unit.hardware.places import endpoint_of
from xcatd.errors import BadCredentials, Busy, NodeError, TimedOut, Unreachable, Unsupported
from xcatd.hardware import Controllers, Limits, Power, PowerAction, PowerState
from xcatd.hardware.ipmi import controller

OPEN, RAKP1, RAKP3 = 0x10, 0x12, 0x14
LOG_IN = 3
"""Datagrams with which a session is opened."""


def power_of(controllers: Controllers, bmc: Responder, **account: str) -> Power:
    return controllers.device("ipmi", endpoint_of(bmc, **account)).power


# The network


async def test_a_silent_bmc_is_unreachable_at_the_deadline_and_not_before(controllers: Controllers) -> None:
    async with responder() as bmc:
        bmc.silent = True
        begun = time.monotonic()
        with pytest.raises(Unreachable, match=r"no answer from 127\.0\.0\.1:\d+ within 0.7 s: check that the BMC has"):
            await power_of(controllers, bmc).power_state(timeout=0.7)
        assert 0.7 <= time.monotonic() - begun < 1.5


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
        waiting = tasks.create_task(_outcome(power_of(controllers, dead)))
        for _ in range(20):
            assert await power_of(controllers, living).power_state() is PowerState.OFF
        assert not waiting.done()


async def _outcome(power: Power) -> str:
    with pytest.raises(Unreachable):
        await power.power_state(timeout=0.8)
    return "unreachable"


async def test_a_bmc_that_dies_in_the_middle_of_a_session_has_timed_out(controllers: Controllers) -> None:
    async with responder() as bmc:
        bmc.dies_after = LOG_IN
        with pytest.raises(TimedOut, match=r"has stopped answering within 0.6 s: try again, and reset the BMC"):
            await power_of(controllers, bmc).power_state(timeout=0.6)


@pytest.mark.parametrize("answered", range(4))
async def test_any_lost_datagram_is_sent_again(hasty: Controllers, answered: int) -> None:
    async with responder() as bmc:
        power = power_of(hasty, bmc)
        async with asyncio.timeout(3), asyncio.TaskGroup() as tasks:
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
    async with asyncio.timeout(1):
        with pytest.raises(Unreachable, match=r"\[::1\]:\d+ refuses"):
            await power.power_state()


async def test_an_address_without_a_route_is_reported_at_once(controllers: Controllers) -> None:
    async with responder() as bmc:
        endpoint = endpoint_of(bmc)
    nowhere = type(endpoint)("cn01", "255.255.255.255", "admin", endpoint.password)
    with pytest.raises(Unreachable, match=r"255\.255\.255\.255:623 cannot be reached: "):
        await controllers.device("ipmi", nowhere).power.power_state()


# Who we are


async def test_a_wrong_password_costs_two_datagrams_and_frees_the_bmcs_session(controllers: Controllers) -> None:
    async with responder() as bmc, asyncio.timeout(1):
        with pytest.raises(BadCredentials, match='wrong password for the user "admin"'):
            await power_of(controllers, bmc, password="wrong").power_state()
        await bmc.until(lambda: not bmc.bmc.sessions)
        assert len(bmc.received) == 3  # open, RAKP 1, and the goodbye


async def test_a_wrong_user_is_named(controllers: Controllers) -> None:
    async with responder() as bmc, asyncio.timeout(1):
        with pytest.raises(BadCredentials, match='knows no user "root": check the ipmi or passwd table'):
            await power_of(controllers, bmc, user="root").power_state()
        assert len(bmc.received) == 2


@pytest.mark.parametrize("suites", [(17,), (3,), (17, 3)])
async def test_cipher_suites_17_and_3(controllers: Controllers, suites: tuple[int, ...]) -> None:
    async with responder(Miniature(suites=suites)) as bmc:
        power = power_of(controllers, bmc)
        await power.set_power(PowerAction.ON)
        assert await power.power_state() is PowerState.ON


async def test_the_suite_that_worked_is_tried_first_the_next_time(hasty: Controllers) -> None:
    async with responder(Miniature(suites=(3,))) as bmc:
        power = power_of(hasty, bmc)
        await power.power_state()
        assert len(bmc.received) == 1 + LOG_IN + 1
        bmc.bmc.reboot()
        bmc.received.clear()
        await power.power_state()
        proposals = {datagram[16] for datagram in bmc.received if datagram[5] == OPEN}
        assert proposals == {3}


async def test_a_bmc_without_a_good_suite_is_not_spoken_to(controllers: Controllers) -> None:
    async with responder(Miniature(suites=())) as bmc:
        with pytest.raises(Unsupported, match="accepts neither cipher suite 17 nor 3: enable one of them"):
            await power_of(controllers, bmc).power_state()


async def test_a_bmc_that_chooses_a_weaker_suite_than_proposed_is_not_spoken_to(controllers: Controllers) -> None:
    async with responder(Miniature(chooses=(0, 0, 0))) as bmc:
        with pytest.raises(Unsupported, match="accepts neither cipher suite"):
            await power_of(controllers, bmc).power_state()


@pytest.mark.parametrize("written", ["cluster key", "0x636c7573746572206b6579"])
async def test_a_k_g_key_is_used_as_text_or_in_hexadecimal(controllers: Controllers, written: str) -> None:
    async with responder(Miniature(kg=b"cluster key")) as bmc:
        assert await power_of(controllers, bmc, kg=written).power_state() is PowerState.OFF


@pytest.mark.parametrize("kg", ["", "another key"])
async def test_a_missing_or_wrong_k_g_key_is_named(controllers: Controllers, kg: str) -> None:
    async with responder(Miniature(kg=b"cluster key")) as bmc, asyncio.timeout(1):
        with pytest.raises(BadCredentials, match="has another K_g key than ours: give the node the right one"):
            await power_of(controllers, bmc, kg=kg).power_state()


async def test_an_operator_is_let_in_where_an_administrator_is_asked_for_first(controllers: Controllers) -> None:
    async with responder(Miniature(role=3)) as bmc:
        await power_of(controllers, bmc).set_power(PowerAction.ON)
        assert bmc.bmc.power


async def test_a_user_may_look_and_not_touch(controllers: Controllers) -> None:
    async with responder(Miniature(role=2)) as bmc:
        power = power_of(controllers, bmc)
        assert await power.power_state() is PowerState.OFF
        with pytest.raises(BadCredentials, match='does not allow this to the user "admin": give that user a higher'):
            await power.set_power(PowerAction.ON)


async def test_a_user_who_may_nothing_is_told_so(controllers: Controllers) -> None:
    async with responder(Miniature(role=1)) as bmc:
        with pytest.raises(BadCredentials, match='lets the user "admin" do nothing: give it a privilege there'):
            await power_of(controllers, bmc).power_state()


@pytest.mark.parametrize(
    "account, sentence",
    [
        ({"user": "a-name-of-17-char"}, "longer than the 16 octets of an IPMI user name"),
        ({"password": "a password of 24 letters"}, "longer than the 20 octets that IPMI allows"),
        ({"kg": "a key that has 26 letters."}, "longer than the 20 octets that IPMI allows"),
        ({"kg": "0xno"}, "begins with 0x and is no hexadecimal number"),
    ],
)
async def test_what_no_bmc_can_have_been_given_is_not_even_sent(
    controllers: Controllers, account: dict[str, str], sentence: str
) -> None:
    async with responder() as bmc:
        with pytest.raises(BadCredentials, match=sentence) as refused:
            await power_of(controllers, bmc, **account).power_state()
        assert bmc.received == []
        assert "24 letters" not in str(refused.value)


async def test_a_bmc_without_a_free_session_is_busy(controllers: Controllers) -> None:
    async with responder(Miniature(status={OPEN: 0x01})) as bmc:
        with pytest.raises(Busy, match="has no session left: try later, or close sessions of other programs"):
            await power_of(controllers, bmc).power_state(timeout=0.3)


async def test_a_status_that_nobody_expects_is_named(controllers: Controllers) -> None:
    async with responder(Miniature(status={RAKP3: 0x12})) as bmc:
        with pytest.raises(NodeError, match=r"refuses a session: illegal or unrecognised parameter \(0x12\)"):
            await power_of(controllers, bmc).power_state()


async def test_a_completion_code_that_nobody_knows_is_a_number(controllers: Controllers) -> None:
    async with responder() as bmc:
        bmc.bmc.codes.append(0x9E)
        with pytest.raises(NodeError, match=r'refuses "Get Chassis Status": completion code 0x9e; look it up'):
            await power_of(controllers, bmc).power_state()


# Sessions


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
    async with responder() as bmc, Controllers(Limits(idle=0.1)) as brief, asyncio.timeout(5):
        await power_of(brief, bmc).power_state()
        await bmc.until(lambda: bmc.bmc.closed == 1)
        assert await power_of(brief, bmc).power_state() is PowerState.OFF


async def test_a_log_in_that_takes_longer_than_a_look_for_idle_sessions_is_closed_all_the_same() -> None:
    async with responder() as bmc, Controllers(Limits(idle=0.1)) as brief, asyncio.timeout(5):
        bmc.delay = 0.05
        await power_of(brief, bmc).power_state()
        await bmc.until(lambda: bmc.bmc.closed == 1)


async def test_no_more_sessions_are_kept_than_the_limit_allows() -> None:
    async with responder() as first, responder() as second, Controllers(Limits(sessions=1)) as few, asyncio.timeout(5):
        await power_of(few, first).power_state()
        await power_of(few, second).power_state()
        await first.until(lambda: first.bmc.closed == 1)
        assert second.bmc.closed == 0


async def test_leaving_says_goodbye() -> None:
    async with responder() as bmc, asyncio.timeout(5):
        async with Controllers() as controllers:
            await power_of(controllers, bmc).power_state()
        await bmc.until(lambda: bmc.bmc.closed == 1)


async def test_a_caller_who_goes_away_takes_the_session_along(controllers: Controllers) -> None:
    async with responder() as bmc, asyncio.timeout(5):
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


# IPMI 1.5


@pytest.mark.parametrize("signs", [True, False], ids=["signed answers", "answers without an auth type"])
async def test_a_bmc_that_knows_only_ipmi_15(hasty: Controllers, signs: bool) -> None:
    async with responder(Miniature(version=15, signs=signs)) as bmc:
        power = power_of(hasty, bmc)
        for action in (PowerAction.ON, PowerAction.OFF, PowerAction.ON):
            await power.set_power(action)
            assert await power.power_state() is action.promises


async def test_an_operator_is_let_in_by_ipmi_15_too(hasty: Controllers) -> None:
    async with responder(Miniature(version=15, role=3)) as bmc:
        await power_of(hasty, bmc).set_power(PowerAction.ON)
        assert bmc.bmc.power


async def test_a_user_who_may_nothing_is_told_so_by_ipmi_15_too(hasty: Controllers) -> None:
    async with responder(Miniature(version=15, role=1)) as bmc:
        with pytest.raises(BadCredentials, match='lets the user "admin" do nothing'):
            await power_of(hasty, bmc).power_state()


async def test_what_was_learned_about_ipmi_15_saves_time_and_is_not_for_ever(hasty: Controllers) -> None:
    async with responder(Miniature(version=15)) as bmc, asyncio.timeout(10):
        power = power_of(hasty, bmc)
        await power.power_state()
        bmc.bmc.reboot()
        bmc.received.clear()
        await power.power_state()
        assert not [datagram for datagram in bmc.received if datagram[4] == 6]
        bmc.bmc.reboot()
        bmc.bmc.version = 20
        assert await power.power_state() is PowerState.OFF


async def test_ipmi_15_tells_wrong_users_from_wrong_passwords(hasty: Controllers) -> None:
    async with responder(Miniature(version=15)) as bmc:
        with pytest.raises(BadCredentials, match='knows no user "root"'):
            await power_of(hasty, bmc, user="root").power_state()
        with pytest.raises(
            BadCredentials, match=r'does not answer when "admin" logs in, as IPMI 1\.5 does for a wrong'
        ):
            await power_of(hasty, bmc, password="wrong").power_state()
        with pytest.raises(BadCredentials, match=r"speaks IPMI 1\.5 only, and the password .* is longer than the 16"):
            await power_of(hasty, bmc, password="secret of 20 letters").power_state()
