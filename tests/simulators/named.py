"""A name server: a real named (BIND) of a test's own, with its own folder, address and port."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from xcatd.model import Secret
from xcatd.services.dns.key import Key

READY_WITHIN = 60.0
"""Seconds for it to answer, or to end. A busy machine needs them, an idle one a fraction."""
KEY = Key("xcat_key", "hmac-sha256", Secret("c2VjcmV0IG9mIHRoaXJ0eS10d28gb2N0ZXRzIGhlcmU="))
OTHER_KEY = Key("xcat_key", "hmac-sha256", Secret("b3RoZXIgb2YgdGhpcnR5LXR3byBvY3RldHMgaGVyZSE="))

_CONF = """\
options {{
\tdirectory "{folder}";
\tpid-file "{folder}/named.pid";
\tsession-keyfile none;
\tlisten-on port {port} {{ {address}; }};
\tlisten-on-v6 {{ none; }};
\t{options}
}};
controls {{ }};
{key}{zones}"""
_ZONE = """\
zone "{zone}" in {{
\ttype master;
\tfile "db.{zone}";
{rights}}};
"""
_RIGHTS = '\tallow-update { key "xcat_key"; };\n\tallow-transfer { key "xcat_key"; };\n'
_HEAD = "$TTL 3600\n@ IN SOA ns.{zone}. root.ns.{zone}. ( 7 10800 3600 604800 86400 )\n@ IN NS ns.example.net.\n"


@dataclass(frozen=True)
class NameServer:
    """One that runs. `before` are the words that make a program run where it is."""

    address: str
    port: int
    folder: Path
    before: Sequence[str] = ()

    def dig(self, *words: str) -> Sequence[str]:
        """The lines that dig gives for a question, without comments."""
        ask = [*self.before, "dig", f"@{self.address}", "-p", str(self.port), "+tries=1", "+time=5", *words]
        done = subprocess.run(ask, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        return [line for line in done.stdout.splitlines() if line and not line.startswith(";")]

    def short(self, name: str, kind: str = "A") -> Sequence[str]:
        """The contents of the records of a name."""
        return self.dig("+short", name, kind)

    def serial(self, zone: str) -> int:
        (line,) = self.short(zone, "SOA")
        return int(line.split()[2])


@contextmanager
def named(
    folder: Path,
    zones: Mapping[str, str],
    *,
    address: str = "127.0.0.1",
    port: int = 53,
    before: Sequence[str] = (),
    rights: str = _RIGHTS,
    secret: str = "",
    options: str = "recursion no; empty-zones-enable no;",
) -> Iterator[NameServer]:
    """It answers when the block begins, and is gone when it ends. `zones` have records as zone files do; `rights` are words of
    BIND about who may read and change them; `secret` is that of its key, if not KEY's; `options` are for the
    whole server."""
    folder.mkdir(parents=True, exist_ok=True)
    for zone, records in zones.items():
        (folder / f"db.{zone}").write_text(_HEAD.format(zone=zone) + records)
    inner = "".join(_ZONE.format(zone=zone, rights=rights) for zone in zones)
    key = Key(KEY.name, KEY.algorithm, Secret(secret)) if secret else KEY
    conf = folder / "named.conf"
    conf.write_text(
        _CONF.format(folder=folder, address=address, port=port, key=key.text(), zones=inner, options=options)
    )
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*before, "named", "-c", str(conf), "-g"], stdin=subprocess.DEVNULL, stderr=log)
    server = NameServer(address, port, folder, before)
    try:
        _wait_until_ready(process, server)
        yield server
    finally:
        process.kill()
        process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], server: NameServer) -> None:
    ask = [*server.before, "dig", f"@{server.address}", "-p", str(server.port), "+tries=1", "+time=1", "version.bind"]
    log = server.folder / "log"  # it answers before it has read its zones
    deadline = time.monotonic() + READY_WITHIN
    while subprocess.run(ask, capture_output=True).returncode or b" all zones loaded\n" not in log.read_bytes():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, "named does not answer"


def stop_named(pid_file: Path) -> None:
    """End a named that somebody else has started, if it runs, and wait until it is gone."""
    try:
        number = int(pid_file.read_text())
    except FileNotFoundError:
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(number, signal.SIGKILL)
    deadline = time.monotonic() + READY_WITHIN
    while Path(f"/proc/{number}").exists() and not has_ended(number):
        assert time.monotonic() < deadline, "named does not end"
        time.sleep(0.01)
    pid_file.unlink(missing_ok=True)


def has_ended(number: int) -> bool:
    """It has ended with all its threads, and nobody has asked for its status yet."""
    process = Path(f"/proc/{number}")
    with contextlib.suppress(OSError):
        is_dead = (process / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
        return is_dead and len(list((process / "task").iterdir())) <= 1
    return True
