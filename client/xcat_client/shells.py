"""Completion for bash and zsh: their functions with the names of the commands, where the shells look for them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

_SOURCE = Path(__file__).with_name("completion")


def install_completion(share: Path, program: Path, names: Iterable[str]) -> None:
    """Put the functions below `share`; they ask by `program`. bash-completion finds them by each name. Raises OSError."""
    words = sorted({program.name, *names})
    bash = share / "bash-completion/completions"
    _write(bash / program.name, "xcat.bash", program, words)
    _write(share / "zsh/site-functions/_xcat", "_xcat", program, words)
    for name in words:
        if name != program.name:
            _link(bash / name, program.name)


def _write(path: Path, source: str, program: Path, names: Iterable[str]) -> None:
    text = (_SOURCE / source).read_text(encoding="utf-8")
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    new.write_text(text.replace("@PROGRAM@", str(program)).replace("@NAMES@", " ".join(names)), encoding="utf-8")
    new.replace(path)


def _link(path: Path, target: str) -> None:
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    new.symlink_to(target)
    new.replace(path)
