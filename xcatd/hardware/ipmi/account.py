"""An endpoint's user, password and K_g as the octets that IPMI compares, or why they cannot be."""

from __future__ import annotations

from xcatd.errors import BadCredentials
from xcatd.hardware.endpoint import Endpoint
from xcatd.hardware.ipmi.rakp import LONGEST_NAME, LONGEST_PASSWORD, Account
from xcatd.model import Secret


def account_of(endpoint: Endpoint) -> Account:
    """BadCredentials, before anything is sent, when a BMC could never have been given these."""
    user = endpoint.user.encode("utf-8", "surrogateescape")
    password = endpoint.password.reveal().encode("utf-8", "surrogateescape")
    if len(user) > LONGEST_NAME:
        raise BadCredentials(
            f'the user "{endpoint.user}" is longer than the {LONGEST_NAME} octets of an IPMI user name'
        )
    if len(password) > LONGEST_PASSWORD:
        raise BadCredentials(
            f'the password of "{endpoint.user}" at {endpoint.place} is longer than the {LONGEST_PASSWORD} octets '
            "that IPMI allows: give the user a shorter one on the BMC and in the tables"
        )
    return Account(user, password, _key(endpoint.kg, endpoint.place))


def _key(kg: Secret, place: str) -> bytes:
    text = kg.reveal()
    try:
        key = bytes.fromhex(text[2:]) if text.startswith("0x") else text.encode("utf-8", "surrogateescape")
    except ValueError:
        raise BadCredentials(f"the K_g key for {place} begins with 0x and is no hexadecimal number") from None
    if len(key) > LONGEST_PASSWORD:
        raise BadCredentials(f"the K_g key for {place} is longer than the {LONGEST_PASSWORD} octets that IPMI allows")
    return key
