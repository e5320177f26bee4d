"""What a BMC tells everybody about itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xcatd.hardware.ipmi.capabilities import ask_capabilities, read_capabilities
from xcatd.hardware.ipmi.envelope15 import AuthType

SAID = {
    "0600ff0700000000000000000010811c632000380001840402000000001d": (True, ()),
    "0600ff0700000000000000000010811c632000380001040400000000009b": (False, (AuthType.MD5,)),
}


def test_the_question_is_that_of_ipmitool() -> None:
    assert ask_capabilities().hex() == "0600ff07000000000000000000092018c88100388e04b5"


@pytest.mark.parametrize("datagram, expected", [(k, v) for k, v in SAID.items()])
def test_the_answer_is_understood(datagram: str, expected: tuple[bool, tuple[AuthType, ...]]) -> None:
    capabilities = read_capabilities(bytes.fromhex(datagram))
    assert capabilities is not None
    assert capabilities.rmcp_plus is expected[0]


@given(st.binary(max_size=64), st.sampled_from(["", "0600ff07", "0600ff0700000000000000000010811c6320003800"]))
def test_no_datagram_breaks_it(datagram: bytes, head: str) -> None:
    read_capabilities(bytes.fromhex(head) + datagram)
