"""The subcommands of xcatcert, one function each."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509

from xcat_certs import accounts, files, keys, pem, report
from xcat_certs.authority import Authority, utc_now
from xcat_certs.enrol import enrol, master_of
from xcat_certs.errors import AlreadyThere, Mismatch, NotIssued, Refused, Unusable
from xcat_certs.index import Entry
from xcat_certs.issue import holds_key_of, install, issue
from xcat_certs.layout import Credentials, Layout, Prefix
from xcat_certs.names import Role, sorted_out
from xcat_certs.profile import checked_key

_PRIVATE_KEY = b"PRIVATE KEY-----"


def run_issue(options: Namespace) -> None:
    role = Role(options.role)
    layout = Layout(options.root)
    credentials = _place(layout, role, options.name, options.dir)
    authority = Authority.open(layout.authority)
    names = sorted_out(options.address)
    signed = issue(authority, credentials, role, options.name, days=options.days, names=names, kind=options.key)
    _say(f"{_summary(signed, role, options.name)}, is in {credentials.directory}.")


def run_sign(options: Namespace) -> None:
    role, name = Role(options.role), options.name
    authority = Authority.open(Layout(options.root).authority)
    _check_out(options.out)
    content = sys.stdin.buffer.read() if options.request == "-" else files.read(Path(options.request), "request")
    names = sorted_out(options.address)
    if role.is_server and not options.address:
        names = pem.names_in(pem.parse_request(content))
        authority.check_unclaimed(name, names)
    signed = authority.sign(content, role, name, options.days, names.dns, map(str, names.addresses))
    _hand_over(signed, options.out)
    _note(f"{_summary(signed, role, name)}.")


def run_renew(options: Namespace) -> None:
    layout = Layout(options.root)
    authority = Authority.open(layout.authority)
    _check_out(options.out)
    entry = _to_renew(authority, options.which)
    place = _place_here(layout, entry, options.dir)
    here = place is not None and holds_key_of(place, authority.issued(entry.serial))
    signed = authority.renew(entry.serial, options.days)
    line = _summary(signed, entry.role or Role.USER, entry.name)
    if place is not None and here:
        install(place, signed, authority.certificate_pem)
        _note(f"{line}, is in {place.directory}.")
    else:
        _note(f"{line}; put it beside its key with `xcatcert install` on the host that has it.")
    if options.out or not here:
        _hand_over(signed, options.out)


def run_revoke(options: Namespace) -> None:
    authority = Authority.open(Layout(options.root).authority)
    found = _one_role(_find(authority, options.which), options.which)
    for entry in [entry for entry in found if entry.revoked is None] or found:
        authority.revoke(entry.serial, x509.ReasonFlags(options.reason))
        word = "Revoked" if entry.revoked is None else "Was revoked already:"
        _say(f"{word} certificate {entry.serial_hex} of {entry.role or Role.USER} {entry.name}.")


def run_list(options: Namespace) -> None:
    sys.stdout.write(report.table(Authority.open(Layout(options.root).authority).list(), utc_now()))


def run_show(options: Namespace) -> None:
    which, now = options.which, utc_now()
    if "/" in which or which.endswith(".pem") or Path(which).is_file():
        sys.stdout.write(report.details(pem.read_certificate(Path(which)), None, now))
        return
    authority = Authority.open(Layout(options.root).authority)
    texts = [report.details(authority.issued(entry.serial), entry, now) for entry in _find(authority, which)]
    sys.stdout.write("\n".join(texts))


def run_request(options: Namespace) -> None:
    names = sorted_out(options.address)
    prefix: Prefix = "client" if options.client else "server"
    place = _own_place(Layout(options.root), prefix) if options.dir is None else Credentials(options.dir, prefix)
    if names and options.client:
        raise Refused("Only servers have addresses in their certificates: leave out --client or --address.")
    with accounts.acting_as_owner(place.directory):
        path = keys.make_request(
            place.directory, options.name, names.dns, map(str, names.addresses), prefix=prefix, kind=options.key
        )
    role = "user" if options.client else "sn"
    _say(f"{path}: have it signed on the management node with `xcatcert sign {role} {options.name} FILE`.")


def run_install(options: Namespace) -> None:
    content = files.read(options.certificate, "certificate")
    certificate = pem.parse_certificate(content, str(options.certificate))
    ca = files.read(options.ca, "authority's certificate") if options.ca else None
    layout = Layout(options.root)
    prefixes: tuple[Prefix, ...] = ("server", "client")
    places = [
        _own_place(layout, prefix) if options.dir is None else Credentials(options.dir, prefix) for prefix in prefixes
    ]
    for place in places:
        if holds_key_of(place, certificate):
            written = install(place, content, ca, str(options.certificate))
            _say("Installed " + ", ".join(map(str, written)) + ".")
            return
    looked = " or ".join(str(place.key) for place in places)
    raise Mismatch(f"{options.certificate} was not made for a key of this host ({looked}): see `xcatcert request`.")


def run_enrol(options: Namespace) -> None:
    """With the request that `xcatd init` has made, where it has, since it holds this host's addresses."""
    prefix: Prefix = "client" if options.client else "server"
    master = master_of(options.master, options.ca)
    place = _own_place(Layout(options.root), prefix) if options.dir is None else Credentials(options.dir, prefix)
    with accounts.acting_as_owner(place.directory):
        if options.client or options.address or not place.request.exists():
            names = sorted_out(options.address)
            keys.make_request(
                place.directory, options.name, names.dns, map(str, names.addresses), prefix=prefix, kind=options.key
            )
        request = files.read(place.request, "request of this host")
    keys_of_ssh = sorted(options.host_keys.glob("ssh_host_*_key.pub")) if options.host_keys else []
    texts = [files.read(path, "ssh host key").decode("ascii", "replace") for path in keys_of_ssh]
    given = enrol(master, options.name, sys.stdin.readline(), request, texts)
    written = list(
        install(place, given.certificate, files.read(options.ca, "authority's certificate"), "The certificate")
    )
    for path, line in zip(keys_of_ssh, given.host_certificates, strict=False):
        written.append(path.with_name(f"{path.stem}-cert.pub"))
        files.write(written[-1], f"{line}\n".encode(), files.PUBLIC)
    _say("Installed " + ", ".join(map(str, written)) + ".")


