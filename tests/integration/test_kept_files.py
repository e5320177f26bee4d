"""TFTP, HTTP and FTP on a service node: a machine on its other network reads the folders from the real servers."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.alone import typed, until
from tests.helpers.servicehosts import ServiceHosts, service_hosts

SERVER = "10.5.0.1"
TABLES = (
    "chtab key=installdir site.value=/install",
    "chtab key=tftpdir site.value=/tftpboot",
    "chtab key=sharedtftp site.value=no",
    "nodeadd sn1 groups=service hosts.ip=10.7.0.2",
    "mkdef -t network rack net=10.5.0.0 mask=255.255.0.0",
    "chtab node=sn1 servicenode.tftpserver=1 servicenode.nfsserver=1 servicenode.ftpserver=1",
)


@pytest.fixture(scope="module")
def hosts() -> Iterator[ServiceHosts]:
    """The servers have accounts of their own, which must be let through to the service node's root."""
    with tempfile.TemporaryDirectory(prefix="xcat-kept-") as folder:
        Path(folder).chmod(0o755)
        with service_hosts(Path(folder)) as made:
            typed(made.mn, *TABLES)
            for service in ("tftpserver", "httpserver", "ftpserver"):
                made.becomes(service, "running")
            (made.sn.root / "install/kernel").write_text("a kernel\n")
            (made.sn.root / "tftpboot/xcat").mkdir()
            (made.sn.root / "tftpboot/xcat/loader").write_bytes(bytes(range(256)) * 9)
            yield made


def by_http(hosts: ServiceHosts, path: str, *words: str) -> tuple[str, str]:
    """The status and what came."""
    done = hosts.in_client("curl", "-s", "-w", "\n%{http_code}", *words, f"http://{SERVER}{path}")
    body, _, status = done.stdout.rpartition("\n")
    return status, body


def by_tftp(hosts: ServiceHosts, name: str, folder: Path, server: str = SERVER) -> bytes:
    done = hosts.in_client("tftp", "-m", "binary", server, "-c", "get", name, str(folder / "got"))
    assert done.returncode == 0, done.stderr
    got = folder / "got"
    content = got.read_bytes() if got.exists() else b""
    got.unlink(missing_ok=True)
    return content


def process_of(hosts: ServiceHosts, name: str) -> int:
    return int((hosts.sn.root / f"run/xcat/services/{name}.pid").read_text().split()[0])


def test_a_loader_comes_by_tftp(hosts: ServiceHosts, tmp_path: Path) -> None:
    loader = (hosts.sn.root / "tftpboot/xcat/loader").read_bytes()
    assert by_tftp(hosts, "xcat/loader", tmp_path) == loader
    assert by_tftp(hosts, "/xcat/loader", tmp_path) == loader
    assert by_tftp(hosts, "\\xcat\\loader", tmp_path) == loader
    assert by_tftp(hosts, "xcat/loader", tmp_path, "fd05::1") == loader
    assert by_tftp(hosts, "../../../etc/passwd", tmp_path) == b""


def test_our_own_client_reads_what_takes_several_blocks(hosts: ServiceHosts) -> None:
    script = "import asyncio, sys; from xcatd.services.asking.tftp import read_by_tftp\n"
    script += f"sys.stdout.write(asyncio.run(read_by_tftp(sys.argv[1], {SERVER!r})).hex())"
    loader = hosts.in_client(sys.executable, "-c", script, "xcat/loader")
    assert bytes.fromhex(loader.stdout) == (hosts.sn.root / "tftpboot/xcat/loader").read_bytes()
    missing = hosts.in_client(sys.executable, "-c", script, "xcat/nothing")
    assert "NoSuchFile: The TFTP server refuses: File not found (error 1)" in missing.stderr


def test_nobody_writes_by_tftp(hosts: ServiceHosts, tmp_path: Path) -> None:
    (tmp_path / "put").write_text("mine\n")
    hosts.in_client("tftp", SERVER, "-c", "put", str(tmp_path / "put"), "xcat/loader")
    hosts.in_client("tftp", SERVER, "-c", "put", str(tmp_path / "put"), "new")
    assert (hosts.sn.root / "tftpboot/xcat/loader").stat().st_size == 256 * 9
    assert not (hosts.sn.root / "tftpboot/new").exists()


