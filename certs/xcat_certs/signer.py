"""`xcat-signer`: signs the requests of nodes and service nodes for the daemon, which must not have the authority's key.

It listens at a socket that only root can open, and does one request after the other: a line of JSON in, a line of JSON out.

    {"role": "node", "name": "cn1", "request": "-----BEGIN CERTIFICATE REQUEST-----..."}
    {"certificate": "-----BEGIN CERTIFICATE-----...", "authority": "...", "serial": "..."}     or     {"error": "a sentence"}

With `host_keys`, ssh host keys, and `names`, what the host is called and where it is, the answer has `host_certificates` and the
key that signed them, `host_authority`. With `renews`, the serial number of the certificate that the host has, that one stays good
until `used` has the serial number of the new one, and no request: then the answer has `revoked`. With `revoke`, a reason of RFC
5280, and no request all good certificates of a host, as a service node and as a node, are taken back: `revoked`, too.

That the node may have it is the daemon's word. What the daemon cannot have is the key, or a certificate with another role:
so who breaks into the daemon cannot make himself a management node or a user, nor take back the certificates of such, and every
signature is in the index.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import struct
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509

from xcat_certs import pem, renewal
from xcat_certs.authority import Authority, utc_now
from xcat_certs.errors import CertsError, Refused, Unusable
from xcat_certs.hostkeys import HostAuthority
from xcat_certs.index import Entry, serial_hex
from xcat_certs.layout import Layout
from xcat_certs.names import AlternativeNames, Role, checked_name, fitting, server_names, sorted_out

MOST = 64 * 1024
"""Bytes of a request."""
PATIENCE = 5.0
"""Seconds that a caller gets to send its request."""
IDLE = 120.0
"""Seconds without callers after which it ends, when systemd holds the socket."""
ROLES = (Role.NODE, Role.SERVICE)
_REASONS = ("superseded", "cessationOfOperation")
"""Why the daemon may have certificates taken back: the host gets a new key, or it is retired."""
_NEVER = ("root",)
"""The policy table allows this name everything, whatever the role."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request. `host_keys`: ssh host keys of a host that has these `names`, which may be addresses. `renews` and `used` are
    serial numbers of certificates of this host; "": it gets its first one. `revoke`: why all of them are taken back, "" to sign."""

    role: object
    name: str
    request: bytes
    host_keys: tuple[str, ...]
    names: tuple[str, ...]
    renews: str
    used: str
    revoke: str


def main(words: Sequence[str] | None = None) -> int:
    """Serve until nobody has called for a while (systemd holds the socket), or until SIGTERM. Gives the exit status."""
    parser = argparse.ArgumentParser("xcat-signer", description="Sign requests of nodes for the daemon of this host.")
    parser.add_argument("--root", type=Path, default=Path("/"), help="the folder below which all files are")
    root = parser.parse_args(words).root.absolute()
    try:
        given = os.environ.get("LISTEN_PID") == str(os.getpid())
        with socket.socket(fileno=3) if given else _listener(root / "run/xcat/signer.sock") as door:
            door.settimeout(IDLE if given else None)
            serve(door, Layout(root))
    except CertsError as error:
        print(f"xcat-signer: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


def serve(door: socket.socket, layout: Layout) -> None:
    """Answer callers until none comes in time."""
    while True:
        try:
            caller, _ = door.accept()
        except TimeoutError:
            return
        with caller:
            caller.settimeout(PATIENCE)
            try:
                answer = _answer(caller, layout)
                caller.sendall(json.dumps(answer).encode() + b"\n")
            except OSError as error:
                print(f"xcat-signer: a caller went away: {error}", file=sys.stderr)


def _answer(caller: socket.socket, layout: Layout) -> dict[str, Any]:
    _, user, _ = struct.unpack("3i", caller.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    if user not in (0, os.geteuid()):
        return {"error": "Only root may have requests signed."}
    with caller.makefile("rb") as file:
        line = file.readline(MOST)
    try:
        return _do(_asked(line), layout)
    except CertsError as error:
        print(f"xcat-signer: refused: {error}", file=sys.stderr)
        return {"error": str(error)}


def _asked(line: bytes) -> Asked:
    try:
        asked = json.loads(line)
        host_keys, names = (tuple(map(str, asked.get(key, ()))) for key in ("host_keys", "names"))
        renews, used, revoke = (str(asked.get(key, "")) for key in ("renews", "used", "revoke"))
        request = str("" if used or revoke else asked["request"]).encode()
        return Asked(asked["role"], str(asked["name"]), request, host_keys, names, renews, used, revoke)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise Refused("This is no request: a line of JSON with role, name and request is wanted.") from None


def _do(asked: Asked, layout: Layout) -> dict[str, Any]:
    role = next((each for each in ROLES if each == asked.role), None)
    if role is None:
        raise Refused("Only nodes and service nodes get certificates in this way: use `xcatcert` for others.")
    checked_name(role, asked.name)  # first: it goes into the index and into the journal
    authority = Authority.open(layout.authority)
    if asked.revoke:
        return {"revoked": _revoked(authority, asked)}
    if asked.used:
        entry = renewal.shown(authority, role, asked.name, asked.used, utc_now())
        older = renewal.take_back_older(authority, entry, utc_now())
        return {"revoked": [each.serial_hex for each in older]}
    if asked.renews:
        return _renew(authority, role, asked, layout)
    return _enrol(authority, role, asked, layout)


def _enrol(authority: Authority, role: Role, asked: Asked, layout: Layout) -> dict[str, Any]:
    """The first certificate of a host, or that of one which is installed anew."""
    before = _held(authority, role, asked.name)
    wanted = AlternativeNames()
    if role.is_server:
        # Nodes dial it by what the tables call it in their network; the host itself may know one of its addresses only.
        wanted = pem.names_in(pem.parse_request(asked.request)) | fitting(asked.names)
        # Also what each server has without asking: mn1.x is not called mn1, if somebody else is.
        authority.check_unclaimed(asked.name, server_names(asked.name, wanted))
    return _signed(authority, asked, wanted, before, _host_keys(authority, layout, asked))


def _renew(authority: Authority, role: Role, asked: Asked, layout: Layout) -> dict[str, Any]:
    """The successor of a certificate: with its names, and no others."""
    now = utc_now()
    entry = renewal.shown(authority, role, asked.name, asked.renews, now)
    renewal.check_name(asked.request, asked.name)
    newer = renewal.newer_than(authority, entry, now)
    renewal.check_due(authority, entry, newer, now)
    names = pem.names_in(authority.issued(entry.serial)) if role.is_server else AlternativeNames()
    return _signed(authority, asked, names, newer, _host_keys(authority, layout, asked))


def _signed(
    authority: Authority, asked: Asked, names: AlternativeNames, superseded: Sequence[Entry], host: dict[str, Any]
) -> dict[str, Any]:
    """The answer with a certificate, after which others are no good any more."""
    role = Role(str(asked.role))
    signed = authority.sign(asked.request, role, asked.name, dns=names.dns, addresses=map(str, names.addresses))
    for entry in superseded:
        authority.revoke(entry.serial, x509.ReasonFlags.superseded)
    serial = serial_hex(pem.parse_certificate(signed, "It").serial_number)
    print(f"xcat-signer: certificate {serial} for {role.words} {asked.name}", file=sys.stderr)
    return {"certificate": signed.decode(), "authority": authority.certificate_pem.decode(), "serial": serial, **host}


def _host_keys(authority: Authority, layout: Layout, asked: Asked) -> dict[str, Any]:
    """Certificates for ssh host keys. Refused: names or addresses of another server are among those asked for."""
    if not asked.host_keys:
        return {}
    authority.check_unclaimed(asked.name, sorted_out(asked.names))
    signing = HostAuthority(layout.authority / "private/ssh-host-ca-key")
    made = signing.sign(asked.name, asked.host_keys, asked.names, utc_now())
    return {"host_certificates": made, "host_authority": signing.public()}


def _revoked(authority: Authority, asked: Asked) -> Sequence[str]:
    """Take back what this host has; gives the serial numbers. Refused: the reason is none, or the name is that of somebody who is
    more than a service node."""
    if asked.revoke not in _REASONS:
        raise Refused(
            f"A certificate is revoked for one of the reasons {', '.join(_REASONS)}, not for {asked.revoke[:40]!a}."
        )
    held = _held(authority, Role.SERVICE, asked.name)
    for entry in held:
        authority.revoke(entry.serial, x509.ReasonFlags(asked.revoke))
        print(f"xcat-signer: revoked {entry.serial_hex} of {asked.name}: {asked.revoke}", file=sys.stderr)
    return [entry.serial_hex for entry in held]


def _held(authority: Authority, role: Role, name: str) -> Sequence[Entry]:
    """The certificates of this name that are good still, and will be superseded. Refused: one of them is of a host that is more
    than this: the policy table, which knows names only, would take the new holder for it."""
    if name in _NEVER:
        raise Refused(f"No host may be called {name}: the policy table would take it for the user.")
    now = utc_now()
    valid = [entry for entry in authority.named(name) if entry.is_valid(now)]
    for entry in valid:
        if entry.role not in (role, Role.NODE):
            held = entry.role.words if entry.role is not None else "a user"
            raise Refused(f"{name} is {held} already (certificate {entry.serial_hex}): revoke that one first.")
    return valid


def _listener(path: Path) -> socket.socket:
    """Only root can open it, from its first moment."""
    door = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)
    try:
        path.unlink(missing_ok=True)
        folder = os.open(path.parent, os.O_PATH)  # a socket's path may have 107 bytes at the most
        try:
            door.bind(f"/proc/self/fd/{folder}/{path.name}")
        finally:
            os.close(folder)
        door.listen(64)
    except OSError as error:
        door.close()
        raise Unusable(f"The socket {path} cannot be made: {error.strerror}.") from error
    finally:
        os.umask(before)
    return door


if __name__ == "__main__":
    sys.exit(main())
