"""Network words as octets and back, for every value and for any octets."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xcatd.errors import UsageError
from xcatd.hardware.ipmi.lan import LAN_WORDS

WORDS = sorted(LAN_WORDS)
WRITABLE = [word for word in WORDS if LAN_WORDS[word].can_be_set]


def shown(word: str, value: str) -> str:
    """What is shown of a value that was typed, or "refused"."""
    how = LAN_WORDS[word]
    try:
        return how.show(how.encode(word, value)).value
    except UsageError as error:
        assert word in str(error)
        return "refused"


@given(st.ip_addresses(v=4).map(str))
def test_every_address_is_shown_as_it_was_typed_or_refused(address: str) -> None:
    assert {shown(word, address) for word in ("ip", "gateway", "backupgateway", "snmpdest3")} <= {address, "refused"}


@pytest.mark.parametrize("length", range(1, 33))
def test_every_netmask_is_one(length: int) -> None:
    mask = str(IPv4Network((0, length)).netmask)
    assert shown("netmask", mask) == mask


@given(st.integers(0, 0xFFFFFFFF))
def test_whatever_else_is_no_netmask(number: int) -> None:
    address = IPv4Address(number)
    masks = {IPv4Network((0, length)).netmask for length in range(1, 33)}
    assert shown("netmask", str(address)) == (str(address) if address in masks else "refused")


@given(st.integers(-10, 5000))
def test_vlans_are_1_to_4094(number: int) -> None:
    assert shown("vlan", str(number)) == (str(number) if 1 <= number <= 4094 else "refused")


@given(st.integers(-10, 300))
def test_seconds_are_2_to_127(number: int) -> None:
    assert shown("garp", str(number)) == (str(number) if 2 <= number <= 127 else "refused")


@given(st.sampled_from(WRITABLE), st.text(max_size=30))
def test_any_text_is_a_value_or_refused_in_a_sentence(word: str, value: str) -> None:
    assert shown(word, value).isprintable()


@given(st.sampled_from(WORDS), st.binary(min_size=13, max_size=40))
def test_any_octets_are_shown(word: str, data: bytes) -> None:
    setting = LAN_WORDS[word].show(data)
    assert setting.label
    assert setting.value.isprintable()


def test_a_word_that_can_only_be_read_has_no_values() -> None:
    assert shown("mac", "02:aa:bb:cc:dd:05") == "refused"


@pytest.mark.parametrize("word", WORDS)
def test_the_fewest_octets_are_enough(word: str) -> None:
    assert LAN_WORDS[word].show(bytes(LAN_WORDS[word].least)).label
