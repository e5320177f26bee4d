"""The options of `python -m benchmarks databases`, and its two parts."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.databases.commands import commands
from benchmarks.databases.large import large
from benchmarks.databases.places import ENGINES, places
from benchmarks.databases.side import show_columns
from benchmarks.scale.timing import Failed

PARTS = ("commands", "large")


def main(argv: Sequence[str]) -> int:
    """`python -m benchmarks databases` with these options."""
    options = _parser().parse_args(argv)
    failed: list[Failed] = []
    for part in options.part or PARTS:
        try:
            (_commands if part == "commands" else _large)(options, failed)
        except Failed as failure:
            failed.append(failure)
    for each in failed:
        print(each, file=sys.stderr)
    return 1 if failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks databases", allow_abbrev=False)
    parser.add_argument("--part", choices=PARTS, action="append", help="one part (default: both)")
    parser.add_argument("--engine", choices=ENGINES, action="append", help="an engine (again for more; default: all)")
    parser.add_argument("--nodes", type=int, default=10_000, help="nodes for the commands")
    parser.add_argument("--large", type=int, default=100_000, help="nodes for starts, foreign changes and bulk loads")
    parser.add_argument("--runs", type=int, default=3, help="runs of each")
    parser.add_argument("--only", default="", metavar="TEXT", help="only commands whose name contains this")
    return parser


def _commands(options: argparse.Namespace, failed: list[Failed]) -> None:
    with tempfile.TemporaryDirectory() as name, places(options.engine or ENGINES, options.nodes) as made:
        for place in made:
            place.daemon.start()
        lines = commands(made, options.nodes, options.runs, options.only, Path(name), failed)
        settings = {place.engine: place.settings() for place in made}
        show_columns(f"databases-{options.nodes}", settings, lines, keep=not options.only)


def _large(options: argparse.Namespace, failed: list[Failed]) -> None:
    with tempfile.TemporaryDirectory() as name, places(options.engine or ENGINES, options.large, ["sn1"]) as made:
        lines = large(made, options.large, options.runs, Path(name))
        settings = {place.engine: place.settings() for place in made}
        show_columns(f"databases-{options.large}", settings, lines)
