"""`make install`: what an administrator gets from it, as an ordinary user into a folder of his."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.helpers.alone import until
from tests.helpers.cluster import PATIENCE, SOURCE, environment, free_port
from tests.helpers.container import Wishes, container
from tests.helpers.containerroot import enclosed, root
from tests.helpers.namespaces import namespaces
from tests.helpers.scripts import copied
from xcat_client.programs import PROGRAMS
from xcatd.consoles.ways.choose import METHODS
from xcatd.dispatch import Registry

NOBODY = 65534
PARTS = (
    "Makefile",
    "pyproject.toml",
    "requirements.lock",
    "scripts",
    "systemd",
    "xcatd",
    "client",
    "certs",
    "postscripts",
    "share",
)
FIRST_TIME = 600
"""Seconds: packages are fetched."""
INTO_IMAGE = """
set -e
mount -t tmpfs tmpfs /mnt
mkdir -p /mnt/upper /mnt/work /mnt/root "$2"
mount -t overlay -o "lowerdir=$1,upperdir=/mnt/upper,workdir=/mnt/work" overlay /mnt/root
XCAT_ROOT=/mnt/root XCAT_PROGRAM=$4 sh "$3"
cp -a /mnt/upper/. "$2"
"""
IMAGE_BUILD = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "SOURCE_DATE_EPOCH": "1700000000"}
"""As genimage runs postinstall scripts."""


@dataclass(frozen=True)
class Site:
    """A source tree that nobody may write, a folder for what is installed, and an ordinary user."""

    folder: Path

    @property
    def source(self) -> Path:
        return self.folder / "source"

    @property
    def prefix(self) -> Path:
        return self.folder / "prefix"

    @property
    def bin(self) -> Path:
        return self.prefix / "bin"

    def install(self, prefix: str = "", **env: str) -> subprocess.CompletedProcess[str]:
        return self.run("make", "-s", "-C", str(self.source), "install", f"PREFIX={prefix or self.prefix}", **env)

    def run(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        """As the ordinary user: who runs the tests, or when that is root, nobody."""
        return subprocess.run(
            words,
            capture_output=True,
            text=True,
            timeout=FIRST_TIME,
            env={**self._environment, **env},
            cwd=self.folder,
            **({"user": NOBODY, "group": NOBODY, "extra_groups": ()} if os.geteuid() == 0 else {}),  # type: ignore[call-overload]
        )

    @property
    def _environment(self) -> Mapping[str, str]:
        """Without this tree on Python's path."""
        return {**environment(HOME=str(self.folder / "home")), "PYTHONPATH": "", "PYTHONDONTWRITEBYTECODE": ""}

    def files(self, folder: Path) -> dict[str, tuple[int, str]]:
        """Every file and link below a folder: when it was written, and where it leads."""
        found = (path for path in folder.rglob("*") if path.is_symlink() or path.is_file())
        return {str(path): (path.lstat().st_mtime_ns, os.path.realpath(path)) for path in found}


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """This source tree as a clone of somebody else, read-only, in a folder that everybody may enter."""
    folder = Path(tempfile.mkdtemp(prefix="xcatd-install-"))
    site = Site(folder)
    try:
        folder.chmod(0o755)
        for part in PARTS:
            copy = shutil.copytree if (SOURCE / part).is_dir() else shutil.copy
            site.source.mkdir(exist_ok=True)
            copy(SOURCE / part, site.source / part)
        git(site, "init", "-q")
        git(site, "add", ".")
        git(site, "commit", "-q", "-m", "all")
        for path in (site.source, *site.source.rglob("*")):
            path.chmod(path.stat().st_mode & 0o555)
        for mine in (site.prefix, folder / "home"):
            mine.mkdir()
            if os.geteuid() == 0:
                os.chown(mine, NOBODY, NOBODY)
        yield site
    finally:
        for path in (site.source, *site.source.rglob("*")):
            if path.is_dir():
                path.chmod(0o755)
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def installed(site: Site) -> Site:
    before = site.files(site.source)
    done = site.install()
    assert done.returncode == 0, done.stdout + done.stderr
    assert site.files(site.source) == before, "the source tree was written to"
    return site


def git(site: Site, *words: str) -> str:
    who = ["-c", "user.name=Test", "-c", "user.email=test@localhost", "-c", f"safe.directory={site.source}"]
    return subprocess.run(
        ["git", "-C", str(site.source), *who, *words], check=True, capture_output=True, text=True
    ).stdout


def test_every_command_of_the_registry_is_a_link_to_the_client(installed: Site) -> None:
    links = {path.name for path in installed.bin.iterdir() if path.is_symlink() and path.readlink() == Path("xcat")}

    assert links == {*Registry(None).names(), *PROGRAMS}
    assert {path.name for path in installed.bin.iterdir()} - links == {
        "xcat",
        "xcatd",
        "xcatcert",
        "xcatconfig",
        "xcatprobe",
        "xcatsnap",
        "pgsqlsetup",
        "mysqlsetup",
        "sqlitesetup",
    }


