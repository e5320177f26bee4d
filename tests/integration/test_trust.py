"""Certificates that are not as they must be, over real handshakes: one sentence for the user, one line in the log."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.helpers.alone import (
    WITHOUT_PRIVILEGE,
    alone,
    credentials,
    log_lines,
    run_with,
    served,
    typed,
    until,
)
from tests.helpers.cluster import CLIENT, PATIENCE, Daemon, build, environment, free_port, join, running
from tests.helpers.conversation import Answer, conversation, request
from tests.helpers.xmlclient import client_context
from xcat_certs import pem
from xcat_certs.authority import Authority
from xcat_certs.issue import issue
from xcat_certs.keys import request_pem
from xcat_certs.layout import Credentials
from xcat_certs.names import AlternativeNames, Role
from xcatd.daemon.settings import read_settings, write_settings
from xcatd.protocol.frames import Kind, encode
from xcatd.tls import ALPN

OTHER_ADDRESS = "127.0.0.9"
"""Where the daemon listens too, although its certificate does not have this address."""


def listens_elsewhere_too(daemon: Daemon) -> None:
    path = daemon.root / "etc/xcat/xcatd.yaml"
    write_settings(path, replace(read_settings(path), addresses=(daemon.address, OTHER_ADDRESS)))


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with alone(tmp_path_factory.mktemp("trust"), prepare=listens_elsewhere_too) as running:
        typed(
            running,
            "nodeadd n1 groups=all nodehm.mgt=ipmi",
            "chtab priority=5 policy.commands=nodels policy.rule=allow",
        )
        yield running


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Daemon:
    """Another cluster, which does not run."""
    return build(tmp_path_factory.mktemp("foreign"), ()).management


def ended_in(left: timedelta, authority: Path, role: Role, name: str, folder: Path) -> Path:
    """Credentials in `folder`, which may have a key, with a certificate for one day of which only `left` is left."""
    place = Credentials(folder, "server" if role.is_server else "client")
    if not place.key.exists():
        issue(Authority.open(authority), place, role, name, days=1, names=AlternativeNames())
    then = datetime.now(UTC) + left - timedelta(days=1)
    asked = request_pem(pem.read_key(place.key), name, AlternativeNames())
    signed = Authority.open(authority, clock=lambda: then).sign(asked, role, name, days=1)
    place.certificate.write_bytes(signed)
    place.cred.write_bytes(signed + place.key.read_bytes())
    return folder


def authority_of(daemon: Daemon) -> Path:
    return daemon.root / "etc/xcat/ca"


class Watch:
    """What a client and the daemon's log say from now on."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon
        self._before = len(log_lines(daemon))

    def type(self, folder: Path, host: str = "") -> str:
        """Ask for nodes with these credentials: the one sentence on standard error, after its `Error: `, and the status."""
        env = {"XCAT_CREDENTIALS": str(folder), "XCATHOST": host or self._daemon.host}
        done = run_with(self._daemon, (), "nodels", "n1", **env)
        assert done.stdout == ""
        assert done.stderr.startswith("Error: ")
        assert done.stderr.count("\n") == 1
        return f"{done.returncode} {done.stderr.removeprefix('Error: ').strip()}"

    def warnings(self) -> list[str]:
        return [line["event"] for line in log_lines(self._daemon)[self._before :] if line["level"] != "info"]

    def line(self, about: str = "") -> str:
        """The one line that the log has got `about` something: of what was before there may still come another one."""

        def lines() -> list[str]:
            return [line for line in self.warnings() if about in line]

        until(lines, "a line in the log")
        (line,) = lines()
        return line


# -- the user's certificate ---------------------------------------------------------------------------------------


def test_a_good_certificate_is_believed(daemon: Daemon) -> None:
    done = daemon.run("nodels", "n1", tls=True)
    assert (done.stdout, done.stderr, done.returncode) == ("n1\n", "", 0)


