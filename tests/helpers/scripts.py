"""The postscripts, run below a folder as for an image: they write their files there and start nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "postscripts"
RELEASES: Mapping[str, str] = {
    "debian": "ID=debian\n",
    "redhat": 'ID="rocky"\nID_LIKE="rhel centos fedora"\n',
    "suse": 'ID="sles"\nID_LIKE="suse"\n',
}


@dataclass(frozen=True, slots=True)
class Image:
    """A folder that looks like the root of a distribution, and a folder with the scripts."""

    root: Path
    scripts: Path

    def run(self, name: str, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run a script to its end; `env` are the variables of mypostscript."""
        given = {"PATH": os.environ["PATH"], "XCAT_ROOT": str(self.root), **env}
        return subprocess.run(
            [str(self.scripts / name), *words],
            capture_output=True,
            text=True,
            env=given,
            stdin=subprocess.DEVNULL,
            timeout=60,
        )

    def done(self, name: str, *words: str, **env: str) -> list[str]:
        """The same; it must succeed without a word on standard error. Gives what it printed."""
        ended = self.run(name, *words, **env)
        assert (ended.returncode, ended.stderr) == (0, ""), ended.stdout + ended.stderr
        return [line.removeprefix(f"{name}: ") for line in ended.stdout.splitlines()]

    def text(self, inside: str) -> str:
        return (self.root / inside.lstrip("/")).read_text()

    def mode(self, inside: str) -> int:
        return (self.root / inside.lstrip("/")).stat().st_mode & 0o7777

    def put(self, inside: str, text: str) -> None:
        path = self.root / inside.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def image(folder: Path, family: str = "debian") -> Image:
    """A new one of a family of distributions: debian, redhat or suse."""
    made = Image(folder / "root", copied(folder))
    made.put("/etc/os-release", RELEASES[family])
    return made


def copied(folder: Path) -> Path:
    """A copy of the scripts, to which a test may add."""
    return Path(shutil.copytree(FOLDER, folder / "xcatpost"))
