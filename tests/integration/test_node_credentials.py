"""A node shows a token that is good once and gets a certificate of its own: real daemons, the real signer, openssl as the node."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.alone import alone, log_lines, typed, until
from tests.helpers.cluster import Daemon, build, environment, free_port, made, running
from tests.helpers.hosts import another_authority
from tests.helpers.signer import signing
from tests.helpers.sshnodes import sshd
from tests.helpers.xmlclient import client_context

UUID = "4c4c4544-0042-3510-8051-b7c04f4b3032"
NODE, OWN_PORT = "127.3.2.8", 300
"""Of an old node: its address, and where it confirms that it asks."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with alone(tmp_path_factory.mktemp("credentials")) as mn, signing(mn.root):
        typed(mn, "nodeadd cn[1-9] groups=all", "nodech cn2 mac.mac=02:00:00:00:00:02", f"nodech cn2 vpd.uuid={UUID}")
        yield mn


def requested(folder: Path, name: str) -> str:
    """A key in a folder, and a request for it."""
    made = subprocess.run(
        ["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
         "-keyout", str(folder / "client-key.pem")],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return made.stdout


def enrolled(daemon: Daemon, name: str, token: str, request: str, *more: str) -> subprocess.CompletedProcess[str]:
    """What the node gets: without a certificate, over TLS."""
    nobody = daemon.root.parent / "nobody"
    nobody.mkdir(exist_ok=True)
    shutil.copy(daemon.root / "etc/xcat/cert/ca.pem", nobody)  # it must know whom to believe, and has no key
    said = "".join(f"{line}\n" for line in (f"token: {token}", *more)) + request
    return daemon.run("nodeenrol", name, stdin=said, tls=True, XCAT_CREDENTIALS=str(nobody))


def test_a_token_is_good_once_and_the_certificate_speaks_for_the_node(site: Daemon, tmp_path: Path) -> None:
    token = typed(site, "nodetoken cn1").removeprefix("cn1: ").strip()
    got = enrolled(site, "cn1", token, requested(tmp_path, "anything"))
    assert (got.returncode, got.stderr.count("Error")) == (0, 0), got.stderr
    own, authority = got.stdout.split("-----END CERTIFICATE-----\n")[:2]
    (tmp_path / "client-cert.pem").write_text(f"{own}-----END CERTIFICATE-----\n")
    (tmp_path / "ca.pem").write_text(f"{authority}-----END CERTIFICATE-----\n")
    cred = (tmp_path / "client-cert.pem").read_text() + (tmp_path / "client-key.pem").read_text()
    (tmp_path / "client-cred.pem").write_text(cred)
    assert (tmp_path / "ca.pem").read_text() == (site.root / "etc/xcat/cert/ca.pem").read_text()
    said = site.run("nodereport", "installstatus", "booted", tls=True, XCAT_CREDENTIALS=str(tmp_path))
    assert (said.returncode, said.stdout, said.stderr) == (0, "", "")
    until(lambda: typed(site, "nodels cn1 nodelist.status") == "cn1: booted\n", "the status")
    assert (
        site.run("nodels", tls=True, XCAT_CREDENTIALS=str(tmp_path)).stderr == "Error: Permission denied for request\n"
    )
    again = enrolled(site, "cn1", token, requested(tmp_path, "cn1"))
    assert (again.returncode, again.stdout) == (1, "")
    assert "cn1 gets no certificate; the log of the management node says why" in again.stderr
    assert "cn1 is not armed" in site.log()
    assert len(log_lines(site, "certificate given")) == 1
    assert '"cn1"' in typed(site, "tabdump eventlog")
    assert token not in site.log() + site.errors() + typed(site, "tabdump auditlog")


def test_it_is_good_only_for_the_node_that_the_tables_know(site: Daemon, tmp_path: Path) -> None:
    token = typed(site, "nodetoken cn2 -m 5").removeprefix("cn2: ").strip()
    request = requested(tmp_path, "cn2")
    wrong = ("mac: 02:00:00:00:00:09", f"uuid: {UUID}"), ("mac: 02:00:00:00:00:02", "uuid: 1"), ()
    for more in wrong:
        assert enrolled(site, "cn2", token, request, *more).returncode == 1
    assert enrolled(site, "cn3", token, request).returncode == 1
    assert enrolled(site, "nosuch", token, request).returncode == 1
    assert enrolled(site, "cn2", "x" + token[1:], request, *wrong[0]).returncode == 1
    right = ("mac: 02-00-00-00-00-02", f"uuid: {UUID.upper()}")
    assert enrolled(site, "cn2", token, request, *right).returncode == 0


def test_a_node_that_is_disarmed_or_armed_anew_cannot_use_the_old_token(site: Daemon, tmp_path: Path) -> None:
    request = requested(tmp_path, "cn4")
    first = typed(site, "nodetoken cn4").removeprefix("cn4: ").strip()
    second = typed(site, "nodetoken cn4").removeprefix("cn4: ").strip()
    assert enrolled(site, "cn4", first, request).returncode == 1
    assert typed(site, "nodetoken cn4,cn5 -l").startswith("cn4: node until ")
    typed(site, "nodetoken cn4 --disarm")
    assert typed(site, "nodetoken cn4,cn5 -l") == ""
    assert enrolled(site, "cn4", second, request).returncode == 1


def test_a_node_that_is_called_like_a_user_of_the_policy_table_is_pointed_out(site: Daemon) -> None:
    typed(site, "nodeadd joe groups=all", "chtab priority=7 policy.name=joe policy.rule=allow")
    done = site.run("nodetoken", "joe,cn1")
    assert done.returncode == 0 and done.stdout.count(": ") == 2
    assert (
        done.stderr
        == "Warning: [mn1]: The policy table has a row for joe: whoever has this certificate may do what it allows\n"
    )
    typed(site, "noderm joe", "chtab -d priority=7 policy")


def test_a_certificate_from_before_is_taken_back(site: Daemon, tmp_path: Path) -> None:
    for _ in range(2):
        token = typed(site, "nodetoken cn6").removeprefix("cn6: ").strip()
        assert enrolled(site, "cn6", token, requested(tmp_path, "cn6")).returncode == 0
    listed = site.xcatcert("list").stdout
    assert [line.split()[4] for line in listed.splitlines() if " cn6 " in line] == ["revoked", "valid"], listed


def test_what_is_no_request_costs_no_token(site: Daemon, tmp_path: Path) -> None:
    token = typed(site, "nodetoken cn7").removeprefix("cn7: ").strip()
    weak = subprocess.run(
        ["openssl", "req", "-new", "-newkey", "rsa:1024", "-nodes", "-subj", "/CN=cn7", "-keyout", "/dev/null"],
        capture_output=True, text=True, check=True, timeout=60,
    ).stdout  # fmt: skip
    refused = enrolled(site, "cn7", token, weak)
    assert refused.returncode == 1 and "The signer refuses: The key of this request is not accepted" in refused.stderr
    assert "standard input" in enrolled(site, "cn7", token, "nothing").stderr
    assert "is longer than the 65536 bytes allowed" in enrolled(site, "cn7", token, "x" * 100_000).stderr
    assert enrolled(site, "cn7", token, requested(tmp_path, "cn7")).returncode == 0


def test_a_signer_that_is_away_costs_no_token(tmp_path: Path) -> None:
    with alone(tmp_path) as mn:
        typed(mn, "nodeadd cn1 groups=all")
        token = typed(mn, "nodetoken cn1").removeprefix("cn1: ").strip()
        request = requested(tmp_path, "cn1")
        got = enrolled(mn, "cn1", token, request)
        assert got.returncode == 1 and "systemctl start xcat-signer.socket" in got.stderr
        with signing(mn.root):
            assert enrolled(mn, "cn1", token, request).returncode == 0


def test_a_node_that_hangs_up_while_the_signer_works_keeps_its_token(tmp_path: Path) -> None:
    with alone(tmp_path) as mn:
        typed(mn, "nodeadd cn1 groups=all")
        token = typed(mn, "nodetoken cn1").removeprefix("cn1: ").strip()
        request = requested(tmp_path, "cn1")
        text = f"<arg>cn1</arg><stdin>token: {token}\n{request}</stdin>"
        with slow_signer(mn.root) as door:
            bare = socket.create_connection((mn.address, mn.port), 60)
            with client_context(None).wrap_socket(bare) as channel:
                channel.sendall(f"<xcatrequest><command>nodeenrol</command>{text}</xcatrequest>".encode())
                caller, _ = door.accept()
                with caller, caller.makefile("rb") as file:
                    assert b'"role": "node"' in file.readline()
                    assert typed(mn, "nodetoken cn1 -l") == ""
                    channel.close()
                    until(lambda: typed(mn, "nodetoken cn1 -l").startswith("cn1: node until "), "the token")
        with signing(mn.root):
            assert enrolled(mn, "cn1", token, request).returncode == 0


@contextlib.contextmanager
def slow_signer(root: Path) -> Iterator[socket.socket]:
    """A door at the signer's place at which nothing is answered."""
    with socket.socket(socket.AF_UNIX) as door:
        folder = os.open(root / "run/xcat", os.O_PATH)
        try:
            door.bind(f"/proc/self/fd/{folder}/signer.sock")
        finally:
            os.close(folder)
        door.listen()
        door.settimeout(60)
        yield door


def test_what_strangers_say_makes_no_lines_and_no_faults(site: Daemon) -> None:
    forged = "x\nxcatd: root came in"
    assert "gets no certificate" in enrolled(site, forged, "a", "-----BEGIN CERTIFICATE").stderr
    assert "there is no node 'x\\\\nxcatd: root came in'" in site.log()
    assert "xcatd: root came in" not in site.errors().splitlines()
    assert "Traceback" not in site.errors()


def test_a_node_asks_its_own_service_node(tmp_path: Path) -> None:
    with running(tmp_path, ("sn1",)) as cluster, signing(cluster.management.root):
        mn, sn1 = cluster.management, cluster.services[0]
        typed(mn, "nodeadd cn1 groups=all noderes.servicenode=sn1")
        token = typed(mn, "nodetoken cn1").removeprefix("cn1: ").strip()
        assert enrolled(sn1, "cn1", token, requested(tmp_path, "cn1")).returncode == 0
        assert enrolled(sn1, "cn1", token, requested(tmp_path, "cn1")).returncode == 1


def test_a_service_node_enrols_itself(tmp_path: Path) -> None:
    mn = build(tmp_path, ()).management
    sn1 = made(Daemon(tmp_path / "sn1", "sn1", "127.0.1.1", free_port("127.0.1.1"), master=mn.host))
    ca = mn.root / "etc/xcat/cert/ca.pem"
    try:
        with signing(mn.root):
            mn.start()
            typed(mn, "nodeadd sn1 groups=service", "nodeadd cn1 groups=all noderes.servicenode=sn1")
            token = typed(mn, "nodetoken sn1 --service").removeprefix("sn1: ")
            other = another_authority(tmp_path / "other")
            stranger = tmp_path / "stranger.pem"
            stranger.write_bytes(other.certificate_pem)
            deceived = enrol(sn1, token, "--master", mn.host, "--ca", str(stranger))
            assert deceived.returncode == 1 and "is not the daemon it should be" in deceived.stderr
            done = enrol(sn1, token, "--master", mn.host, "--ca", str(ca))
            assert (done.returncode, done.stderr) == (0, "")
            assert "server-cred.pem" in done.stdout
            sn1.start()
            until(lambda: sn1.run("nodels", "cn1").stdout == "cn1\n", "the tables on sn1")
            used = enrol(sn1, token, "--master", mn.host, "--ca", str(ca))
            assert (used.returncode, used.stdout) == (1, "")
            assert used.stderr.startswith("xcatcert: sn1 gets no certificate") and used.stderr.count("\n") == 1
    finally:
        sn1.stop()
        mn.stop()


def test_a_node_with_our_program_enrols_itself(site: Daemon, tmp_path: Path) -> None:
    token = typed(site, "nodetoken cn9").removeprefix("cn9: ")
    ca = str(site.root / "etc/xcat/cert/ca.pem")
    words = ("--client", "--master", site.host, "--ca", ca, "--dir", str(tmp_path / "own"))
    node = Daemon(tmp_path, "cn9")
    done = enrol(node, token, *words)
    assert (done.returncode, done.stderr) == (0, "")
    own = str(tmp_path / "own")
    said = site.run("nodereport", "installstatus", "configured", tls=True, XCAT_CREDENTIALS=own)
    assert (said.returncode, said.stderr) == (0, "")
    until(lambda: typed(site, "nodels cn9 nodelist.status") == "cn9: configured\n", "the status")


def test_the_ssh_host_keys_of_a_node_are_believed_without_having_been_seen(site: Daemon, tmp_path: Path) -> None:
    typed(site, "nodeadd cn10 groups=all hosts.ip=127.3.2.10", "chtab key=domain site.value=c.net")
    keys = tmp_path / "ssh"
    keys.mkdir()
    for kind in ("ed25519", "rsa"):
        made = ["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", str(keys / f"ssh_host_{kind}_key")]
        subprocess.run(made, check=True, timeout=60)
    token = typed(site, "nodetoken cn10").removeprefix("cn10: ")
    ca = str(site.root / "etc/xcat/cert/ca.pem")
    words = ("--client", "--master", site.host, "--ca", ca, "--dir", str(tmp_path / "own"), "--host-keys", str(keys))
    done = enrol(Daemon(tmp_path, "cn10"), token, *words)
    assert done.returncode == 0 and "ssh_host_rsa_key-cert.pub" in done.stdout, done.stderr
    certificate = keys / "ssh_host_ed25519_key-cert.pub"
    shown = subprocess.run(
        ["ssh-keygen", "-L", "-f", str(certificate)], capture_output=True, text=True, timeout=60
    ).stdout
    assert "host certificate" in shown and "cn10.c.net" in shown and "127.3.2.10" in shown
    known = tmp_path / "known_hosts"
    known.write_text(f"@cert-authority * {(site.root / 'etc/xcat/hostkeys/ssh_host_ca.pub').read_text()}")
    with sshd(tmp_path / "sshd", f"HostKey {keys}/ssh_host_ed25519_key", f"HostCertificate {certificate}") as server:
        right = ssh("127.3.2.10", server.port, known)
        wrong = ssh("127.3.2.11", server.port, known)
    assert "Permission denied" in right and "verification failed" not in right
    assert "Host key verification failed" in wrong


def ssh(address: str, port: int, known: Path) -> str:
    """What ssh says that believes only what stands in a file, and has no key of its own."""
    options = (
        *("-F", "none", "-p", str(port), "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes"),
        *("-o", f"UserKnownHostsFile={known}", "-o", "GlobalKnownHostsFile=none", "-o", "IdentityFile=none"),
        *("-o", "HostKeyAlgorithms=ssh-ed25519-cert-v01@openssh.com,ssh-ed25519", "-o", "IdentitiesOnly=yes"),
    )
    return subprocess.run(
        ["ssh", *options, f"root@{address}", "true"], capture_output=True, text=True, timeout=60
    ).stderr


def enrol(daemon: Daemon, token: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "xcat_certs", "--root", str(daemon.root), "enrol", daemon.name, *words],
        input=token, capture_output=True, text=True, env=environment(), timeout=60,
    )  # fmt: skip


