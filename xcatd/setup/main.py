"""The program `xcatconfig`: its options, what it announces, its exit status."""

from __future__ import annotations

import argparse
import socket
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NoReturn

from xcat_certs.errors import CertsError
from xcat_certs.layout import Layout
from xcatd.daemon.paths import Paths, chosen
from xcatd.daemon.settings import Settings, read_settings
from xcatd.daemon.version import version_line
from xcatd.errors import ConfigError, UsageError, XcatError
from xcatd.setup.job import Job
from xcatd.setup.steps import STEPS, Step

USAGE = """\
xcatconfig [-h|--help]
xcatconfig [-v|--version]
xcatconfig [-f|--force] [-V|--verbose]
xcatconfig [-i|--initinstall] [-V|--verbose]
xcatconfig [-u|--updateinstall] [-V|--verbose]
xcatconfig [-k|--sshkeys] [-s|--sshnodehostkeys] [-c|--credentials] [-d|--database] [-m|--mgtnode] [-t|--tunables] \
[-f|--force] [-V|--verbose]

Makes what is missing; what is there stays. With -f it is made anew: alone for all parts, else for those that are named.
With -i: [--name NAME] [--address ADDRESS]... [--port PORT] [--cluster NAME]. Always: [--root DIR]."""

OPTIONS = {
    "h": ("--help",),
    "v": ("--version",),
    "V": ("--verbose",),
    "f": ("--force",),
    "i": ("--initinstall", "--initialinstall"),
    "u": ("--updateinstall",),
    "k": ("--sshkeys",),
    "s": ("--sshnodehostkeys",),
    "c": ("--credentials",),
    "d": ("--database",),
    "m": ("--mgtnode",),
    "t": ("--tunables",),
}
_ON_A_SERVICE_NODE = "t"


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(message)


def main(argv: Sequence[str] | None = None) -> int:
    """0 = all is done; 1 = one sentence on standard error says what is not, and what was announced before is done."""
    words = list(sys.argv[1:] if argv is None else argv)
    if not words:
        print("Error: No parameters were supplied on the xcatconfig command. Run xcatconfig -h", file=sys.stderr)
        return 1
    try:
        options = _parser().parse_args(words)
        if options.h or options.v:
            print(USAGE if options.h else version_line())
            return 0
        return _configure(options)
    except UsageError as error:
        print(f"Error: {error}\n{USAGE}", file=sys.stderr)
    except (XcatError, CertsError) as error:
        print(f"Error: {error}", file=sys.stderr)
    except OSError as error:
        print(
            f"Error: {error.filename or 'This host'}: {error.strerror or error}; run xcatconfig as root",
            file=sys.stderr,
        )
    except KeyboardInterrupt:
        return 130
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="xcatconfig", add_help=False, allow_abbrev=False)
    for letter, names in OPTIONS.items():
        parser.add_argument(f"-{letter}", *names, dest=letter, action="store_true")
    parser.add_argument("--root")
    parser.add_argument("--name", default="")
    parser.add_argument("--address", action="append", default=[])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--cluster", default="")
    return parser


def _configure(options: argparse.Namespace) -> int:
    letters = {letter for letter in "iukscdmtf" if getattr(options, letter)}
    if letters >= {"i", "u"}:
        raise UsageError("The -i and -u flags may not be input to the command. Use one or the other.")
    if "f" in letters and letters & {"i", "u"}:
        raise UsageError("-f alone does all that -i and -u do, anew; do not combine them")
    steps = _chosen(letters)
    if not steps:
        raise UsageError("name a part to set up; -V alone does nothing")
    job = _job(chosen(options.root), options, letters)
    for step in steps:
        _announce(step, step.work(job), verbose=options.V)
    if "i" in letters:
        root = "" if str(job.paths.root) == "/" else f" --root {job.paths.root}"
        print(f"Next: start the daemon (systemctl enable --now xcatd, or xcatd{root}), then xcatprobe{root} xcatmn")
    return 0


def _chosen(letters: set[str]) -> list[Step]:
    sets = letters & {"i", "u"} or (letters & {"f"} if letters == {"f"} else set())
    return [step for step in STEPS if set(step.options) & letters or set(step.sets) & sets]


def _announce(step: Step, said: Iterator[str], *, verbose: bool) -> None:
    """Say what a step does, a line each; of rows only their number unless somebody wants to know all."""
    lines = rows = 0
    for line in said:
        lines += 1
        if line.startswith("wrote ") and not verbose:
            rows += 1
        else:
            print(f"{step.title}: {line}", flush=True)
    if rows:
        print(f"{step.title}: wrote {rows} rows (-V shows them)")
    elif not lines:
        print(f"{step.title}: already there, nothing to do")


def _job(paths: Paths, options: argparse.Namespace, letters: set[str]) -> Job:
    """Raises ConfigError on a service node, but for what service nodes need too."""
    before = read_settings(paths.settings)
    if before.master and letters - {_ON_A_SERVICE_NODE}:
        raise ConfigError(
            f"This is a service node of {before.master}, and xcatconfig sets up management nodes: see docs/hierarchy.md, or "
            f"take `master` out of {paths.settings}"
        )
    if not 0 <= options.port <= 65535:
        raise ConfigError(f"--port takes a number from 1 to 65535, not {options.port}")
    settings: Settings = replace(
        before,
        name=options.name or before.name or socket.gethostname(),
        addresses=tuple(options.address) or before.addresses,
        port=options.port or before.port,
    )
    return Job(paths, settings, options.cluster or _cluster(paths) or settings.name.partition(".")[0], "f" in letters)


def _cluster(paths: Paths) -> str:
    """The name that the authority has for the cluster, "" where there is none."""
    place = Layout(paths.root).authority / "cluster"
    return place.read_text(encoding="utf-8").strip() if place.exists() else ""
