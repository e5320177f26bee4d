"""A way by SSH, to a real sshd."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.helpers import farside
from tests.helpers.alone import until as until_true
from tests.helpers.cluster import free_port
from tests.helpers.consoleways import WITHIN, Far, WayContract, listens, opened, until
from xcatd.consoles.line import Way
from xcatd.consoles.ways.shell import ShellWay
from xcatd.errors import BadCredentials, Unreachable, Untrusted
from xcatd.hardware import secureshell

_SSHD = """\
ListenAddress 127.0.0.1:{port}
HostKey {folder}/host
AuthorizedKeysFile {folder}/root/.ssh/id_ed25519.pub
ForceCommand {script}
StrictModes no
UsePAM no
PidFile none
"""


class Sshd(Far):
    """A real one. `root` is the folder that counts as / here: with keys, and known hosts."""

    def __init__(self, folder: Path, script: Path) -> None:
        self.port = free_port()
        self.root = folder
        keys = folder / "root" / ".ssh"
        keys.mkdir(parents=True)
        for path in (folder / "host", keys / "id_ed25519"):
            _make_key(path)
        kind, key, *_ = (folder / "host.pub").read_text().split()
        (keys / "known_hosts").write_text(f"[cn01]:{self.port},[10.9.9.9]:{self.port} {kind} {key}\n")
        self.conf = folder / "sshd.conf"
        quoted = str(script).replace(" ", "\\ ")
        self.conf.write_text(_SSHD.format(port=self.port, folder=folder, script=quoted))
        self.way = ShellWay("cn01", "127.0.0.1", port=self.port, root=folder)
        self._script = script
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def known(self) -> Path:
        return self.root / "root" / ".ssh" / "known_hosts"

    def start(self) -> None:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        with (self.root / "sshd.log").open("ab") as output:
            words = ["/usr/sbin/sshd", "-D", "-e", "-f", str(self.conf)]
            self._process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stderr=output)

    def stop(self) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait()

    def sessions(self, number: signal.Signals) -> None:
        """Send a signal to the processes that serve connections."""
        assert self._process is not None
        for child in Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split():
            for grandchild in Path(f"/proc/{child}/task/{child}/children").read_text().split():
                if Path(f"/proc/{grandchild}/comm").read_text().strip() == "sshd":
                    os.kill(int(grandchild), number)
            os.kill(int(child), number)

    async def vanish(self) -> None:
        self.sessions(signal.SIGKILL)

    def broken(self, said: bytes) -> bool:
        """sshd breaks its pseudo-terminal, where nobody can see it; a server that knows no breaks would have refused."""
        return True


def _make_key(path: Path) -> None:
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True, stdin=subprocess.DEVNULL
    )


class TestSsh(WayContract):
    @pytest.fixture
    async def far(self, tmp_path: Path, script: Path) -> AsyncIterator[Sshd]:
        sshd = Sshd(tmp_path, script)
        sshd.start()
        try:
            await asyncio.to_thread(until_true, lambda: listens(sshd.port), "sshd")
            yield sshd
        finally:
            sshd.stop()

    @pytest.fixture
    def nobody(self, tmp_path: Path) -> Way:
        return ShellWay("cn01", "127.0.0.1", port=free_port(), root=tmp_path)

    @pytest.fixture
    def stranger(self, far: Sshd, tmp_path: Path) -> Way:
        other = tmp_path / "other"
        (other / "root" / ".ssh").mkdir(parents=True)
        _make_key(other / "root" / ".ssh" / "id_ed25519")
        (other / "root" / ".ssh" / "known_hosts").write_text(far.known.read_text())
        return ShellWay("cn01", "127.0.0.1", port=far.port, root=other)

    async def test_a_key_that_is_not_authorised_is_named_with_its_remedy(self, stranger: Way) -> None:
        with pytest.raises(BadCredentials, match='does not let in the user "root" by SSH: put the public key of root'):
            async with stranger.open():
                pass

    async def test_an_unknown_host_is_refused_with_its_remedy(self, far: Sshd) -> None:
        far.known.unlink()
        with pytest.raises(Untrusted, match=r"host key of cn01 \(127\.0\.0\.1\) .*: run makeknownhosts cn01"):
            async with far.way.open():
                pass

    async def test_a_host_with_another_key_is_refused(self, far: Sshd, tmp_path: Path) -> None:
        _make_key(tmp_path / "new")
        kind, key, *_ = (tmp_path / "new.pub").read_text().split()
        far.known.write_text(f"[cn01]:{far.port} {kind} {key}\n")
        with pytest.raises(Untrusted, match="run makeknownhosts cn01"):
            async with far.way.open():
                pass

    async def test_known_hosts_that_cannot_be_read_are_named(self, far: Sshd) -> None:
        far.known.write_text("cn01\n")
        with pytest.raises(Untrusted, match="run makeknownhosts"):
            async with far.way.open():
                pass

    async def test_the_key_of_the_whole_host_counts_too(self, far: Sshd) -> None:
        everybody = far.root / "etc" / "ssh" / "ssh_known_hosts"
        everybody.parent.mkdir(parents=True)
        everybody.write_text(far.known.read_text())
        far.known.unlink()
        async with asyncio.timeout(WITHIN), opened(far):
            pass

    async def test_its_terminal_has_the_size_of_the_window(self, far: Sshd) -> None:
        async with asyncio.timeout(WITHIN), opened(far) as line:
            line.resize(50, 132)
            await line.write(farside.WINDOW)
            await until(line, b"window 132x50\r\n")

    async def test_one_that_is_silent_is_noticed(self, far: Sshd, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(secureshell, "ALIVE_EVERY", 0.2)
        async with asyncio.timeout(WITHIN), opened(far) as line:
            far.sessions(signal.SIGSTOP)
            with pytest.raises(Unreachable, match="was lost"):
                await line.read()
            far.sessions(signal.SIGKILL)
