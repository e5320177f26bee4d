"""xcatcert as an operator types it."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

import xcat_certs
from xcat_certs.layout import Layout
from xcat_certs.setup import setup_management_node

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def mn(tmp_path: Path) -> Path:
    """The root of a management node that was set up."""
    root = tmp_path / "mn"
    setup_management_node(root, "mn1", "alpha", ["10.0.0.1"])
    return root


@pytest.fixture
def xcatcert(mn: Path, tmp_path: Path) -> Run:
    """The program on the management node, or below another root; it must end with `status`."""

    def run(*words: str | Path, status: int = 0, root: Path = mn, text: str = "") -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(Path(xcat_certs.__file__).parents[1]),
            "XCAT_ROOT": str(root),
        }
        done = subprocess.run(
            [sys.executable, "-m", "xcat_certs", *words],
            env=environment,
            cwd=tmp_path,
            input=text,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == status, done.stderr
        assert "Traceback" not in done.stderr
        if status == 1:
            assert done.stderr.startswith("xcatcert: ")
            assert done.stderr.count("\n") == 1
            assert done.stdout == ""
        return done

    return run


def states(xcatcert: Run) -> list[tuple[str, str, str]]:
    """Role, name and state of each certificate."""
    lines = xcatcert("list").stdout.splitlines()
    assert lines[0].split() == ["SERIAL", "ROLE", "NAME", "EXPIRES", "STATE"]
    return [(words[1], words[2], words[4]) for words in map(str.split, lines[1:])]


def everything(root: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file() and path.name != "lock"}


def serial_of(xcatcert: Run, name: str) -> str:
    return next(line.split()[0] for line in xcatcert("list").stdout.splitlines() if line.split()[2] == name)


def test_a_service_node_joins_with_a_key_of_its_own(
    xcatcert: Run, tmp_path: Path, mn: Path, openssl: Callable[..., object]
) -> None:
    sn = tmp_path / "sn"
    asked = xcatcert("request", "sn1", "--address", "10.0.0.7", "--address", "sn1-ib", root=sn)
    request = sn / "etc/xcat/cert/server-req.pem"
    assert str(request) in asked.stdout
    signed = xcatcert("sign", "sn", "sn1", request, "--out", "sn1.pem")
    assert signed.stdout == ""
    assert "of sn sn1, valid until" in signed.stderr
    assert "10.0.0.7" in signed.stderr
    needs_ca = xcatcert("install", "sn1.pem", root=sn, status=1)
    assert "give the authority's certificate with --ca" in needs_ca.stderr
    done = xcatcert("install", "sn1.pem", "--ca", mn / "etc/xcat/cert/ca.pem", root=sn)
    assert str(sn / "etc/xcat/cert/server-cred.pem") in done.stdout
    openssl(
        "verify", "-purpose", "sslserver", "-CAfile", sn / "etc/xcat/cert/ca.pem", sn / "etc/xcat/cert/server-cert.pem"
    )
    assert not list(mn.rglob("*sn1*key*"))
    assert ("sn", "sn1", "valid") in states(xcatcert)


def test_a_signed_certificate_comes_out_on_standard_output(xcatcert: Run, tmp_path: Path) -> None:
    xcatcert("request", "sn1", root=tmp_path / "sn")
    request = (tmp_path / "sn/etc/xcat/cert/server-req.pem").read_text()
    certificate = x509.load_pem_x509_certificate(xcatcert("sign", "sn", "sn1", "-", text=request).stdout.encode())
    assert certificate.subject.rfc4514_string() == "CN=sn1"


def test_a_request_for_the_managements_place_is_refused_and_its_own_is_signed(xcatcert: Run, tmp_path: Path) -> None:
    xcatcert("request", "sn1", "--address", "10.0.0.1", root=tmp_path / "sn")
    request = tmp_path / "sn/etc/xcat/cert/server-req.pem"
    refused = xcatcert("sign", "sn", "sn1", request, status=1)
    assert "The request for sn1 asks for 10.0.0.1, which the certificate" in refused.stderr
    assert ("sn", "sn1", "valid") not in states(xcatcert)
    signed = xcatcert("sign", "sn", "sn1", request, "--address", "10.0.0.7")
    assert "10.0.0.7" in signed.stderr
    assert "10.0.0.1" not in signed.stderr


def test_a_user_sends_a_request_from_another_host(xcatcert: Run, tmp_path: Path, mn: Path) -> None:
    place = tmp_path / "home/.xcat"
    xcatcert("request", "alice", "--client", "--key", "rsa", "--dir", place)
    xcatcert("sign", "user", "alice", place / "client-req.pem", "--out", place / "signed.pem")
    xcatcert("install", place / "signed.pem", "--ca", mn / "etc/xcat/cert/ca.pem", "--dir", place)
    assert "RSA 2048 bits" in xcatcert("show", place / "client-cred.pem").stdout


def test_root_and_the_folder_of_the_own_account_are_the_places_without_dir(xcatcert: Run, tmp_path: Path) -> None:
    own = Layout(tmp_path / "other").client(pwd.getpwuid(os.geteuid()).pw_name)
    xcatcert("request", "me", "--client", root=tmp_path / "other")
    assert own.request.exists()


@pytest.mark.parametrize("role", ["mn", "sn", "user", "node"])
def test_issue_makes_key_and_certificate_in_a_folder(xcatcert: Run, tmp_path: Path, role: str) -> None:
    done = xcatcert("issue", role, "host1", "--dir", "made", "--days", "10", "--key", "rsa")
    assert done.stdout.endswith(
        f"of {role} host1, valid until {_in_days(10)}"
        f"{', for host1, localhost, 127.0.0.1, ::1' if role in ('mn', 'sn') else ''}, is in made.\n"
    )
    prefix = "server" if role in ("mn", "sn") else "client"
    assert sorted(path.name for path in (tmp_path / "made").iterdir()) == [
        "ca.pem",
        *(f"{prefix}-{kind}.pem" for kind in ("cert", "cred", "key")),
    ]
    key = (tmp_path / f"made/{prefix}-key.pem").read_bytes()
    refused = xcatcert("issue", role, "host1", "--dir", "made", status=1)
    assert "exists: `xcatcert renew host1`" in refused.stderr
    assert (tmp_path / f"made/{prefix}-key.pem").read_bytes() == key


def _in_days(days: int) -> str:
    return f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%d}"


def test_after_an_error_no_key_is_left(xcatcert: Run, tmp_path: Path) -> None:
    refused = xcatcert("issue", "node", "root", "--dir", "made", status=1)
    assert "root is a user already" in refused.stderr
    assert list((tmp_path / "made").iterdir()) == []


def test_who_makes_his_own_key_is_not_issued_one_by_the_way(xcatcert: Run) -> None:
    for role in ("sn", "node"):
        refused = xcatcert("issue", role, "host1", status=1)
        assert "host1 makes its own key: run `xcatcert request host1` there" in refused.stderr
    assert "has no account no-such-user" in xcatcert("issue", "user", "no-such-user", status=1).stderr
    assert "server-key.pem exists" in xcatcert("issue", "mn", "mn1", status=1).stderr


def test_renew_puts_the_new_certificate_beside_the_key_that_is_here(xcatcert: Run, mn: Path) -> None:
    server, client = Layout(mn).server, Layout(mn).client("root")
    before = server.certificate.read_bytes(), client.certificate.read_bytes()
    keys = server.key.read_bytes(), client.key.read_bytes()
    assert f"is in {server.directory}." in xcatcert("renew", "mn1").stderr
    assert f"is in {client.directory}." in xcatcert("renew", "root").stderr
    after = server.certificate.read_bytes(), client.certificate.read_bytes()
    assert before[0] != after[0]
    assert before[1] != after[1]
    assert (server.key.read_bytes(), client.key.read_bytes()) == keys
    assert [state for state in states(xcatcert) if state[1] == "mn1"] == [("mn", "mn1", "valid")] * 2


def test_renew_hands_over_what_belongs_on_another_host(xcatcert: Run, tmp_path: Path) -> None:
    xcatcert("issue", "sn", "sn1", "--dir", "sn", "--days", "1")
    xcatcert("issue", "user", "no-such-user", "--dir", "user", "--days", "1")
    for name, place in (("sn1", "sn"), ("no-such-user", "user")):
        done = xcatcert("renew", name)
        assert "`xcatcert install` on the host that has it" in done.stderr
        (tmp_path / "new.pem").write_text(done.stdout)
        xcatcert("install", "new.pem", "--dir", place)
    assert "is in sn." in xcatcert("renew", "sn1", "--dir", "sn", "--out", "copy.pem").stderr
    assert (tmp_path / "copy.pem").read_bytes() == (tmp_path / "sn/server-cert.pem").read_bytes()


def test_revoke_takes_back_all_certificates_of_a_name(
    xcatcert: Run, mn: Path, tmp_path: Path, openssl: Callable[..., object]
) -> None:
    xcatcert("issue", "sn", "sn1", "--dir", "sn")
    xcatcert("renew", "sn1")
    done = xcatcert("revoke", "sn1", "--reason", "keyCompromise")
    assert done.stdout.count("Revoked certificate") == 2
    assert [state for state in states(xcatcert) if state[1] == "sn1"] == [("sn", "sn1", "revoked")] * 2
    assert "Was revoked already" in xcatcert("revoke", "sn1").stdout
    assert "(keyCompromise)" in xcatcert("show", "sn1").stdout
    assert "Every certificate of sn1 is revoked" in xcatcert("renew", "sn1", status=1).stderr
    crl = mn / "etc/xcat/cert/crl.pem"
    openssl(
        "verify",
        "-crl_check",
        "-CAfile",
        mn / "etc/xcat/ca/ca-cert.pem",
        "-CRLfile",
        crl,
        "sn/server-cert.pem",
        status=2,
    )


def test_a_serial_number_names_one_certificate(xcatcert: Run) -> None:
    xcatcert("issue", "node", "sn1", "--dir", "node")
    xcatcert("issue", "sn", "sn1", "--dir", "sn")
    for command in ("renew", "revoke"):
        refused = xcatcert(command, "sn1", status=1)
        assert "sn1 has several certificates; name one by its serial number:" in refused.stderr
    serial = serial_of(xcatcert, "sn1")
    assert f"of node sn1, valid until {_in_days(3)}" in xcatcert("renew", serial.lower(), "--days", "3").stderr
    assert f"Revoked certificate {serial} of node sn1" in xcatcert("revoke", serial).stdout


def test_two_keys_of_one_user_are_told_apart(xcatcert: Run) -> None:
    for place in ("laptop", "desk"):
        xcatcert("issue", "user", "alice", "--dir", place)
    assert "alice has several certificates" in xcatcert("renew", "alice", status=1).stderr


def test_show_says_all_about_a_certificate(xcatcert: Run, mn: Path) -> None:
    by_name = xcatcert("show", "mn1").stdout
    assert by_name == xcatcert("show", serial_of(xcatcert, "mn1")).stdout
    rows = dict(line.split(":", 1) for line in by_name.splitlines())
    assert rows["role"].strip() == "xcat://alpha/mn/mn1"
    assert rows["names"].strip() == "mn1, localhost, 127.0.0.1, ::1, 10.0.0.1"
    assert rows["issuer"].strip() == "CN=xCAT CA alpha"
    assert rows["state"].strip() == "valid"
    assert "EC secp256r1" in rows["key"]
    assert "not in an index here" in xcatcert("show", mn / "root/.xcat/client-cert.pem").stdout


def test_show_reads_certificates_of_strangers(xcatcert: Run, tmp_path: Path, openssl: Callable[..., object]) -> None:
    openssl(
        "req", "-x509", "-newkey", "ed25519", "-nodes", "-keyout", "k", "-out", "web.pem", "-subj", "/CN=web",
        "-addext", "subjectAltName=DNS:*.example.org,email:a@example.org",
    )  # fmt: skip
    text = xcatcert("show", "web.pem").stdout
    assert "*.example.org" in text
    assert "none (counts as a user)" in text
    assert "neither EC nor RSA" in text


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["show", "nobody"], "No certificate is issued to nobody; `xcatcert list` shows all."),
        (["show", "none.pem"], "Cannot read none.pem, the certificate: no such file or directory."),
        (["revoke", "ABC"], "No certificate has the serial number 0ABC"),
        (["sign", "sn", "sn1", "none.csr"], "Cannot read none.csr, the request"),
        (["sign", "sn", "sn1", "text"], "This is not a certificate request in PEM"),
        (["sign", "sn", "sn1", "text", "--out", "none/x.pem"], "none is missing or not writable"),
        (["sign", "sn", "sn1", "text", "--out", "mn/etc/xcat/cert/server-cred.pem"], "holds a private key"),
        (["install", "text"], "text holds no certificate in PEM."),
        (["request", "sn1", "--client", "--address", "10.0.0.1"], "leave out --client or --address"),
        (["request", "sn 1"], "cannot stand in a certificate as a host name"),
        (["request", "sn1", "--dir", "text"], "a file of this name is in the way"),
        (["issue", "user", "alice", "--dir", "x", "--days", "0"], "cannot be valid for 0 days"),
        (["--root", "elsewhere", "list"], "There is no authority in elsewhere/etc/xcat/ca"),
        (["--root", "text", "list"], "There is no authority in"),
    ],
)
def test_an_error_is_one_sentence_and_changes_nothing(
    xcatcert: Run, mn: Path, tmp_path: Path, words: list[str], says: str
) -> None:
    (tmp_path / "text").write_text("hello\n")
    before = everything(mn)
    assert says in xcatcert(*words, status=1).stderr
    assert everything(mn) == before
    assert not (tmp_path / "x/client-key.pem").exists()


def test_a_certificate_of_another_key_is_not_installed(xcatcert: Run, mn: Path, tmp_path: Path) -> None:
    refused = xcatcert("install", mn / "etc/xcat/cert/server-cert.pem", root=tmp_path / "sn", status=1)
    assert "was not made for a key of this host" in refused.stderr


@pytest.mark.parametrize(
    "words", [[], ["sign"], ["issue", "king", "arthur"], ["list", "--all"], ["revoke", "x", "--reason", "y"]]
)
def test_a_wrong_command_line_is_status_2(xcatcert: Run, words: list[str]) -> None:
    assert "usage: xcatcert" in xcatcert(*words, status=2).stderr


def test_a_name_of_a_file_that_is_no_text_can_be_printed(xcatcert: Run) -> None:
    assert "\\udcff" in xcatcert("request", "sn1", "--dir", os.fsdecode(b"odd\xff")).stdout


def test_a_reader_that_has_seen_enough_is_no_error(xcatcert: Run, mn: Path) -> None:
    words = f"{sys.executable} -m xcat_certs --root {mn} list"
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(xcat_certs.__file__).parents[1])}
    done = subprocess.run(
        ["bash", "-c", f"{words} | true"], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.stderr == ""


def test_many_operators_sign_at_the_same_time_and_nothing_is_lost(xcatcert: Run, tmp_path: Path) -> None:
    names = [f"sn{number}" for number in range(6)]
    for name in names:
        xcatcert("request", name, "--dir", name)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda name: xcatcert("sign", "sn", name, f"{name}/server-req.pem"), names))
    assert {name for role, name, state in states(xcatcert) if role == "sn" and state == "valid"} == set(names)
