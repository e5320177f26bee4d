"""The program `xcatprobe`: its options, its sub-commands, its exit status."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from typing import NoReturn

from xcatd.daemon.paths import chosen
from xcatd.daemon.version import version_line
from xcatd.errors import UsageError, XcatError
from xcatd.model import Role
from xcatd.probe.check import Level, Probe, Result, made
from xcatd.probe.checks import checks
from xcatd.probe.here import Here
from xcatd.probe.lines import Screen, screen, told
from xcatd.probe.osdeploy import Following, look_at

USAGE = """\
Usage:
xcatprobe -h
xcatprobe -l
xcatprobe [-V] [-w] [--root DIR] <subcommand> [attributes of the subcommand]

Options:
    -h : show this
    -l : list the subcommands
    -V : say more
    -w : show each line completely; otherwise long lines are cut
    -v : show the version
    --root DIR : look at the daemon whose files are below DIR (default: $XCAT_ROOT, else /)"""

SUBCOMMANDS = {
    "hierarchy": "Check that this host's links to other daemons are up, and that they have what the management node has.",
    "osdeploy": "Follow nodes while they are installed or boot without disk: each stage, and why one failed.",
    "xcatmn": "Check a management or service node: after installation, and when something does not work.",
}
_USAGE_OF = {
    "hierarchy": "Usage:\n    hierarchy -h\n    hierarchy [-V]\n\nDescription:\n    {}",
    "osdeploy": "Usage:\n    osdeploy -h\n    osdeploy -n <noderange> [-t <minutes>]\n\nDescription:\n    {}\n"
    "    It ends when each node has booted or failed.\n\nOptions:\n    -n : the nodes\n"
    "    -t : how many minutes they are waited for; 60 unless said",
    "xcatmn": "Usage:\n    xcatmn -h\n    xcatmn [-i <nic>] [-V]\n\nDescription:\n    {}\n    It ends with what hierarchy "
    "checks.\n\nOptions:\n    -i : the interface of this host towards the nodes",
}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(message)


def main(argv: Sequence[str] | None = None) -> int:
    """0 = all is well, warnings apart; 1 = something is wrong, or the command line is. 130 = interrupted."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        return _run(words)
    except UsageError as error:
        print(f"Unsupported attribute: {error}\n{USAGE}")
        return 1
    except XcatError as error:
        print(f"Error: {error}", file=sys.stderr)
        return error.status
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is left is not written at the end
        return 141


def _run(words: Sequence[str]) -> int:
    options = _parser().parse_args(words)
    if options.help:
        print(USAGE)
    elif options.version:
        print(version_line())
    elif options.list:
        print("\n".join(("Supported sub commands are:", *(f"{name:<13}{text}" for name, text in SUBCOMMANDS.items()))))
    elif not options.subcommand:
        print("There isn't sub command input from command line, use '-l' to list all valid subcommand")
    elif options.subcommand not in SUBCOMMANDS:
        print(f"Unsupported sub command: {options.subcommand}")
        _run(["-l"])
        return 1
    else:
        return _probe(options)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="xcatprobe", add_help=False, allow_abbrev=False)
    for flag, name in (("-h", "help"), ("-l", "list"), ("-V", "verbose"), ("-w", "whole"), ("-v", "version")):
        parser.add_argument(flag, dest=name, action="store_true")
    parser.add_argument("--root")
    parser.add_argument("subcommand", nargs="?", default="")
    parser.add_argument("rest", nargs=argparse.REMAINDER)
    return parser


def _probe(options: argparse.Namespace) -> int:
    own = _Parser(prog=options.subcommand, add_help=False, allow_abbrev=False)
    for flag, name in (("-h", "help"), ("-T", "test"), ("-V", "verbose"), ("-w", "whole")):
        own.add_argument(flag, dest=name, action="store_true")
    if options.subcommand == "xcatmn":
        own.add_argument("-i", dest="nic", default="")
    if options.subcommand == "osdeploy":
        own.add_argument("-n", dest="noderange", default="")
        own.add_argument("-t", dest="minutes", default="60")
    given = own.parse_args(options.rest)
    about = SUBCOMMANDS[options.subcommand]
    if given.help or given.test:
        print(f"[ok] : {about}" if given.test else _USAGE_OF[options.subcommand].format(about))
        return 0
    here = Here(chosen(options.root), getattr(given, "nic", ""))
    verbose = options.verbose or given.verbose
    shown = screen(terminal=sys.stdout.isatty(), whole=options.whole or given.whole or verbose)
    if options.subcommand == "osdeploy":
        return _follow(here, given.noderange, given.minutes, shown)
    probes: Sequence[Probe] = ("xcatmn", "hierarchy") if options.subcommand == "xcatmn" else ("hierarchy",)
    return _report(here, probes, shown, verbose)


def _follow(here: Here, noderange: str, minutes: str, shown: Screen) -> int:
    if not noderange:
        raise UsageError("osdeploy needs -n noderange")
    if not minutes.isdecimal():
        raise UsageError(f"-t {minutes}: write minutes")
    root = here.paths.root
    following = Following(lambda: look_at(root, noderange))
    for level, text in following.lines(int(minutes) * 60):
        print(shown.line(level, text), flush=True)
    return 0 if following.good else 1


def results(here: Here, probes: Sequence[Probe]) -> Iterator[Result]:
    """Make all checks for this host, one when it is asked for. Raises ConfigError when one of the site cannot be loaded."""
    for each in checks(here.paths.checks):
        if each.probe in probes and here.role in each.roles:
            yield made(each, here)


def _report(here: Here, probes: Sequence[Probe], shown: Screen, verbose: bool) -> int:
    host = "mn" if here.role is Role.MANAGEMENT else "sn"
    failures = 0
    for result in results(here, probes):
        failures += result.level is Level.FAILED
        for level, text in told(host, result, verbose=verbose):
            print(shown.line(level, text), flush=True)
    return 1 if failures else 0
