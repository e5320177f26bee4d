"""The certificate of a user: expired, revoked, of another cluster, none, or in files that cannot be used."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.helpers.alone import WITHOUT_PRIVILEGE, credentials, run_with
from tests.helpers.cluster import Daemon
from tests.helpers.trust import Watch, authority_of, ended_in
from xcat_certs.names import Role


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
