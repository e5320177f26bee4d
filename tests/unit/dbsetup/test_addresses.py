"""Names and addresses."""

from __future__ import annotations

import pytest

from xcatd.dbsetup.addresses import addresses_of, is_local, networks
from xcatd.errors import ConfigError


def test_rules_have_networks() -> None:
    assert networks(["10.0.0.7", "10.0.0.0/24", "fd00::7"]) == ("10.0.0.7/32", "10.0.0.0/24", "fd00::7/128")


@pytest.mark.parametrize("text", ["sn1", "10.0.0.7/24", "10.0.0.300", "", "all", "10.0.0.7 trust"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"write 10\.0\.0\.7, or 10\.0\.0\.0/24"):
        networks([text])


def test_names_have_addresses() -> None:
    assert "127.0.0.1" in addresses_of("localhost")
    assert addresses_of("127.0.0.9") == ("127.0.0.9",)
    assert addresses_of("sn1.invalid") == ()


def test_addresses_of_this_host_can_be_listened_on() -> None:
    assert is_local("127.0.0.1")
    assert not is_local("192.0.2.1")
