"""What a node finds where after share/netboot/dracut/97xcat/statelite.sh: real mounts, in an image that liteimg has prepared."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.services.statelite.images import Lite

STATE = "STATEMNT=nas:/state"
TREE = "LITETREE=http://sn1/trees/n1"


@pytest.fixture
def lite(tmp_path: Path) -> Lite:
    """An image with a few files, a server for persistent ones, and one with files of its own."""
    made = Lite(tmp_path)
    made.lay(
        {"etc/motd": "image\n", "etc/app/a": "a\n", "etc/app/b": "b\n", "var/log/old": "old\n", "root/.rc": "rc\n"}
    )
    made.serve({"nas/state/.keep": "", "nas/trees/n1/etc/motd": "tree\n", "sn1/trees/n1": "tree - nas:/trees/n1\n"})
    return made


@pytest.mark.parametrize("option", ["tmpfs", "rw", "link", "tmpfs,rw"])
def test_what_is_in_memory_can_be_written_and_the_rest_not(lite: Lite, option: str) -> None:
    lite.prepare(("/etc/motd", option), ("/var/", option))
    probe = "echo more >>/etc/motd; cat /etc/motd; echo new >/var/log/new; cat /var/log/*; touch /etc/other"
    seen = lite.boot(probe)
    assert seen.stdout == "image\nmore\nnew\nold\n"
    assert "Read-only file system" in seen.stderr
    assert lite.shows("cat /etc/motd; ls /var/log") == "image\nold\n"


def test_a_persistent_file_is_there_after_the_next_boot(lite: Lite) -> None:
    lite.prepare(("/etc/motd", "persistent"), ("/var/", "persistent"), ("/var/log/old", "persistent"))
    assert lite.shows("echo more >>/etc/motd; echo x >/var/log/old; echo y >/var/log/new", STATE) == ""
    assert lite.shows("cat /etc/motd /var/log/*", STATE) == "image\nmore\ny\nx\n"
    assert (lite.base / "srv/nas/state/n1/etc/motd").read_text() == "image\nmore\n"
    assert (lite.root / "etc/motd").read_text() == "image\n"


def test_how_it_is_mounted(lite: Lite) -> None:
    lite.serve({"sn1/trees/n1": "tree vers=3,tcp nas:/trees/n1\n"})
    lite.prepare(("/etc/motd", "tmpfs"))
    lite.shows(":", f"{STATE} MNTOPTS=soft,timeo=30 {TREE}")
    assert (lite.base / "mounted").read_text().splitlines() == [
        "nas:/state rw,soft,timeo=30",
        "nas:/state/n1 rw,soft,timeo=30",
        "nas:/trees/n1 vers=3,tcp,ro",
    ]


def test_a_link_to_what_is_kept(lite: Lite) -> None:
    lite.prepare(("/etc/app/", "link,persistent"), ("/etc/app/a", "link,persistent"))
    assert lite.shows("echo x >>/etc/app/a; readlink /etc/app; readlink /.statelite/tmpfs/etc/app", STATE) == (
        "../.statelite/tmpfs/etc/app\n/.statelite/persistent/etc/app\n"
    )
    assert lite.shows("cat /etc/app/a /etc/app/b", STATE) == "a\nx\nb\n"


def test_a_kept_file_in_a_linked_folder(lite: Lite) -> None:
    lite.prepare(("/etc/app/", "link"), ("/etc/app/a", "link,persistent"), ("/etc/app/new", "link,persistent"))
    assert lite.shows("echo x >>/etc/app/a; echo x >>/etc/app/b; echo n >/etc/app/new", STATE) == ""
    assert lite.shows("cat /etc/app/a /etc/app/b /etc/app/new", STATE) == "a\nx\nb\nn\n"


def test_a_kept_file_in_a_folder_in_memory(lite: Lite) -> None:
    lite.prepare(("/etc/app/", "tmpfs"), ("/etc/app/a", "persistent"), ("/etc/app/sub/deep", "persistent"))
    assert lite.shows("echo x >>/etc/app/a; echo x >>/etc/app/b; echo n >/etc/app/sub/deep", STATE) == ""
    assert lite.shows("cat /etc/app/a /etc/app/b /etc/app/sub/deep", STATE) == "a\nx\nb\nn\n"


def test_the_first_tree_that_has_it_counts(lite: Lite) -> None:
    lite.serve({"nas/trees/all/etc/motd": "all\n", "nas/trees/all/etc/app/b": "from all\n"})
    lite.serve({"sn1/trees/n1": "tree - nas:/trees/n1\ntree - nas:/trees/all\ntree - /own\n"})
    lite.lay({"own/etc/app/a": "from the image\n"})
    lite.prepare(("/etc/motd", "tmpfs"), ("/etc/app/b", "link"), ("/etc/app/a", "tmpfs"), ("/root/.rc", "tmpfs"))
    assert lite.shows("cat /etc/motd /etc/app/b /etc/app/a /root/.rc", TREE) == "tree\nfrom all\nfrom the image\nrc\n"


@pytest.mark.parametrize("option", ["con", "link,con"])
def test_what_all_of_them_have_comes_together(lite: Lite, option: str) -> None:
    lite.serve({"nas/trees/all/etc/motd": "all\n", "sn1/trees/n1": "tree - nas:/trees/n1\ntree - nas:/trees/all\n"})
    lite.prepare(("/etc/motd", option))
    assert lite.shows("echo own >>/etc/motd; cat /etc/motd", TREE) == "tree\nall\nown\n"
    assert lite.shows("cat /etc/motd") == "image\n"


@pytest.mark.parametrize("option", ["ro", "link,ro"])
def test_what_is_read_only_shows_the_servers_file(lite: Lite, option: str) -> None:
    lite.prepare(("/etc/motd", option), ("/etc/app/", option))
    seen = lite.boot("cat /etc/motd; ls /etc/app; echo more >>/etc/motd", TREE)
    assert seen.stdout == "tree\na\nb\n"
    assert "Read-only file system" in seen.stderr


def test_the_mode_of_the_memory(lite: Lite) -> None:
    lite.prepare(("/etc/motd", "tmpfs"))
    assert lite.shows("stat -c %a /.statelite") == "755\n"
    lite.root.joinpath(".statelite/litefile").write_text("mode 700\n")
    assert lite.shows("stat -c %a /.statelite") == "700\n"


def test_a_name_with_a_blank(lite: Lite) -> None:
    lite.lay({"etc/a b/c d": "x\n"})
    lite.prepare(("/etc/a b/", "tmpfs"), ("/etc/a b/c d", "persistent"))
    assert lite.shows("cat '/etc/a b/c d'; echo y >'/etc/a b/c d'", STATE) == "x\n"
    assert lite.shows("cat '/etc/a b/c d'", STATE) == "y\n"


def test_what_fails_is_said(lite: Lite) -> None:
    assert lite.boot(":").stderr == (
        "statelite: the image was not prepared: type liteimg with its name on the management node\n"
    )
    lite.prepare(("/etc/motd", "persistent"))
    assert lite.boot(":").stderr == "statelite: /etc/motd is persistent, and table statelite has no folder for n1\n"
    assert lite.boot(":", "STATEMNT=nas:/none").stderr == (
        "statelite: nas:/none (table statelite) cannot be mounted: mount.nfs: nas:/none: No such file or directory\n"
    )
    assert "say statelite: nas:/none is not mounted: mount.nfs" in (lite.base / "said").read_text()
    lite.serve({"sn1/trees/n1": "tree - nas:/gone\n"})
    assert "nas:/gone (table litetree) cannot be mounted" in lite.boot(":", f"{STATE} {TREE}").stderr


def test_what_is_kept_must_be_of_the_kind_that_litefile_says(lite: Lite) -> None:
    lite.serve({"nas/state/n1/var": "a file\n"})
    lite.prepare(("/var/", "persistent"))
    said = "statelite: /var/ is a folder in litefile, and /.statelite/persistent/var is none\n"
    assert lite.boot(":", STATE).stderr == said


def test_a_copy_that_was_cut_off_is_made_again(lite: Lite) -> None:
    lite.serve({"nas/state/n1/var.xcat-new/half": "half\n"})
    lite.prepare(("/var/", "persistent"))
    assert lite.shows("ls /var /var/log", STATE) == "/var:\nlog\n\n/var/log:\nold\n"


def test_what_the_nodes_of_the_image_need_is_there_without_a_row(lite: Lite) -> None:
    lite.prepare(("/etc/motd", "tmpfs"))
    assert lite.shows("echo i >/opt/xcat/xcatinfo; echo s >/xcatpost/script; cat /opt/xcat/xcatinfo") == "i\n"
