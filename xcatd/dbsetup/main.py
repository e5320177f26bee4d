"""The programs `pgsqlsetup`, `mysqlsetup` and `sqlitesetup`: their options, what they announce, their exit status."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NoReturn

from xcat_certs.errors import CertsError
from xcatd.daemon.paths import chosen
from xcatd.daemon.version import version_line
from xcatd.dbsetup.job import Job
from xcatd.dbsetup.steps import steps
from xcatd.dbsetup.wishes import PATIENCE, Wishes, read_hosts
from xcatd.errors import ConfigError, UsageError, XcatError
from xcatd.store.location import Engine

_MANY = 3
"""Lines about users and rules that are shown one by one without -V."""

_LISTEN = re.compile(r"\*|[A-Za-z0-9.:-]{1,255}")

USAGES = {
    Engine.POSTGRES: """\
pgsqlsetup [-h|--help]
pgsqlsetup [-v|--version]
pgsqlsetup -i|--init [-N|--nostart] [-l|--listen ADDRESS]... [-a|--access ADDRESS]... [--cert] [-P|--PCM] \
[-o|--setupODBC] [-V|--verbose]
pgsqlsetup -a|--access ADDRESS [-a|--access ADDRESS]... [-V|--verbose]

Moves the tables to PostgreSQL of this host. The password: XCATPGPW, or what is typed at a terminal, or a new one; with
--cert the daemons' certificates instead. Always: [--root DIR] [--wait SECONDS].""",
    Engine.MYSQL: """\
mysqlsetup [-h|--help]
mysqlsetup [-v|--version]
mysqlsetup -i|--init [-N|--nostart] [-f|--hostfile FILE] [--cert] [-o|--odbc] [-L|--LL] [-V|--verbose]
mysqlsetup -u|--update -f|--hostfile FILE [-V|--verbose]

Moves the tables to MariaDB of this host. The password: XCATMYSQLADMIN_PW, or what is typed at a terminal, or a new one;
with --cert the daemons' certificates instead. MariaDB's own root: XCATMYSQLROOT_PW, if he has a password.
Always: [--root DIR] [--wait SECONDS].""",
    Engine.SQLITE: """\
sqlitesetup [-h|--help]
sqlitesetup [-v|--version]
sqlitesetup -i|--init [-V|--verbose]

Moves the tables back to a file of this host. Always: [--root DIR] [--wait SECONDS].""",
}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(message)


def pgsqlsetup(argv: Sequence[str] | None = None) -> int:
    """0 = all is done; 1 = one sentence on standard error says what is not, and which database is in use."""
    return _main("pgsqlsetup", Engine.POSTGRES, argv)


def mysqlsetup(argv: Sequence[str] | None = None) -> int:
    """As pgsqlsetup."""
    return _main("mysqlsetup", Engine.MYSQL, argv)


def sqlitesetup(argv: Sequence[str] | None = None) -> int:
    """As pgsqlsetup."""
    return _main("sqlitesetup", Engine.SQLITE, argv)


def _main(program: str, engine: Engine, argv: Sequence[str] | None) -> int:
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        options = _parser(program, engine).parse_args(words)
        if options.help or options.version:
            print(USAGES[engine] if options.help else version_line())
            return 0
        return _set_up(Job(program, engine, chosen(options.root), _wishes(options)), options)
    except UsageError as error:
        print(f"Error: {error}\n{USAGES[engine]}", file=sys.stderr)
    except (XcatError, CertsError) as error:
        print(f"Error: {error}", file=sys.stderr)
    except OSError as error:
        print(f"Error: {_sentence(error, program)}", file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 1


def _sentence(error: OSError, program: str) -> str:
    return f"{error.filename or 'This host'}: {error.strerror or error}; run {program} as root"


def _parser(program: str, engine: Engine) -> argparse.ArgumentParser:
    parser = _Parser(prog=program, add_help=False, allow_abbrev=False)

    def flag(*names: str, dest: str) -> None:
        parser.add_argument(*names, dest=dest, action="store_true")

    flag("-h", "--help", dest="help")
    flag("-v", "--version", dest="version")
    flag("-V", "--verbose", dest="verbose")
    flag("-i", "--init", dest="init")
    parser.add_argument("--root")
    parser.add_argument("--wait", type=float, default=PATIENCE)
    if engine is not Engine.SQLITE:
        flag("-N", "--nostart", dest="stays")
        flag("--cert", dest="cert")
        flag("-o", "--setupODBC", "--odbc", dest="odbc")
    if engine is Engine.POSTGRES:
        parser.add_argument("-l", "--listen", action="append", default=[])
        parser.add_argument("-a", "--access", action="append", default=[])
        flag("-P", "--PCM", dest="other")
    if engine is Engine.MYSQL:
        flag("-u", "--update", dest="update")
        parser.add_argument("-f", "--hostfile")
        flag("-L", "--LL", dest="other")
    return parser


def _wishes(options: argparse.Namespace) -> Wishes:
    """Raises UsageError, and OSError for a file of hosts that cannot be read."""
    given = vars(options)
    file = given.get("hostfile")
    allow = (*given.get("access", ()), *(read_hosts(Path(file)) if file else ()))
    hosts_only = not options.init and bool(allow) and given.get("update", True)
    if not options.init and not hosts_only:
        raise UsageError("say what to do: -i sets up and moves the tables; the others only say how")
    if options.init and given.get("update"):
        raise UsageError("-i does what -u does: use one of them")
    if wrong := [each for each in given.get("listen", ()) if not _LISTEN.fullmatch(each)]:
        raise UsageError(f"-l takes an address or a name of this host, or *, not {wrong[0]!r}")
    if options.wait <= 0:
        raise UsageError("--wait takes a number of seconds above 0")
    return Wishes(
        listen=tuple(given.get("listen", ())),
        allow=allow,
        hosts_only=hosts_only,
        certificates=given.get("cert", False),
        moves=not given.get("stays", False),
        wait=options.wait,
    )


def _set_up(job: Job, options: argparse.Namespace) -> int:
    """Do the steps. What fails is said together with which database is in use."""
    given = vars(options)
    if given.get("odbc"):
        print("ODBC is not needed: no program of this release uses it, so -o does nothing")
    if given.get("other"):
        print("-P and -L prepared the server for other products, which need nothing of it here, so they do nothing")
    if job.wishes.hosts_only and not job.is_there:
        raise ConfigError(f"The tables are in {job.source.named()}: move them with {job.program} -i first")
    old = job.source.named()
    _ = job.settings  # not on a service node
    try:
        for step in steps(job):
            _announce(step.title, step.work, verbose=options.verbose)
    except (XcatError, CertsError, OSError) as error:
        sentence = _sentence(error, job.program) if isinstance(error, OSError) else str(error)
        what = "" if job.wishes.hosts_only else f"; {old} is still in use: then run {job.program} -i again"
        print(f"Error: {sentence.rstrip('.')}{what}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"Interrupted: run {job.program} -i again, which does what is left", file=sys.stderr)
        return 130
    return 0


def _announce(title: str, work: Callable[[], Iterator[str]], *, verbose: bool) -> None:
    """Say what a step does, a line each, as it goes; of users only how many, unless somebody wants to know all."""
    lines = hidden = 0
    for line in work():
        lines += 1
        if lines > _MANY and not verbose and line.startswith("made the user "):
            hidden += 1
        else:
            print(f"{title}: {line}", flush=True)
    if hidden:
        print(f"{title}: made {hidden} more (-V shows them)", flush=True)
    if not lines:
        print(f"{title}: already there, nothing to do", flush=True)