def test_an_expired_certificate(daemon: Daemon, tmp_path: Path) -> None:
    folder = ended_in(timedelta(hours=-1), authority_of(daemon), Role.USER, "old", tmp_path / "old")
    watch = Watch(daemon)
    assert watch.type(folder) == (
        f"255 The xCAT daemon at {daemon.host} refuses your certificate {folder}/client-cred.pem because it has "
        "expired: renew it on the management node with `xcatcert`."
    )
    assert watch.line() == (
        "no handshake with 127.0.0.1: The peer's certificate has expired: run `xcatcert renew` for it on the management "
        "node."
    )


def test_a_certificate_of_another_authority(daemon: Daemon, foreign: Daemon, tmp_path: Path) -> None:
    shutil.copytree(foreign.credentials, tmp_path / "eve")
    shutil.copyfile(daemon.credentials / "ca.pem", tmp_path / "eve/ca.pem")
    watch = Watch(daemon)
    assert watch.type(tmp_path / "eve") == (
        f"255 The xCAT daemon at {daemon.host} refuses your certificate {tmp_path}/eve/client-cred.pem because it is of "
        "an authority that it does not know: have one issued on the management node with `xcatcert`."
    )
    assert watch.line() == (
        "no handshake with 127.0.0.1: The peer's certificate is of an unknown authority: it must be issued by this "
        "cluster's."
    )


def test_a_revoked_certificate(daemon: Daemon) -> None:
    folder = credentials(daemon, "gone")
    assert daemon.run("nodels", "n1", tls=True, XCAT_CREDENTIALS=str(folder)).returncode == 0
    assert daemon.xcatcert("revoke", "gone").returncode == 0
    watch = Watch(daemon)
    said = watch.type(folder)
    assert said.startswith("1 The certificate of gone (serial ")
    assert said.endswith("have a new one issued.")
    assert watch.line() == f"caller gone from 127.0.0.1: {said.removeprefix('1 ')}"


def test_no_certificate_is_a_matter_of_policy(daemon: Daemon, tmp_path: Path) -> None:
    shutil.copyfile(daemon.credentials / "ca.pem", tmp_path / "ca.pem")
    done = daemon.run("nodels", "n1", tls=True, XCAT_CREDENTIALS=str(tmp_path))
    assert (done.stdout, done.returncode) == ("n1\n", 0)  # the row names nobody
    done = daemon.run("rpower", "n1", "stat", tls=True, XCAT_CREDENTIALS=str(tmp_path))
    assert (done.stderr, done.returncode) == ("Error: Permission denied for request\n", 1)


def unreadable(folder: Path) -> None:
    (folder / "client-cred.pem").chmod(0)


def without_authority(folder: Path) -> None:
    (folder / "ca.pem").unlink()


