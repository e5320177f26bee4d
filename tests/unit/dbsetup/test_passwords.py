"""Passwords: where they come from, and what the servers keep of them."""

from __future__ import annotations

import io
import os
import pty
import sys

import pytest

from tests.helpers.cluster import environment
from xcatd.dbsetup.passwords import chosen, is_scram_of, native, scram
from xcatd.errors import ConfigError
from xcatd.model import Secret

ASKS = """
import sys
from xcatd.dbsetup.passwords import chosen
password = chosen("XCATPGPW", "xcatadm").reveal()
sys.exit(6 if password == "secret" else 30 if len(password) > 30 else 1)
"""


def test_the_variable_comes_first() -> None:
    assert chosen("XCATPGPW", "xcatadm", {"XCATPGPW": "a|b"}) == Secret("a|b")


def test_without_a_terminal_a_new_one_is_made_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    one, other = chosen("XCATPGPW", "xcatadm", {}), chosen("XCATPGPW", "xcatadm", {})
    assert len(one.reveal()) >= 32
    assert one != other


@pytest.mark.parametrize(("typed", "generated"), [("secret\n", False), ("\n", True)])
def test_at_a_terminal_it_is_asked_for(typed: str, generated: bool) -> None:
    process, terminal = pty.fork()
    if not process:
        os.execve(sys.executable, [sys.executable, "-c", ASKS], environment())
    shown = b""
    while not shown.endswith(b": "):
        shown += os.read(terminal, 100)
    os.write(terminal, typed.encode())
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == (30 if generated else 6), (
        "the length of the password"
    )
    assert b"secret" not in os.read(terminal, 100)
    os.close(terminal)


@pytest.mark.parametrize("text", ["with blank", "line\nbreak", "müller", "x" * 257])
def test_what_cannot_stand_in_cfgloc_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        chosen("XCATPGPW", "xcatadm", {"XCATPGPW": text})
    assert text not in str(caught.value)
    assert "XCATPGPW" in str(caught.value)


def test_the_verifier_of_postgresql() -> None:
    """The password and salt of RFC 7677, section 3; its server signature was made with this key."""
    verifier = scram(Secret("pencil"), b"[m\x99h\x9d\x12\x35\x8e\xec\xa0K\x14\x126\xfa\x81", 4096)
    assert verifier == (
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
        "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
    )


def test_a_verifier_is_of_one_password() -> None:
    verifier = scram(Secret("secret"))
    assert is_scram_of(verifier, Secret("secret"))
    assert not is_scram_of(verifier, Secret("Secret"))
    assert scram(Secret("secret")) != verifier, "the salt is new each time"
    assert not is_scram_of("", Secret("secret"))
    assert not is_scram_of("md5" + "0" * 32, Secret("secret"))


def test_the_hash_of_mariadb() -> None:
    assert native(Secret("password")) == "*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19"
    assert native(Secret("")) == ""
