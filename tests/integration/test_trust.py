"""Certificates that are not as they must be, over real handshakes: one sentence for the user, one line in the log."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.helpers.alone import alone, credentials, log_lines, typed, until
from tests.helpers.cluster import PATIENCE, Cluster, Daemon, build, free_port, join, made
from tests.helpers.conversation import Answer, conversation, request
from xcat_certs.authority import Authority
from xcat_certs.issue import issue
from xcat_certs.layout import Credentials
from xcat_certs.names import AlternativeNames, Role
from xcatd.protocol.frames import Kind, encode

OTHER_ADDRESS = "127.0.0.9"
"""Where the daemon listens too, although its certificate does not have this address."""


def listens_elsewhere_too(daemon: Daemon) -> None:
    settings = daemon.root / "etc/xcat/xcatd.yaml"
    settings.write_text(settings.read_text().replace('["127.0.0.1"]', f'["127.0.0.1", "{OTHER_ADDRESS}"]'))


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with alone(tmp_path_factory.mktemp("trust"), prepare=listens_elsewhere_too) as running:
        typed(running, "nodeadd n1 groups=all nodehm.mgt=ipmi", "chtab priority=5 policy.commands=nodels policy.rule=allow")
        yield running


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Daemon:
    """Another cluster, which does not run."""
    return build(tmp_path_factory.mktemp("foreign"), ()).management


def ended_in(left: timedelta, authority: Path, role: Role, name: str, folder: Path) -> Path:
    """A certificate for one day, of which only `left` is left."""
    then = datetime.now(UTC) + left - timedelta(days=1)
    issuer = Authority.open(authority, clock=lambda: then)
    place = Credentials(folder, "server" if role.is_server else "client")
    issue(issuer, place, role, name, days=1, names=AlternativeNames())
    return folder


def authority_of(daemon: Daemon) -> Path:
    return daemon.root / "etc/xcat/ca"


class Watch:
    """What a client and the daemon's log say from now on."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon
        self._before = len(log_lines(daemon))

    def type(self, folder: Path, **env: str) -> str:
        """Ask for nodes with these credentials: the one sentence on standard error, after its `Error: `, and the status."""
        done = self._daemon.run("nodels", "n1", **{"tls": True, "XCAT_CREDENTIALS": str(folder), **env})
        assert done.stdout == ""
        assert done.stderr.startswith("Error: ")
        assert done.stderr.count("\n") == 1
        return f"{done.returncode} {done.stderr.removeprefix('Error: ').strip()}"

    def warnings(self) -> list[str]:
        return [line["event"] for line in log_lines(self._daemon)[self._before :] if line["level"] != "info"]

    def line(self) -> str:
        """The one line that the log has got."""
        until(self.warnings, "a line in the log")
        [line] = self.warnings()
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
def test_files_that_cannot_be_used_are_named_and_nobody_is_called(
    daemon: Daemon, tmp_path: Path, spoil: Callable[[Path], None], sentence: str
) -> None:
    shutil.copytree(daemon.credentials, tmp_path / "mine")
    spoil(tmp_path / "mine")
    watch = Watch(daemon)
    done = daemon.run(
        "nodels", "n1", tls=True, before=WITHOUT_PRIVILEGE, XCAT_CREDENTIALS=str(tmp_path / "mine")
    )
    assert done.stderr.startswith("Error: " + sentence.format(tmp_path / "mine"))
    assert (done.stdout, done.stderr.count("\n"), done.returncode) == ("", 1, 255)
    assert watch.warnings() == []
