"""Who gets through the door, on real connections, and what a daemon says about its own files."""

from __future__ import annotations

import ssl
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.unit.certs.xcat2 import make_xcat2_site
from tests.unit.tls.conftest import LONG_AGO, Cluster, client_context
from tests.unit.tls.handshake import meet, plain_client, tls_client
from xcat_certs.names import Role as CertRole
from xcatd.errors import TrustError
from xcatd.model import Role
from xcatd.tls import ALPN, RevocationList, TlsFiles, explain, identify, peer_context, server_context


def openssl(*words: str | Path) -> None:
    subprocess.run(["openssl", *words], check=True, capture_output=True, timeout=60)


def test_a_user_is_known_by_name_and_role(cluster: Cluster) -> None:
    alice = cluster.holder(CertRole.USER, "alice")
    server, client = meet(server_context(cluster.mn), tls_client(client_context(alice, cluster.mn.ca)))
    assert server.error is None
    assert client.error is None
    identity = identify(server.certificate)
    assert (identity.name, identity.role, identity.cluster) == ("alice", Role.USER, "alpha")
    assert identity.serial == cluster.authority.named("alice")[0].serial_hex
    assert server.version == "TLSv1.3"
    assert server.protocol is None  # a client that asks for nothing speaks XML


def test_a_caller_without_certificate_is_served_as_anonymous(cluster: Cluster) -> None:
    server, client = meet(server_context(cluster.mn), tls_client(client_context(None, cluster.mn.ca)))
    assert client.error is None
    assert identify(server.certificate).role is Role.ANONYMOUS


def test_daemons_know_each_other_and_speak_frames(cluster: Cluster) -> None:
    sn1 = cluster.holder(CertRole.SERVICE, "sn1", addresses=("127.0.0.5",))
    for name in ("sn1", "localhost", "127.0.0.5", "127.0.0.1"):
        server, client = meet(server_context(sn1), tls_client(peer_context(cluster.mn), name))
        assert client.error is None
        assert server.protocol == client.protocol == ALPN
        assert identify(client.certificate).role is Role.SERVICE
        assert identify(server.certificate).role is Role.MANAGEMENT


def test_a_client_that_asks_for_another_protocol_is_taken_for_one_that_speaks_xml(cluster: Cluster) -> None:
    context = client_context(cluster.admin, cluster.mn.ca)
    context.set_alpn_protocols(["http/1.1"])
    server, client = meet(server_context(cluster.mn), tls_client(context))
    assert client.error is None
    assert server.protocol is None


def test_the_wrong_host_is_not_spoken_to(cluster: Cluster) -> None:
    sn1 = cluster.holder(CertRole.SERVICE, "sn1")
    for name in ("sn2", "127.0.0.9"):
        server, client = meet(server_context(sn1), tls_client(peer_context(cluster.mn), name))
        assert client.error is not None
        assert "is of another host" in explain(client.error)
        assert server.error is not None
        assert "lacks the name dialled" in explain(server.error)


def test_a_foreign_client_is_refused_by_both_versions_of_tls(cluster: Cluster, foreign: Cluster) -> None:
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = client_context(foreign.admin, cluster.mn.ca)
        context.maximum_version = version
        server, client = meet(server_context(cluster.mn), tls_client(context))
        assert server.error is not None
        assert client.error is not None
        assert explain(server.error) == (
            "The peer's certificate is of an unknown authority: it must be issued by this cluster's."
        )
        assert explain(client.error) == (
            "The peer refuses our certificate, whose authority it does not know: both need the same ca.pem."
        )


def test_a_foreign_daemon_is_not_believed(cluster: Cluster, foreign: Cluster) -> None:
    server, client = meet(server_context(foreign.mn), tls_client(peer_context(cluster.mn)))
    assert client.error is not None
    assert "unknown authority" in explain(client.error)
    assert server.error is not None
    assert "authority it does not know" in explain(server.error)


def test_an_expired_client_is_refused(cluster: Cluster) -> None:
    alice = cluster.holder(CertRole.USER, "alice", clock=lambda: LONG_AGO)
    server, client = meet(server_context(cluster.mn), tls_client(client_context(alice, cluster.mn.ca)))
    assert server.error is not None
    assert client.error is not None
    assert explain(server.error).startswith("The peer's certificate has expired")
    assert explain(client.error).startswith("The peer refuses our certificate, which has expired")


