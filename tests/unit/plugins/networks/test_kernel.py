"""What `ip` says, and what it may say when something is wrong. The rest is in tests/integration/test_networks.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from xcatd.api import NodeError
from xcatd.plugins.networks.kernel import read_routes


def ip(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a program called `ip` in the place of the real one."""
    (folder / "ip").write_text(f"#!/bin/sh\n{text}\n")
    (folder / "ip").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


async def test_routes_that_lead_nowhere_near_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = """case "$*" in
*addr*) echo '[{"ifname":"lo","flags":["LOOPBACK"],"mtu":65536},{"ifname":"e0","flags":["BROADCAST"],"mtu":1500},
  {"ifname":"tun0","flags":["POINTOPOINT"],"mtu":1400,"addr_info":[{"local":"10.9.0.1"},{"family":"inet6"}]}]';;
*-4*) echo '[{"dst":"default","dev":"tun0"},{"dst":"default","gateway":"10.0.0.1","dev":"e0"},
  {"dst":"10.0.0.0/24","dev":"e0"},{"dst":"10.1.0.0/24","gateway":"10.0.0.2","dev":"e0"},{"dst":"10.2.0.3","dev":"e0"},
  {"dst":"10.3.0.0/24","via":{"family":"inet6","host":"fe80::1"},"dev":"e0"},{"dst":"127.0.0.0/8","dev":"e0"},
  {"dst":"10.4.0.0/24","nexthops":[{"dev":"e0"}]},{"dst":"224.0.0.0/4","dev":"e0"},{"dst":"169.254.0.0/16","dev":"e0"},
  {"type":"blackhole","dst":"10.5.0.0/24","dev":"e0"},{"dst":"10.9.0.0/30","dev":"tun0"}]';;
*) echo '[{"dst":"2001:db8::/64","dev":"e0"},{"dst":"fe80::/64","dev":"e0"},{"dst":"2001:db8:1::/64","dev":"lo"},
  {"dst":"ff00::/8","dev":"e0"},{"dst":"default","gateway":"fe80::1","dev":"e0"}]';;
esac"""
    ip(tmp_path, answers, monkeypatch)
    found = await read_routes()
    assert [(str(one.network), one.interface.name, one.interface.mtu) for one in found.direct] == [
        ("10.0.0.0/24", "e0", 1500),
        ("10.9.0.0/30", "tun0", None),
        ("2001:db8::/64", "e0", 1500),
    ]
    assert [str(one) for one in found.gateways] == ["10.0.0.1", "fe80::1"]
    assert [str(one) for one in found.direct[1].interface.addresses] == ["10.9.0.1"]


async def test_a_host_without_iproute2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NodeError) as error:
        await read_routes()
    assert str(error.value) == (
        "Could not get network information: `ip addr show`: No such file or directory; install iproute2"
    )


@pytest.mark.parametrize(("text", "said"), [("echo no >&2; exit 2", "no"), ("exit 3", "exit status 3")])
async def test_what_the_program_complains_about_is_passed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    ip(tmp_path, text, monkeypatch)
    with pytest.raises(NodeError) as error:
        await read_routes()
    assert str(error.value) == f"Could not get network information: `ip addr show` says: {said}"