def test_files_and_folders_come_by_http(hosts: ServiceHosts) -> None:
    assert by_http(hosts, "/install/kernel") == ("200", "a kernel\n")
    assert by_http(hosts, "/tftpboot/xcat/loader", "-o", "/dev/null")[0] == "200"
    status, listing = by_http(hosts, "/install/")
    assert status == "200"
    assert "kernel" in listing
    assert by_http(hosts, "/install/kernel", "-H", "Host: any.name")[0] == "200"
    assert by_http(hosts, "/install/kernel", "-H", "Host:", "--http1.0")[0] == "200"
    assert by_http(hosts, "/")[0] == "404"
    assert by_http(hosts, "/install/../etc/passwd", "--path-as-is")[0] in ("400", "404")
    assert by_http(hosts, "/install/new", "-X", "PUT", "-d", "mine")[0] == "405"


def test_links_are_followed_to_what_belongs_to_their_owner(hosts: ServiceHosts) -> None:
    install = hosts.sn.root / "install"
    secret = hosts.sn.root / "srv-of-root"
    secret.write_text("root's\n")
    (install / "by-root").symlink_to(secret)
    (install / "by-somebody").symlink_to(secret)
    os.chown(install / "by-somebody", 65534, 65534, follow_symlinks=False)
    assert by_http(hosts, "/install/by-root") == ("200", "root's\n")
    assert by_http(hosts, "/install/by-somebody")[0] == "403"


def test_who_is_in_no_network_of_the_cluster_gets_nothing(hosts: ServiceHosts) -> None:
    hosts.client.ip("addr", "add", "192.168.9.9/32", "dev", "rack0")
    hosts.there.ip("route", "add", "192.168.9.9/32", "dev", "rack0")
    try:
        assert by_http(hosts, "/install/kernel", "--interface", "192.168.9.9")[0] == "403"
    finally:
        hosts.there.ip("route", "del", "192.168.9.9/32")
        hosts.client.ip("addr", "del", "192.168.9.9/32", "dev", "rack0")


def test_anybody_reads_by_ftp_and_nobody_writes(hosts: ServiceHosts, tmp_path: Path) -> None:
    assert hosts.in_client("curl", "-s", f"ftp://{SERVER}/kernel").stdout == "a kernel\n"
    assert hosts.in_client("curl", "-s", "--ftp-port", "-", f"ftp://{SERVER}/kernel").stdout == "a kernel\n"
    assert "kernel" in hosts.in_client("curl", "-s", "ftp://[fd05::1]/").stdout
    (tmp_path / "put").write_text("mine\n")
    assert hosts.in_client("curl", "-s", "-T", str(tmp_path / "put"), f"ftp://{SERVER}/new").returncode != 0
    assert hosts.in_client("curl", "-s", "-u", "root:root", f"ftp://{SERVER}/").returncode != 0
    assert hosts.in_client("curl", "-s", "--path-as-is", f"ftp://{SERVER}//etc/passwd").stdout == ""


def test_doing_it_again_does_nothing(hosts: ServiceHosts) -> None:
    before = [process_of(hosts, name) for name in ("tftpd", "nginx", "vsftpd")]
    assert typed(hosts.mn, "makeservices sn1 -s tftpserver,httpserver,ftpserver --dry-run") == ""
    typed(hosts.mn, "makeservices sn1 -s tftpserver,httpserver,ftpserver")
    assert [process_of(hosts, name) for name in ("tftpd", "nginx", "vsftpd")] == before


def test_a_change_of_the_tables_counts(hosts: ServiceHosts, tmp_path: Path) -> None:
    typed(hosts.mn, "chtab key=httpport site.value=8080", "chtab key=tftpdir site.value=/other")
    try:
        until(lambda: by_http(hosts, ":8080/other/served-by-xcatd")[0] == "200", "the new port")
        assert by_http(hosts, ":8080/tftpboot/served-by-xcatd")[0] == "200"
        until(lambda: by_tftp(hosts, "xcat/loader", tmp_path) == b"", "another folder")
        until(lambda: by_tftp(hosts, "served-by-xcatd", tmp_path), "the other folder")
    finally:
        typed(hosts.mn, "chtab key=httpport site.value=80", "chtab key=tftpdir site.value=/tftpboot")
        until(lambda: by_http(hosts, "/install/kernel")[0] == "200", "the old port")
        until(lambda: by_tftp(hosts, "xcat/loader", tmp_path), "the old folder")


def test_what_is_killed_comes_back(hosts: ServiceHosts) -> None:
    for name, service in (("tftpd", "tftpserver"), ("nginx", "httpserver"), ("vsftpd", "ftpserver")):
        before = process_of(hosts, name)
        os.kill(before, signal.SIGKILL)
        until(lambda name=name, before=before: _other(hosts, name, before), f"another {name}")
        hosts.becomes(service, "running")
    until(lambda: by_http(hosts, "/install/kernel")[0] == "200", "HTTP")


