"""The program `xcatd`: its options, its first-time set-up, its exit status."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from xcatd.daemon.paths import Paths, chosen
from xcatd.errors import ConfigError, XcatError


def main(argv: Sequence[str] | None = None) -> int:
    """Run the daemon, `xcatd init` or `xcatd migrate`. 0 = ended as told, 1 = one sentence on standard error says why not,
    2 = usage."""
    options = _parser().parse_args(sys.argv[1:] if argv is None else argv)
    try:
        paths = chosen(options.root)
        if options.action == "init":
            from xcatd.daemon.init import init

            print("\n".join(init(paths, options)))
            return 0
        if options.action == "migrate":
            from xcatd.daemon.migrate import migrate

            print(migrate(paths, options.to))
            return 0
        return _serve(paths, options)
    except XcatError as error:
        print(f"xcatd: {error}", file=sys.stderr)
        return error.status
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="xcatd", description="The cluster management daemon.", allow_abbrev=False)
    parser.add_argument("--root", metavar="DIR", help="keep every path below DIR (default: $XCAT_ROOT, else /)")
    parser.add_argument("-f", "--foreground", action="store_true", help="stay in the foreground (it always does)")
    parser.add_argument("-p", "--pidfile", metavar="FILE", help="write the process id into FILE")
    parser.add_argument("-r", "--reload", action="store_true", help="start or take over without touching services")
    parser.add_argument("--restart", action="store_true", help="take over from a running daemon, and check services")
    parser.set_defaults(action="serve")
    actions = parser.add_subparsers(metavar="init|migrate")
    init = actions.add_parser("init", help="set up this host, once; again: what is missing", allow_abbrev=False)
    init.set_defaults(action="init")
    init.add_argument("--root", metavar="DIR", default=argparse.SUPPRESS, help="keep every path below DIR")
    init.add_argument("--name", required=True, help="the name of this host in the cluster")
    init.add_argument("--address", action="append", default=[], help="listen here, and stand in the certificate")
    init.add_argument("--port", type=int, default=0, help="listen on this port (default 3001)")
    init.add_argument("--cluster", default="", help="the name of the cluster in certificates (default: NAME)")
    init.add_argument(
        "--master", default="", metavar="HOST[:PORT]", help="make this a service node of that daemon; of several: a,b"
    )
    init.add_argument("--demote", action="store_true", help="with --master: this host may have been a management node")
    migrate = actions.add_parser(
        "migrate", help="take the database to the schema of this version, or of another", allow_abbrev=False
    )
    migrate.set_defaults(action="migrate")
    migrate.add_argument("--root", metavar="DIR", default=argparse.SUPPRESS, help="the paths are below DIR")
    migrate.add_argument("--to", type=int, metavar="VERSION", help="this version; 0 leaves a database as xCAT 2 has it")
    return parser


def _serve(paths: Paths, options: argparse.Namespace) -> int:
    from xcatd.daemon.handover import Lock
    from xcatd.daemon.logs import open_log
    from xcatd.daemon.serve import Daemon
    from xcatd.daemon.settings import read_settings

    settings = read_settings(paths.settings)
    if not paths.tls.ca.exists():
        raise ConfigError(f"This host is not set up below {paths.root}; run: xcatd init --name NAME")
    try:
        paths.make()
    except OSError as error:
        raise ConfigError(f"{error.filename} cannot be made: {error.strerror}; run xcatd as root") from error
    pidfile = Path(options.pidfile).absolute() if options.pidfile else None
    if pidfile is not None and not pidfile.parent.is_dir():
        raise ConfigError(f"The pid file {pidfile} cannot be written: there is no folder {pidfile.parent}")
    log_file = open_log(paths.log, settings.log_level)
    daemon = Daemon(
        paths=paths,
        settings=settings,
        services=not options.reload,
        lock=Lock(paths.lock),
        log_file=log_file,
        pidfile=pidfile,
    )
    asyncio.run(daemon.run(take_over=options.reload or options.restart))
    return 0
