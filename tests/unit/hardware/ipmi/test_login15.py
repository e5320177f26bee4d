"""IPMI 1.5 with real BMCs, which speak it beside 2.0."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import pytest

from tests.simulators.bmcs import Bmc
from xcatd.errors import BadCredentials, Unsupported
from xcatd.hardware import Limits
from xcatd.hardware.ipmi.capabilities import Capabilities
from xcatd.hardware.ipmi.commands import CHASSIS_CONTROL, GET_CHASSIS_STATUS
from xcatd.hardware.ipmi.conversation import Conversation
from xcatd.hardware.ipmi.envelope15 import AuthType
from xcatd.hardware.ipmi.login15 import Login15
from xcatd.hardware.ipmi.rakp import Account
from xcatd.hardware.ipmi.session import Session
from xcatd.hardware.ipmi.transport import Transport


@pytest.fixture
async def conversation(rack: Sequence[Bmc]) -> AsyncIterator[Conversation]:
    transport = Transport(Limits(repeat_after=0.1))
    conversation = Conversation(transport, (rack[0].host, rack[0].port))
    yield conversation
    conversation.end()
    transport.close()


@pytest.mark.parametrize("auth_type", list(AuthType))
async def test_a_session_by_each_way_of_authentication(
    conversation: Conversation, rack: Sequence[Bmc], auth_type: AuthType
) -> None:
    login = Login15(conversation, Account(b"admin", b"secret"), "here", "admin")
    session = Session(conversation, await login.open(Capabilities(False, (auth_type,))))
    await session.request(CHASSIS_CONTROL, b"\x01")
    assert rack[0].power == "on"
    assert (await session.request(GET_CHASSIS_STATUS))[0] & 1
    await session.request(CHASSIS_CONTROL, b"\x00")
    assert rack[0].power == "off"
    session.close()


async def test_wrong_user_and_wrong_password(conversation: Conversation) -> None:
    md5 = Capabilities(False, (AuthType.MD5,))
    with pytest.raises(BadCredentials, match='knows no user "root"'):
        await Login15(conversation, Account(b"root", b"secret"), "here", "root").open(md5)
    with pytest.raises(BadCredentials, match="does not answer when"):
        await Login15(conversation, Account(b"admin", b"wrong"), "here", "admin").open(md5)


async def test_a_bmc_that_offers_nothing_we_speak(conversation: Conversation) -> None:
    with pytest.raises(Unsupported, match="offers none of MD5, password or no authentication"):
        await Login15(conversation, Account(b"admin", b"secret"), "here", "admin").open(Capabilities(False, ()))
