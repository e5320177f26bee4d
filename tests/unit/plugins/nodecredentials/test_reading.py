"""What a host writes to `nodeenrol`."""

from __future__ import annotations

import pytest

from xcatd.errors import UsageError
from xcatd.plugins.nodecredentials.reading import MOST, Wanted, read_first, read_renewal
from xcatd.services.nodes.tokens import Shown

REQUEST = "-----BEGIN CERTIFICATE REQUEST-----\nMII\n-----END CERTIFICATE REQUEST-----\n"
KEYS = "hostkey: ssh-ed25519 AAAA root@cn1\nHOSTKEY:ssh-rsa BBBB\n"


def test_the_first_time_it_shows_a_token() -> None:
    text = f"Token: abc\n\nmac: 02:00:00:00:00:01 02:00:00:00:00:02\nuuid: 4c4c\n{KEYS}{REQUEST}"
    assert read_first(text) == (
        Shown("abc", ("02:00:00:00:00:01", "02:00:00:00:00:02"), "4c4c"),
        Wanted(REQUEST, ("ssh-ed25519 AAAA root@cn1", "ssh-rsa BBBB")),
    )
    assert "abc" not in repr(read_first(text)[0])


def test_then_it_shows_the_serial_number_of_its_certificate() -> None:
    assert read_renewal(f"serial: 0A1B\n{REQUEST}") == ("0A1B", Wanted(REQUEST, ()))


@pytest.mark.parametrize(
    "text",
    ["", REQUEST, "token: abc\n", f"serial: \n{REQUEST}", f"serial: 1\ntoken: abc\n{REQUEST}", f"serial: 1\nrole: sn\n{REQUEST}"],
)  # fmt: skip
def test_what_lacks_something_or_says_more_is_refused(text: str) -> None:
    with pytest.raises(
        UsageError, match=r"write lines `serial: NUMBER` and a certificate request in PEM on standard input"
    ):
        read_renewal(text)
    with pytest.raises(UsageError, match=r"write lines `token: TOKEN`, `mac: ADDRESS`, `uuid: UUID` and"):
        read_first(text)


def test_what_is_too_long_is_refused() -> None:
    with pytest.raises(UsageError, match=f"more than {MOST} characters"):
        read_first("x" * (MOST + 1))
