"""The IPMI message, against ipmitool's."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.hardware.ipmi.vectors import LAN15_CAPABILITIES
from xcatd.hardware.ipmi.commands import GET_CHANNEL_CAPABILITIES, GET_CHASSIS_STATUS
from xcatd.hardware.ipmi.message import decode_answer, encode_request


def test_a_request_is_that_of_ipmitool() -> None:
    request = encode_request(GET_CHANNEL_CAPABILITIES, 1, b"\x0e\x04")
    assert LAN15_CAPABILITIES.endswith(request.hex())


def test_an_answer_is_read() -> None:
    answer = decode_answer(bytes.fromhex("81046320240100 0100 00ba".replace(" ", "")))
    assert answer is None  # its second checksum is wrong
    answer = decode_answer(bytes.fromhex("81047b20240100010000ba"))
    assert answer is not None
    assert answer.is_to(GET_CHASSIS_STATUS, 9)
    assert not answer.is_to(GET_CHASSIS_STATUS, 8)
    assert not answer.is_to(GET_CHANNEL_CAPABILITIES, 9)
    assert (answer.code, answer.data) == (0, b"\1\0\0")


def test_a_request_for_another_part_of_the_bmc_says_so() -> None:
    plain, other = (encode_request(GET_CHASSIS_STATUS._replace(lun=lun), 1) for lun in (0, 3))
    assert (plain[1], other[1]) == (0x00, 0x03)
    assert (plain[3:], sum(other[:3]) % 256) == (other[3:], 0)


@given(st.binary(max_size=64))
def test_no_message_breaks_it(message: bytes) -> None:
    decode_answer(message)
