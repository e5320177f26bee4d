"""What the scripts have in common: hooks of the site, and sentences about what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.scripts import FOLDER, image

SCRIPTS = {
    *("syslog", "remoteshell", "syncfiles", "otherpkgs", "ospkgs", "setupntp", "mkresolvconf", "confignetwork"),
    *("installxcatd", "servicenode", "xcatserver", "xcatclient", "tellserver", "runpostscripts", "renewcert"),
}


def test_all_scripts_are_there_and_can_be_run() -> None:
    found = {path.name for path in FOLDER.iterdir() if path.stat().st_mode & 0o111}
    assert found == SCRIPTS


def test_programs_of_the_site_run_before_and_after(tmp_path: Path) -> None:
    made = image(tmp_path)
    for name, text in (
        ("before.d/10-a", "echo a $NODE"),
        ("after.d/20-c", "cat $XCAT_ROOT/etc/resolv.conf"),
        ("after.d/note", ""),
    ):
        hook = made.scripts / "hooks" / f"mkresolvconf.{name}"
        hook.parent.mkdir(parents=True, exist_ok=True)
        hook.write_text(f"#!/bin/sh\n{text}\n")
        hook.chmod(0o644 if name.endswith("note") else 0o755)  # what cannot be run is no program
    assert made.done("mkresolvconf", NODE="n1", MASTER_IP="10.0.0.1") == [
        "runs hooks/mkresolvconf.before.d/10-a",
        "a n1",
        "wrote /etc/resolv.conf",
        "runs hooks/mkresolvconf.after.d/20-c",
        "# Written by the postscript mkresolvconf.",
        "nameserver 10.0.0.1",
    ]


def test_a_program_of_the_site_that_fails_ends_the_script(tmp_path: Path) -> None:
    made = image(tmp_path)
    hook = made.scripts / "hooks/mkresolvconf.before.d/x"
    hook.parent.mkdir(parents=True)
    hook.write_text("#!/bin/sh\nexit 7\n")
    hook.chmod(0o755)
    ended = made.run("mkresolvconf", MASTER_IP="10.0.0.1")
    assert (ended.returncode, ended.stderr) == (1, "mkresolvconf: hooks/mkresolvconf.before.d/x ended with 7\n")
    assert not (made.root / "etc/resolv.conf").exists()


@pytest.mark.parametrize("name", ["syslog", "setupntp", "mkresolvconf"])
def test_without_a_server_the_setting_is_named(tmp_path: Path, name: str) -> None:
    ended = image(tmp_path).run(name)
    assert ended.returncode == 1
    assert "is known: set site." in ended.stderr


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    made = image(tmp_path)
    made.put("/etc/rsyslog.d", "this is no folder")
    ended = made.run("syslog", MASTER="10.0.0.1")
    assert ended.returncode == 1
    assert "/etc/rsyslog.d/60-xcat.conf" in ended.stderr


def test_an_image_is_made_no_service_node(tmp_path: Path) -> None:
    made = image(tmp_path)
    assert made.done("servicenode", NODE="sn1")[0] == "this is for hosts that run, not for images"
    for name in ("xcatserver", "xcatclient"):
        assert made.run(name, "-d", NODE="sn1").returncode == 1
        assert made.done(name) == [], "without -d it does nothing"


def test_a_statelite_node_has_its_files_already(tmp_path: Path) -> None:
    made = image(tmp_path)
    (made.root / ".statelite").mkdir(parents=True)
    assert made.done("syncfiles")[:1] == ["the files are those of the statelite image"]