def with_another_key(folder: Path) -> None:
    certificate = (folder / "client-cert.pem").read_text()
    made_elsewhere = subprocess.run(
        ["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
        capture_output=True,
        text=True,
        check=True,
    )
    (folder / "client-cred.pem").write_text(certificate + made_elsewhere.stdout)


def damaged(folder: Path) -> None:
    (folder / "client-cred.pem").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")


def with_a_damaged_authority(folder: Path) -> None:
    (folder / "ca.pem").write_text("nothing\n")


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (unreadable, "You may not read {}/client-cred.pem: it must belong to you, or XCAT_CREDENTIALS name a folder"),
        (without_authority, "There is no {}/ca.pem to verify the xCAT daemon with"),
        (with_another_key, "The key in {}/client-cred.pem does not belong to the certificate in it"),
        (damaged, "{}/client-cred.pem does not hold a certificate and its unencrypted key"),
        (with_a_damaged_authority, "{}/ca.pem holds no certificate"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_files_that_cannot_be_used_are_named(
    daemon: Daemon, tmp_path: Path, spoil: Callable[[Path], None], sentence: str
) -> None:
    shutil.copytree(daemon.credentials, tmp_path / "mine")
    spoil(tmp_path / "mine")
    watch = Watch(daemon)
    done = run_with(daemon, WITHOUT_PRIVILEGE, "nodels", "n1", XCAT_CREDENTIALS=str(tmp_path / "mine"))
    assert done.stderr.startswith("Error: " + sentence.format(tmp_path / "mine"))
    assert (done.stdout, done.stderr.count("\n"), done.returncode) == ("", 1, 255)
    assert set(watch.warnings()) <= {"no handshake with 127.0.0.1: The peer hung up before the TLS handshake was done."}


# -- the daemon's certificate, as a user sees it ------------------------------------------------------------------


def test_a_daemon_at_an_address_that_its_certificate_does_not_have(daemon: Daemon) -> None:
    watch = Watch(daemon)
    assert watch.type(daemon.credentials, f"{OTHER_ADDRESS}:{daemon.port}") == (
        f"255 The certificate of the xCAT daemon at {OTHER_ADDRESS}:{daemon.port} is not made out to {OTHER_ADDRESS}: set "
        "XCATHOST to a name that is in it, or have it issued again with this name."
    )
    assert watch.line() == (
        "no handshake with 127.0.0.1: The peer refuses our certificate, which lacks the name dialled: issue it with "
        "--address."
    )


def test_a_daemon_of_another_authority(daemon: Daemon, foreign: Daemon) -> None:
    watch = Watch(daemon)
    assert watch.type(foreign.credentials) == (
        f"255 The certificate of the xCAT daemon at {daemon.host} is not signed by the authority in "
        f"{foreign.credentials}/ca.pem: check XCATHOST, or copy the ca.pem of that cluster."
    )
    assert watch.line() == (
        "no handshake with 127.0.0.1: The peer refuses our certificate, whose authority it does not know: both need the "
        "same ca.pem."
    )


def with_little_time(daemon: Daemon) -> None:
    """Enough to start in, on a busy machine."""
    ended_in(timedelta(seconds=10), authority_of(daemon), Role.MANAGEMENT, daemon.name, cred_of(daemon).parent)


def test_a_daemon_whose_certificate_has_ended_while_it_ran(idle: Daemon) -> None:
    with served(idle, prepare=with_little_time) as daemon:
        watch = Watch(daemon)
        until(lambda: daemon.run("lsxcatd", "-t", tls=True).returncode, "the end of the certificate")
        assert watch.type(daemon.credentials) == (
            f"255 The certificate of the xCAT daemon at {daemon.host} or of its authority has expired: renew it there with "
            "`xcatcert renew`."
        )
        assert watch.line() == (
            "no handshake with 127.0.0.1: The peer refuses our certificate, which has expired: run `xcatcert renew`."
        )
        assert daemon.xcatcert("renew", daemon.name).returncode == 0
        until(lambda: not daemon.run("lsxcatd", "-t", tls=True).returncode, "the renewed certificate to be used")


# -- the daemon's own files ---------------------------------------------------------------------------------------


def cred_of(daemon: Daemon) -> Path:
    return daemon.root / "etc/xcat/cert/server-cred.pem"


def missing_cred(daemon: Daemon, foreign: Daemon) -> None:
    cred_of(daemon).unlink()


def unreadable_cred(daemon: Daemon, foreign: Daemon) -> None:
    cred_of(daemon).chmod(0)


def broken_cred(daemon: Daemon, foreign: Daemon) -> None:
    cred_of(daemon).write_bytes(cred_of(daemon).read_bytes()[:300])


def foreign_cred(daemon: Daemon, foreign: Daemon) -> None:
    shutil.copyfile(cred_of(foreign), cred_of(daemon))


def mismatched_cred(daemon: Daemon, foreign: Daemon) -> None:
    key = (foreign.root / "etc/xcat/cert/server-key.pem").read_bytes()
    cred_of(daemon).write_bytes((daemon.root / "etc/xcat/cert/server-cert.pem").read_bytes() + key)


def expired_cred(daemon: Daemon, foreign: Daemon) -> None:
    old = ended_in(timedelta(hours=-1), authority_of(daemon), Role.MANAGEMENT, daemon.name, daemon.root / "old")
    shutil.copyfile(old / "server-cred.pem", cred_of(daemon))


def user_cred(daemon: Daemon, foreign: Daemon) -> None:
    folder = credentials(daemon, "mallory")
    shutil.copyfile(folder / "client-cred.pem", cred_of(daemon))


def broken_ca(daemon: Daemon, foreign: Daemon) -> None:
    (daemon.root / "etc/xcat/cert/ca.pem").write_text("nothing\n")


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (missing_cred, "{} is missing"),
        (unreadable_cred, "Cannot read {} (Permission denied)"),
        (broken_cred, "{} holds no certificate in PEM"),
        (foreign_cred, "The certificate in {} was not signed by the authority in "),
        (mismatched_cred, "The certificate in {} is not for the key in {}"),
        (expired_cred, "The certificate in {}, or its authority in "),
        (user_cred, "The certificate in {} is not for this use"),
        (broken_ca, "{}/ca.pem holds no certificate in PEM"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_a_daemon_with_unusable_files_does_not_start(
    daemon: Daemon, foreign: Daemon, tmp_path: Path, spoil: Callable[[Daemon, Daemon], None], sentence: str
) -> None:
    twin = Daemon(tmp_path / "twin", daemon.name)
    shutil.copytree(daemon.root / "etc", twin.root / "etc")
    spoil(twin, foreign)
    done = subprocess.run(
        [*WITHOUT_PRIVILEGE, sys.executable, "-m", "xcatd", "--root", str(twin.root)],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=60,
    )
    place = cred_of(twin) if spoil is not broken_ca else cred_of(twin).parent
    assert done.stderr.startswith("xcatd: " + sentence.format(place, place))
    assert (done.stdout, done.stderr.count("\n"), done.returncode) == ("", 1, 1)


# -- revoked while connected --------------------------------------------------------------------------------------


async def test_a_certificate_revoked_on_a_live_connection(daemon: Daemon) -> None:
    folder = credentials(daemon, "leaver")
    async with conversation(daemon, folder) as talk:
        assert (await talk.ask(request("nodels", noderange="n1"))).nodes == ["n1"]
        watch = Watch(daemon)
        assert daemon.xcatcert("revoke", "leaver").returncode == 0
        sentence = Answer(await talk.rest()).error
    assert sentence.startswith("The certificate of leaver (serial ")
    assert watch.line() == f"caller leaver from 127.0.0.1: {sentence}"


def test_a_certificate_revoked_while_a_command_runs(daemon: Daemon) -> None:
    folder = credentials(daemon, "busy")
    typed(daemon, "chtab priority=6 policy.name=busy policy.rule=allow")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bmc:  # which never answers
        bmc.bind(("127.0.0.1", 0))
        bmc.settimeout(PATIENCE)
        typed(daemon, f"nodech n1 ipmi.bmc=127.0.0.1:{bmc.getsockname()[1]} ipmi.username=a ipmi.password=b")
        command = [sys.executable, "-I", "-S", "-c", CLIENT, "rpower", "n1", "stat"]
        env = environment(XCATHOST=daemon.host, XCAT_CREDENTIALS=str(folder))
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env) as client:
            bmc.recv(2048)
            watch = Watch(daemon)
            assert daemon.xcatcert("revoke", "busy").returncode == 0
            stdout, stderr = client.communicate(timeout=PATIENCE)
    assert (stdout, client.returncode) == ("", 1)
    assert stderr.startswith("Error: The certificate of busy (serial ")
    assert stderr.count("\n") == 1
    assert watch.line() == f"caller busy from 127.0.0.1: {stderr.removeprefix('Error: ').strip()}"


# -- links --------------------------------------------------------------------------------------------------------


@pytest.fixture
def service(daemon: Daemon, tmp_path: Path) -> Iterator[Daemon]:
    """A service node that is set up and does not run yet."""
    address = "127.0.1.7"
    below = join(daemon, Daemon(tmp_path / "sn7", "sn7", address, free_port(address), master=daemon.host))
    try:
        yield below
    finally:
        below.stop()
        daemon.xcatcert("revoke", "sn7")


def is_linked(service: Daemon) -> bool:
    return service.run("nodels", "n1").stdout == "n1\n"


def complaints(daemon: Daemon, words: str) -> list[str]:
    return [line["event"] for line in log_lines(daemon) if line["level"] == "warning" and words in line["event"]]


def test_a_service_node_whose_certificate_is_revoked_is_cut_off(daemon: Daemon, service: Daemon) -> None:
    service.start()
    until(lambda: is_linked(service), "the link")
    assert daemon.xcatcert("revoke", "sn7").returncode == 0
    [on_service] = until(lambda: complaints(service, "no link to"), "the service node to say why")
    assert on_service.startswith(f"no link to 127.0.0.1 port {daemon.port}: The certificate of sn7 (serial ")
    assert on_service.endswith("have a new one issued.")
    complaint = f"caller sn7 from 127.0.0.1: {on_service.partition(': ')[2]}"
    assert until(lambda: complaints(daemon, "caller sn7"), "the management node to say why") == [complaint]


def test_a_service_node_of_another_authority(foreign: Daemon, idle: Daemon, tmp_path: Path) -> None:
    address = "127.0.1.8"
    with served(idle) as daemon:
        stranger = join(foreign, Daemon(tmp_path / "sn8", "sn8", address, free_port(address), master=daemon.host))
        try:
            stranger.start()
            [on_service] = until(lambda: complaints(stranger, "no link to"), "the service node to say why")
        finally:
            stranger.stop()
        assert on_service == (
            f"no link to 127.0.0.1 port {daemon.port}: The peer's certificate is of an unknown authority: it must be "
            "issued by this cluster's."
        )
        assert until(lambda: complaints(daemon, "authority"), "the management node to say why") == [
            "no handshake with 127.0.0.1: The peer refuses our certificate, whose authority it does not know: both need "
            "the same ca.pem."
        ]


def test_a_service_node_that_dials_a_name_which_is_not_in_the_certificate(daemon: Daemon, service: Daemon) -> None:
    path = service.root / "etc/xcat/xcatd.yaml"
    write_settings(path, replace(read_settings(path), master=f"{OTHER_ADDRESS}:{daemon.port}"))
    service.start()
    [said] = until(lambda: complaints(service, "no link to"), "the service node to say why")
    assert said == (
        f"no link to {OTHER_ADDRESS} port {daemon.port}: The peer's certificate is of another host: dial a name in it, or "
        "issue it with --address."
    )


@pytest.mark.parametrize("role", ["user", "node"])
def test_only_daemons_may_link(daemon: Daemon, role: str) -> None:
    context = client_context(credentials(daemon, f"some-{role}", role=role))
    context.set_alpn_protocols([ALPN])
    watch = Watch(daemon)
    with (
        socket.create_connection((daemon.address, daemon.port), timeout=PATIENCE) as plain,
        context.wrap_socket(plain) as caller,
    ):
        caller.sendall(encode(Kind.HELLO, 0, json.dumps({"name": "sn1", "version": "1"}).encode()))
        said = b""
        while piece := caller.recv(4096):
            said += piece
    sentence = watch.line(f"some-{role}").partition(": ")[2]
    assert sentence == (
        f"The certificate of some-{role} has the role {role}: only service nodes and management nodes may link; have one "
        "signed with: xcatcert sign sn NAME CSRFILE"
    )
    assert sentence.encode() in said


def test_a_management_node_whose_certificate_is_revoked_leads_nobody(tmp_path: Path) -> None:
    with running(tmp_path, ["sn1"]) as cluster:
        [service] = cluster.services
        assert cluster.management.xcatcert("revoke", cluster.management.name).returncode == 0
        [said] = until(lambda: complaints(service, "no link to"), "the service node to say why")
        assert said.startswith(f"no link to 127.0.0.1 port {cluster.management.port}: The certificate of mn1 (serial ")
