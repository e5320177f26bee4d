"""The program xcatcert: makes, signs, renews, revokes and shows certificates."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from xcat_certs import commands
from xcat_certs.errors import CertsError
from xcat_certs.names import Role
from xcat_certs.profile import LEAF_DAYS

_ROLES = [role.value for role in Role]
_REASONS = ["unspecified", "keyCompromise", "superseded", "cessationOfOperation", "affiliationChanged"]
_INTERRUPTED = 130  # 128 + SIGINT, as a shell shows it


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 done, 1 it could not be done and nothing is changed, 2 the command line is wrong."""
    options = _parser().parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):  # a file name need not be text
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        options.run(options)
        sys.stdout.flush()
    except CertsError as error:
        sys.stderr.write(f"xcatcert: {error}\n")
        return 1
    except BrokenPipeError:  # `xcatcert list | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        sys.stderr.write(f"xcatcert: {error.filename or 'the system'}: {error.strerror}.\n")
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="xcatcert", description=__doc__, allow_abbrev=False)
    root = Path(os.environ.get("XCAT_ROOT") or "/")
    parser.add_argument("--root", type=Path, default=root, help="where all files are below (XCAT_ROOT, else /)")
    subcommands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, run: Callable[[argparse.Namespace], None], text: str) -> argparse.ArgumentParser:
        subcommand = subcommands.add_parser(name, help=text, description=text, allow_abbrev=False)
        subcommand.set_defaults(run=run)
        return subcommand

    _add_makers(add)
    _add_keepers(add)
    _add_host_side(add)
    return parser


_Add = Callable[[str, Callable[[argparse.Namespace], None], str], argparse.ArgumentParser]


def _add_makers(add: _Add) -> None:
    issue = add("issue", commands.run_issue, "make a key and its certificate on this host, which has the authority")
    issue.add_argument("role", choices=_ROLES)
    issue.add_argument("name", metavar="NAME")
    _option_dir(issue)
    _option_key(issue)
    sign = add("sign", commands.run_sign, "sign the request of another host")
    sign.add_argument("role", choices=_ROLES)
    sign.add_argument("name", metavar="NAME")
    sign.add_argument("request", metavar="CSRFILE", help="the request, - for standard input")
    renew = add("renew", commands.run_renew, "give a key a new certificate with a new end")
    renew.add_argument("which", metavar="NAME|SERIAL")
    _option_dir(renew)
    for subcommand in (issue, sign):
        _option_address(subcommand)
    for subcommand in (sign, renew):
        subcommand.add_argument("--out", type=Path, metavar="FILE", help="where to write it instead of standard output")
    for subcommand in (issue, sign, renew):
        subcommand.add_argument("--days", type=int, default=LEAF_DAYS, metavar="N", help=f"default {LEAF_DAYS}")


def _add_keepers(add: _Add) -> None:
    revoke = add("revoke", commands.run_revoke, "take certificates back: all of a name, or one by its serial number")
    revoke.add_argument("which", metavar="NAME|SERIAL")
    revoke.add_argument("--reason", choices=_REASONS, default=_REASONS[0])
    add("list", commands.run_list, "all that was issued")
    show = add("show", commands.run_show, "what a certificate says")
    show.add_argument("which", metavar="SERIAL|NAME|FILE")


def _add_host_side(add: _Add) -> None:
    request = add("request", commands.run_request, "make a key on this host, which will use it, and a request for it")
    request.add_argument("name", metavar="NAME")
    request.add_argument("--client", action="store_true", help="for a user or a compute node, not for a daemon")
    _option_dir(request)
    _option_key(request)
    _option_address(request)
    install = add("install", commands.run_install, "put a signed certificate beside its key")
    install.add_argument("certificate", type=Path, metavar="CERTFILE")
    install.add_argument("--ca", type=Path, metavar="CAFILE", help="certificate of the authority, the first time")
    _option_dir(install)
    enrol = add(
        "enrol", commands.run_enrol, "get this host's certificate with a token, which is read from standard input"
    )
    enrol.add_argument("name", metavar="NAME")
    enrol.add_argument(
        "--master", required=True, metavar="HOST[:PORT]", help="the daemon above, by a name in its certificate"
    )
    enrol.add_argument("--ca", required=True, type=Path, metavar="CAFILE", help="certificate of the authority")
    enrol.add_argument("--client", action="store_true", help="for a compute node, not for a daemon")
    enrol.add_argument(
        "--host-keys", type=Path, metavar="DIR", help="have the ssh host keys there certified too: /etc/ssh"
    )
    _option_dir(enrol)
    _option_key(enrol)
    _option_address(enrol)


def _option_dir(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dir", type=Path, metavar="DIR", help="folder of the key and its certificate")


def _option_key(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--key", choices=["ec", "rsa"], default="ec", help="kind of key (default ec: P-256)")


def _option_address(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--address",
        action="append",
        default=[],
        metavar="A",
        help="IP address or DNS name at which a server is dialled",
    )