def test_the_postscripts_are_there(installed: Site) -> None:
    share = installed.prefix / "share/postscripts"

    assert {path.name for path in share.iterdir()} == {path.name for path in (SOURCE / "postscripts").iterdir()}
    assert os.access(share / "syslog", os.X_OK) and not os.access(share / "xcat-common.sh", os.X_OK)


def test_the_templates_are_there(installed: Site) -> None:
    share, source = installed.prefix / "share/install", SOURCE / "share/install"
    files = {path.relative_to(source): path.read_text() for path in source.rglob("*") if path.is_file()}
    assert {path.relative_to(share): path.read_text() for path in share.rglob("*") if path.is_file()} == files


def test_a_kept_conserver_finds_a_program_for_each_method_of_the_daemon(installed: Site) -> None:
    programs = installed.prefix / "share/cons"

    assert {path.name for path in programs.iterdir()} == {"through-xcatd", *METHODS}
    done = installed.run(str(programs / "ipmi"), "n1", XCAT_ROOT="/nowhere", XCATHOST="127.0.0.1:1")
    assert "127.0.0.1:1" in done.stderr


def test_the_shells_find_completion_for_every_command(installed: Site) -> None:
    share = installed.prefix / "share"
    names = {path.name for path in (share / "bash-completion/completions").iterdir() if path.is_file()}

    assert names == {"xcat", *Registry(None).names(), *PROGRAMS}
    assert f"$({installed.bin}/xcat xcatcomplete" in (share / "zsh/site-functions/_xcat").read_text()


def test_the_programs_work_from_there(installed: Site, tmp_path: Path) -> None:
    root, port = tmp_path / "mn1", free_port()
    env = {"PATH": f"{installed.bin}:{os.environ['PATH']}", "XCAT_ROOT": str(root)}

    def typed(line: str, **more: str) -> str:
        done = subprocess.run(line.split(), capture_output=True, text=True, env={**env, **more}, timeout=PATIENCE)
        assert (done.returncode, done.stderr) == (0, ""), line
        return done.stdout

    typed(f"xcatd init --name mn1 --address 127.0.0.1 --port {port}")
    daemon = subprocess.Popen([installed.bin / "xcatd"], env=env, cwd=tmp_path)
    try:
        until((root / "run/xcat/xcatd.sock").exists, "the daemon")
        until(lambda: subprocess.run(["nodels"], env=env, capture_output=True).returncode == 0, "an answer of it")
        typed("nodeadd n[1-2] groups=all")
        assert typed("nodels all") == "n1\nn2\n"
        assert typed("nodels all", XCATHOST=f"127.0.0.1:{port}") == "n1\nn2\n"
        assert "mn1" in typed("xcatcert list")
        commit = git(installed, "rev-parse", "--short=8", "HEAD").strip()
        built = re.fullmatch(rf"Version \S+ \(git commit {commit}, built (\S+)\)\n", typed("lsxcatd -v"))
        assert built and abs((datetime.fromisoformat(built[1]).date() - datetime.now(UTC).date()).days) <= 1
    finally:
        daemon.terminate()
        assert daemon.wait(PATIENCE) == 0


def test_a_service_node_is_installed_of_what_the_management_node_has(installed: Site, tmp_path: Path) -> None:
    shutil.copytree(installed.prefix / "share/program", tmp_path / "served/install/xcatd")
    wishes = Wishes(binds={"/xcatpost": copied(tmp_path), "/served": tmp_path / "served"})
    place = {"MASTER": "127.0.0.1", "HTTPPORT": "8080"}
    with namespaces("sn") as (space,), container(tmp_path, space, "sn1", wishes) as sn:
        sn.done("ip", "link", "set", "lo", "up")
        sn.done("systemd-run", "--quiet", "python3", "-m", "http.server", "8080", "--directory", "/served")
        until(
            lambda: (
                sn.run("python3", "-c", "import socket; socket.create_connection(('127.0.0.1', 8080))").returncode == 0
            ),
            "the web server",
        )
        said = sn.run("/xcatpost/installxcatd", patience=FIRST_TIME, **place)
        assert "installxcatd: Installed in /opt/xcatd: Version" in said.stdout, said.stderr
        version = ("xcatconfig", "--version")
        assert (
            sn.done(f"/opt/xcatd/bin/{version[0]}", version[1])
            == installed.run(str(installed.bin / version[0]), version[1]).stdout
        )
        assert sn.done("systemctl", "is-enabled", "xcatd.service", "xcatd.socket") == "enabled\nenabled\n"
        assert sn.done("/xcatpost/installxcatd", **place) == "installxcatd: nothing to do\n"
        sums = tmp_path / "served/install/xcatd/SHA256SUMS"
        sums.write_text(sums.read_text().replace("source.tar.gz", "../source.tar.gz"))
        assert "which is no part of the program" in sn.run("/xcatpost/installxcatd", **place).stderr
        sums.write_text(f"{'0' * 64}  source.tar.gz\n")
        assert "is not what it should be: source.tar.gz" in sn.run("/xcatpost/installxcatd", **place).stderr


