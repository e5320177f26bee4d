"""What an operator sees when a BMC does not let us in as we are, or not for all that is asked; IPMI 1.5 too."""

from __future__ import annotations

import asyncio

import pytest

from tests.simulators.miniature import Miniature
from tests.simulators.responder import responder
from tests.unit.hardware.ipmi.asking import LOG_IN, OPEN, RAKP3, power_of
from xcatd.errors import BadCredentials, Busy, NodeError, Unsupported
from xcatd.hardware import Controllers, PowerAction, PowerState


async def test_a_wrong_password_costs_two_datagrams_and_frees_the_bmcs_session(controllers: Controllers) -> None:
    async with responder() as bmc, asyncio.timeout(20):
        with pytest.raises(BadCredentials, match='wrong password for the user "admin"'):
            await power_of(controllers, bmc, password="wrong").power_state()
        await bmc.until(lambda: not bmc.bmc.sessions)
        assert len(bmc.received) == 3  # open, RAKP 1, and the goodbye


async def test_a_wrong_user_is_named(controllers: Controllers) -> None:
    async with responder() as bmc, asyncio.timeout(20):
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
    async with responder(Miniature(kg=b"cluster key")) as bmc, asyncio.timeout(20):
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
    async with responder(Miniature(version=15)) as bmc, asyncio.timeout(20):
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
