"""Outlets of PDUs, on real SNMP agents; snmpget is the judge."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any

import pytest

from tests.simulators.snmpd import AUTH_KEY, IBM, PRIV_KEY, READ, USER, WRITE, Agent, apc, constellation, ibm
from xcatd.errors import BadCredentials, NodeError, NotFound, TimedOut, Unreachable, Unsupported
from xcatd.hardware import Controllers, Outlet, OutletAction, Outlets
from xcatd.hardware.pdu.endpoint import Access, Version, pdu
from xcatd.hardware.pdu.models import MODELS
from xcatd.model import Secret

KEEPER = Access(Version.V2C, Secret(WRITE))
STATE = f"{IBM}.8.2.2.1.11"

USERS = {
    "2c": KEEPER,
    "1": Access(Version.V1, Secret(WRITE)),
    "3 signed": Access(Version.V3, user="signed", auth="sha1", auth_key=Secret(AUTH_KEY)),
    "3 aes": Access(
        Version.V3, user=USER, auth="sha1", auth_key=Secret(AUTH_KEY), priv="aes", priv_key=Secret(PRIV_KEY)
    ),
    "3 des": Access(
        Version.V3, user="old", auth="md5", auth_key=Secret(AUTH_KEY), priv="des", priv_key=Secret(PRIV_KEY)
    ),
}


def changed(name: str, **wrong: Any) -> Access:
    good = USERS[name]
    fields = {field: getattr(good, field) for field in Access.__dataclass_fields__}
    return Access(**{**fields, **wrong})


def outlets(
    controllers: Controllers, host: str, access: Access = KEEPER, kind: str = "irpdu", count: int = 0, port: int = 161
) -> Outlets:
    return controllers.device("pdu", pdu("p1", host, MODELS[kind], access, count, port)).outlets


@pytest.mark.parametrize("access", USERS.values(), ids=list(USERS))
async def test_every_version_looks_and_switches(controllers: Controllers, rack: Agent, access: Access) -> None:
    ours = outlets(controllers, rack.host, access)
    assert await ours.outlets() == [Outlet(1, "off"), Outlet(2, "off"), Outlet(3, "off"), Outlet(4, "on")]
    await ours.switch(2, OutletAction.ON)
    await ours.switch(4, OutletAction.OFF)
    assert [rack.get(f"{STATE}.{number}") for number in (1, 2, 3, 4)] == ["0", "1", "0", "0"]
    assert await ours.outlets([2, 4]) == [Outlet(2, "on"), Outlet(4, "off")]


async def test_a_reset_leaves_it_on(controllers: Controllers, rack: Agent) -> None:
    await outlets(controllers, rack.host).switch(1, OutletAction.RESET)
    assert rack.get(f"{STATE}.1") == "1"


async def test_later_firmware_has_its_states_elsewhere(controllers: Controllers, rack: Agent) -> None:
    rack.change(ibm(2, newer=True))
    ours = outlets(controllers, rack.host)
    await ours.switch(1, OutletAction.ON)
    assert await ours.outlets() == [Outlet(1, "on"), Outlet(2, "on")]
    assert rack.get(f"{IBM}.8.2.2.1.13.1") == "1"


async def test_more_outlets_than_fit_into_one_message(controllers: Controllers, rack: Agent) -> None:
    rack.change(ibm(40))
    found = await outlets(controllers, rack.host).outlets()
    assert [outlet.number for outlet in found] == list(range(1, 41))
    assert [outlet.number for outlet in found if outlet.state == "on"] == [40]


async def test_the_pdus_own_words_for_what_is_between(controllers: Controllers, rack: Agent) -> None:
    state = ibm(3)
    for number, value in ((1, 2), (2, 4), (3, 99)):
        state["values"][f"{STATE}.{number}"][1] = value
    rack.change(state)
    found = await outlets(controllers, rack.host).outlets()
    assert [outlet.state for outlet in found] == ["cycling", "delaySwitch30", "99(unknown state)"]


@pytest.mark.parametrize("access", [KEEPER, USERS["1"]], ids=["2c", "1"])
async def test_an_outlet_that_the_agent_forgets_is_unknown_and_hides_no_other(
    controllers: Controllers, rack: Agent, access: Access
) -> None:
    state = ibm(3)
    del state["values"][f"{STATE}.2"]
    rack.change(state)
    found = await outlets(controllers, rack.host, access).outlets()
    assert [outlet.state for outlet in found] == ["off", "unknown", "on"]


async def test_what_the_table_says_of_their_number_counts(controllers: Controllers, rack: Agent) -> None:
    assert len(await outlets(controllers, rack.host, count=2).outlets()) == 2


class TestOtherMakers:
    @pytest.fixture
    def elsewhere(self, tmp_path_factory: pytest.TempPathFactory, rack: Agent) -> Callable[[dict[str, Any]], str]:
        """The same agent, as another PDU."""

        def become(state: dict[str, Any]) -> str:
            rack.change(state)
            return rack.host

        return become

    async def test_three_relays_can_be_seen_and_not_switched(
        self, controllers: Controllers, elsewhere: Callable[[dict[str, Any]], str]
    ) -> None:
        relays = outlets(controllers, elsewhere(constellation()), kind="crpdu")
        assert relays.noun == "relay"
        assert await relays.outlets() == [Outlet(1, "off"), Outlet(2, "off"), Outlet(3, "on")]
        with pytest.raises(Unsupported, match="IBM constellation PDU cannot be switched over SNMP"):
            await relays.switch(1, OutletAction.ON)

    async def test_commands_in_a_column_of_their_own(
        self, controllers: Controllers, elsewhere: Callable[[dict[str, Any]], str], rack: Agent
    ) -> None:
        ours = outlets(controllers, elsewhere(apc(3)), kind="apc")
        assert await ours.outlets() == [Outlet(1, "off"), Outlet(2, "off"), Outlet(3, "on")]
        await ours.switch(1, OutletAction.ON)
        await ours.switch(3, OutletAction.OFF)
        column = "1.3.6.1.4.1.318.1.1.12.3.5.1.1.4"
        assert [rack.get(f"{column}.{number}") for number in (1, 2, 3)] == ["1", "2", "2"]


# -- what can be wrong ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [0, 5])
async def test_an_outlet_that_does_not_exist_is_refused_before_anything_is_written(
    controllers: Controllers, rack: Agent, number: int
) -> None:
    ours = outlets(controllers, rack.host)
    for refused in (ours.outlets([number]), ours.switch(number, OutletAction.ON)):
        with pytest.raises(NotFound, match=f"^p1 outlet number {number} is invalid: it has 4$"):
            await refused
    assert rack.state == ibm(4)


async def test_a_value_that_is_not_taken_is_a_sentence(controllers: Controllers, rack: Agent) -> None:
    state = ibm(4)
    del state["commands"][STATE]["becomes"]["1"]
    rack.change(state)
    with pytest.raises(NodeError, match=r"the PDU at 127\S+ refuses: wrong value; check pdu.pdutype"):
        await outlets(controllers, rack.host).switch(1, OutletAction.ON)


async def test_a_value_that_is_taken_and_changes_nothing_is_seen(controllers: Controllers, rack: Agent) -> None:
    state = ibm(4)
    state["commands"][STATE]["becomes"]["1"] = None
    rack.change(state)
    with pytest.raises(TimedOut, match=r'the PDU accepted "on" but still reports outlet 1 as off after 0.5 s'):
        await outlets(controllers, rack.host).switch(1, OutletAction.ON, timeout=0.5)


@pytest.mark.parametrize("version", [Version.V1, Version.V2C])
async def test_a_community_that_may_only_look(controllers: Controllers, rack: Agent, version: Version) -> None:
    ours = outlets(controllers, rack.host, Access(version, Secret(READ)))
    assert len(await ours.outlets()) == 4
    with pytest.raises(BadCredentials, match="lets nobody write as we come"):
        await ours.switch(1, OutletAction.ON)
    assert rack.get(f"{STATE}.1") == "0"


async def test_a_locked_column_says_so(controllers: Controllers, rack: Agent) -> None:
    rack.change({**ibm(4), "locked": [STATE]})
    with pytest.raises(BadCredentials, match="lets nobody write"):
        await outlets(controllers, rack.host).switch(1, OutletAction.ON)


async def test_a_wrong_community_is_silence(controllers: Controllers, rack: Agent) -> None:
    with pytest.raises(TimedOut, match=r"no answer from 127\S+:161 within 0.3 s: check pdu.community, pdu.snmpversion"):
        await outlets(controllers, rack.host, Access(Version.V2C, Secret("guess"))).outlets(timeout=0.3)


@pytest.mark.parametrize(
    ("access", "words"),
    [
        (changed("3 aes", user="nobody"), "it knows no such user"),
        (changed("3 aes", auth_key=Secret("wrong-pass-phrase")), "wrong authkey or authtype"),
        (changed("3 aes", auth="md5"), "wrong authkey or authtype"),
        (changed("3 aes", auth="", priv=""), "refuses"),
    ],
)
async def test_a_user_that_is_refused_is_told_why(
    controllers: Controllers, rack: Agent, access: Access, words: str
) -> None:
    with pytest.raises((BadCredentials, NodeError), match=words) as raised:
        await outlets(controllers, rack.host, access).outlets(timeout=3)
    assert "wrong-pass-phrase" not in str(raised.value)


async def test_a_wrong_privacy_key_is_silence(controllers: Controllers, rack: Agent) -> None:
    access = changed("3 aes", priv_key=Secret("wrong-pass-phrase"))
    with pytest.raises((TimedOut, BadCredentials), match="privkey"):
        await outlets(controllers, rack.host, access).outlets(timeout=0.4)


async def test_a_device_that_is_no_such_pdu(controllers: Controllers, rack: Agent) -> None:
    with pytest.raises(NodeError, match=r"does not say how many outlets it has: check pdu.pdutype of p1"):
        await outlets(controllers, rack.host, kind="apc").outlets()


@pytest.fixture
def closed() -> Iterator[int]:
    """A port that nobody listens on."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    yield int(port)


