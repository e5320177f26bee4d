"""The key exchange, against what ipmitool computed in its own sessions."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.hardware.ipmi.vectors import CONSOLE_ID, OPEN_REQUEST_17, SUITE_3, SUITE_17, Exchange
from xcatd.hardware.ipmi.commands import Privilege
from xcatd.hardware.ipmi.message import Answer, decode_answer
from xcatd.hardware.ipmi.rakp import (
    TAG_RAKP1,
    TAG_RAKP3,
    Account,
    Attempt,
    Rakp,
    RakpRefused,
    WrongKey,
    WrongPassword,
)
from xcatd.hardware.ipmi.suites import BY_NUMBER

RMCP = bytes.fromhex("0600ff07")
both_suites = pytest.mark.parametrize("seen", [SUITE_3, SUITE_17], ids=["suite 3", "suite 17"])


def begin(seen: Exchange, password: bytes = b"secret", kg: bytes | None = None) -> Rakp:
    """ipmitool's attempt again, the session opened."""
    account = Account(b"admin", password, seen.kg if kg is None else kg)
    attempt = Attempt(account, Privilege.ADMINISTRATOR, CONSOLE_ID, bytes.fromhex(seen.console_random))
    rakp = Rakp(attempt)
    rakp.read_open_response(opened(seen))
    return rakp


def opened(seen: Exchange) -> bytes:
    suite = BY_NUMBER[seen.suite]
    numbers = (suite.authentication, suite.integrity, suite.confidentiality)
    chosen = b"".join(struct.pack("<BHBB3x", kind, 0, 8, number) for kind, number in enumerate(numbers))
    return struct.pack("<BBBxII", seen.suite, 0, 4, CONSOLE_ID, seen.managed_id) + chosen


def rakp2(seen: Exchange) -> bytes:
    return struct.pack("<BB2xI", TAG_RAKP1, 0, CONSOLE_ID) + bytes.fromhex(seen.managed_random + seen.guid + seen.rakp2)


def rakp4(seen: Exchange) -> bytes:
    return struct.pack("<BB2xI", TAG_RAKP3, 0, CONSOLE_ID) + bytes.fromhex(seen.rakp4)


def test_the_proposal_is_ipmitools_but_for_the_tag() -> None:
    rakp = Rakp(Attempt(Account(b"admin", b"secret"), Privilege.ADMINISTRATOR, CONSOLE_ID, bytes(16)))
    assert rakp.open_request(BY_NUMBER[17])[1:] == bytes.fromhex(OPEN_REQUEST_17)[1:]


@both_suites
def test_rakp_1_names_the_user(seen: Exchange) -> None:
    question = begin(seen).rakp1()
    expected = struct.pack("<I", seen.managed_id) + bytes.fromhex(seen.console_random) + b"\x14\0\0\x05admin"
    assert question[4:] == expected


@both_suites
def test_both_proofs_and_the_session_are_those_of_ipmitool(seen: Exchange) -> None:
    rakp = begin(seen)
    rakp.read_rakp2(rakp2(seen))
    assert rakp.rakp3()[8:] == bytes.fromhex(seen.rakp3)
    rakp.read_rakp4(rakp4(seen))
    message = rakp.envelope().open(RMCP + bytes.fromhex(seen.answer))
    assert message is not None
    answer = decode_answer(message)
    assert isinstance(answer, Answer)
    assert (answer.netfn, answer.number, answer.code) == (0x01, 0x01, seen.code)


@both_suites
def test_another_password_is_noticed_at_rakp_2(seen: Exchange) -> None:
    with pytest.raises(WrongPassword):
        begin(seen, password=b"Secret").read_rakp2(rakp2(seen))


@both_suites
def test_another_k_g_is_noticed_at_rakp_4(seen: Exchange) -> None:
    rakp = begin(seen, kg=b"another")
    rakp.read_rakp2(rakp2(seen))
    with pytest.raises(WrongKey):
        rakp.read_rakp4(rakp4(seen))


def test_answers_are_known_by_tag_and_session() -> None:
    rakp = begin(SUITE_17)
    good = rakp2(SUITE_17)
    assert rakp.is_answer(good, (TAG_RAKP1,))
    assert not rakp.is_answer(good, (TAG_RAKP3,))
    assert not rakp.is_answer(good[:4] + b"\1\2\3\4" + good[8:], (TAG_RAKP1,))
    assert not rakp.is_answer(b"", (TAG_RAKP1,))


@pytest.mark.parametrize("refusal", [b"\x01\x0d", b"\x01\x0d\0\0", b"\x01\x0d\0\0\0\0\0\0"])
def test_a_refusal_may_be_short_and_name_no_session(refusal: bytes) -> None:
    rakp = begin(SUITE_17)
    assert rakp.is_answer(refusal, (TAG_RAKP1,))
    with pytest.raises(RakpRefused) as refused:
        rakp.read_rakp2(refusal)
    assert refused.value.status == 0x0D


@given(payload=st.binary(max_size=100), success=st.booleans())
def test_no_payload_breaks_the_exchange(payload: bytes, success: bool) -> None:
    for tag, read in ((17, "read_open_response"), (TAG_RAKP1, "read_rakp2"), (TAG_RAKP3, "read_rakp4")):
        rakp = begin(SUITE_17)
        answer = bytes((tag, 0 if success else 0x12)) + payload
        if rakp.is_answer(answer, (tag,)):
            with pytest.raises((RakpRefused, WrongPassword, WrongKey)):
                getattr(rakp, read)(answer)
