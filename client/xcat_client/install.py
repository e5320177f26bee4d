"""Installs the client: `python -m xcat_client.install BIN [--names FILE] [--completion SHARE] [NAME ...]`.

Writes BIN/xcat and, for each command name and for the client's own programs, a link to it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from xcat_client.launcher import write_launcher
from xcat_client.programs import PROGRAMS
from xcat_client.shells import install_completion

PROGRAM = "xcat"


def main(argv: Sequence[str] | None = None) -> int:
    """0 when installed; 1 and a sentence on standard error when not."""
    options = _parser().parse_args(argv)
    try:
        names = [*options.name, *(_listed(options.names) if options.names else ()), *PROGRAMS]
        install(options.bin, names, python=options.python)
        if options.completion:
            install_completion(options.completion, options.bin.resolve() / PROGRAM, names)
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        sys.stderr.write(f"Error: the client is not installed in {options.bin}: {error}\n")
        return 1
    return 0


def install(folder: Path, names: Iterable[str], *, python: str | None = None) -> None:
    """Put the launcher and its links into `folder`. Raises ValueError (a bad name, nothing is changed) or OSError."""
    wanted = sorted(set(names) - {PROGRAM})
    for name in wanted:
        _check(folder / name, name)
    package = Path(__file__).resolve().parent
    interpreter = str(Path(python or sys.executable).resolve())
    subprocess.run([interpreter, "-I", "-m", "compileall", "-q", str(package)], check=True)
    folder.mkdir(parents=True, exist_ok=True)
    write_launcher(folder / PROGRAM, interpreter, str(package.parent))
    for name in wanted:
        _link(folder / name)


def _check(path: Path, name: str) -> None:
    if not name or "/" in name or name.startswith((".", "-")):
        raise ValueError(f'"{name}" is no command name.')
    if path.exists() and not path.is_symlink():
        raise ValueError(f"{path} is a file of somebody else: move it away.")


def _link(path: Path) -> None:
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    new.symlink_to(PROGRAM)
    new.replace(path)


def _listed(file: Path) -> list[str]:
    """One name a line; empty lines and # comments do not count."""
    lines = (line.partition("#")[0].strip() for line in file.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m xcat_client.install", description="Install the client's commands.")
    parser.add_argument("bin", type=Path, help="folder for the programs, for example /usr/local/bin")
    parser.add_argument("name", nargs="*", help="a command name")
    parser.add_argument("--names", type=Path, metavar="FILE", help="file with further command names, one a line")
    parser.add_argument("--completion", type=Path, metavar="SHARE", help="folder for the shells' functions too")
    parser.add_argument("--python", help="interpreter to run the client (default: the one that runs this)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