async def test_a_port_that_nobody_listens_on_fails_at_once(controllers: Controllers, closed: int) -> None:
    with pytest.raises(
        Unreachable, match=rf"127.0.0.1:{closed} refuses: nothing there speaks SNMP; check hosts.ip of p1"
    ):
        await outlets(controllers, "127.0.0.1", port=closed).outlets()


async def test_a_name_that_does_not_resolve(controllers: Controllers) -> None:
    with pytest.raises(Unreachable, match=r'"no such pdu" does not resolve: set hosts.ip of the PDU'):
        await outlets(controllers, "no such pdu").outlets()


@pytest.fixture
def liar() -> Iterator[Callable[[Callable[[bytes], list[bytes]]], int]]:
    """Starts a server that answers each datagram with what a function makes of it; gives its port."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))

    def serve(answers: Callable[[bytes], list[bytes]]) -> None:
        while True:
            packet, place = server.recvfrom(65535)
            if packet == b"stop":
                return
            for answer in answers(packet):
                server.sendto(answer, place)

    threads: list[Thread] = []

    def start(answers: Callable[[bytes], list[bytes]]) -> int:
        threads.append(Thread(target=serve, args=(answers,)))
        threads[-1].start()
        return int(server.getsockname()[1])

    yield start
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.sendto(b"stop", server.getsockname())
    for thread in threads:
        thread.join()
    server.close()


@pytest.mark.parametrize("answer", [b"", b"\x30", b"\x30\x82\xff\xff", b"HTTP/1.1 400 Bad Request", bytes(300)])
async def test_an_answer_that_is_no_snmp(
    controllers: Controllers, liar: Callable[[Callable[[bytes], list[bytes]]], int], answer: bytes
) -> None:
    port = liar(lambda packet: [answer])
    for access in (KEEPER, USERS["3 aes"]):
        with pytest.raises(NodeError, match=f"127.0.0.1:{port} answers what we do not understand"):
            await outlets(controllers, "127.0.0.1", access, port=port).outlets(timeout=0.3)


async def test_a_pdu_that_says_nothing(
    controllers: Controllers, liar: Callable[[Callable[[bytes], list[bytes]]], int]
) -> None:
    port = liar(lambda packet: [])
    with pytest.raises(TimedOut, match=f"no answer from 127.0.0.1:{port} within 0.3 s"):
        await outlets(controllers, "127.0.0.1", port=port).outlets(timeout=0.3)


async def test_a_lost_datagram_is_sent_again_and_an_old_answer_is_not_taken(
    controllers: Controllers, rack: Agent, liar: Callable[[Callable[[bytes], list[bytes]]], int]
) -> None:
    """Between us and the agent: every first datagram is lost, and every answer comes with the one before it."""
    seen: list[bytes] = []
    kept: list[bytes] = []

    def between(packet: bytes) -> list[bytes]:
        if packet not in seen:
            seen.append(packet)
            return []
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as onwards:
            onwards.settimeout(10)
            onwards.sendto(packet, (rack.host, 161))
            answer = onwards.recv(65535)
        before, kept[:] = list(kept), [answer]
        return [*before, answer]

    port = liar(between)
    found = await outlets(controllers, "127.0.0.1", port=port).outlets(timeout=20)
    assert [outlet.state for outlet in found] == ["off", "off", "off", "on"]


async def test_an_answer_without_a_signature_is_not_believed(
    controllers: Controllers, rack: Agent, liar: Callable[[Callable[[bytes], list[bytes]]], int]
) -> None:
    """Somebody in the middle strips the signature from what the agent says."""

    def between(packet: bytes) -> list[bytes]:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as onwards:
            onwards.settimeout(10)
            onwards.sendto(packet, (rack.host, 161))
            answer = onwards.recv(65535)
        signed = b"\x04\x01\x01\x02\x01\x03"  # the flags of a message, and its security model
        return [answer.replace(signed, b"\x04\x01\x00\x02\x01\x03")]

    port = liar(between)
    with pytest.raises(TimedOut):
        await outlets(controllers, "127.0.0.1", USERS["3 signed"], port=port).outlets(timeout=0.4)


async def test_a_device_without_outlets_has_no_power(controllers: Controllers, rack: Agent) -> None:
    device = controllers.device("pdu", pdu("p1", rack.host, MODELS["irpdu"], KEEPER))
    with pytest.raises(Unsupported, match="the PDU driver knows nothing of a node's power"):
        _ = device.power
