"""Real sshds for tests: each stands for as many nodes as there are loopback addresses, in a name space of mounts of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.helpers.alone import until
from tests.helpers.cluster import Daemon, free_port

PASSWORD = "cleverly-Chosen7"
_IN_A_SPACE = """
for file in passwd shadow group; do mount --bind "$1/$file" "/etc/$file" || exit 1; done
[ -z "$3" ] || mount --bind "$1/own" "$3" || exit 1
exec "$2" -D -f "$1/sshd_config" -E "$1/log"
"""


@dataclass(frozen=True, slots=True)
class Sshd:
    """`folder` has its files, and `home` of root there; it listens on all addresses of this host."""

    folder: Path
    port: int

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def own(self) -> Path:
        return self.folder / "own"

    @property
    def authorized(self) -> Path:
        return self.home / ".ssh/authorized_keys"

    def public(self, kind: str = "ed25519") -> str:
        return " ".join((self.folder / f"ssh_host_{kind}_key.pub").read_text().split()[:2])

    def log(self) -> str:
        return (self.folder / "log").read_text()


@contextlib.contextmanager
def sshd(folder: Path, *lines: str, certificate: Path | None = None, own: Path | None = None) -> Iterator[Sshd]:
    """An sshd that runs. Its root has the shell /bin/sh, a home of its own, and a password. `lines`: more of sshd_config;
    `certificate`: the private key of an authority that signs its host key, for every name. `own`: a folder that is there, in the
    place of which commands see one of their own, `Sshd.own`."""
    folder.mkdir(parents=True)
    folder.joinpath("own").mkdir()
    made = Sshd(folder, free_port())
    made.home.joinpath(".ssh").mkdir(parents=True, mode=0o700)
    key = folder / "ssh_host_ed25519_key"
    _ssh_keygen("-t", "ed25519", "-f", str(key))
    if certificate is not None:
        _ssh_keygen("-s", str(certificate), "-I", "host", "-h", str(key.with_suffix(".pub")), new=False)
        lines = (*lines, f"HostCertificate {key}-cert.pub")
    _accounts(made)
    folder.joinpath("sshd_config").write_text("\n".join((*_settings(made), *lines, "")))
    Path("/run/sshd").mkdir(exist_ok=True)
    program = shutil.which("sshd", path="/usr/sbin:/sbin")
    assert program is not None, "openssh-server is missing"
    words = ["unshare", "--mount", "sh", "-c", _IN_A_SPACE, "sh", str(folder), program, str(own or "")]
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        until(lambda: "Server listening" in made.log() if folder.joinpath("log").exists() else False, "sshd")
        yield made
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def _settings(made: Sshd) -> tuple[str, ...]:
    return (
        f"Port {made.port}",
        "ListenAddress 0.0.0.0",
        f"HostKey {made.folder}/ssh_host_ed25519_key",
        "AuthorizedKeysFile .ssh/authorized_keys",
        "PermitRootLogin yes",
        "PasswordAuthentication yes",
        "StrictModes no",
        "UsePAM no",
        "UseDNS no",
        "PidFile none",
        "MaxStartups 2000",
        "Subsystem sftp internal-sftp",
    )


def _accounts(made: Sshd) -> None:
    others = [line for line in Path("/etc/passwd").read_text().splitlines() if not line.startswith("root:")]
    made.folder.joinpath("passwd").write_text("\n".join((f"root:x:0:0:root:{made.home}:/bin/sh", *others, "")))
    hashed = subprocess.run(
        ["openssl", "passwd", "-6", PASSWORD], capture_output=True, text=True, check=True
    ).stdout.strip()
    made.folder.joinpath("shadow").write_text(f"root:{hashed}:19000:0:99999:7:::\nsshd:!:19000::::::\n")
    made.folder.joinpath("shadow").chmod(0o600)
    made.folder.joinpath("group").write_bytes(Path("/etc/group").read_bytes())


def key_for_root(daemon: Daemon, *servers: Sshd) -> None:
    """Make a key for root of the daemon's host, with which these let it in."""
    folder = daemon.root / "root/.ssh"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not (folder / "id_ed25519").exists():
        _ssh_keygen("-t", "ed25519", "-f", str(folder / "id_ed25519"), "-C", f"root@{daemon.name}")
    for each in servers:
        each.authorized.write_bytes((folder / "id_ed25519.pub").read_bytes())


def acquaint(daemon: Daemon, ports: Mapping[str, int], **keys: Sshd) -> None:
    """Root of the daemon's host finds hosts, by patterns of their names, at these ports; and the host keys of nodes are, by kind,
    those of these servers."""
    config = "".join(f"Host {hosts}\n Port {port}\n" for hosts, port in ports.items())
    (daemon.root / "root/.ssh/config").write_text(config)
    folder = daemon.root / "etc/xcat/hostkeys"
    folder.mkdir(parents=True, exist_ok=True)
    for kind, server in keys.items():
        (folder / f"ssh_host_{kind}_key.pub").write_text(server.public())


def new_authority(folder: Path) -> Path:
    """A key that signs host keys."""
    _ssh_keygen("-t", "ed25519", "-f", str(folder / "host_ca"))
    return folder / "host_ca"


def _ssh_keygen(*words: str, new: bool = True) -> None:
    subprocess.run(["ssh-keygen", "-q", *(("-N", "") if new else ()), *words], check=True, stdin=subprocess.DEVNULL)
