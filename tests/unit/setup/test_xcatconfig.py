"""`xcatconfig` as it is typed: all of it once, again, part by part, by force, and what is refused."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.helpers.xcat2 import ROWS, write_folder
from tests.unit.setup.tables import change, tables
from xcat_certs import pem
from xcatd.daemon.paths import Paths
from xcatd.daemon.settings import Settings, read_settings
from xcatd.policy import default_rows
from xcatd.setup.main import main
from xcatd.setup.tunables import TUNABLES, running
from xcatd.store import Delete, Put

PARTS = "skcdmt"
NOTHING = "already there, nothing to do"


def typed(capsys: pytest.CaptureFixture[str], root: Path, *words: str) -> list[str]:
    assert main(["--root", str(root), *words]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    return shown.out.splitlines()


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert main(words) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    return shown.err


def contents(root: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file() and "sqlite-" not in path.name}


def test_a_host_is_set_up_and_told_what_is_next(host: Paths) -> None:
    assert read_settings(host.settings) == Settings("mn1", ("127.0.0.1",), 3456)
    snapshot = tables(host)
    assert snapshot.site("master") == snapshot.site("nameservers") == "127.0.0.1"
    assert {row["priority"] for row in snapshot.table("policy").rows} == {
        put.key["priority"] for put in default_rows("mn1")
    }
    assert snapshot.table("nodelist").find("mn1")[0]["groups"] == "__mgmtnode"
    assert snapshot.table("servicenode").find("__mgmtnode")[0]["tftpserver"] == "yes"
    assert host.marker("mn").exists()
    assert (host.install / "postscripts/ca/ca-cert.pem").read_bytes() == (host.etc / "ca/ca-cert.pem").read_bytes()


def test_again_nothing_changes(installed: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    before = contents(installed.root)
    lines = typed(capsys, installed.root, "-i")
    assert all(line.endswith(NOTHING) for line in lines[:-1]), lines
    assert lines[-1].startswith("Next: start the daemon")
    assert all(line.endswith(NOTHING) for line in typed(capsys, installed.root, f"-{PARTS}"))
    assert all(line.endswith(NOTHING) for line in typed(capsys, installed.root, "-u", "-V"))
    assert contents(installed.root) == before


def test_the_files_of_an_xcat_2_are_taken_over_before_anything_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    host = Paths(tmp_path / "root")
    host.etc.mkdir(parents=True)
    installed = {"key": "installdir", "value": str(tmp_path / "big/install")}
    write_folder(host.etc, {**ROWS, "site": [*ROWS["site"], installed]})
    lines = typed(capsys, host.root, "-i", "--name", "mn1", "--address", "127.0.0.1")
    assert lines[0].startswith("folders and settings: took over ")
    assert f"folders and settings: made {tmp_path}/big/install" in lines
    assert tables(host).site("domain") == "cluster.test"
    assert {"n1", "n2", "n10", "mn1"} == {row["node"] for row in tables(host).table("nodelist").rows}


def test_the_defaults_of_the_database_go_into_what_was_taken_over(
    host: Paths, capsys: pytest.CaptureFixture[str]
) -> None:
    host.database.unlink()
    write_folder(host.etc)
    lines = typed(capsys, host.root, "-d")
    assert lines[0].startswith("database defaults: took over ")
    assert f"database defaults: made {host.database}" not in lines
    assert tables(host).site("domain") == "cluster.test"


def test_the_keys_are_what_ssh_takes_them_for(installed: Paths) -> None:
    for path in (*installed.hostkeys.glob("ssh_host_*_key"), installed.root / "root/.ssh/id_rsa"):
        shown = subprocess.run(
            ["ssh-keygen", "-y", "-P", "", "-f", str(path)], capture_output=True, text=True, check=True
        )
        assert shown.stdout.split()[:2] == path.with_name(f"{path.name}.pub").read_text().split()[:2]
        assert path.stat().st_mode & 0o777 == 0o600


def test_the_public_parts_are_where_nodes_fetch_them(host: Paths, installed: Paths) -> None:
    there = installed.install / "postscripts"
    assert (there / "_ssh/authorized_keys").read_bytes() == (installed.root / "root/.ssh/id_rsa.pub").read_bytes()
    assert {path.name for path in (there / "hostkeys").iterdir()} == {
        f"ssh_host_{kind}_key.pub" for kind in ("rsa", "ecdsa", "ed25519")
    }
    assert not [path for path in there.rglob("*") if path.is_file() and b"PRIVATE" in path.read_bytes()]


def test_a_part_that_is_missing_is_made_and_the_others_stay(host: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    before = contents(host.root)
    lost = host.hostkeys / "ssh_host_ecdsa_key"
    lost.unlink()
    lines = typed(capsys, host.root, "-s")
    assert f"ssh host keys of the nodes: made {lost}" in lines
    assert f"ssh host keys of the nodes: removed {lost}.pub, whose private key was missing" in lines
    changed = {path.name for path, content in contents(host.root).items() if before.get(path) != content}
    assert changed <= {"ssh_host_ecdsa_key", "ssh_host_ecdsa_key.pub"}


def test_force_makes_a_part_anew_and_loses_nothing(host: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    old = (host.root / "root/.ssh/id_rsa").read_bytes()
    ca = (host.etc / "ca/ca-cert.pem").read_bytes()
    change(host, Put("site", {"key": "installdir"}, {"value": str(host.install)}))
    typed(capsys, host.root, "-f", "-k")
    kept = list((host.root / "root/.ssh").glob("id_rsa.old-*"))
    assert [path.read_bytes() for path in kept] == [old]
    assert (host.root / "root/.ssh/id_rsa").read_bytes() != old
    assert (host.etc / "ca/ca-cert.pem").read_bytes() == ca
    admitted = (host.install / "postscripts/_ssh/authorized_keys").read_text().splitlines()
    assert admitted == [(host.root / "root/.ssh/id_rsa.pub").read_text().strip()], "the old key is not let in any more"


def test_keys_that_somebody_else_put_there_stay(host: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    change(host, Put("site", {"key": "installdir"}, {"value": str(host.install)}))
    admitted = host.install / "postscripts/_ssh/authorized_keys"
    admitted.write_text("ssh-ed25519 AAAA admin\n")
    typed(capsys, host.root, "-k")
    assert admitted.read_text().splitlines()[0] == "ssh-ed25519 AAAA admin"
    assert len(admitted.read_text().splitlines()) == 2


def test_force_alone_makes_everything_anew(host: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    before = contents(host.root)
    change(host, Put("site", {"key": "ipmimaxp"}, {"value": "7"}), Put("site", {"key": "mine"}, {"value": "stays"}))
    lines = typed(capsys, host.root, "-f")
    assert [line for line in lines if "every service node and user needs a new certificate now" in line]
    after = contents(host.root)
    assert [
        path for path in before if path.name.endswith(("key.pem", "id_rsa", "_key")) and before[path] == after[path]
    ] == []
    kept = [content for path, content in after.items() if ".old-" in str(path)]
    assert all(before[path] in kept for path in before if path.name in ("ca-key.pem", "server-key.pem", "id_rsa"))
    snapshot = tables(host)
    assert (snapshot.site("ipmimaxp"), snapshot.site("mine")) == ("64", "stays")
    assert (host.etc / "ca/cluster").read_text() == "mn1\n"
    assert pem.uris_in(pem.read_certificate(host.tls.certificate)) == ["xcat://mn1/mn/mn1"]


def test_database_defaults_come_back_one_by_one(host: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    change(
        host,
        Delete("policy", {"priority": "1"}),
        Delete("policy", {"priority": "4.8"}),
        Delete("site", {"key": "maxssh"}),
        Put("site", {"key": "ipmimaxp"}, {"value": "7"}),
        Put("policy", {"priority": "3"}, {"commands": "rpower", "rule": "deny"}),
        Put("policy", {"priority": "9"}, {"commands": "litetree", "rule": "allow"}),
    )
    lines = typed(capsys, host.root, "-d", "-V")
    assert sorted(lines) == [
        "database defaults: wrote key=maxssh site.value=8",
        "database defaults: wrote priority=1 policy.name=root policy.rule=allow",
    ], "row 9 says what 4.8 said"
    snapshot = tables(host)
    assert snapshot.site("ipmimaxp") == "7"
    assert snapshot.table("policy").find("3")[0]["rule"] == "deny", "what somebody has changed stays"


def test_forced_database_defaults_replace_what_differs(host: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    change(host, Put("policy", {"priority": "1"}, {"name": "root", "commands": "nodels", "comments": "mine"}))
    change(host, Put("site", {"key": "ipmimaxp"}, {"value": "7"}), Put("policy", {"priority": "9"}, {"name": "joe"}))
    typed(capsys, host.root, "-f", "-d")
    row = tables(host).table("policy").find("1")[0]
    assert (row["name"], row["commands"], row["rule"], row["comments"]) == ("root", "", "allow", "mine")
    assert tables(host).site("ipmimaxp") == "64"
    assert tables(host).table("policy").find("9")[0]["name"] == "joe"


def test_an_update_does_not_widen_a_policy(host: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    change(host, Delete("policy", {"priority": "4.9"}))
    typed(capsys, host.root, "-u")
    assert not tables(host).table("policy").find("4.9")


def test_a_management_node_with_groups_keeps_them(host: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    change(
        host, Put("nodelist", {"node": "mn1"}, {"groups": "all,racks"}), Put("site", {"key": "vsftp"}, {"value": "y"})
    )
    change(host, Delete("servicenode", {"node": "__mgmtnode"}))
    typed(capsys, host.root, "-m")
    assert tables(host).table("nodelist").find("mn1")[0]["groups"] == "all,racks,__mgmtnode"
    row = tables(host).table("servicenode").find("__mgmtnode")[0]
    assert (row["tftpserver"], row["ftpserver"]) == ("yes", "yes")


def test_tunables_of_somebody_else_stay(host: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    path = host.root / "etc/sysctl.d/99-xcat.conf"
    path.write_text("# mine\nnet.ipv4.neigh.default.gc_thresh1 = 4\nvm.swappiness=1\n")
    typed(capsys, host.root, "-t")
    lines = path.read_text().splitlines()
    assert lines[:3] == ["# mine", "net.ipv4.neigh.default.gc_thresh1 = 4", "vm.swappiness=1"]
    assert lines[3:] == ["net.ipv4.neigh.default.gc_thresh2 = 4096", "net.ipv4.neigh.default.gc_thresh3 = 8192"]
    typed(capsys, host.root, "-t", "-f")
    assert set(path.read_text().splitlines()) == {
        "# mine", "vm.swappiness=1", *(f"{name} = {value}" for name, value in TUNABLES.items())
    }  # fmt: skip


def test_the_running_kernel_keeps_higher_values_and_may_refuse(tmp_path: Path) -> None:
    folder = tmp_path / "net/ipv4/neigh/default"
    folder.mkdir(parents=True)
    (folder / "gc_thresh1").write_text("128\n")
    (folder / "gc_thresh3").write_text("65536\n")
    said = list(running(tmp_path))
    assert (folder / "gc_thresh1").read_text() == "1024\n"
    assert (folder / "gc_thresh3").read_text() == "65536\n"
    assert [line for line in said if "does not take net.ipv4.neigh.default.gc_thresh2 (No such file" in line]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "No parameters were supplied on the xcatconfig command. Run xcatconfig -h"),
        (("-i", "-u"), "The -i and -u flags may not be input to the command. Use one or the other."),
        (("-f", "-i"), "-f alone does all that -i and -u do, anew; do not combine them"),
        (("-V",), "name a part to set up; -V alone does nothing"),
        (("-q",), "unrecognized arguments: -q"),
        (("-i", "--port", "65536"), "--port takes a number from 1 to 65535, not 65536"),
        (("-i", "--name", "10.0.0.1"), "10.0.0.1 is an address"),
    ],
)
def test_what_cannot_be_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    capsys.readouterr()
    assert main([*words, "--root", str(tmp_path / "root")] if words else []) == 1
    assert capsys.readouterr().err.startswith(f"Error: {said}")


def test_a_service_node_is_left_alone_but_for_its_tunables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = tmp_path / "root"
    (root / "etc/xcat").mkdir(parents=True)
    (root / "etc/xcat/xcatd.yaml").write_text("name: sn1\nmaster: mn1\n")
    assert "This is a service node of mn1" in refused(capsys, "--root", str(root), "-i")
    typed(capsys, root, "-t")
    assert (root / "etc/sysctl.d/99-xcat.conf").exists()
    assert not (root / "etc/xcat/ca").exists()


def test_where_nothing_can_be_made_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    said = refused(capsys, "--root", str(tmp_path / "file"), "-i", "--name", "mn1")
    assert said.startswith(f"Error: {tmp_path}/file/etc")
    assert "Not a directory" in said


def test_help_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-h"]) == 0
    assert capsys.readouterr().out.startswith("xcatconfig [-h|--help]\n")
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("Version ")
