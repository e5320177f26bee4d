"""What liteimg makes of a root file system, and that it takes back what is not wanted any more, or what went wrong."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tests.unit.services.statelite.images import Lite
from xcatd.errors import ServiceError
from xcatd.services.statelite import preparing
from xcatd.services.statelite.journal import WORK, Journal
from xcatd.services.statelite.layout import LiteSpec, read_saved
from xcatd.services.statelite.rows import Entry

Picture = dict[str, tuple[str, str]]


@pytest.fixture
def lite(tmp_path: Path) -> Lite:
    made = Lite(tmp_path)
    made.lay({"etc/ntp.conf": "ntp\n", "etc/ssh/key": "key\n", "var/log/x": "x\n", "etc/rc.d/rc3.d/S1": "s\n"})
    (made.root / "etc/ssh").chmod(0o700)
    (made.root / "etc/rc3.d").symlink_to("rc.d/rc3.d")
    (made.root / "var/run").symlink_to("/run")
    (made.root / "run").mkdir()
    return made


def picture(root: Path, *left_out: str) -> Picture:
    """Each path with its mode, and what is in it."""
    found: Picture = {}
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        if name.startswith(left_out):
            continue
        what = str(path.readlink()) if path.is_symlink() else path.read_text() if path.is_file() else ""
        found[name] = (stat.filemode(path.lstat().st_mode), what)
    return found


def plan(lite: Lite) -> list[str]:
    lines = (lite.root / ".statelite/litefile").read_text().splitlines()
    return [
        line.removeprefix("entry ")
        for line in lines
        if line.startswith("entry ") and " /opt/xcat/" not in line and " /xcatpost" not in line
    ]


def test_a_link_leads_to_memory_and_from_there_to_the_original(lite: Lite) -> None:
    lite.prepare(("/etc/ntp.conf", "tmpfs,rw"), ("/etc/ssh/", "link"), ("/srv/new/", "link"), ("/etc/new", "link,con"))
    root = lite.root
    assert str((root / "etc/ntp.conf").readlink()) == "../.statelite/tmpfs/etc/ntp.conf"
    assert str((root / ".statelite/tmpfs/etc/ntp.conf").readlink()) == "../../../.default/etc/ntp.conf"
    assert (root / "etc/ntp.conf").read_text() == "ntp\n"
    assert (root / "etc/ssh/key").read_text() == "key\n"
    assert (root / ".default/etc/ssh").stat().st_mode & 0o777 == 0o700
    assert (root / "srv/new").is_dir() and (root / "srv/new").is_symlink()
    assert (root / "etc/new").read_text() == ""


def test_other_options_leave_it_where_it_is_and_keep_a_copy(lite: Lite) -> None:
    lite.prepare(
        ("/var/", "tmpfs"), ("/var/log/deep/file", "persistent"), ("/etc/ssh/key", "ro"), ("/data/", "persistent")
    )
    root = lite.root
    assert not (root / "var").is_symlink()
    assert (root / ".default/var/log/x").read_text() == "x\n"
    assert (root / "var/log/deep/file").read_text() == (root / ".default/var/log/deep/file").read_text() == ""
    assert (root / ".default/etc/ssh").stat().st_mode & 0o777 == 0o700
    assert (root / "data").is_dir()
    assert (root / ".default/var/log/x").samefile(root / "var/log/x")


def test_the_node_is_told_parents_first(lite: Lite) -> None:
    lite.prepare(("/var/log/x", "persistent"), ("/var/", "rw"), ("/etc/mtab", "link"), ("/etc/ntp.conf", "tmpfs,rw"))
    assert plan(lite) == ["link /etc/ntp.conf", "tmpfs /var/", "persistent /var/log/x"]


def test_doing_it_again_changes_nothing(lite: Lite) -> None:
    rows = [("/etc/ntp.conf", "link"), ("/var/", "tmpfs"), ("/etc/ssh/", "link"), ("/etc/ssh/key", "link,persistent")]
    lite.prepare(*rows)
    before = picture(lite.root)
    lite.prepare(*rows)
    assert picture(lite.root) == before


def test_what_is_not_wanted_any_more_is_taken_back(lite: Lite) -> None:
    before = picture(lite.root)
    lite.prepare(("/etc/ntp.conf", "link"), ("/var/", "tmpfs"), ("/etc/ssh/", "link"), ("/etc/ssh/key", "link,ro"))
    lite.prepare(("/etc/ntp.conf", "ro"), ("/etc/ssh/key", "link"), ("/var/log/", "link"))
    assert (lite.root / "etc/ntp.conf").is_file() and not (lite.root / "etc/ntp.conf").is_symlink()
    assert (lite.root / "etc/ssh/key").is_symlink() and not (lite.root / "etc/ssh").is_symlink()
    assert not (lite.root / ".default/var/log").is_symlink() and (lite.root / "var/log").is_symlink()
    lite.prepare()
    left = picture(lite.root, ".default", ".statelite", ".sllocal", "opt", "xcatpost")
    assert left == before


def test_an_image_of_xcat_2_is_taken_over(lite: Lite) -> None:
    lite.prepare(("/etc/ntp.conf", "link"))
    (lite.root / ".statelite/litefile.save").write_text("lite: link          /etc/ntp.conf\nlite: ro /etc/../x\n")
    lite.prepare(("/etc/ntp.conf", "tmpfs"))
    assert (lite.root / "etc/ntp.conf").read_text() == "ntp\n"
    assert not (lite.root / "etc/ntp.conf").is_symlink()
    assert read_saved("lite: ro /etc/../x\nnonsense\n") == []


def test_a_link_that_an_update_has_replaced_is_made_again(lite: Lite) -> None:
    lite.prepare(("/etc/ntp.conf", "link"))
    (lite.root / "etc/ntp.conf").unlink()
    (lite.root / "etc/ntp.conf").write_text("newer\n")
    lite.prepare(("/etc/ntp.conf", "link"))
    assert (lite.root / ".default/etc/ntp.conf").read_text() == "newer\n"
    assert (lite.root / "etc/ntp.conf").read_text() == "newer\n"


def test_copies_follow_the_image(lite: Lite) -> None:
    lite.prepare(("/var/", "tmpfs"))
    (lite.root / "var/log/x").unlink()
    (lite.root / "var/log/y").write_text("y\n")
    lite.prepare(("/var/", "tmpfs"))
    assert sorted(path.name for path in (lite.root / ".default/var/log").iterdir()) == ["y"]


def test_paths_that_are_links_in_the_image(lite: Lite) -> None:
    lite.prepare(("/etc/rc3.d/", "tmpfs"), ("/etc/rc.d/rc3.d/", "persistent"), ("/var/run/x/", "tmpfs"))
    assert lite.said == [
        "/etc/rc3.d/ is /etc/rc.d/rc3.d/ in this image",
        "/etc/rc.d/rc3.d/ is /etc/rc.d/rc3.d/ in this image, which another row has: it is left out",
        "/var/run/x/ is /run/x/ in this image, which is in memory on every node: it is left out",
    ]
    assert plan(lite) == ["tmpfs /etc/rc.d/rc3.d/"]


def test_a_link_cannot_lead_out_of_the_image(lite: Lite, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (lite.root / "etc/out").symlink_to("../../outside")
    (lite.root / "etc/round").symlink_to("round")
    lite.prepare(("/etc/out/new/", "link"))
    assert list((tmp_path / "outside").iterdir()) == []
    assert (lite.root / "outside/new").is_dir()
    with pytest.raises(ServiceError, match="is a link without an end"):
        lite.prepare(("/etc/round/x", "tmpfs"))


@pytest.mark.parametrize(
    "row, sentence",
    [
        (("/etc/ssh", "link"), "/etc/ssh is a folder in the image: write it with / at its end in litefile"),
        (
            ("/etc/ntp.conf/", "tmpfs"),
            "/etc/ntp.conf is a file in the image: write it without / at its end in litefile",
        ),
        (("/var/", "odd"), "/var/ has the option 'odd'"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_touched(lite: Lite, row: tuple[str, str], sentence: str) -> None:
    lite.prepare(("/etc/ntp.conf", "link"))
    before = picture(lite.root)
    with pytest.raises(ServiceError) as found:
        lite.prepare(("/etc/ntp.conf", "tmpfs"), row)
    assert sentence in str(found.value)
    assert picture(lite.root) == before


def test_a_failure_in_the_middle_leaves_all_as_it_was(lite: Lite, monkeypatch: pytest.MonkeyPatch) -> None:
    lite.prepare(("/etc/ntp.conf", "link"), ("/var/", "tmpfs"))
    before = picture(lite.root)

    def full(source: Path, target: Path) -> None:
        raise OSError(28, "No space left on device", str(target))

    monkeypatch.setattr(preparing, "copy_tree", full)
    with pytest.raises(ServiceError, match="no space left on device"):
        lite.prepare(("/etc/ssh/", "link"), ("/srv/", "link"), ("/var/log/", "ro"))
    assert picture(lite.root) == before


def test_a_run_that_was_killed_is_taken_back_by_the_next_one(lite: Lite) -> None:
    lite.prepare(("/etc/ntp.conf", "link"))
    before = picture(lite.root)
    killed = Journal(lite.root)
    killed.__enter__()
    killed.unlink("etc/ntp.conf")
    killed.move(".default/etc/ntp.conf", "etc/ntp.conf")
    killed.folder("srv/made")
    killed.aside("var")
    assert (lite.root / WORK / "journal").exists() and not (lite.root / "var").exists()
    journal = Journal(lite.root)
    assert journal.was_interrupted()
    with journal:
        pass
    assert picture(lite.root) == before
    assert not journal.was_interrupted()


def test_the_spec_travels() -> None:
    spec = LiteSpec("/f", "i", (Entry("/a", "ro"),), "700", ("localspace /dev/sda1 ext4",))
    assert LiteSpec.from_json(spec.to_json()) == spec


def test_without_a_root_file_system(tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match="rootimg is missing: make it with genimage lite"):
        Lite(tmp_path).prepare()