def test_a_revoked_client_is_refused_from_the_next_handshake_on(cluster: Cluster) -> None:
    alice = cluster.holder(CertRole.USER, "alice")
    context, revocations = server_context(cluster.mn), RevocationList(cluster.mn.revocations)
    server, _ = meet(context, tls_client(client_context(alice, cluster.mn.ca)))
    revocations.check(identify(server.certificate))
    cluster.revoke("alice")
    server, _ = meet(context, tls_client(client_context(alice, cluster.mn.ca)))
    with pytest.raises(TrustError, match=r"The certificate of alice \(serial \w+\) was revoked on 20\d\d-"):
        revocations.check(identify(server.certificate))


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_every_connection_proves_its_identity_anew(cluster: Cluster, version: ssl.TLSVersion) -> None:
    serving = server_context(cluster.mn)
    context = client_context(cluster.admin, cluster.mn.ca)
    context.maximum_version = version
    _, first = meet(serving, tls_client(context))
    server, second = meet(serving, tls_client(context, session=first.session))
    assert not second.resumed
    assert identify(server.certificate).name == "root"


def test_a_user_cannot_pose_as_a_daemon(cluster: Cluster) -> None:
    alice = cluster.holder(CertRole.USER, "alice")
    with pytest.raises(TrustError, match=r"client-cred.pem is not for this use: a daemon needs one issued as mn or sn"):
        server_context(alice)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(alice.certificate, alice.key)
    server, client = meet(serving, tls_client(peer_context(cluster.mn), "alice"))
    assert client.error is not None
    assert "is not for this use" in explain(client.error)
    assert server.error is not None
    assert "issue it as mn or sn" in explain(server.error)


def test_a_user_that_dials_is_still_a_user(cluster: Cluster) -> None:
    server, _ = meet(server_context(cluster.mn), tls_client(peer_context(cluster.admin)))
    assert identify(server.certificate).role is Role.USER


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1:DeprecationWarning")
def test_tls_1_1_is_refused(cluster: Cluster) -> None:
    context = client_context(cluster.admin, cluster.mn.ca)
    context.set_ciphers("ALL:@SECLEVEL=0")  # without it this side would not even try
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    server, client = meet(server_context(cluster.mn), tls_client(context))
    for side in (server, client):
        assert side.error is not None
        assert explain(side.error) == ("The peer and this daemon share no TLS version: both need TLS 1.2 or newer.")


def test_tls_1_3_can_be_demanded(cluster: Cluster) -> None:
    context = client_context(cluster.admin, cluster.mn.ca)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    server, _ = meet(server_context(cluster.mn, minimum="1.3"), tls_client(context))
    assert server.error is not None
    assert "share no TLS version" in explain(server.error)


def test_no_shared_cipher_is_told_apart(cluster: Cluster) -> None:
    context = client_context(cluster.admin, cluster.mn.ca)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-RSA-AES128-GCM-SHA256")
    server, client = meet(server_context(cluster.mn), tls_client(context))
    for side in (server, client):
        assert side.error is not None
        assert "share no cipher" in explain(side.error)


@pytest.mark.parametrize(
    "content", [b"GET / HTTP/1.0\r\n\r\n", b"<xcatrequest>\n", b"SSH-2.0-x\r\n", b"CONNECT a:1 HTTP/1.0\r\n"]
)
def test_what_is_no_tls_is_named_so(cluster: Cluster, content: bytes) -> None:
    server, _ = meet(server_context(cluster.mn), plain_client(content))
    assert server.error is not None
    assert explain(server.error).startswith("The peer does not speak TLS")


def test_who_connects_and_leaves_has_hung_up(cluster: Cluster) -> None:
    server, _ = meet(server_context(cluster.mn), plain_client(b""))
    assert server.error is not None
    assert explain(server.error) == "The peer hung up before the TLS handshake was done."


def test_rsa_and_ec_work_side_by_side(cluster: Cluster) -> None:
    sn1 = cluster.holder(CertRole.SERVICE, "sn1", key="rsa")
    bob = cluster.holder(CertRole.USER, "bob", key="rsa")
    for files in (bob, cluster.admin):
        server, client = meet(server_context(sn1), tls_client(client_context(files, cluster.mn.ca), "sn1"))
        assert client.error is None
        assert identify(server.certificate).role is Role.USER


def test_a_site_of_xcat_2_goes_on_working(tmp_path: Path) -> None:
    make_xcat2_site(tmp_path, lambda *words, **_: openssl(*words))
    files = TlsFiles.server(tmp_path / "etc/xcat/cert")
    admin = TlsFiles.client(tmp_path / "root/.xcat")
    context = client_context(admin, admin.ca)
    context.check_hostname = False  # as its clients do
    server, client = meet(server_context(files), tls_client(context))
    assert client.error is None
    identity = identify(server.certificate)
    assert (identity.name, identity.role, identity.cluster) == ("root", Role.USER, "")
    RevocationList(files.revocations).check(identity)


