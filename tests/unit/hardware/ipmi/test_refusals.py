"""Completion codes as an operator reads them."""

from __future__ import annotations

import pytest

from xcatd.errors import BadCredentials, Busy, NodeError, TimedOut, Unsupported
from xcatd.hardware.ipmi.commands import CHASSIS_CONTROL, SET_SESSION_PRIVILEGE
from xcatd.hardware.ipmi.refusals import COMPLETION_CODES, Refused, refusal, status_name


@pytest.mark.parametrize(
    "code, kind",
    [(0xC0, Busy), (0xC1, Unsupported), (0xC3, TimedOut), (0xD4, BadCredentials), (0xFF, NodeError), (0x9E, NodeError)],
)
def test_each_code_is_the_error_that_says_what_to_do(code: int, kind: type[NodeError]) -> None:
    assert type(refusal(Refused(CHASSIS_CONTROL, code), "bmc1:623", "admin")) is kind


@pytest.mark.parametrize("code", COMPLETION_CODES)
def test_every_generic_code_has_words_and_names_the_bmc(code: int) -> None:
    sentence = str(refusal(Refused(CHASSIS_CONTROL, code), "bmc1:623", "admin"))
    assert "bmc1:623" in sentence
    assert COMPLETION_CODES[code] in sentence or code == 0xD4


@pytest.mark.parametrize("code", [0x80, 0x81])
def test_a_privilege_that_the_user_cannot_have_is_a_matter_of_credentials(code: int) -> None:
    assert type(refusal(Refused(SET_SESSION_PRIVILEGE, code), "bmc1:623", "admin")) is BadCredentials
    assert type(refusal(Refused(CHASSIS_CONTROL, code), "bmc1:623", "admin")) is NodeError


def test_a_status_of_the_log_in_has_words_or_a_number() -> None:
    assert status_name(0x12) == "illegal or unrecognised parameter (0x12)"
    assert status_name(0x99) == "status 0x99"
