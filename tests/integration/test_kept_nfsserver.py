"""The NFS server of a service node: NFS-Ganesha, asked by clients of both versions on another machine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from ipaddress import ip_network
from pathlib import Path

import pytest

from tests.helpers.alone import typed, until
from tests.helpers.cluster import environment
from tests.helpers.namespaces import Namespace
from tests.helpers.servicehosts import ServiceHosts, service_hosts
from xcatd.services.nfs.exports import Shares, exports_text

SERVER = "10.5.0.1"
"""The service node as its nodes see it."""
OWN_RUN = ("unshare", "--mount", "sh", "-c", 'mount -t tmpfs run /run && exec "$@"', "sh")
"""rpcbind has a socket in /run: this one is for the service node alone."""


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceHosts]:
    with service_hosts(tmp_path_factory.mktemp("nfs"), OWN_RUN) as made:
        typed(
            made.mn, "nodeadd sn1 groups=service", "chtab net=10.5.0.0 networks.netname=rack networks.mask=255.255.0.0"
        )
        typed(made.mn, "chdef -t site installdir=/install tftpdir=/tftpboot")
        install = made.sn.root / "install"
        install.mkdir()
        (install / "kernel").write_text("of the rack\n")
        typed(made.mn, "chtab node=sn1 servicenode.nfsserver=1")
        made.becomes("nfsserver", "running")
        yield made


def listed(hosts: ServiceHosts, version: int) -> str:
    """What a client sees in the folder."""
    path = f"{hosts.sn.root}/install" if version == 3 else "/install"
    done = hosts.in_client("nfs-ls", f"nfs://{SERVER}{path}?version={version}")
    return done.stdout if done.returncode == 0 else done.stderr


def exports(hosts: ServiceHosts) -> str:
    return hosts.in_client("showmount", "--no-headers", "-e", SERVER).stdout


def server(hosts: ServiceHosts) -> int:
    """Its process."""
    return int((hosts.sn.root / "run/xcat/services/nfs-ganesha.pid").read_text().split()[0])


@pytest.mark.parametrize("version", [3, 4])
def test_a_node_reads_the_folder(hosts: ServiceHosts, version: int) -> None:
    until(lambda: "kernel" in listed(hosts, version), listed(hosts, version))


def test_only_the_cluster_is_served(hosts: ServiceHosts) -> None:
    assert exports(hosts) == f"{hosts.sn.root}/install 10.5.0.0/16\n"
    hosts.client.ip("addr", "add", "10.66.0.9/16", "dev", "rack0")
    hosts.there.ip("addr", "add", "10.66.0.1/16", "dev", "rack0")
    words = ("nfs-ls", f"nfs://10.66.0.1{hosts.sn.root}/install?version=3")
    done = hosts.in_client(*words)
    hosts.client.ip("addr", "del", "10.66.0.9/16", "dev", "rack0")
    hosts.there.ip("addr", "del", "10.66.0.1/16", "dev", "rack0")
    assert done.returncode != 0
    assert "ACCES" in done.stderr.upper()


def test_doing_it_again_does_nothing(hosts: ServiceHosts) -> None:
    before = server(hosts)
    assert typed(hosts.mn, "makeservices sn1 --service nfsserver") == ""
    assert server(hosts) == before


def test_another_network_is_served_as_soon_as_it_is_defined(hosts: ServiceHosts) -> None:
    before = server(hosts)
    typed(hosts.mn, "chtab net=10.7.0.0 networks.netname=up networks.mask=255.255.0.0")
    until(lambda: "10.5.0.0/16,10.7.0.0/16" in exports(hosts), "the network 10.7.0.0/16 among the exports")
    typed(hosts.mn, "chtab -d net=10.7.0.0 networks")
    until(lambda: exports(hosts).endswith("10.5.0.0/16\n"), "the network to be gone")
    assert server(hosts) == before


def test_another_folder_is_exported_instead(hosts: ServiceHosts) -> None:
    typed(hosts.mn, "chdef -t site installdir=/srv/install")
    until(lambda: exports(hosts) == f"{hosts.sn.root}/srv/install 10.5.0.0/16\n", "the other folder")
    typed(hosts.mn, "chdef -t site installdir=/install")
    until(lambda: exports(hosts) == f"{hosts.sn.root}/install 10.5.0.0/16\n", "the folder")
    hosts.becomes("nfsserver", "running")


def test_what_the_site_exports_stays_its_own(hosts: ServiceHosts) -> None:
    main, ours = (hosts.sn.root / "etc/ganesha" / name for name in ("ganesha.conf", "xcat.conf"))
    before = main.read_text()
    main.write_text(f'EXPORT {{ Export_Id = 1; Path = "{hosts.sn.root}/install"; }}\n{before}')
    shown = typed(hosts.mn, "makeservices sn1 --service nfsserver --dry-run")
    main.write_text(before)
    assert f'-  Path = "{hosts.sn.root}/install";' in shown
    assert f'"{hosts.sn.root}/install"' in ours.read_text()


def test_a_server_that_is_killed_comes_back(hosts: ServiceHosts) -> None:
    before = server(hosts)
    os.kill(before, signal.SIGKILL)
    until(lambda: server(hosts) != before and "kernel" in listed(hosts, 4), "another server")
    hosts.becomes("nfsserver", "running")


def test_what_it_cannot_read_is_said_in_its_words(hosts: ServiceHosts) -> None:
    main, before = hosts.sn.root / "etc/ganesha/ganesha.conf", server(hosts)
    good = main.read_text()
    main.write_text(f"EXPORT {{ Nonsense\n{good}")
    os.kill(before, signal.SIGKILL)
    said = hosts.becomes("nfsserver", "ganesha.conf:")
    main.write_text(good)
    assert "it ended with status 2: " in said
    assert "Unexpected character" in said
    hosts.becomes("nfsserver", "running")


def test_rpcbind_comes_back_and_knows_the_server(hosts: ServiceHosts) -> None:
    rpcbind = hosts.sn.root / "run/xcat/services/rpcbind.pid"
    os.kill(int(rpcbind.read_text().split()[0]), signal.SIGKILL)
    until(lambda: exports(hosts) == "", "rpcbind to be gone")
    assert "nfsserver: rpcbind is started" in typed(hosts.mn, "makeservices sn1 --service nfsserver")
    assert exports(hosts) == f"{hosts.sn.root}/install 10.5.0.0/16\n"


def test_without_networks_the_old_state_goes_on(hosts: ServiceHosts) -> None:
    typed(hosts.mn, "chtab -d net=10.5.0.0 networks")
    assert "table networks has no networks" in hosts.becomes("nfsserver", "failed")
    assert "kernel" in listed(hosts, 4)
    typed(hosts.mn, "chtab net=10.5.0.0 networks.netname=rack networks.mask=255.255.0.0")
    hosts.becomes("nfsserver", "running")


@contextmanager
def listening(space: Namespace, port: int) -> Iterator[int]:
    """Somebody else who has a port there."""
    words = [*space.before, "python3", "-m", "http.server", str(port)]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield process.pid
        finally:
            process.kill()


def _can_bind(space: Namespace, port: int) -> bool:
    words = [*space.before, "ss", "-Hlnt", f"sport = :{port}"]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout == ""


def test_who_has_its_port_is_named(hosts: ServiceHosts) -> None:
    typed(hosts.mn, "chtab node=sn1 servicenode.nfsserver=0 servicenode.ipforward=1")
    hosts.becomes("nfsserver", "left alone")
    os.kill(server(hosts), signal.SIGKILL)
    until(partial(_can_bind, hosts.there, 2049), "the port to be free")
    with listening(hosts.there, 2049) as process:
        until(lambda: not _can_bind(hosts.there, 2049), "somebody at the port")
        typed(hosts.mn, "chtab node=sn1 servicenode.nfsserver=1")
        said = hosts.becomes("nfsserver", "failed")
        assert "TCP port 2049 of this host is taken by" in said
        assert f"(process {process})" in said
    hosts.becomes("nfsserver", "running")
    assert Path(f"{hosts.sn.root}/etc/ganesha/ganesha.conf").exists()


_MOUNTD = """
set -e
ip link set lo up
mount -t tmpfs run /run
mount -t tmpfs state /var/lib/nfs
touch /var/lib/nfs/etab /var/lib/nfs/rmtab
mount --bind "$1" /etc/exports
exportfs -ra
rpcbind -f &
until rpcinfo -p 127.0.0.1 >/dev/null 2>&1; do sleep 0.05; done
rpc.mountd -F >/dev/null 2>&1 &
exec "$2" -c "$3"
"""
"""The programs beside the kernel's server, which this kernel may not have: they read and tell what is exported without it."""
_ASK = """
import asyncio, time
from ipaddress import ip_address
from xcatd.errors import ServiceError
from xcatd.services.nfs.asking import exports_of
async def ask():
    while True:
        try:
            if found := await exports_of(ip_address("127.0.0.1")):
                return found
        except ServiceError:
            pass
        await asyncio.sleep(0.05)
for each in asyncio.run(ask()):
    print(each.path, *sorted(each.clients))
"""


def test_exportfs_and_mountd_understand_what_is_written_for_the_kernels_server(tmp_path: Path) -> None:
    folders = {"/install": str(tmp_path / "my install"), "/tftpboot": str(tmp_path / "tftpboot")}
    for folder in folders.values():
        Path(folder).mkdir()
    networks = (ip_network("10.5.0.0/16"), ip_network("fd05::/64"))
    file = tmp_path / "exports"
    file.write_text(exports_text(Shares(folders, networks, insecure=True, unnumbered=("/tftpboot",))))
    own = ("unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc")
    words = [*own, "sh", "-c", _MOUNTD, "sh", str(file), sys.executable, _ASK]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, env=environment())
    assert sorted(done.stdout.splitlines()) == [
        f"{tmp_path}/my install 10.5.0.0/16 fd05::/64",
        f"{tmp_path}/tftpboot 10.5.0.0/16 fd05::/64",
    ], done.stderr