def test_an_image_gets_it_twice_the_same(installed: Site, tmp_path: Path) -> None:
    """Its units wait until the postscript servicenode has set the daemon up."""
    for number in ("1", "2"):
        folder = tmp_path / number
        given = (root(), folder, SOURCE / "postscripts/installxcatd", installed.prefix / "share/program")
        words = enclosed("sh", "-c", INTO_IMAGE, "sh", *map(str, given))
        done = subprocess.run(words, capture_output=True, text=True, timeout=FIRST_TIME, env=IMAGE_BUILD)
        assert done.returncode == 0, done.stderr
    same = ["diff", "--recursive", "--no-dereference", str(tmp_path / "1/opt"), str(tmp_path / "2/opt")]
    assert subprocess.run(same, capture_output=True, text=True).stdout == ""
    units = tmp_path / "1/etc/systemd/system"
    assert {path.name for path in units.rglob("*") if path.is_symlink()} == {"xcatd.service", "xcatd.socket"}
    for unit in ("xcatd.service", "xcatd.socket"):
        assert "ConditionPathExists=/etc/xcat/cert/server-cert.pem\n" in (units / f"{unit}.d/image.conf").read_text()
    compiled = next((tmp_path / "1/opt/xcatd/lib/xcatd").rglob("xcatd/__pycache__/__init__.*.pyc"))
    assert compiled.read_bytes()[4:8] == b"\1\0\0\0", "PEP 552: by the hash of its source, at which nobody looks"


def test_the_units_name_the_programs_that_were_installed(installed: Site) -> None:
    units = installed.prefix / "lib/systemd/system"
    names = [str(units / name) for name in ("xcatd.service", "xcatd.socket")]

    verified = subprocess.run(["systemd-analyze", "verify", "--man=no", *names], capture_output=True, text=True)

    assert (verified.returncode, verified.stderr) == (0, "")
    assert f"ExecStart={installed.bin}/xcatd\n" in (units / "xcatd.service").read_text()
    assert "/opt/xcatd" not in (units / "xcatd.service").read_text()


def test_a_second_time_fetches_nothing_and_leaves_things_as_they_were(installed: Site) -> None:
    before = installed.files(installed.prefix)
    names = set(before)

    done = installed.install(PIP_INDEX_URL="http://127.0.0.1:9/", PIP_EXTRA_INDEX_URL="", PIP_RETRIES="0")

    assert done.returncode == 0, done.stderr
    after = installed.files(installed.prefix)
    assert set(after) == names
    packages = [name for name in names if re.search(r"/(cryptography|sqlalchemy|yaml)/", name)]
    assert packages and all(after[name] == before[name] for name in packages)


def test_a_step_that_fails_stops_it_with_its_message(site: Site) -> None:
    """The lock file has a hash that is not the package's."""
    broken = site.folder / "broken"
    shutil.copytree(SOURCE / "scripts", broken / "scripts")
    pin = re.findall(r"^pycparser==\S+", (SOURCE / "requirements.lock").read_text(), re.MULTILINE)[0]
    (broken / "requirements.lock").write_text(f"{pin} --hash=sha256:{'0' * 64}\n")
    prefix = site.folder / "home/broken"

    done = site.run(str(broken / "scripts/install"), str(prefix))

    assert done.returncode == 1
    assert "DO NOT MATCH THE HASHES" in done.stderr
    assert not (prefix / "bin").exists()


@pytest.mark.parametrize("prefix", ["/", "/usr"])
def test_folders_of_the_system_are_refused(site: Site, prefix: str) -> None:
    done = site.run(str(site.source / "scripts/install"), prefix)

    assert done.returncode == 1
    assert done.stderr == (
        f"scripts/install: {prefix} belongs to the packages of the system; take /opt/xcatd or /usr/local\n"
    )


def test_a_program_of_somebody_else_is_not_replaced(site: Site) -> None:
    prefix = site.folder / "home/taken"
    assert site.run("mkdir", "-p", str(prefix / "bin")).returncode == 0
    assert site.run("touch", str(prefix / "bin/xcatd")).returncode == 0

    done = site.install(str(prefix))

    assert done.returncode == 2, "what make says when its command has failed"
    assert f"{prefix}/bin/xcatd is a file of somebody else; move it away" in done.stderr
    assert [path.name for path in prefix.rglob("*")] == ["bin", "xcatd"]


def test_the_lock_files_pin_everything_and_name_no_index() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (SOURCE / name).read_text()
        pins = re.findall(r"^\S.*", text, re.MULTILINE)
        assert pins and all(re.fullmatch(r"[a-z0-9.-]+==\S+ \\", pin) for pin in pins)
        assert text.count("==") <= text.count("--hash=sha256:")
        assert "://" not in text
    assert "setuptools==" in (SOURCE / "requirements.lock").read_text(), "this tree is built with it"
