"""Which words of ssh count."""

from __future__ import annotations

import pytest

from xcatd.errors import UsageError
from xcatd.remote.sshwords import SshWords, read_ssh_words


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("", SshWords()),
        ("-p 2222", SshWords(2222)),
        ("-p2222 -q -xT", SshWords(2222)),
        ("-o Port=22 -oConnectTimeout=7", SshWords(22, 7)),
        ("Port=22 connecttimeout=7", SshWords(22, 7)),
        ("-o 'ConnectTimeout 7' -o BatchMode=yes -o LogLevel=ERROR", SshWords(0, 7)),
        ("-o StrictHostKeyChecking=yes", SshWords()),
    ],
)
def test_what_is_taken(text: str, meant: SshWords) -> None:
    assert read_ssh_words(text, "xdcp -o") == meant


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("-v -t", "does not take '-v', but -p PORT and"),
        ("-o StrictHostKeyChecking=no", "host keys are always checked"),
        ("-o UserKnownHostsFile=/dev/null", "host keys are always checked"),
        ("-o ProxyJump=x", "xdcp -o does not take 'ProxyJump=x', but"),
        ("-l joe", "xdcp -o does not take '-l', but"),
        ("-p", "xdcp -o does not take 'Port=', but"),
        ("-p x", "xdcp -o does not take 'Port=x', but"),
        ("-p 0", "a port from 1 to 65535"),
        ("-p 65536", "a port from 1 to 65535"),
        ("-o ConnectTimeout=0", "a time of a second at least"),
        ("-o 'Port=1", "its quotes do not close"),
        ("-", "xdcp -o does not take '-', but"),
    ],
)
def test_what_is_not_taken(text: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        read_ssh_words(text, "xdcp -o")