def _other(hosts: ServiceHosts, name: str, before: int) -> bool:
    with contextlib.suppress(OSError, IndexError):
        return process_of(hosts, name) != before
    return False


def test_a_port_that_another_program_has_is_named(hosts: ServiceHosts) -> None:
    script = "import socket; s = socket.create_server(('', 8081)); print(flush=True); input()"
    words = [*hosts.there.before, sys.executable, "-c", script]
    other = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == b"\n"
        typed(hosts.mn, "chtab key=httpport site.value=8081")
        line = hosts.becomes("httpserver", "TCP port 8081 of this host is taken by python")
        assert f"(process {other.pid}): stop that, or have it listen elsewhere" in line
        assert by_http(hosts, "/install/kernel") == ("200", "a kernel\n")
    finally:
        typed(hosts.mn, "chtab key=httpport site.value=80")
        other.communicate(b"\n")
        hosts.becomes("httpserver", "running")


@pytest.mark.parametrize(
    ("key", "value", "service", "sentence"),
    [
        ("httpport", "0", "httpserver", "site.httpport is '0': set it to a port number, or remove it for 80"),
        ("installdir", "/in stall", "httpserver", "site.installdir is '/in stall': use a path of"),
        (
            "tftpflags",
            "--nonsense",
            "tftpserver",
            "site.tftpflags is nothing that in.tftpd understands (option --nonsense",
        ),
    ],
)
def test_what_cannot_be_meant_is_said(hosts: ServiceHosts, key: str, value: str, service: str, sentence: str) -> None:
    before = hosts.mn.run("lsdef", "-t", "site", "-i", key).stdout.partition(f"{key}=")[2].strip()
    assert hosts.mn.run("chtab", f"key={key}", f"site.value={value}").returncode == 0
    try:
        hosts.becomes(service, sentence)
        assert by_http(hosts, "/install/kernel") == ("200", "a kernel\n")
    finally:
        typed(hosts.mn, f"chtab key={key} site.value={before}" if before else f"chtab -d key={key} site")
        hosts.becomes(service, "running")


def test_a_file_of_the_site_that_nginx_cannot_read(hosts: ServiceHosts) -> None:
    other = hosts.sn.root / "etc/nginx/conf.d/site.conf"
    other.write_text("nonsense on;\n")
    try:
        typed(hosts.mn, "chtab key=httpport site.value=8082")
        line = hosts.becomes("httpserver", 'nginx refuses its configuration: unknown directive "nonsense"')
        assert f"in {other}:1" in line
        assert by_http(hosts, "/install/kernel") == ("200", "a kernel\n")
        assert sorted(path.name for path in other.parent.iterdir()) == ["site.conf", "xcat.conf"]
    finally:
        other.unlink()
        typed(hosts.mn, "chtab key=httpport site.value=80", "makeservices sn1 -s httpserver")


def test_apache_where_that_is_the_server_of_the_host(hosts: ServiceHosts) -> None:
    """The last test of HTTP here: nginx has gone after it."""
    link = hosts.sn.root / "etc/systemd/system/multi-user.target.wants/apache2.service"
    link.parent.mkdir(parents=True)
    link.symlink_to("/lib/systemd/system/apache2.service")
    (hosts.sn.root / "run/nginx.pid").unlink()
    nginx = process_of(hosts, "nginx")
    done = hosts.mn.run("makeservices", "sn1", "-s", "httpserver")
    assert done.returncode == 1
    assert f"TCP port 80 of this host is taken by nginx (process {nginx})" in done.stderr
    os.kill(nginx, signal.SIGTERM)
    until(lambda: by_http(hosts, "/")[0] == "000", "the end of nginx")
    typed(hosts.mn, "makeservices sn1 -s httpserver")
    until(lambda: by_http(hosts, "/install/kernel") == ("200", "a kernel\n"), "apache")
    assert "Apache" in hosts.in_client("curl", "-s", "-I", f"http://{SERVER}/").stdout
    assert by_http(hosts, "/tftpboot/xcat/loader", "-o", "/dev/null")[0] == "200"
    assert "kernel" in by_http(hosts, "/install/")[1]
    assert by_http(hosts, "/install/by-somebody")[0] == "403"
    test_who_is_in_no_network_of_the_cluster_gets_nothing(hosts)
    before = process_of(hosts, "apache")
    typed(hosts.mn, "chtab key=httpport site.value=8083")
    until(lambda: by_http(hosts, ":8083/install/kernel") == ("200", "a kernel\n"), "the new port")
    assert process_of(hosts, "apache") == before
