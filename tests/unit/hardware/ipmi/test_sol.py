"""The serial console of a BMC that misbehaves. That it is one by the book, ipmi_sim judges in test_console_ways."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable

import pytest

from tests.simulators.miniature import Miniature
from tests.simulators.responder import responder
from tests.simulators.serialport import ACTIVATE, STRANGER, SerialPort, SerialResponder, serial_bmc
from tests.unit.hardware.places import endpoint_of
from xcatd.errors import BadCredentials, Busy, NodeError, Unreachable, Unsupported
from xcatd.hardware import Console, Controllers, Terminal
from xcatd.hardware.ipmi import solpulse

WITHIN = 20
TEXT = b"".join(b"%07d\n" % number for number in range(600))


class Place:
    """A BMC, its serial port, and the way there."""

    def __init__(self, network: SerialResponder, port: SerialPort, controllers: Controllers) -> None:
        self.network = network
        self.port = port
        self.console: Console = controllers.device("ipmi", endpoint_of(network)).console


@pytest.fixture
async def place(hasty: Controllers) -> AsyncIterator[Place]:
    async with serial_bmc() as (network, port), asyncio.timeout(WITHIN):
        yield Place(network, port, hasty)


async def heard(terminal: Terminal, length: int) -> bytes:
    octets = b""
    while len(octets) < length:
        octets += await terminal.read()
    return octets


async def test_what_the_node_prints_is_read(place: Place) -> None:
    async with place.console.open() as terminal:
        place.port.say(TEXT)
        assert await heard(terminal, len(TEXT)) == TEXT


async def test_what_is_typed_gets_there_in_packets_that_the_bmc_can_take(place: Place) -> None:
    async with place.console.open() as terminal:
        await terminal.write(TEXT)
    assert bytes(place.port.typed) == TEXT
    assert place.port.packets == len(TEXT) // 20


async def test_leaving_gives_the_port_back_and_ends_the_session(place: Place) -> None:
    async with place.console.open():
        assert place.port.owner
    await place.network.until(lambda: place.network.bmc.closed == 1)
    assert place.port.owner == 0


async def test_it_is_opened_again_after_it_was_left(place: Place) -> None:
    for _ in range(3):
        async with place.console.open() as terminal:
            place.port.say(b"hello")
            assert await heard(terminal, 5) == b"hello"


async def test_what_is_typed_in_the_next_session_is_not_taken_for_a_packet_that_comes_twice(place: Place) -> None:
    for _ in range(3):
        async with place.console.open() as terminal:
            await terminal.write(b"x")
    assert bytes(place.port.typed) == b"xxx"


async def test_a_break_is_one_break(place: Place) -> None:
    async with place.console.open() as terminal:
        await terminal.send_break()
    assert place.port.breaks == 1
    assert not place.port.typed


async def test_packets_that_get_lost_on_their_way_to_the_bmc_are_typed_again(place: Place) -> None:
    async with place.console.open() as terminal:
        place.network.loses = 3
        await terminal.write(b"hello")
    assert bytes(place.port.typed) == b"hello"


async def test_packets_of_the_bmc_that_get_lost_are_read_when_they_come_again(place: Place) -> None:
    async with place.console.open() as terminal:
        place.port.ignores = 3
        place.port.say(TEXT)
        assert await heard(terminal, len(TEXT)) == TEXT


async def test_what_arrives_twice_and_late_is_read_once(place: Place) -> None:
    async with place.console.open() as terminal:
        place.port.copies, place.port.late = 2, True
        place.port.say(TEXT)
        assert await heard(terminal, len(TEXT)) == TEXT
        place.port.say(b"end")
        assert await heard(terminal, 3) == b"end"


async def test_of_a_packet_that_is_taken_in_part_the_rest_is_typed_again(place: Place) -> None:
    place.port.takes = 7
    async with place.console.open() as terminal:
        await terminal.write(TEXT[:200])
    assert bytes(place.port.typed) == TEXT[:200]


async def test_a_node_that_takes_nothing_for_a_while_gets_it_later(place: Place) -> None:
    place.port.nacks = 2
    async with place.console.open() as terminal:
        await terminal.write(b"hello")
    assert bytes(place.port.typed) == b"hello"


async def test_two_who_type_do_not_mix_their_packets(place: Place) -> None:
    async with place.console.open() as terminal, asyncio.TaskGroup() as tasks:
        tasks.create_task(terminal.write(b"a" * 100))
        tasks.create_task(terminal.write(b"b" * 100))
    assert bytes(place.port.typed) == b"a" * 100 + b"b" * 100


async def test_an_acknowledgement_that_belongs_to_nothing_does_no_harm(place: Place) -> None:
    async with place.console.open() as terminal:
        place.port.stray(bytes((0, 9, 4, 0)))
        place.port.stray(b"\x01")
        place.port.say(b"hello")
        assert await heard(terminal, 5) == b"hello"
        await terminal.write(b"x")
    assert bytes(place.port.typed) == b"x"


async def test_who_is_in_the_way_is_named(place: Place) -> None:
    place.port.owner = STRANGER
    with pytest.raises(
        Busy, match=r"is in use by a session of its user 3 from 10\.1\.2\.3: end it there, or take it over"
    ):
        async with place.console.open():
            pass
    assert place.port.owner == STRANGER


async def test_a_bmc_that_does_not_tell_who_it_is_has_another_session(place: Place) -> None:
    place.port.owner, place.port.is_discreet = STRANGER, True
    with pytest.raises(Busy, match="is in use by another session"):
        async with place.console.open():
            pass


async def test_who_is_in_the_way_is_put_out_when_that_is_wished(place: Place) -> None:
    place.port.owner, place.port.sticks = STRANGER, 1
    async with place.console.open(steal=True) as terminal:
        place.port.say(b"hello")
        assert await heard(terminal, 5) == b"hello"
        assert place.port.owner != STRANGER


async def test_one_who_cannot_be_put_out_stays_and_the_sentence_says_so(place: Place) -> None:
    place.port.owner, place.port.sticks = STRANGER, 1000
    with pytest.raises(Busy, match="is in use by"):
        async with place.console.open(steal=True):
            pass


@pytest.mark.parametrize(
    ("code", "kind", "sentence"),
    [
        (0x81, Unsupported, "SOL is disabled on the BMC at .*: enable it with rspconfig cn01 sol=on"),
        (0x82, Busy, "to no more sessions"),
        (0x83, Unsupported, "only without encryption"),
        (0xC1, Unsupported, "has no serial console: use another nodehm.cons for cn01"),
        (0xC0, Busy, 'refuses "Activate Payload": node busy'),
        (0xD4, BadCredentials, "does not allow this to the user"),
    ],
)
async def test_a_refusal_is_a_sentence(place: Place, code: int, kind: type[NodeError], sentence: str) -> None:
    place.port.code = code
    with pytest.raises(kind, match=sentence):
        async with place.console.open():
            pass
    await place.network.until(lambda: place.network.bmc.closed == 1)


async def test_an_answer_that_got_lost_is_not_taken_for_somebody_else(place: Place) -> None:
    """The question is repeated, and the BMC says that the port is in use: by us."""
    place.network.loses_answers = {4}  # after the log-in's three, and a look at the chassis
    async with place.console.open() as terminal:
        assert [words[:2] for words in place.network.bmc.asked].count(bytes(ACTIVATE)) == 2
        place.port.say(b"hello")
        assert await heard(terminal, 5) == b"hello"


async def test_a_bmc_that_ends_it_is_quoted(place: Place) -> None:
    async with place.console.open() as terminal:
        place.port.say(b"last words")
        assert await heard(terminal, 10) == b"last words"
        place.port.end()
        with pytest.raises(NodeError, match="has ended its serial console"):
            await terminal.read()
        with pytest.raises(NodeError, match="has ended its serial console"):
            await terminal.write(b"x")


def _goes(place: Place) -> None:
    place.network.silent = True


def _restarts(place: Place) -> None:
    place.network.bmc.reboot()


def _is_given_to_another(place: Place) -> None:
    place.port.owner = STRANGER


async def test_a_bmc_that_acknowledges_nothing_is_lost_by_who_reads_and_who_types(place: Place) -> None:
    async with place.console.open() as terminal:
        place.port.deaf = True
        with pytest.raises(Unreachable, match="has stopped answering"):
            await terminal.write(b"x")
        with pytest.raises(Unreachable, match="has stopped answering"):
            await terminal.read()


@pytest.mark.parametrize(
    ("happens", "sentence"),
    [
        (_goes, "has stopped answering"),
        (_restarts, "has stopped answering"),
        (_is_given_to_another, "somebody else has taken it"),
    ],
)
async def test_what_happens_in_silence_is_noticed_by_who_only_reads(
    place: Place, happens: Callable[[Place], None], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _quicken(monkeypatch)
    async with place.console.open() as terminal:
        happens(place)
        with pytest.raises(NodeError, match=sentence):
            await terminal.read()


@pytest.mark.parametrize("is_discreet", [False, True])
async def test_a_bmc_that_answers_is_asked_again_and_again(
    place: Place, is_discreet: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    _quicken(monkeypatch)
    place.port.is_discreet = is_discreet
    async with place.console.open() as terminal:
        before = len(place.network.bmc.asked)
        await place.network.until(lambda: len(place.network.bmc.asked) >= before + 5)
        place.port.say(b"hello")
        assert await heard(terminal, 5) == b"hello"


async def test_two_consoles_of_one_bmc_do_not_hear_each_others_packets(place: Place, hasty: Controllers) -> None:
    """Commands go on in a session of their own."""
    device = hasty.device("ipmi", endpoint_of(place.network))
    async with place.console.open() as terminal:
        place.port.say(TEXT)
        await device.power.power_state(timeout=5)
        assert await heard(terminal, len(TEXT)) == TEXT
        await device.power.power_state(timeout=5)
        await terminal.write(b"x")
    assert bytes(place.port.typed) == b"x"


async def test_a_caller_who_goes_away_in_the_middle_leaves_the_port_free(place: Place) -> None:
    async def hold() -> None:
        async with place.console.open() as terminal:
            await terminal.read()

    async with asyncio.TaskGroup() as tasks:
        holding = tasks.create_task(hold())
        await place.network.until(lambda: place.port.owner != 0)
        holding.cancel()
    await place.network.until(lambda: place.network.bmc.closed == 1)
    assert place.port.owner == 0


async def test_ipmi_1_5_has_no_serial_console(controllers: Controllers) -> None:
    async with responder(Miniature(version=15)) as network:
        with pytest.raises(Unsupported, match=re.escape("speaks IPMI 1.5 only")):
            async with controllers.device("ipmi", endpoint_of(network)).console.open():
                pass


async def test_nobody_there(controllers: Controllers) -> None:
    async with responder() as network:
        nobody = endpoint_of(network)
    with pytest.raises(Unreachable, match="nothing there speaks IPMI"):
        async with controllers.device("ipmi", nobody).console.open():
            pass


async def test_a_wrong_password(place: Place, hasty: Controllers) -> None:
    with pytest.raises(BadCredentials, match="wrong password"):
        async with hasty.device("ipmi", endpoint_of(place.network, password="wrong")).console.open():
            pass


def _quicken(monkeypatch: pytest.MonkeyPatch) -> None:
    """The BMC is asked so often that a test can wait for it."""
    monkeypatch.setattr(solpulse, "PERIOD", 0.05)
    monkeypatch.setattr(solpulse, "WAITS", (0.1, 0.1, 0.1))
