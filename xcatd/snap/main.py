"""The program `xcatsnap`: its options, what it writes, its exit status."""

from __future__ import annotations

import argparse
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn

from xcatd.daemon.paths import chosen
from xcatd.daemon.version import version_line
from xcatd.errors import ConfigError, UsageError, XcatError
from xcatd.probe import Here
from xcatd.snap.archive import safe_folder, writing
from xcatd.snap.collect import Part, Source
from xcatd.snap.collectors import collectors
from xcatd.snap.scrub import Scrubber
from xcatd.snap.tables import Shown, Tables, secrets_of, tables_of
from xcatd.store.secret import MASK

USAGE = """\
Usage: xcatsnap [-h][-v][-B][-d output_directory]
       -h Display this usage statement.
       -v Display the version.
       -B Do not ask the daemon. Use if xcatd hangs.
       -d Output directory (default: /tmp/xcatsnap).
       --root DIR The daemon whose files are below DIR (default: $XCAT_ROOT, else /)."""

FOLDER = "/tmp/xcatsnap"  # noqa: S108 - made by us alone, see safe_folder

_ABOUT = """\
What xcatsnap has collected on {host}, {when}.

Passwords, keys, tokens and the like are replaced by {mask}: in the tables, and wherever else a text of the tables'
secrets (of four characters or more) appeared. Files with private keys were not opened.
{trouble}"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(message)


def main(argv: Sequence[str] | None = None) -> int:
    """0 = the archive is there; 1 = one sentence on standard error says why not."""
    try:
        options = _parser().parse_args(sys.argv[1:] if argv is None else argv)
        if options.help or options.version:
            print(USAGE if options.help else version_line())
            return 0
        _snap(Here(chosen(options.root)), Path(options.dir or FOLDER).absolute(), bypass=options.bypass)
        return 0
    except UsageError as error:
        print(f"Error: {error}\n{USAGE}", file=sys.stderr)
    except XcatError as error:
        print(f"Error: {error}", file=sys.stderr)
    except OSError as error:
        print(
            f"Error: the archive cannot be written ({error.strerror or error}): name another folder with -d",
            file=sys.stderr,
        )
    except KeyboardInterrupt:
        return 130
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="xcatsnap", add_help=False, allow_abbrev=False)
    parser.add_argument("-h", "--help", action="store_true")
    parser.add_argument("-v", "--version", action="store_true")
    parser.add_argument("-B", "--bypass", action="store_true")
    parser.add_argument("-d", "--dir", default="")
    parser.add_argument("--root")
    return parser


def _snap(here: Here, folder: Path, *, bypass: bool) -> None:
    host = _host(here)
    path = safe_folder(folder) / f"xcatsnap.{host}.{time.strftime('%Y-%m%d%H%M%S')}.tar.gz"
    tables = tables_of(here, bypass=bypass)
    scrubber = Scrubber(_secrets(here, tables))
    with writing(path) as archive:
        about = _ABOUT.format(
            host=host, when=time.strftime("%Y-%m-%d %H:%M:%S %z"), mask=MASK, trouble=_trouble(tables)
        )
        archive.add("README.txt", about)
        for table in tables.found:
            archive.add(f"tables/{table.name}.csv", _csv(table, scrubber))
        for part in _parts(Source(here, scrubber, bypass)):
            archive.add(part.name, scrubber.log(part.text) if part.is_log else scrubber.clean(part.text))
            print(f"collected {part.name}")
    print(f"Send {path} to who helps you. It holds no secrets, but it tells how your cluster is made.")


def _host(here: Here) -> str:
    try:
        return here.name
    except ConfigError:
        return socket.gethostname().partition(".")[0]


def _secrets(here: Here, tables: Tables) -> Iterator[str]:
    try:
        yield from secrets_of(here, tables)
    except OSError:
        return  # cfgloc cannot be read: then its password is not in the archive either


def _parts(source: Source) -> Iterator[Part]:
    """What the collectors give. One that fails leaves a file that says why; the others go on."""
    for collect in collectors():
        try:
            yield from collect(source)
        except (XcatError, OSError) as error:
            yield Part(f"errors/{getattr(collect, '__name__', 'collector')}.txt", f"{error}\n")


def _trouble(tables: Tables) -> str:
    if not tables.trouble:
        return ""
    if tables.found:
        return f"\nThe tables are those that the daemon has in memory, without logs: {tables.trouble}.\n"
    return f"\nThe tables are missing: {tables.trouble}. So only what looked like a secret was taken out.\n"


def _csv(table: Shown, scrubber: Scrubber) -> str:
    """A table as tabdump shows it, without its secrets."""
    lines = [f"#{','.join(table.columns)}"]
    for cells in table.rows:
        shown = (
            MASK if text and table.is_secret(place, cells) else scrubber.cell(text or "")
            for place, text in enumerate(cells)
        )
        lines.append(",".join('"{}"'.format(text.replace('"', '""')) if text else "" for text in shown))
    return "\n".join([*lines, ""])
