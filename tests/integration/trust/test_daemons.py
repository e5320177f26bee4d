"""The certificate of a daemon: as a user sees it, and files with which it does not start."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.helpers.alone import WITHOUT_PRIVILEGE, credentials, served, until
from tests.helpers.cluster import Daemon, environment
from tests.helpers.trust import OTHER_ADDRESS, Watch, authority_of, cred_of, ended_in
from xcat_certs.names import Role


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
