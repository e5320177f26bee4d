"""Synclists on real nodes: what is brought, and what runs after it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.helpers.syncroom import ADDRESSES, LIST, Heard, Room
from xcatd.errors import ServiceError, TimedOut, Unreachable, Untrusted
from xcatd.remote.access import read_access
from xcatd.remote.connecting import Place, connected
from xcatd.remote.running import Lost
from xcatd.remote.syncing.bring import bring
from xcatd.remote.syncing.image import into_folder
from xcatd.remote.syncing.sides import Manner, Outcome, Reach, Shelf


async def test_files_come_and_a_second_time_only_what_differs(room: Room) -> None:
    for name in ("a", "b", "d/one", "d/sub/two"):
        room.file(name, name)
    (room.install / "link").unlink(missing_ok=True)
    (room.install / "link").symlink_to("a")
    text = "/install/a -> @/etc/a2\n/install/a /install/b -> @/etc\n/install/d -> @/x/\n/install/link -> @/x/d/sub/\n"
    assert sorted(await room.brought(text, "n1", "n2")) == [
        *("etc/a", "etc/a2", "etc/b", "x/d/one", "x/d/sub/link", "x/d/sub/two"),
    ]
    for node in ("n1", "n2"):
        assert room.of(node).joinpath("etc/a2").read_text() == "a"
        assert room.of(node).joinpath("x/d/sub/link").read_text() == "a"
        assert not room.of(node).joinpath("x/d/sub/link").is_symlink()
    assert await room.brought(text, "n1", "n2") == []
    room.file("a", "a, newly", 0o600)
    assert sorted(await room.brought(text, "n1", "n2")) == ["etc/a", "etc/a2", "x/d/sub/link"]
    made = room.of("n2").joinpath("etc/a")
    assert (made.read_text(), made.stat().st_mode & 0o777) == ("a, newly", 0o600)


async def test_folders_on_the_way_stay_as_they_are(room: Room) -> None:
    room.file("a", "a")
    etc = room.of("n1") / "real"
    etc.mkdir(mode=0o700)
    etc.joinpath("other").write_text("stays")
    room.of("n1").joinpath("etc").symlink_to("real")
    assert await room.brought("/install/a -> @/etc/sub/a\n") == ["etc/sub/a"]
    assert (etc.stat().st_mode & 0o777, sorted(path.name for path in etc.iterdir())) == (0o700, ["other", "sub"])
    assert room.of("n1").joinpath("etc").is_symlink()


async def test_lines_for_some_nodes_come_to_these_only(room: Room) -> None:
    room.file("a", "a")
    await room.brought("/install/a -> (n2,n7) @/only\n/install/a -> @/all\n", "n1", "n2")
    assert [sorted(path.name for path in room.of(node).iterdir()) for node in ("n1", "n2")] == [
        ["all"],
        ["all", "only"],
    ]


async def test_a_script_runs_after_its_file_changed_and_others_each_time(room: Room) -> None:
    count = 'echo "$0" >/dev/null; echo ran >>@/count'.replace("@", str(room.seen))
    room.file("d/conf", "1")
    room.file("d/other", "1")
    room.file("d/conf.post", f"#!/bin/sh\n{count}\necho after; echo loud >&2\n", 0o644)
    room.file("always", f"#!/bin/sh\n{count}-always\n")
    room.list("/install/d/* -> @/x/\nEXECUTE:\n/install/d/conf.post\nEXECUTEALWAYS:\n/install/always\n")
    counts = []
    heard = Heard()
    for content in ("1", "1", "2", "2"):
        room.file("d/conf", content)
        os.utime(room.install / "d/conf", (0, int(content)))
        assert (await room.bring("n1", heard=heard))["n1"].error is None
        counts.append([len(_lines(room.of("n1") / name)) for name in ("count", "count-always")])
    assert counts == [[1, 1], [1, 2], [2, 3], [2, 4]]
    assert (heard.output, heard.errors) == ({"n1": ["after", "after"]}, {"n1": ["loud", "loud"]})


async def test_a_script_that_failed_is_named_and_runs_again_until_it_ends_well(room: Room) -> None:
    room.file("conf", "1")
    room.file("conf.post", f"#!/bin/sh\n[ -e {room.seen}/fine ] || exit 3\necho well\n")
    room.file("always", "#!/bin/sh\nkill -9 $$\n")
    room.list("/install/conf -> @/conf\nEXECUTE:\n/install/conf.post\nEXECUTEALWAYS:\n/install/always\n")
    error = (await room.bring("n1"))["n1"].error
    assert str(error) == "/install/conf.post ended with 3 there; /install/always ended with 137 there"
    room.list("/install/conf -> @/conf\nEXECUTE:\n/install/conf.post\n")
    room.of("n1").joinpath("fine").touch()
    heard = Heard()
    assert (await room.bring("n1", heard=heard))["n1"] == Outcome(None, ())
    assert heard.output == {"n1": ["well"]}
    assert (await room.bring("n1", heard=heard))["n1"].error is None
    assert heard.output == {"n1": ["well"]}


async def test_a_script_whose_connection_broke_runs_the_next_time(room: Room) -> None:
    room.file("broken", "1")
    end = f"touch {room.seen}/fine; kill -9 $(cut -d' ' -f4 /proc/$PPID/stat); sleep 60"
    room.file("broken.post", f"#!/bin/sh\n[ -e {room.seen}/fine ] || {{ {end}; }}\necho well\n")
    room.list("/install/broken -> @/broken\nEXECUTE:\n/install/broken.post\n")
    outcome = (await room.bring("n1"))["n1"]
    assert (type(outcome.error), outcome.changed) == (Lost, (f"{room.seen}/broken",))
    heard = Heard()
    assert (await room.bring("n1", heard=heard))["n1"] == Outcome(None, ())
    assert heard.output == {"n1": ["well"]}


async def test_what_is_appended_twice_is_there_once(room: Room) -> None:
    room.file("more", "more\n")
    room.file("last", "last")
    text = "APPEND:\n/install/more -> @/setup\n/install/last -> @/setup\n"
    setup = room.of("n1") / "setup"
    setup.write_text("original")
    setup.chmod(0o640)
    os.chown(setup, 7, 8)
    assert await room.brought(text) == ["setup"]
    assert await room.brought(text) == []
    assert setup.read_text() == "original\nmore\nlast\n"
    assert (setup.stat().st_mode & 0o777, setup.stat().st_uid, setup.stat().st_gid) == (0o640, 7, 8)
    room.file("more", "other\n")
    assert await room.brought(text) == ["setup"]
    assert setup.read_text() == "original\nother\nlast\n"
    assert room.of("n1").joinpath(f"kept/org{room.seen}/setup").read_text() == "original"


async def test_a_file_to_which_nothing_can_be_appended_is_named(room: Room) -> None:
    room.file("more", "more\n")
    room.list("APPEND:\n/install/more -> @/setup\n")
    assert str((await room.bring("n1"))["n1"].error).startswith(
        f"{room.seen}/setup is not there, and APPEND makes no files"
    )
    room.of("n1").joinpath("setup").mkdir()
    assert (
        str((await room.bring("n1"))["n1"].error)
        == f"{room.seen}/setup is left as it is ({room.seen}/setup is no file)"
    )


async def test_a_file_whose_disk_is_full_is_left_as_it_is(room: Room) -> None:
    small = room.seen / "small"
    room.of("n1").joinpath("small").mkdir()
    room.file("large", "more\n" * 20_000)
    room.list("APPEND:\n/install/large -> @/small/setup\n")
    async with connected(read_access(room.mn.root, "root"), Place("n1", ADDRESSES["n1"])) as connection:
        await connection.run(f"mount -t tmpfs -o size=64k none {small} && echo first >{small}/setup", check=True)
        error = (await room.bring("n1"))["n1"].error
        there = await connection.run(f"cat {small}/setup; ls -A {small}; umount {small}", check=True)
    assert str(error) == f"{small}/setup is left as it is (cat: write error: No space left on device)"
    assert there.stdout == "first\nsetup\n"


async def test_accounts_are_merged_and_programs_for_accounts_agree(room: Room) -> None:
    one = room.sshds["n1"].folder
    room.file("passwd", "ann:x:4001:100:Ann:/home/ann:/bin/sh\nsshd:x:101:65534:the sshd:/run/sshd:/usr/sbin/nologin\n")
    room.file("shadow", "ann:$6$salt$secret:19001:0:99999:7:::\n", 0o600)
    room.file("group", "ann:x:4001:\n")
    before = {name: one.joinpath(name).read_text() for name in ("passwd", "shadow", "group")}
    text = "MERGE:\n/install/passwd -> /etc/passwd\n/install/shadow -> /etc/shadow\n/install/group -> /etc/group\n"
    complaints = _pwck(one)
    assert await room.brought(text) == ["/etc/passwd", "/etc/shadow", "/etc/group"]
    assert await room.brought(text) == []
    passwd = one.joinpath("passwd").read_text()
    assert passwd.splitlines()[0] == before["passwd"].splitlines()[0]
    assert (passwd.count("\nann:"), passwd.count("\nsshd:"), ":the sshd:" in passwd) == (1, 1, True)
    assert one.joinpath("shadow").read_text() == before["shadow"] + "ann:$6$salt$secret:19001:0:99999:7:::\n"
    assert one.joinpath("shadow").stat().st_mode & 0o777 == 0o600
    assert set(_pwck(one)) - set(complaints) <= {"user 'ann': directory '/home/ann' does not exist"}
    assert "ann" not in _grpck(one)
    assert room.of("n1").joinpath("kept/org/etc/passwd").read_text() == before["passwd"]


async def test_an_account_that_is_none_is_not_merged(room: Room) -> None:
    room.file("passwd", "ann:x:4001\n")
    room.list("MERGE:\n/install/passwd -> /etc/passwd\n")
    before = room.sshds["n2"].folder.joinpath("passwd").read_bytes()
    error = (await room.bring("n2"))["n2"].error
    assert str(error).startswith("line 1 of /install/passwd: it is no line of /etc/passwd")
    assert room.sshds["n2"].folder.joinpath("passwd").read_bytes() == before


async def test_a_dry_run_says_what_would_change_and_changes_nothing(room: Room) -> None:
    for name, text in (("a", "new\n"), ("b", "b"), ("more", "more\n"), ("always", "exit 1"), ("a.post", "exit 1")):
        room.file(name, text)
    room.file("shadow", "root:$6$salt$other:19001:0:99999:7:::\n", 0o600)
    room.of("n1").joinpath("a").write_text("old and longer\n")
    room.of("n1").joinpath("setup").write_text("first\n")
    before = _all(room.of("n1"))
    room.list(
        "/install/a /install/b -> @/\nEXECUTE:\n/install/a.post\nEXECUTEALWAYS:\n/install/always\n"
        "APPEND:\n/install/more -> @/setup\nMERGE:\n/install/shadow -> /etc/shadow\n"
    )
    heard = Heard()
    outcome = (await room.bring("n1", heard=heard, manner=Manner(dry_run=True)))["n1"]
    seen = str(room.seen)
    assert outcome == Outcome(None, (f"{seen}/a", f"{seen}/b", f"{seen}/setup", "/etc/shadow"))
    said = heard.output["n1"]
    assert [line for line in said if line.startswith("would")] == [
        *(f"would change {seen}/a", f"would bring {seen}/b", f"would change {seen}/setup", "would change /etc/shadow"),
        *("would run /install/a.post", "would run /install/always"),
    ]
    assert "+more" in said
    assert [line for line in said if "root:" in line and line[0] in "+-"] == [
        "-root:...:19000:0:99999:7:::",
        "+root:...:19001:0:99999:7:::",
    ]
    assert _all(room.of("n1")) == before


async def test_what_was_changed_is_said_where_it_is_wanted(room: Room) -> None:
    room.file("a", "a")
    room.list("/install/a -> @/a\n")
    heard = Heard()
    await room.bring("n1", heard=heard, manner=Manner(verbose=True))
    os.utime(room.install / "a", (0, 0))
    await room.bring("n1", heard=heard, manner=Manner(verbose=True))
    room.install.joinpath("a").chmod(0o600)
    await room.bring("n1", heard=heard, manner=Manner(verbose=True))
    assert heard.output["n1"] == [f"{deed} {room.seen}/a" for deed in ("brought", "changed", "adjusted")]


async def test_each_node_has_its_own_end(room: Room) -> None:
    room.file("a", "a")
    room.list("/install/a -> @/a\n")
    heard = Heard()
    manner = Manner(fanout=2)
    reach = Reach(read_access(room.mn.root, "root"), {node: ADDRESSES[node] for node in ("n1", "n2", "n3", "n4", "n6")})
    lists = dict.fromkeys(("n1", "n2", "n3", "n4", "n6"), (LIST,)) | {"n5": (Path("/install/none"),)}
    found = await bring(room.world(), lists, Shelf(room.mn.root), reach, heard, manner)
    assert {node: type(outcome.error) for node, outcome in found.items()} == {
        "n1": type(None),
        "n2": type(None),
        "n3": Untrusted,
        "n4": Unreachable,
        "n5": ServiceError,
        "n6": Untrusted,
    }
    assert str(found["n5"].error) == "The synclist /install/none is not there"
    assert sorted(heard.order) == sorted(lists)


async def test_a_node_that_hangs_is_given_up(room: Room) -> None:
    room.file("hang", "#!/bin/sh\nsleep 60\n")
    room.list("EXECUTEALWAYS:\n/install/hang\n")
    found = await room.bring("n1", manner=Manner(silence=8.0))
    assert isinstance(found["n1"].error, TimedOut)


async def test_an_image_gets_what_all_nodes_get_and_its_links_do_not_lead_out(room: Room, tmp_path: Path) -> None:
    room.file("a", "a")
    room.file("e/one", "one")
    room.list(
        "/install/a -> /etc/deep/a\n/install/a -> (n1) /only\n/install/e -> /var/run/\n/install/a -> /var/run/$NAME\n"
        "APPEND:\n/install/a -> /etc/deep/a\n"
    )
    outside, image = tmp_path / "outside", tmp_path / "rootimg"
    outside.mkdir()
    image.joinpath("var").mkdir(parents=True)
    image.joinpath("var/run").symlink_to("/run")
    image.joinpath("run/e").mkdir(parents=True)
    image.joinpath("etc").symlink_to(f"/../../..{outside}")
    shelf, names = Shelf(room.mn.root), {"NAME": "b"}
    would = await into_folder([LIST], image, names, shelf, dry_run=True)
    assert [path for path in image.rglob("*") if path.is_file()] == []
    assert sorted(await into_folder([LIST], image, names, shelf)) == sorted(would)
    files = [str(path.relative_to(image)) for path in image.rglob("*") if path.is_file()]
    assert sorted(files) == sorted(("run/b", "run/e/one", f"{str(outside).lstrip('/')}/deep/a"))
    assert list(outside.iterdir()) == []
    assert await into_folder([LIST], image, names, shelf) == []


def _lines(path: Path) -> Sequence[str]:
    return path.read_text().splitlines() if path.exists() else ()


def _all(folder: Path) -> Mapping[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _pwck(folder: Path) -> Sequence[str]:
    done = subprocess.run(
        ["pwck", "-r", str(folder / "passwd"), str(folder / "shadow")], capture_output=True, text=True
    )
    return done.stdout.splitlines()


def _grpck(folder: Path) -> str:
    return subprocess.run(["grpck", "-r", str(folder / "group")], capture_output=True, text=True).stdout
