"""The database, what stands in it, keys for nodes, and the host around it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.unit.probe.seen import level, result, troubles
from xcatd.daemon.paths import Paths
from xcatd.probe.check import Level
from xcatd.setup.main import main as xcatconfig
from xcatd.store import Change, Delete, Put, open_store

DATABASE = "database can be reached"
CFGLOC = "cfgloc names the database"
MASTER = "site.master can be found"
NAMES = "site.domain and site.nameservers"
NETWORK = "network towards the nodes"
POLICY = "policy lets root"
HOSTKEYS = "ssh host keys of the nodes are there"


def change(paths: Paths, *changes: Change) -> None:
    async def write() -> None:
        store = await open_store(paths.database)
        try:
            await store.write(changes, author="test")
        finally:
            await store.close()

    asyncio.run(write())


def site(paths: Paths, **values: str) -> None:
    change(paths, *(Put("site", {"key": key}, {"value": value}) for key, value in values.items()))


def sealed(paths: Paths, line: str) -> None:
    paths.cfgloc.write_text(f"{line}\n")
    paths.cfgloc.chmod(0o600)


@pytest.mark.parametrize("title", [DATABASE, CFGLOC, MASTER, NETWORK, POLICY, HOSTKEYS, "folders for nodes", "set up"])
def test_a_host_that_was_just_set_up_is_well(host: Paths, title: str) -> None:
    assert level(host, title) is Level.OK


def test_looking_changes_nothing(host: Paths) -> None:
    before = {path: path.read_bytes() for path in host.root.rglob("*") if path.is_file() and "sqlite-" not in path.name}
    result(host, DATABASE)
    after = {path: path.read_bytes() for path in host.root.rglob("*") if path.is_file() and "sqlite-" not in path.name}
    assert after == before


def test_a_database_that_is_missing_is_not_made(host: Paths) -> None:
    host.database.unlink()
    (said,) = troubles(host, DATABASE)
    assert said == f"There is no database {host.database}: make it with `xcatconfig -d`, or put a backup there"
    assert not host.database.exists()
    left_out = result(host, MASTER)
    assert (left_out.level, left_out.findings) == (Level.INFO, ())
    assert left_out.title.endswith("left out, the tables cannot be read")


@pytest.mark.parametrize("content", [b"nonsense" * 1000, b"SQLite format 3\0" + b"\xff" * 8000])
def test_a_database_that_is_damaged(host: Paths, content: bytes) -> None:
    host.database.write_bytes(content)
    for path in host.etc.glob("xcat.sqlite-*"):
        path.unlink()
    assert level(host, DATABASE) is Level.FAILED


def test_cfgloc_that_cannot_be_read_is_shown_without_its_password(host: Paths) -> None:
    sealed(host, "Pgsql:xcatdb|xcatadm|hunter22")
    (said,) = troubles(host, CFGLOC)
    assert said.startswith("cfgloc cannot be read: it begins with SQLite:, Pg: or mysql:")
    assert said.endswith(f"{host.cfgloc} is Pgsql:xcatdb|xcatadm|xxxxxxxx")
    assert "hunter22" not in said


def test_a_database_server_that_is_not_there(host: Paths) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and nobody listens
        port = taken.getsockname()[1]
        sealed(host, f"Pg:dbname=xcatdb;host=127.0.0.1;port={port}|xcatadm|hunter22")
        assert level(host, CFGLOC) is Level.OK
        (said,) = troubles(host, DATABASE)
        assert said == (
            f"The database xcatdb on 127.0.0.1 port {port} cannot be reached (Connection refused): start it, or correct the host "
            "in cfgloc"
        )


def test_cfgloc_that_others_may_read(host: Paths) -> None:
    sealed(host, "mysql:dbname=xcatdb;host=mn1|xcatadmin|hunter22")
    host.cfgloc.chmod(0o640)
    assert troubles(host, "root's alone")[0].startswith(f"{host.cfgloc} may be used by others (mode 640): chmod 600")


def test_a_policy_without_root(host: Paths) -> None:
    change(host, Delete("policy", {"priority": "1"}), Delete("policy", {"priority": "1.2"}))
    failed, warned = troubles(host, POLICY)
    assert failed == "No row of the policy table allows root anything: run `xcatconfig -d`, which adds it"
    assert "trusts mn1" in warned
    assert xcatconfig(["--root", str(host.root), "-d"]) == 0
    assert level(host, POLICY) is Level.OK


@pytest.mark.parametrize(
    ("master", "said"),
    [
        ("", "site.master is not set: chdef -t site master=ADDRESS"),
        ("no-such-host.invalid", "site.master is no-such-host.invalid, which has no address"),
        ("192.0.2.77", "site.master is 192.0.2.77 (192.0.2.77), which is not this host"),
    ],
)
def test_a_master_that_nobody_finds(host: Paths, master: str, said: str) -> None:
    site(host, master=master)
    assert troubles(host, MASTER)[0].startswith(said)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"domain": "cluster.example", "nameservers": "10.0.0.1,<xcatmaster>"}, Level.OK),
        ({"domain": "", "nameservers": "10.0.0.1"}, Level.WARNING),
        ({"domain": "cluster.example", "nameservers": ""}, Level.WARNING),
        ({"domain": "no domain", "nameservers": "10.0.0.1"}, Level.FAILED),
        ({"domain": "cluster.example", "nameservers": "10.0.0.1,10.0.0.300"}, Level.FAILED),
    ],
)
def test_domain_and_nameservers(host: Paths, values: dict[str, str], expected: Level) -> None:
    site(host, **values)
    assert level(host, NAMES) is expected


def test_the_interface_of_the_caller(host: Paths) -> None:
    assert troubles(host, NETWORK, "nosuchnic")[0].startswith("The interface nosuchnic does not exist: ")
    assert troubles(host, NETWORK, "lo")[0].startswith("No row of the table networks contains 127.0.0.1: ")
    change(host, Put("networks", {"net": "127.0.0.0", "mask": "255.0.0.0"}, {"mgtifname": "lo"}))
    assert level(host, NETWORK, "lo") is Level.OK
    site(host, master="192.0.2.77")
    assert troubles(host, NETWORK, "lo")[0].startswith("The address 127.0.0.1 of lo is not that of site.master")
    assert troubles(host, NETWORK)[0].startswith("No row of the table networks contains 192.0.2.77: run `makenetworks`")


def test_folders_that_are_missing(host: Paths) -> None:
    site(host, installdir=str(host.install), tftpdir=str(host.tftpboot))
    host.tftpboot.rmdir()
    (said,) = troubles(host, "folders for nodes")
    assert said.startswith(f"There is no folder {host.tftpboot} (site.tftpdir)")
    assert xcatconfig(["--root", str(host.root), "-u"]) == 0
    assert level(host, "folders for nodes") is Level.OK


@pytest.mark.parametrize("lost", [("ssh_host_rsa_key",), ("ssh_host_ecdsa_key", "ssh_host_ecdsa_key.pub")])
def test_host_keys_that_are_missing(host: Paths, lost: Sequence[str]) -> None:
    for name in lost:
        (host.hostkeys / name).unlink()
    (said,) = troubles(host, HOSTKEYS)
    assert said.startswith(f"{' and '.join(str(host.hostkeys / name) for name in lost)} missing: ")
    assert xcatconfig(["--root", str(host.root), "-s"]) == 0
    assert level(host, HOSTKEYS) is Level.OK


def test_a_host_key_with_the_public_part_of_another(host: Paths) -> None:
    other = (host.hostkeys / "ssh_host_rsa_key.pub").read_bytes()
    (host.hostkeys / "ssh_host_ed25519_key.pub").write_bytes(other)
    assert "is not the public part of" in troubles(host, HOSTKEYS)[0]


def test_a_daemon_that_does_not_run(host: Paths) -> None:
    (said,) = troubles(host, "xcatd runs and answers")
    assert said == f"Nobody listens at {host.socket}: start it with systemctl start xcatd, or xcatd"
    assert level(host, "all service nodes are linked") is Level.FAILED
    assert level(host, "command port is open") is Level.INFO


def test_settings_that_cannot_be_read(host: Paths) -> None:
    host.settings.write_text("prot: 3001\n")
    assert "unknown setting 'prot'; do you mean port?" in troubles(host, "this host is set up")[0]


def test_a_host_that_was_never_set_up(tmp_path: Path) -> None:
    paths = Paths(tmp_path / "root")
    (said,) = troubles(paths, "this host is set up")
    assert said.endswith("run xcatd init --name NAME")
    assert level(paths, "certificate of this daemon is there") is Level.FAILED
    assert level(paths, "right role") is Level.INFO


def test_the_mark_of_the_other_kind(host: Paths) -> None:
    host.marker("mn").rename(host.marker("sn"))
    assert "Old scripts take this host for another kind: mv " in troubles(host, "this host is set up")[0]
