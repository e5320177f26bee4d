"""The list counts as soon as it changes, and a list that cannot be believed lets nobody in."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.tls.conftest import Cluster
from xcat_certs.authority import Authority
from xcat_certs.names import Role as CertRole
from xcatd.errors import TrustError
from xcatd.model import Role
from xcatd.tls import ANONYMOUS, Identity, RevocationList


@pytest.fixture
def revocations(cluster: Cluster) -> RevocationList:
    return RevocationList(cluster.mn.revocations)


def identity_of(cluster: Cluster, name: str) -> Identity:
    entry = cluster.authority.named(name)[-1]
    return Identity(name, Role.USER, cluster.cluster, entry.serial_hex, entry.not_after)


def test_without_a_list_nothing_is_revoked(cluster: Cluster, revocations: RevocationList) -> None:
    assert not cluster.mn.revocations.exists()
    revocations.check(identity_of(cluster, "root"))


def test_a_revocation_counts_at_once_and_for_one_only(cluster: Cluster, revocations: RevocationList) -> None:
    for name in ("alice", "bob"):
        cluster.holder(CertRole.USER, name)
    alice, bob = identity_of(cluster, "alice"), identity_of(cluster, "bob")
    revocations.check(alice)
    cluster.revoke("alice")
    with pytest.raises(TrustError, match=rf"alice \(serial {alice.serial}\) was revoked on .*: have a new one issued"):
        revocations.check(alice)
    revocations.check(bob)
    cluster.revoke("bob")
    with pytest.raises(TrustError, match="bob"):
        revocations.check(bob)


def test_it_says_when_it_would_have_to_read(cluster: Cluster, revocations: RevocationList) -> None:
    assert not revocations.is_current()
    revocations.check(identity_of(cluster, "root"))
    assert revocations.is_current()
    cluster.holder(CertRole.USER, "alice")
    cluster.revoke("alice")
    assert not revocations.is_current()
    revocations.check(identity_of(cluster, "root"))
    assert revocations.is_current()


def test_who_has_no_certificate_has_nothing_to_revoke(cluster: Cluster, revocations: RevocationList) -> None:
    cluster.mn.revocations.write_text("damaged")
    revocations.check(ANONYMOUS)


def test_a_damaged_list_lets_nobody_in_until_it_is_whole_again(cluster: Cluster, revocations: RevocationList) -> None:
    root, path = identity_of(cluster, "root"), cluster.mn.revocations
    cluster.holder(CertRole.USER, "alice")
    cluster.revoke("alice")
    revocations.check(root)
    good = path.read_bytes()
    for bad in (b"", b"hello", good[: len(good) // 2], good.replace(b"A", b"B", 9)):
        path.write_bytes(bad)
        for _ in range(2):
            with pytest.raises(TrustError, match="Nobody is let in: "):
                revocations.check(root)
    path.write_bytes(good)
    revocations.check(root)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_whatever_is_done_to_the_list_a_revoked_one_stays_out(cluster: Cluster, data: st.DataObject) -> None:
    path = cluster.mn.revocations
    good = path.with_name("good")
    if not good.exists():
        cluster.revoke("root")
        path.rename(good)
    content = bytearray(base64.b64decode(b"".join(good.read_bytes().splitlines()[1:-1])))
    for place, byte in data.draw(
        st.dictionaries(st.integers(0, len(content) - 1), st.integers(0, 255), max_size=4)
    ).items():
        content[place] = byte
    path.write_bytes(b"-----BEGIN X509 CRL-----\n%b-----END X509 CRL-----\n" % base64.encodebytes(content))
    with pytest.raises(TrustError):
        RevocationList(path).check(identity_of(cluster, "root"))


def test_a_list_of_another_authority_lets_nobody_in(
    cluster: Cluster, foreign: Cluster, revocations: RevocationList
) -> None:
    foreign.revoke("root")
    cluster.mn.revocations.write_bytes(foreign.mn.revocations.read_bytes())
    with pytest.raises(TrustError, match=r"crl.pem was not signed by the authority in .*ca.pem; copy both anew"):
        revocations.check(identity_of(cluster, "root"))
    # the authority's certificate came later: now the two belong together
    cluster.mn.ca.write_bytes(foreign.mn.ca.read_bytes())
    revocations.check(identity_of(cluster, "root"))


def test_an_authority_of_another_kind_of_key_is_told_too(
    cluster: Cluster, tmp_path: Path, revocations: RevocationList
) -> None:
    rsa = Authority.create(tmp_path / "rsa/ca", "xCAT CA alpha", "alpha", key="rsa")
    cluster.revoke("root")
    cluster.mn.ca.write_bytes(rsa.certificate_pem)
    with pytest.raises(TrustError, match="was not signed by the authority"):
        revocations.check(identity_of(cluster, "root"))


def test_a_list_that_cannot_be_read_lets_nobody_in(cluster: Cluster, revocations: RevocationList) -> None:
    cluster.mn.revocations.mkdir()
    with pytest.raises(TrustError, match=r"Nobody is let in: cannot read .*crl.pem \(Is a directory\)"):
        revocations.check(identity_of(cluster, "root"))
    cluster.mn.revocations.rmdir()
    cluster.mn.revocations.symlink_to("crl.pem")
    with pytest.raises(TrustError, match=r"Nobody is let in: cannot read"):
        revocations.check(identity_of(cluster, "root"))


def test_the_authority_may_lie_elsewhere(cluster: Cluster, tmp_path: Path) -> None:
    cluster.revoke("root")
    copy = tmp_path / "lists"
    copy.mkdir()
    (copy / "crl.pem").write_bytes(cluster.mn.revocations.read_bytes())
    with pytest.raises(TrustError, match=r"cannot read .*ca.pem"):
        RevocationList(copy / "crl.pem").check(identity_of(cluster, "root"))
    with pytest.raises(TrustError, match=r"root .* was revoked"):
        RevocationList(copy / "crl.pem", cluster.mn.ca).check(identity_of(cluster, "root"))
