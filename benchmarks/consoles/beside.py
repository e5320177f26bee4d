"""conserver with the same consoles, at the same far sides."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.consoles.farside import address
from benchmarks.consoles.place import FarSide, node
from tests.helpers.cluster import free_port


@dataclass(frozen=True, slots=True)
class Conserver:
    """It runs: `process` is the first of its processes."""

    process: subprocess.Popen[bytes]
    logs: Path
    began: float

    @property
    def all(self) -> list[int]:
        """The ids of its processes."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [self.process.pid, *map(int, children)]

    def memory(self) -> float:
        """MiB (PSS) of all of them."""
        return sum(pss(each) for each in self.all) / 1024

    def cpu(self) -> float:
        """Seconds that all of them have used."""
        return sum(int(Path(f"/proc/{each}/schedstat").read_text().split()[0]) for each in self.all) / 1e9


def pss(process: int) -> int:
    """Proportional set size of a process, kB."""
    found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{process}/smaps_rollup").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1])


@contextmanager
def conserver(folder: Path, far: FarSide, consoles: int) -> Iterator[Conserver]:
    """Started, not up yet; all its files are below `folder`."""
    logs = folder / "logs"
    logs.mkdir(parents=True)
    blocks = (
        f"console {node(number)} {{ master localhost; type host; host {address(number)}; port {far.port}; "
        f"protocol raw; logfile {logs / node(number)}; }}\n"
        for number in range(consoles)
    )
    configuration = folder / "conserver.cf"
    configuration.write_text(
        f"config * {{ passwdfile {folder / 'passwd'}; }}\n"
        "default * { rw *; }\naccess * { trusted 127.0.0.1; }\n" + "".join(blocks)
    )
    (folder / "passwd").write_text("")
    words = ["conserver", "-C", str(configuration), "-M", "127.0.0.1", "-p", str(free_port()), "-b", str(free_port())]
    began = time.monotonic()
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        yield Conserver(process, logs, began)
    finally:
        process.terminate()
        process.wait()
