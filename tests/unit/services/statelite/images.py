"""Root file systems of statelite images, small ones, and nodes that boot them in a mount namespace of their own."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from xcatd.services.statelite.layout import LiteSpec
from xcatd.services.statelite.preparing import prepare
from xcatd.services.statelite.rows import Entry

MODULE = Path(__file__).parents[4] / "share/netboot/dracut/97xcat"
_PROGRAMS = ("sh", "cat", "cp", "ln", "mkdir", "mount", "mv", "rm", "touch", "ls", "readlink", "echo", "stat")
_BOOT = """
set -u
base=$1 probe=$2 more=$3
XCAT_RUN=$base/run XCAT_CMDLINE=$base/cmdline NODE=n1
mkdir -p "$XCAT_RUN"
. words.sh
xcat_say() { echo "say $1" >>"$base/said"; }
xcat_fail() { echo "$1" >&2; exit 1; }
xcat_fetch() { cp "$base/srv/${1#http://}" "$2"; }
. statelite.sh
# In place of NFS, which the kernel of a test machine may not have: the rest of what is mounted is real.
lite_nfs() {
    [ -d "$base/srv/$1$2" ] || { echo "mount.nfs: $1:$2: No such file or directory"; return 32; }
    echo "$1:$2 $4" >>"$base/mounted"
    mount -o bind "$base/srv/$1$2" "$3"
    case ",$4," in *,ro,*) mount -o remount,bind,ro "$3" ;; esac
}
LITE_PAUSES=(0) LITE_DEVICES=0
eval "$more"
mount -o bind "$base/rootimg" "$base/rootimg"
mount -o remount,bind,ro "$base/rootimg"
cd / && xcat_statelite "$base/rootimg"
chroot "$base/rootimg" sh -c "$probe"
"""


@dataclass(frozen=True, slots=True)
class Seen:
    status: int
    stdout: str
    stderr: str


@dataclass(slots=True)
class Lite:
    """An image in `base`, servers in `base`/srv/SERVER, and a node."""

    base: Path
    said: list[str] = field(default_factory=list)
    more: str = ""
    """What a node's shell reads before it begins."""

    @property
    def root(self) -> Path:
        return self.base / "rootimg"

    def lay(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def serve(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            path = self.base / "srv" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def prepare(self, *rows: tuple[str, str], disk: Sequence[str] = ()) -> None:
        """Rows of litefile: path and option."""
        entries = tuple(Entry(path, option) for path, option in rows)
        prepare(LiteSpec(str(self.base), "lite", entries, disk=tuple(disk)), self.said.append)

    def boot(self, probe: str, cmdline: str = "") -> Seen:
        """Have the node's files put to their places, and run a line in what it has as its root then."""
        self._programs()
        (self.base / "cmdline").write_text(f"quiet NODE=n1 {cmdline}\n")
        words = ["unshare", "--mount", "bash", "-c", _BOOT, "bash", str(self.base), probe, self.more]
        done = subprocess.run(words, capture_output=True, text=True, cwd=MODULE, timeout=60, check=False)
        return Seen(done.returncode, done.stdout, done.stderr)

    def shows(self, probe: str, cmdline: str = "") -> str:
        """What a line prints, which must succeed."""
        seen = self.boot(probe, cmdline)
        assert (seen.status, seen.stderr) == (0, ""), seen
        return seen.stdout

    def add_program(self, name: str) -> None:
        """A program of this machine, with its libraries, in the image."""
        found = shutil.which(name)
        assert found is not None, f"{name} is not installed"
        (self.root / "bin").mkdir(parents=True, exist_ok=True)
        shutil.copy2(found, self.root / "bin" / name)
        told = subprocess.run(["ldd", found], capture_output=True, text=True, check=True).stdout
        for library in re.findall(r"(/\S+) \(", told):
            place = self.root / library[1:]
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(library, place)

    def _programs(self) -> None:
        if (self.root / "bin/busybox").exists():
            return
        self.add_program("busybox")
        for name in _PROGRAMS:
            (self.root / "bin" / name).symlink_to("busybox")
