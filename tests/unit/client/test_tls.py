"""Who is believed and who is not. Every case by real handshakes, with both of the interpreter's TLS interfaces."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.unit.client.authority import DAY, NOW, Authority
from tests.unit.client.daemon import Call, Daemon, Script, answer, network_listener, server_context
from xcat_client import connect, main, tls

HOSTS = ("localhost", "127.0.0.1", "::1")
Run = Callable[..., int]


@pytest.fixture(autouse=True, params=["native", "public"])
def interface(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "public":

        def renamed() -> tls.Toolkit:
            raise AttributeError("_set_alpn_protocols")

        monkeypatch.setattr(tls, "_native", renamed)


@pytest.fixture
def run(credentials: Path) -> Run:
    """`nodels` in this process, against a daemon."""

    def ask(daemon: Daemon, host: str = "127.0.0.1") -> int:
        env = {"XCATHOST": f"{host}:{daemon.port}", "XCAT_CREDENTIALS": str(credentials)}
        return main.run(["nodels"], env)

    return ask


@pytest.fixture
def good(authority: Authority, tmp_path: Path) -> ssl.SSLContext:
    """A daemon's TLS as it should be."""
    return server_context(tmp_path, authority.issue("mn", HOSTS), authority.pem)


@pytest.fixture(params=["TLS 1.2", "TLS 1.3"])
def version(request: pytest.FixtureRequest, good: ssl.SSLContext) -> Iterator[str]:
    if request.param == "TLS 1.2":
        good.maximum_version = ssl.TLSVersion.TLSv1_2
    yield request.param


def _errors(capfd: pytest.CaptureFixture[str]) -> str:
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("Error: ")
    assert err.count("\n") == 1
    return err


def _whoami(call: Call) -> None:
    """Script: say who the caller is by its certificate."""
    assert isinstance(call.sock, ssl.SSLSocket)
    certificate = call.sock.getpeercert()
    subject = dict(part[0] for part in certificate["subject"]) if certificate else {}  # type: ignore[misc]
    answer(subject.get("commonName", "nobody").encode())(call)


@pytest.mark.parametrize(("host", "address"), [("localhost", "127.0.0.1"), ("127.0.0.1",) * 2, ("[::1]", "::1")])
def test_a_caller_with_good_certificates_is_served(
    host: str, address: str, good: ssl.SSLContext, version: str, run: Run, capfd: pytest.CaptureFixture[str]
) -> None:
    with Daemon(_whoami, network_listener(address), good) as daemon:
        assert run(daemon, host) == 0
    assert capfd.readouterr() == ("alice", "")