def _place(layout: Layout, role: Role, name: str, directory: Path | None) -> Credentials:
    if directory is not None:
        return Credentials(directory, "server" if role.is_server else "client")
    if role is Role.MANAGEMENT:
        return layout.server
    if role is Role.USER:
        return layout.client(name)
    raise Refused(
        f"{name} makes its own key: run `xcatcert request {name}` there and sign its request here, "
        "or name a directory with --dir."
    )


def _own_place(layout: Layout, prefix: Prefix) -> Credentials:
    return layout.server if prefix == "server" else layout.client(accounts.own_name())


def _place_here(layout: Layout, entry: Entry, directory: Path | None) -> Credentials | None:
    """Where this host may have the key of `entry`."""
    is_server = entry.role is not None and entry.role.is_server
    if directory is not None:
        return Credentials(directory, "server" if is_server else "client")
    if is_server:
        return layout.server
    try:
        return layout.client(entry.name)
    except Unusable:  # no such account here
        return None


def _find(authority: Authority, which: str) -> Sequence[Entry]:
    found = authority.named(which)
    if found:
        return found
    try:
        return [authority.entry(int(which, 16))]
    except ValueError as error:
        raise NotIssued(f"No certificate is issued to {which}; `xcatcert list` shows all.") from error


def _one_role(entries: Sequence[Entry], which: str) -> Sequence[Entry]:
    if len({entry.role for entry in entries if entry.revoked is None}) > 1:
        raise _ambiguous(entries, which)
    return entries


def _to_renew(authority: Authority, which: str) -> Entry:
    entries = [entry for entry in _one_role(_find(authority, which), which) if entry.revoked is None]
    if not entries:
        raise Refused(f"Every certificate of {which} is revoked: have a new key signed instead.")
    if len({_key_bytes(authority, entry) for entry in entries}) > 1:
        raise _ambiguous(entries, which)
    return entries[-1]


def _key_bytes(authority: Authority, entry: Entry) -> bytes:
    return pem.public_bytes(checked_key(pem.key_of(authority.issued(entry.serial))))


def _ambiguous(entries: Sequence[Entry], which: str) -> Refused:
    choices = ", ".join(f"{entry.serial_hex} ({entry.role or Role.USER})" for entry in entries if entry.revoked is None)
    return Refused(f"{which} has several certificates; name one by its serial number: {choices}.")


def _check_out(path: Path | None) -> None:
    """Before anything is signed: the result must have a place, and must not replace a key."""
    if path is None:
        return
    if path.exists() and _PRIVATE_KEY in files.read(path, "certificate to replace"):
        raise AlreadyThere(f"{path} holds a private key and is not overwritten: give another --out.")
    if not os.access(path.parent, os.W_OK):
        raise Unusable(f"Cannot write {path}: {path.parent} is missing or not writable.")


def _hand_over(certificate: bytes, path: Path | None) -> None:
    if path is None:
        sys.stdout.write(certificate.decode())
    else:
        files.write(path, certificate, files.PUBLIC)


def _summary(certificate: bytes, role: Role, name: str) -> str:
    return report.summary(pem.parse_certificate(certificate, "It"), role, name)


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")


def _note(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
