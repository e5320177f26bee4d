"""Octets of a serial port: packets, and each character once and in order. Nothing is sent here."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from xcatd.hardware.console import LOWEST_KEPT, MOST_KEPT
from xcatd.hardware.ipmi.solheard import FULL, Heard
from xcatd.hardware.ipmi.solpacket import Packet, Signal, decode, following


def test_a_packet_is_four_octets_and_its_characters() -> None:
    assert Packet(3, 7, 2, Signal.BREAK, b"hi").encode() == b"\x03\x07\x02\x10hi"


def test_a_packet_is_read_as_it_was_written() -> None:
    packet = Packet(15, 1, 255, Signal.NACK, b"\x00\xff")
    assert decode(packet.encode()) == packet


def test_three_octets_are_no_packet() -> None:
    assert decode(b"\x01\x00\x00") is None


def test_numbers_go_from_1_to_15_and_begin_again() -> None:
    assert [following(0), following(14), following(15)] == [1, 15, 1]


def test_what_is_taken_is_acknowledged_with_its_length() -> None:
    assert Heard().take(Packet(4, characters=b"login:")) == Packet(acknowledges=4, taken=6)


def test_the_same_packet_again_is_acknowledged_again_and_heard_once() -> None:
    heard = Heard()
    first = heard.take(Packet(1, characters=b"abc"))
    assert heard.take(Packet(1, characters=b"abc")) == first
    assert heard.all() == b"abc"


def test_a_packet_that_has_grown_when_it_comes_again_adds_what_is_new() -> None:
    heard = Heard()
    heard.take(Packet(1, characters=b"abc"))
    assert heard.take(Packet(1, characters=b"abcde")) == Packet(acknowledges=1, taken=5)
    assert heard.all() == b"abcde"


def test_a_packet_of_before_that_comes_late_is_not_heard() -> None:
    heard = Heard()
    for number, characters in ((14, b"a"), (15, b"b"), (1, b"c")):
        heard.take(Packet(number, characters=characters))
    assert heard.take(Packet(15, characters=b"b")) is None
    assert heard.all() == b"abc"


def test_who_does_not_read_holds_the_port_back_and_lets_it_go_on_when_he_has_read() -> None:
    heard = Heard()
    number, answer = 0, None
    while len(heard) < MOST_KEPT:
        number = following(number)
        answer = heard.take(Packet(number, characters=b"x" * 200))
    assert answer is not None
    assert answer.signals == Signal.HOLD
    assert not heard.may_go_on()
    heard.all()
    assert len(heard) <= LOWEST_KEPT
    assert heard.may_go_on()
    assert not heard.may_go_on()


def test_a_port_that_does_not_hold_back_is_not_acknowledged_in_the_end() -> None:
    heard = Heard()
    number = 0
    while len(heard) < FULL:
        number = following(number)
        heard.take(Packet(number, characters=b"x" * 255))
    assert heard.take(Packet(following(number), characters=b"lost")) is None
    heard.all()
    assert heard.take(Packet(following(number), characters=b"not lost")) is not None
    assert heard.all() == b"not lost"


@given(st.lists(st.tuples(st.binary(min_size=1, max_size=20), st.integers(1, 3)), max_size=60))
def test_each_character_is_heard_once_however_often_its_packet_comes(said: list[tuple[bytes, int]]) -> None:
    heard = Heard()
    number = 0
    before = Packet()
    for characters, times in said:
        number = following(number)
        packet = Packet(number, characters=characters)
        for _ in range(times):
            heard.take(packet)
            if before.sequence:
                heard.take(before)
        before = packet
    assert heard.all() == b"".join(characters for characters, _ in said)