class OldNode(threading.Thread):
    """What allowcred.awk is: it confirms, at a port that needs root, that it asks."""

    def __init__(self) -> None:
        super().__init__()
        self._door = socket.create_server((NODE, OWN_PORT))

    def run(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                caller, _ = self._door.accept()
                with caller, caller.makefile("rwb") as file:
                    if file.readline() == b"CREDOKBYYOU?\n":
                        file.write(b"CREDOKBYME\n")

    def end(self) -> None:
        with contextlib.suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self.join(60)


def asked_in_the_old_way(daemon: Daemon, port: int | str, *names: str) -> str:
    """What a node without a certificate gets for `getcredentials`."""
    args = "".join(f"<arg>{name}</arg>" for name in names)
    request = f"<xcatrequest><command>getcredentials</command><callback_port>{port}</callback_port>{args}</xcatrequest>"
    with (
        socket.create_connection((daemon.address, daemon.port), 60, source_address=(NODE, 0)) as bare,
        client_context(None).wrap_socket(bare) as channel,
    ):
        channel.sendall(request.encode())
        answer = b""
        while b"</serverdone>" not in answer and (piece := channel.recv(65536)):
            answer += piece
    return answer.decode()


def test_old_images_get_little_and_only_where_the_site_allows_it(site: Daemon) -> None:
    typed(site, f"nodech cn8 hosts.ip={NODE}")
    keys, ssh = site.root / "etc/xcat/hostkeys", site.root / "root/.ssh"
    (keys / "cn8").mkdir(parents=True)
    ssh.mkdir(mode=0o700, exist_ok=True)
    (keys / "ssh_host_rsa_key").write_text("everybody's rsa\n")
    (keys / "ssh_host_ed25519_key").write_text("everybody's ed25519\n")
    (keys / "cn8/ssh_host_ed25519_key").write_text("cn8's ed25519\n")
    for name, text in (("id_rsa.pub", "ssh-rsa AAAA root"), ("id_rsa", "private")):
        (ssh / name).write_text(f"{text}\n")
    (site.root / "etc/xcat/cfgloc").touch()
    names = (
        "ssh_root_pub_key",
        "ssh_rsa_hostkey",
        "ssh_ed25519_hostkey",
        "ssh_root_key",
        "xcat_server_cred",
        "xcat_cfgloc",
    )
    node = OldNode()
    node.start()
    try:
        assert "<content>" not in asked_in_the_old_way(site, OWN_PORT, *names)
        assert "chtab key=legacynodes site.value=yes" in site.log()
        typed(site, "chtab key=legacynodes site.value=yes")
        got = asked_in_the_old_way(site, OWN_PORT, *names)
        assert got.count("<content>") == 3, got
        for text in ("ssh-rsa AAAA root", "everybody's rsa", "cn8's ed25519"):
            assert f"<content>\n{text}" in got
        assert "private" not in got and "PRIVATE KEY" not in got
        for name in ("ssh_root_key", "xcat_server_cred", "xcat_cfgloc"):
            assert f"node cn8 gets no {name}" in site.log()
        assert "<content>" not in asked_in_the_old_way(site, 3000, *names)
        for port in ("", "-1", "9" * 5000):
            assert "<serverdone>" in (got := asked_in_the_old_way(site, port, *names)) and "<content>" not in got
        assert "Traceback" not in site.errors()
        assert "<content>" not in asked_in_the_old_way(site, OWN_PORT + 1, *names)
        assert "does not confirm at its port 301" in site.log()
    finally:
        node.end()
        typed(site, "chtab -d key=legacynodes site")
