"""What a BMC tells everybody about itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xcatd.hardware.ipmi.capabilities import Capabilities, ask_capabilities, read_capabilities
from xcatd.hardware.ipmi.envelope15 import AuthType

ALL = (AuthType.MD5, AuthType.PASSWORD, AuthType.NONE)
NEW = "0600ff0700000000000000000010811c632000380001950403000000000b"
OLD = "0600ff0700000000000000000010811c632000380001150400000000008e"
"""What ipmi_sim says when it is asked about IPMI 2.0, and when it is not: which is how a BMC of 1.5 answers."""


def test_the_question_is_that_of_ipmitool() -> None:
    assert ask_capabilities().hex() == "0600ff07000000000000000000092018c88100388e04b5"


@pytest.mark.parametrize("datagram, rmcp_plus", [(NEW, True), (OLD, False)])
def test_the_answer_is_understood(datagram: str, rmcp_plus: bool) -> None:
    assert read_capabilities(bytes.fromhex(datagram)) == Capabilities(rmcp_plus, ALL)


def test_a_damaged_answer_is_none() -> None:
    assert read_capabilities(bytes.fromhex(NEW.replace("95", "94"))) is None


@given(st.binary(max_size=64), st.sampled_from(["", "0600ff07", "0600ff0700000000000000000010811c6320003800"]))
def test_no_datagram_breaks_it(datagram: bytes, head: str) -> None:
    read_capabilities(bytes.fromhex(head) + datagram)
