"""Datagrams of IPMI 1.5, against those of ipmitool."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.hardware.ipmi.vectors import LAN15_REQUEST
from xcatd.hardware.ipmi.envelope15 import AuthType, Envelope15, unwrap, wrap

messages = st.binary(min_size=1, max_size=200)
kinds = st.sampled_from(list(AuthType))


def test_a_request_is_signed_as_ipmitool_signs_it() -> None:
    datagram, session_id, sequence, message = LAN15_REQUEST
    envelope = Envelope15(AuthType.MD5, b"secret", session_id, sequence)
    assert envelope.seal(bytes.fromhex(message)).hex() == datagram
    assert Envelope15(AuthType.MD5, b"secret", session_id, 1).open(bytes.fromhex(datagram)) == bytes.fromhex(message)
    assert Envelope15(AuthType.MD5, b"Secret", session_id, 1).open(bytes.fromhex(datagram)) is None


@given(message=messages, kind=kinds)
def test_what_one_end_seals_the_other_opens_once(message: bytes, kind: AuthType) -> None:
    console, bmc = Envelope15(kind, b"secret", 7, 1000), Envelope15(kind, b"secret", 7, 1)
    datagram = console.seal(message)
    assert bmc.open(datagram) == message
    assert bmc.open(datagram) is None


def test_an_answer_without_authentication_is_taken_when_it_names_the_session() -> None:
    console = Envelope15(AuthType.MD5, b"secret", 7, 1)
    assert console.open(Envelope15(AuthType.NONE, b"", 7, 1).seal(b"hello")) == b"hello"
    assert console.open(Envelope15(AuthType.NONE, b"", 8, 1).seal(b"hello")) is None


def test_the_number_after_the_last_is_one() -> None:
    console = Envelope15(AuthType.NONE, b"", 7, 0xFFFFFFFF)
    assert [console.seal(b"hello")[5:9] for _ in range(2)] == [b"\xff\xff\xff\xff", b"\1\0\0\0"]


@given(datagram=st.binary(max_size=100), head=st.sampled_from(["", "0600ff07", "0600ff070201000000"]))
def test_no_datagram_breaks_it(datagram: bytes, head: str) -> None:
    whole = bytes.fromhex(head) + datagram
    opened = Envelope15(AuthType.PASSWORD, b"secret", 0x11223344, 1).open(whole)
    assert opened is None or opened in whole
    assert unwrap(whole) is None or unwrap(whole) in whole  # type: ignore[operator]


@pytest.mark.parametrize("cut", range(1, 14))
def test_a_cut_datagram_is_nothing(cut: int) -> None:
    assert unwrap(wrap(b"hello")[:-cut]) is None
