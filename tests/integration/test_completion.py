"""Tab in a real bash and a real zsh, with a real daemon that knows what may follow."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.alone import alone, typed
from tests.helpers.cluster import Daemon, environment
from tests.helpers.shells import READY, Shell, shell
from xcat_client.install import install
from xcat_client.programs import PROGRAMS
from xcat_client.shells import install_completion

NAMES = ("chdef", "lsdef", "nodels", "nodech", "tabdump", *PROGRAMS)
SHOW = "() { printf 'words:'; printf '<%s>' \"$@\"; echo :end; }"
"""A function in the place of a command shows the words that the shell gives it."""

CASES = [
    ("lsdef -t osi\t", ["-t", "osimage"]),
    ("lsdef --sta\t", ["--stanza"]),
    ("lsdef --type=osi\t", ["--type=osimage"]),
    ("lsdef -t osimage rh\t", ["-t", "osimage", "rhels9"]),
    ("lsdef -i mgt,getm\t", ["-i", "mgt,getmac"]),
    ("nodels blade1,gp\t", ["blade1,gpus"]),
    ("nodels blade1 nodehm.mg\t", ["blade1", "nodehm.mgt"]),
    ("nodels bl\t nodepos.ra\t", ["blade1", "nodepos.rack"]),
    ("tabdump netw\t", ["networks"]),
    ("tabdump nodepo\t", ["nodepos"]),
    ("tabdump -f noti\t", ["-f", "notice.txt"]),
    ("xcat nodels\t", ["nodels"]),
    ("chdef blade1 nodetyp\tblade", ["blade1", "nodetype=blade"]),
    ("chdef -t osimage -o rhels9 osna\tx", ["-t", "osimage", "-o", "rhels9", "osname=x"]),
    ("nodech blade1 nodehm.mg\tipmi", ["blade1", "nodehm.mgt=ipmi"]),
    ("lsdef -w mgt\tipmi", ["-w", "mgt==ipmi"]),
    ("tabedit nodepo\t", ["nodepos"]),
]


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with alone(tmp_path_factory.mktemp("daemon")) as daemon:
        typed(daemon, "nodeadd blade1 groups=gpus,all", "nodeadd n1,n2 groups=all")
        typed(daemon, "tabch imagename=rhels9 osimage.osname=Linux")
        yield daemon


@pytest.fixture(scope="module")
def prefix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    prefix = tmp_path_factory.mktemp("prefix")
    install(prefix / "bin", NAMES, python=sys.executable)
    install_completion(prefix / "share", prefix / "bin/xcat", NAMES)
    (prefix / "notice.txt").touch()
    return prefix


def env(daemon: Daemon, prefix: Path) -> dict[str, str]:
    return environment(XCAT_ROOT=str(daemon.root), TERM="dumb", HOME=str(prefix), INPUTRC="/dev/null")


def prepare(started: Shell, prefix: Path) -> None:
    """In a folder with a file, and with commands that show their words."""
    started.run(f"cd {prefix}")
    for name in ("xcat", *NAMES):
        started.run(name + SHOW)


@pytest.fixture(scope="module")
def bash(daemon: Daemon, prefix: Path) -> Iterator[Shell]:
    with shell(["bash", "--norc", "--noprofile", "-i"], env(daemon, prefix) | {"PS1": READY}) as started:
        started.run(f". {prefix}/share/bash-completion/completions/nodels")
        prepare(started, prefix)
        yield started


@pytest.fixture(scope="module")
def zsh(daemon: Daemon, prefix: Path) -> Iterator[Shell]:
    with shell(["zsh", "-f", "-i"], env(daemon, prefix) | {"PS1": READY}) as started:
        started.run(f"fpath=({prefix}/share/zsh/site-functions $fpath); autoload -U compinit; compinit -u -D")
        prepare(started, prefix)
        yield started


def completed(there: Shell, line: str) -> str:
    """The words that the command gets."""
    there.type(line + "\n")
    there.see("words:")
    words = there.see(":end")
    there.see(READY)
    return words


@pytest.mark.parametrize(("line", "words"), CASES)
def test_bash(bash: Shell, line: str, words: list[str]) -> None:
    assert completed(bash, line) == "".join(f"<{word}>" for word in words)


@pytest.mark.parametrize(("line", "words"), CASES)
def test_zsh(zsh: Shell, line: str, words: list[str]) -> None:
    assert completed(zsh, line) == "".join(f"<{word}>" for word in words)