def test_a_caller_without_certificate_goes_as_nobody(
    good: ssl.SSLContext, run: Run, credentials: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (credentials / "client-cred.pem").unlink()
    with Daemon(_whoami, network_listener(), good) as daemon:
        assert run(daemon) == 0
    assert capfd.readouterr() == ("nobody", "")


@pytest.mark.parametrize(
    ("hosts", "start", "end", "sentence"),
    [
        (HOSTS, NOW - 2 * DAY, NOW - DAY, "or of its authority has expired: renew it there"),
        (HOSTS, NOW + DAY, NOW + 2 * DAY, "is not valid yet: set the clocks"),
        (["mn.cluster"], NOW - DAY, NOW + DAY, "is not made out to 127.0.0.1: set XCATHOST to a name"),
        (["10.0.0.1"], NOW - DAY, NOW + DAY, "is not made out to 127.0.0.1: set XCATHOST to a name"),
    ],
    ids=["expired", "not yet", "wrong name", "wrong address"],
)
def test_a_daemon_with_a_bad_certificate_is_not_believed(
    hosts: list[str], start: object, end: object, sentence: str, authority: Authority, tmp_path: Path, run: Run,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    context = server_context(tmp_path, authority.issue("mn", hosts, start=start, end=end), authority.pem)  # type: ignore[arg-type]
    with Daemon(answer(), network_listener(), context) as daemon:
        assert run(daemon) == 255
    assert sentence in _errors(capfd)
    assert len(daemon.refusals) == 1


def test_a_daemon_of_another_host_is_not_believed(
    authority: Authority, tmp_path: Path, run: Run, capfd: pytest.CaptureFixture[str]
) -> None:
    context = server_context(tmp_path, authority.issue("localhost", ["mn.cluster"]), authority.pem)
    with Daemon(answer(), network_listener(), context) as daemon:
        assert run(daemon, "localhost") == 255
    assert "is not made out to localhost" in _errors(capfd)


@pytest.mark.parametrize("name", ["elsewhere", "cluster"], ids=["other name", "same name, other key"])
def test_a_daemon_of_a_foreign_authority_is_not_believed(
    name: str, tmp_path: Path, run: Run, credentials: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    foreign = Authority(name)
    context = server_context(tmp_path, foreign.issue("mn", HOSTS), foreign.pem)
    with Daemon(answer(), network_listener(), context) as daemon:
        assert run(daemon) == 255
    assert f"is not signed by the authority in {credentials}/ca.pem" in _errors(capfd)


def test_a_revocation_list_in_ca_pem_counts(
    authority: Authority, tmp_path: Path, run: Run, credentials: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    server = authority.issue("mn", HOSTS)
    (credentials / "ca.pem").write_bytes(authority.pem + authority.revoke(server))
    with Daemon(answer(), network_listener(), server_context(tmp_path, server, authority.pem)) as daemon:
        assert run(daemon) == 255
    assert "has been revoked: have a new one issued there" in _errors(capfd)


def test_another_fault_of_the_daemons_certificate_is_told_in_openssls_words(
    tmp_path: Path, run: Run, authority: Authority, credentials: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    elsewhere = Authority("elsewhere")
    (credentials / "ca.pem").write_bytes(authority.pem + elsewhere.revoke())  # no list of our own authority
    context = server_context(tmp_path, authority.issue("mn", HOSTS), authority.pem)
    with Daemon(answer(), network_listener(), context) as daemon:
        assert run(daemon) == 255
    assert "cannot be believed (unable to get certificate CRL)" in _errors(capfd)


def test_an_expired_caller_is_told_so(
    authority: Authority, good: ssl.SSLContext, version: str, run: Run, credentials: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    old = authority.issue("alice", start=NOW - 2 * DAY, end=NOW - DAY)
    (credentials / "client-cred.pem").write_bytes(old)
    with Daemon(answer(), network_listener(), good) as daemon:
        assert run(daemon) == 255
    assert f"refuses your certificate {credentials}/client-cred.pem because it has expired: renew it" in _errors(capfd)


def test_a_revoked_caller_is_told_so(
    authority: Authority, run: Run, credentials: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    revoked = authority.revoke((credentials / "client-cred.pem").read_bytes())
    context = server_context(tmp_path, authority.issue("mn", HOSTS), authority.pem + revoked)
    with Daemon(answer(), network_listener(), context) as daemon:
        assert run(daemon) == 255
    assert "because it has been revoked: have a new one issued" in _errors(capfd)


def test_a_caller_of_a_foreign_authority_is_told_so(
    good: ssl.SSLContext, version: str, run: Run, credentials: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (credentials / "client-cred.pem").write_bytes(Authority("elsewhere").issue("alice"))
    with Daemon(answer(), network_listener(), good) as daemon:
        assert run(daemon) == 255
    assert "because it is of an authority that it does not know" in _errors(capfd)


def test_another_refusal_points_to_the_daemons_log(
    authority: Authority, good: ssl.SSLContext, run: Run, credentials: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    early = authority.issue("alice", start=NOW + DAY, end=NOW + 2 * DAY)
    (credentials / "client-cred.pem").write_bytes(early)
    with Daemon(answer(), network_listener(), good) as daemon:
        assert run(daemon) == 255
    assert "or this connection (bad certificate): its log says why" in _errors(capfd)


def test_a_caller_that_needs_a_certificate_is_told_so(
    good: ssl.SSLContext, run: Run, credentials: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (credentials / "client-cred.pem").unlink()
    good.verify_mode = ssl.CERT_REQUIRED
    with Daemon(answer(), network_listener(), good) as daemon:
        assert run(daemon) == 255
    assert f"wants a client certificate: have {credentials}/client-cred.pem made" in _errors(capfd)


def _remove(file: Path) -> None:
    file.unlink()


def _spoil(file: Path) -> None:
    file.write_text("not a certificate\n")


@pytest.mark.parametrize(
    ("name", "change", "sentence"),
    [
        ("ca.pem", _remove, "There is no {}/ca.pem to verify the xCAT daemon with: have your credentials made"),
        ("ca.pem", _spoil, "{}/ca.pem holds no certificate: copy it again"),
        ("client-cred.pem", _spoil, "{}/client-cred.pem does not hold a certificate and its unencrypted key"),
    ],
)
def test_a_bad_file_of_the_caller_is_named(
    name: str, change: Callable[[Path], None], sentence: str, good: ssl.SSLContext, run: Run, credentials: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    change(credentials / name)
    with Daemon(answer(), network_listener(), good) as daemon:
        assert run(daemon) == 255
    assert sentence.format(credentials) in _errors(capfd)


@pytest.mark.parametrize("name", ["ca.pem", "client-cred.pem"])
def test_a_file_that_the_caller_may_not_read_is_named(
    name: str, good: ssl.SSLContext, run: Run, root: Path, credentials: Path, capfd: pytest.CaptureFixture[str],
    powerless: Callable[[Path], AbstractContextManager[None]],
) -> None:  # fmt: skip
    root.chmod(0o755)
    readable = credentials.rename(root / "credentials")
    credentials.symlink_to(readable)
    (readable / "ca.pem").chmod(0o644)
    env = {"XCAT_CREDENTIALS": str(readable)}
    with Daemon(answer(), network_listener(), good) as daemon, powerless(readable / name):
        assert main.run(["nodels"], {**env, "XCATHOST": f"127.0.0.1:{daemon.port}"}) == 255
    assert f"You may not read {readable}/{name}" in _errors(capfd)


def test_a_key_of_another_certificate_is_named(
    authority: Authority, good: ssl.SSLContext, run: Run, credentials: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    cut = b"-----BEGIN PRIVATE"
    certificate = authority.issue("alice").partition(cut)[0]
    key = cut + authority.issue("alice").partition(cut)[2]
    (credentials / "client-cred.pem").write_bytes(certificate + key)
    with Daemon(answer(), network_listener(), good) as daemon:
        assert run(daemon) == 255
    assert "does not belong to the certificate in it: have it issued again" in _errors(capfd)


def test_an_encrypted_key_is_refused_without_a_question(
    good: ssl.SSLContext, run: Run, credentials: Path, authority: Authority, capfd: pytest.CaptureFixture[str]
) -> None:
    (credentials / "client-cred.pem").write_bytes(authority.issue("alice", password=b"secret"))
    with Daemon(answer(), network_listener(), good) as daemon:
        assert run(daemon) == 255
    assert "does not hold a certificate and its unencrypted key" in _errors(capfd)


def test_a_daemon_without_our_protocol_is_left_alone(
    authority: Authority, tmp_path: Path, run: Run, capfd: pytest.CaptureFixture[str]
) -> None:
    context = server_context(tmp_path, authority.issue("mn", HOSTS), authority.pem, alpn=False)

    def hears_nothing(call: Call) -> None:
        assert call.receive() is None

    with Daemon(hears_nothing, network_listener(), context) as daemon:
        assert run(daemon) == 255
    assert "does not offer this client's protocol (it may be of xCAT 2)" in _errors(capfd)


def _talks_first(call: Call) -> None:
    call.sock.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
    call.sock.recv(1 << 16)


def _hangs_up(call: Call) -> None:
    call.sock.recv(1 << 16)


def _hangs_up_rudely(call: Call) -> None:
    call.sock.recv(1)


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        (_talks_first, "is no xCAT daemon (it does not speak TLS): check the host and port in XCATHOST"),
        (_hangs_up, "hung up during the TLS handshake: check that an xCAT daemon is there"),
        (_hangs_up_rudely, "hung up during the TLS handshake: check that an xCAT daemon is there"),
    ],
)
def test_what_is_no_daemon_is_called_so(
    script: Script, sentence: str, run: Run, capfd: pytest.CaptureFixture[str]
) -> None:
    with Daemon(script, network_listener()) as daemon:
        assert run(daemon) == 255
    assert sentence in _errors(capfd)


def test_an_end_of_before_tls_1_2_is_refused(run: Run, good: ssl.SSLContext, capfd: pytest.CaptureFixture[str]) -> None:
    server_hello_of_tls_1_1 = bytes.fromhex("160302002a0200002603020000" + "00" * 30 + "00c01300")

    def old(call: Call) -> None:
        call.sock.recv(1 << 16)
        call.sock.sendall(server_hello_of_tls_1_1)
        call.sock.recv(1 << 16)

    with Daemon(old, network_listener()) as daemon:
        assert run(daemon) == 255
    assert "speaks only TLS older than 1.2" in _errors(capfd)


def test_a_handshake_that_stalls_is_given_up(
    credentials: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(connect, "CONNECT_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as listening:  # accepts, as the kernel does, and says nothing
        env = {"XCATHOST": f"127.0.0.1:{listening.getsockname()[1]}"}
        assert main.run(["nodels"], {**env, "XCAT_CREDENTIALS": str(credentials)}) == 255
    assert "did not answer in time" in _errors(capfd)


def test_a_megabyte_comes_through_in_both_directions(
    good: ssl.SSLContext, version: str, credentials: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    words = ["n" * 1000 for _ in range(1000)]

    def echo(call: Call) -> None:
        argv = call.request()["argv"]
        call.send(b"O", "".join(argv[1:]).encode())
        call.send(b"X", b"7")

    with Daemon(echo, network_listener(), good) as daemon:
        env = {"XCATHOST": f"127.0.0.1:{daemon.port}", "XCAT_CREDENTIALS": str(credentials)}
        assert main.run(["nodels", *words], env) == 7
    assert capfd.readouterr() == ("n" * 1_000_000, "")


def test_a_daemon_that_dies_with_the_request_is_missed(
    good: ssl.SSLContext, run: Run, capfd: pytest.CaptureFixture[str]
) -> None:
    def dies(call: Call) -> None:
        call.request()
        call.send(b"O", b"n1\n")

    with Daemon(dies, network_listener(), good) as daemon:
        assert run(daemon) == 1
    out, err = capfd.readouterr()
    assert out == "n1\n"
    assert "communication with the xCAT server seems to have been ended prematurely" in err


def test_output_before_a_fault_is_not_lost(good: ssl.SSLContext, run: Run, capfd: pytest.CaptureFixture[str]) -> None:
    def speaks_plainly_after_all(call: Call) -> None:
        call.request()
        call.send(b"O", b"n1\n")
        raw = socket.socket(fileno=socket.dup(call.sock.fileno()))
        raw.sendall(b"this is no TLS record at all")
        raw.close()

    with Daemon(speaks_plainly_after_all, network_listener(), good) as daemon:
        assert run(daemon) == 255
    out, err = capfd.readouterr()
    assert out == "n1\n"
    assert err.count("\n") == 1
