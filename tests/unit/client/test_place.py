"""Which daemon, and whose certificates."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from xcat_client import place
from xcat_client.trouble import Trouble


@pytest.mark.parametrize(
    ("text", "host", "port", "written"),
    [
        ("mn", "mn", 3001, "mn:3001"),
        ("mn:13001", "mn", 13001, "mn:13001"),
        ("127.0.0.1:3001", "127.0.0.1", 3001, "127.0.0.1:3001"),
        ("::1", "::1", 3001, "[::1]:3001"),
        ("::1:3001", "::1:3001", 3001, "[::1:3001]:3001"),
        ("[::1]", "::1", 3001, "[::1]:3001"),
        ("[fd00::7]:4001", "fd00::7", 4001, "[fd00::7]:4001"),
        ("fe80::1%eth0", "fe80::1%eth0", 3001, "[fe80::1%eth0]:3001"),
        ("fe80::1%eth0:4001", "fe80::1%eth0", 4001, "[fe80::1%eth0]:4001"),
        ("[fe80::1%2]:4001", "fe80::1%2", 4001, "[fe80::1%2]:4001"),
    ],
)
def test_xcathost_names_a_host_and_a_port(text: str, host: str, port: int, written: str) -> None:
    parsed = place.parse(text)
    assert (parsed.host, parsed.port, str(parsed)) == (host, port, written)


@pytest.mark.parametrize(
    "text", [":3001", "mn:http", "mn:0", "mn:65536", "mn:-1", "[::1", "[::1]3001", "[]:1", "[::1]:x"]
)
def test_an_xcathost_that_names_no_daemon_is_refused(text: str) -> None:
    with pytest.raises(Trouble, match="names no daemon: write it as host, host:port or") as caught:
        place.parse(text)
    assert text in str(caught.value)
    assert caught.value.status == 255


def test_the_certificate_is_for_the_address_without_its_scope() -> None:
    assert place.parse("fe80::1%eth0").name == "fe80::1"


def test_the_socket_lies_below_xcat_root() -> None:
    assert place.socket_path({}) == "/run/xcat/xcatd.sock"
    assert place.socket_path({"XCAT_ROOT": "/"}) == "/run/xcat/xcatd.sock"
    assert place.socket_path({"XCAT_ROOT": "/srv/mn/"}) == "/srv/mn/run/xcat/xcatd.sock"


def test_credentials_come_from_the_named_folder_then_the_root_then_home(tmp_path: Path) -> None:
    home = pwd.getpwuid(os.geteuid()).pw_dir + "/.xcat"
    env = {"XCAT_ROOT": str(tmp_path), "HOME": "/somebody/else"}
    assert place.credentials({}) == home
    assert place.credentials(env) == home
    (tmp_path / "root/.xcat").mkdir(parents=True)
    assert place.credentials(env) == f"{tmp_path}/root/.xcat"
    assert place.credentials({**env, "XCAT_CREDENTIALS": "/etc/mine/"}) == "/etc/mine"


def test_a_user_without_passwd_entry_has_the_home_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0x7FFF_FF01)
    assert place.credentials({"HOME": "/srv/runner"}) == "/srv/runner/.xcat"
