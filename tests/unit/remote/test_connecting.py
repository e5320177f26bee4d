"""What is said of a connection that could not be made."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from pathlib import Path

import asyncssh
import pytest

from xcatd.errors import Unreachable
from xcatd.remote.access import Access
from xcatd.remote.connecting import said
from xcatd.remote.known import Known


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (OSError(errno.ECONNREFUSED, "Connect call failed ('127.0.0.1', 22)"), "Connection refused"),
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "Name or service not known"),
        (OSError("Multiple exceptions: [Errno 111] one, [Errno 113] two"), "Multiple exceptions: one, two"),
        (asyncssh.ConnectionLost("Connection\nlost."), "Connection lost"),
        (ValueError(), "ValueError"),
    ],
)
def test_a_cause_is_one_line_without_numbers(error: BaseException, text: str) -> None:
    assert said(error) == text


@pytest.fixture
def access(tmp_path: Path) -> Callable[..., Access]:
    known = Known(asyncssh.import_known_hosts(""))
    return lambda config=None: Access("root", known, tmp_path, config=config)


def test_a_name_that_is_not_known_is_left_to_the_configuration_of_ssh(access: Callable[..., Access]) -> None:
    found = {"n1": "10.0.0.1"}
    assert [access(Path("config")).address_of(node, found) for node in ("n1", "n2")] == ["10.0.0.1", "n2"]
    assert access().address_of("n1", found) == "10.0.0.1"
    with pytest.raises(Unreachable, match=r"its name cannot be resolved: give hosts\.ip, or run makehosts or makedns"):
        access().address_of("n2", found)
