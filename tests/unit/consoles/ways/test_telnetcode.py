"""The language of telnet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xcatd.consoles.ways.telnetcode import LONGEST, Telnet

IAC, DONT, DO, WONT, WILL, SB, NOP, SE = b"\xff", b"\xfe", b"\xfd", b"\xfc", b"\xfb", b"\xfa", b"\xf1", b"\xf0"
BINARY, ECHO, GO_AHEAD, STATUS, TERMINAL, WINDOW = b"\x00", b"\x01", b"\x03", b"\x05", b"\x18", b"\x1f"


def spoken() -> Telnet:
    """One that has heard a command, and said what it wishes."""
    telnet = Telnet()
    assert telnet.heard(IAC + WILL + ECHO) == b""
    telnet.answer.clear()
    return telnet


def binary() -> Telnet:
    """One whose other side has agreed to octets as they are, both ways."""
    telnet = spoken()
    telnet.heard(IAC + DO + BINARY + IAC + WILL + BINARY)
    telnet.answer.clear()
    return telnet


def test_a_port_that_does_not_speak_telnet_gets_and_gives_octets_as_they_are() -> None:
    telnet = Telnet()
    text = b"a\r\0\xff\xffb\xff\xf1\xff\xfd\xc8"
    assert telnet.heard(text) == text
    assert telnet.typed(text) == text
    assert not telnet.is_spoken
    assert not telnet.answer


def test_what_may_begin_a_command_is_held_back_until_more_comes_or_the_end() -> None:
    telnet = Telnet()
    assert telnet.heard(b"a\xff") == b"a"
    assert telnet.heard(b"b\xff\xfd") == b"\xffb"
    assert telnet.rest() == b"\xff\xfd"


def test_the_first_option_begins_it() -> None:
    telnet = Telnet()
    assert telnet.heard(b"hi" + IAC + WILL + ECHO + b"!") == b"hi!"
    assert telnet.is_spoken
    wishes = [WILL + BINARY, DO + BINARY, WILL + GO_AHEAD, DO + GO_AHEAD, WILL + WINDOW]
    assert bytes(telnet.answer) == b"".join(IAC + wish for wish in wishes) + IAC + DO + ECHO


def test_what_is_not_wanted_is_refused() -> None:
    telnet = spoken()
    telnet.heard(IAC + DO + ECHO + IAC + WILL + STATUS)
    assert bytes(telnet.answer) == IAC + WONT + ECHO + IAC + DONT + STATUS


def test_an_answer_to_a_wish_is_not_answered() -> None:
    telnet = spoken()
    telnet.heard(IAC + DO + GO_AHEAD + IAC + WILL + BINARY + IAC + DONT + BINARY)
    assert not telnet.answer


def test_what_is_so_already_is_not_answered() -> None:
    telnet = spoken()
    telnet.heard(IAC + WILL + ECHO + IAC + WILL + ECHO)
    assert not telnet.answer


def test_what_is_taken_back_is_confirmed() -> None:
    telnet = spoken()
    telnet.heard(IAC + WONT + ECHO)
    assert bytes(telnet.answer) == IAC + DONT + ECHO


def test_in_text_a_return_that_ends_no_line_has_a_nul_behind_it() -> None:
    telnet = spoken()
    assert telnet.typed(b"a\rb\r\nc\r") == b"a\r\0b\r\nc\r\0"
    assert telnet.heard(b"a\r\0b\r\nc") == b"a\rb\r\nc"
    assert telnet.heard(b"d\r") + telnet.heard(b"\0e") == b"d\re"


def test_in_binary_only_255_is_written_otherwise() -> None:
    telnet = binary()
    assert telnet.typed(b"a\r\0\xff") == b"a\r\0\xff\xff"
    assert telnet.heard(b"a\r\0\xff\xff") == b"a\r\0\xff"


def test_the_window_is_told_when_it_is_asked_for_and_when_it_changes() -> None:
    telnet = spoken()
    assert telnet.resized(50, 255) == b""
    telnet.heard(IAC + DO + WINDOW)
    assert bytes(telnet.answer) == IAC + SB + WINDOW + b"\0\xff\xff\0\x32" + IAC + SE
    assert telnet.resized(24, 80) == IAC + SB + WINDOW + b"\0\x50\0\x18" + IAC + SE


def test_the_kind_of_terminal() -> None:
    telnet = spoken()
    telnet.heard(IAC + DO + TERMINAL + IAC + SB + TERMINAL + b"\x01" + IAC + SE)
    assert bytes(telnet.answer) == IAC + WILL + TERMINAL + IAC + SB + TERMINAL + b"\0XTERM" + IAC + SE


def test_other_commands_are_passed_over() -> None:
    assert spoken().heard(b"a" + IAC + NOP + b"b") == b"ab"


def test_a_subnegotiation_without_end_does_not_swallow_the_console() -> None:
    telnet = spoken()
    assert telnet.heard(IAC + SB + TERMINAL) == b""
    assert telnet.heard(b"x" * LONGEST).endswith(b"x" * 1000)
    assert telnet.heard(b"hello") == b"hello"


@pytest.mark.parametrize("make", [spoken, binary])
@given(st.data())
def test_what_one_types_the_other_hears_however_it_is_cut(make: type[Telnet], data: st.DataObject) -> None:
    said = data.draw(st.binary(max_size=60)).replace(b"\r\0", b"").replace(b"\r\n", b"")
    sent = make().typed(said)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(sent)), max_size=5)))
    telnet = make()
    parts = [sent[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(sent)], strict=True)]
    assert b"".join(map(telnet.heard, parts)) == said


@given(st.lists(st.binary(max_size=30), max_size=10))
def test_nothing_that_comes_is_too_much(parts: list[bytes]) -> None:
    telnet = spoken()
    for part in parts:
        telnet.heard(part)
