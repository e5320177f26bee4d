"""Datagrams of RMCP+."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.hardware.ipmi.vectors import OPEN_REQUEST_17
from xcatd.hardware.ipmi.envelope20 import Envelope20, Payload, unwrap, wrap
from xcatd.hardware.ipmi.suites import SUITE_3, SUITE_17, SUITES

messages = st.binary(min_size=0, max_size=300)
suites = st.sampled_from(SUITES)
K1, K2 = bytes(range(32)), bytes(range(32, 64))


def ends(suite: object = SUITE_17) -> tuple[Envelope20, Envelope20]:
    """The console's end of a session and the BMC's."""
    assert suite in SUITES
    chosen = SUITE_3 if suite is SUITE_3 else SUITE_17
    return Envelope20(chosen, 11, 22, K1, K2), Envelope20(chosen, 22, 11, K1, K2)


@given(message=messages, suite=suites)
def test_what_one_end_seals_the_other_opens_once(message: bytes, suite: object) -> None:
    console, bmc = ends(suite)
    datagram = console.seal(message)
    assert message not in datagram or len(message) < 4
    assert bmc.open(datagram) == message
    assert bmc.open(datagram) is None


@given(message=messages, suite=suites)
def test_the_octets_between_the_rmcp_header_and_the_code_come_in_fours(message: bytes, suite: object) -> None:
    datagram = ends(suite)[0].seal(message)
    code_length = 12 if suite is SUITE_3 else 16
    assert (len(datagram) - 4 - code_length) % 4 == 0


@given(data=st.data(), message=messages)
def test_one_changed_bit_makes_it_worthless(data: st.DataObject, message: bytes) -> None:
    console, bmc = ends()
    datagram = bytearray(console.seal(message))
    place = data.draw(st.integers(4, len(datagram) - 1))
    datagram[place] ^= 1 << data.draw(st.integers(0, 7))
    assert bmc.open(bytes(datagram)) is None


def test_a_datagram_of_another_session_is_not_ours() -> None:
    console, _ = ends()
    assert Envelope20(SUITE_17, 23, 11, K1, K2).open(console.seal(b"hello")) is None


def test_the_same_message_never_looks_the_same() -> None:
    console, _ = ends()
    assert console.seal(b"hello")[16:] != console.seal(b"hello")[16:]


@given(datagram=st.binary(max_size=200), head=st.sampled_from(["", "0600ff07", "0600ff0706c00b000000"]))
def test_no_datagram_breaks_it(datagram: bytes, head: str) -> None:
    console, _ = ends()
    whole = bytes.fromhex(head) + datagram
    assert console.open(whole) is None
    for kind in Payload:
        payload = unwrap(whole, kind)
        assert payload is None or payload in whole


def test_what_is_outside_sessions_is_wrapped_as_ipmitool_does() -> None:
    payload = bytes.fromhex(OPEN_REQUEST_17)
    datagram = wrap(Payload.OPEN_REQUEST, payload)
    assert datagram.hex() == "0600ff07" + "0610" + "00000000" + "00000000" + "2000" + OPEN_REQUEST_17
    assert unwrap(datagram, Payload.OPEN_REQUEST) == payload
    assert unwrap(datagram, Payload.OPEN_RESPONSE) is None
    assert unwrap(datagram[:-1], Payload.OPEN_REQUEST) is None