def _text(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.write_text("hello\n")


def _directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("name", "break_it", "says"),
    [
        ("ca", Path.unlink, r"ca.pem is missing: run `xcatd init`"),
        ("certificate", Path.unlink, r"server-cert.pem is missing"),
        ("key", Path.unlink, r"server-key.pem is missing"),
        ("ca", _text, r"ca.pem holds no certificate in PEM"),
        ("certificate", _text, r"server-cert.pem holds no certificate in PEM"),
        ("key", _text, r"server-key.pem holds no private key that can be used"),
        ("key", _directory, r"Cannot read .*server-key.pem \(Is a directory\)"),
    ],
)
@pytest.mark.parametrize("make", [server_context, peer_context])
def test_a_broken_file_is_named(
    cluster: Cluster,
    name: str,
    break_it: Callable[[Path], object],
    says: str,
    make: Callable[[TlsFiles], ssl.SSLContext],
) -> None:
    directory = cluster.mn.ca.parent
    files = TlsFiles(cluster.mn.ca, directory / "server-cert.pem", directory / "server-key.pem")
    make(files)
    break_it(getattr(files, name))
    with pytest.raises(TrustError, match=says) as caught:
        make(files)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize("make", [server_context, peer_context])
def test_files_that_do_not_belong_together_are_named(
    cluster: Cluster, foreign: Cluster, make: Callable[[TlsFiles], ssl.SSLContext]
) -> None:
    rsa = cluster.holder(CertRole.SERVICE, "sn1", key="rsa")
    for other in (foreign.mn, rsa):
        with pytest.raises(TrustError, match=r"server-cred.pem is not for the key in .*server-cred.pem"):
            make(TlsFiles(cluster.mn.ca, cluster.mn.certificate, other.key))
    with pytest.raises(TrustError, match=r"was not signed by the authority in .*ca.pem"):
        make(TlsFiles(foreign.mn.ca, cluster.mn.certificate, cluster.mn.key))


@pytest.mark.parametrize("make", [server_context, peer_context])
def test_a_daemons_own_expired_certificate_is_named(
    cluster: Cluster, make: Callable[[TlsFiles], ssl.SSLContext]
) -> None:
    sn1 = cluster.holder(CertRole.SERVICE, "sn1", clock=lambda: LONG_AGO)
    with pytest.raises(TrustError, match=r"sn-sn1/server-cred.pem.* has expired: run `xcatcert renew`"):
        make(sn1)


def test_a_certificate_of_tomorrow_is_named(cluster: Cluster) -> None:
    with pytest.raises(TrustError, match="is not valid yet: set the clock of this host"):
        server_context(cluster.holder(CertRole.SERVICE, "sn1", clock=lambda: datetime.now(UTC) + timedelta(days=9)))


def test_a_key_that_tls_cannot_use_is_named(cluster: Cluster, tmp_path: Path) -> None:
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp256k1")
    openssl("req", "-x509", *curve, "-nodes", "-keyout", tmp_path / "k", "-out", tmp_path / "c", "-subj", "/CN=x")
    with pytest.raises(TrustError, match=r"No handshake is possible with .*/c \("):
        server_context(TlsFiles(tmp_path / "c", tmp_path / "c", tmp_path / "k"))


def test_a_key_with_a_password_is_not_asked_for_at_the_terminal(cluster: Cluster, tmp_path: Path) -> None:
    locked = tmp_path / "locked.pem"
    openssl("ec", "-in", cluster.mn.key, "-aes128", "-passout", "pass:secret", "-out", locked)
    with pytest.raises(TrustError, match=r"locked.pem has a password, which a daemon cannot enter"):
        server_context(TlsFiles(cluster.mn.ca, cluster.mn.certificate, locked))


def test_a_certificate_too_weak_for_this_host_is_named(cluster: Cluster, tmp_path: Path) -> None:
    openssl(
        "req", "-x509", "-newkey", "rsa:1024", "-nodes", "-keyout", tmp_path / "k", "-out", tmp_path / "c", "-subj", "/CN=x"
    )  # fmt: skip
    with pytest.raises(TrustError, match="is too weak for this host's OpenSSL"):
        server_context(TlsFiles(tmp_path / "c", tmp_path / "c", tmp_path / "k"))


def test_a_daemon_without_revocations_never_loads_cryptography(cluster: Cluster) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from xcatd.tls import TlsFiles, own_certificate, server_context, peer_context, RevocationList, identify\n"
        "files = TlsFiles.server(Path(sys.argv[1])); server_context(files); peer_context(files)\n"
        "assert identify(own_certificate(files)).name == 'mn1'\n"
        "RevocationList(files.revocations).check(identify({'serialNumber': '01', 'notAfter': 'Jan  1 00:00:00 2090 GMT',"
        " 'subject': ((('commonName', 'root'),),)}))\n"
        "assert 'cryptography' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program, cluster.mn.ca.parent], check=True, timeout=60)
