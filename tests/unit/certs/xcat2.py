"""A site as xCAT 2's set-up scripts leave it (protocol.md 1.3): openssl commands, RSA, names in the CN only."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

_CONFIGURATION = """
[ca]
default_ca = site
[site]
database = {ca}/index
new_certs_dir = {ca}/certs
certificate = {ca}/ca-cert.pem
serial = {ca}/serial
private_key = {ca}/private/ca-key.pem
x509_extensions = user
default_days = 7300
default_md = sha256
policy = names
[names]
commonName = supplied
[req]
distinguished_name = subject
[subject]
[server]
basicConstraints = CA:FALSE
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid,issuer
keyUsage = digitalSignature,keyAgreement,keyEncipherment
extendedKeyUsage = serverAuth,clientAuth
[user]
basicConstraints = CA:FALSE
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid,issuer
keyUsage = digitalSignature,keyAgreement,keyEncipherment
extendedKeyUsage = clientAuth
[authority]
basicConstraints = CA:TRUE
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always,issuer:always
keyUsage = cRLSign,keyCertSign
"""


def make_xcat2_site(root: Path, openssl: Callable[..., object]) -> None:
    """Authority, server certificate of `mn1` and client certificate of root below `root`."""
    ca, cert, home = root / "etc/xcat/ca", root / "etc/xcat/cert", root / "root/.xcat"
    for folder in (ca / "private", ca / "certs", cert, home):
        folder.mkdir(parents=True)
    (ca / "serial").write_text("01\n")
    (ca / "index").touch()
    (ca / "openssl.cnf").write_text(_CONFIGURATION.format(ca=ca))
    key, request = ca / "private/ca-key.pem", ca / "ca-req.csr"
    _make_request(ca, key, request, "xCAT CA", openssl)
    _sign(
        ca,
        request,
        ca / "ca-cert.pem",
        "authority",
        openssl,
        "-selfsign",
        "-startdate",
        "700101010101Z",
        "-days",
        "7305",
    )
    for folder, prefix, name, section in ((cert, "server", "mn1", "server"), (home, "client", "root", "user")):
        key, request = folder / f"{prefix}-key.pem", folder / f"{prefix}-req.pem"
        certificate = folder / f"{prefix}-cert.pem"
        _make_request(ca, key, request, name, openssl)
        _sign(ca, request, certificate, section, openssl, "-startdate", "600101010101Z")
        (folder / f"{prefix}-cred.pem").write_bytes(certificate.read_bytes() + key.read_bytes())
        (folder / "ca.pem").write_bytes((ca / "ca-cert.pem").read_bytes())


def _make_request(ca: Path, key: Path, request: Path, name: str, openssl: Callable[..., object]) -> None:
    openssl("genrsa", "-out", key, "2048")
    openssl("req", "-config", ca / "openssl.cnf", "-new", "-key", key, "-out", request, "-subj", f"/CN={name}")


def _sign(ca: Path, request: Path, out: Path, section: str, openssl: Callable[..., object], *more: str) -> None:
    paths = ("-config", ca / "openssl.cnf", "-in", request, "-out", out)
    openssl("ca", "-batch", *paths, "-extensions", section, *more)
