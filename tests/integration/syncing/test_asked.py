"""A node asks for its files itself, by either door, of either kind of server. And its small files, one by one."""

from __future__ import annotations

import asyncio
import os
import subprocess

import pytest

from tests.helpers.alone import credentials, typed, until
from tests.helpers.nodeclient import opened, say
from tests.helpers.scripts import FOLDER
from tests.helpers.syncroom import ADDRESSES, Room
from xcatd.errors import NodeError, NotFound
from xcatd.remote.access import read_access
from xcatd.remote.connecting import Place, connected
from xcatd.remote.syncing.distant import Distant
from xcatd.remote.syncing.wishes import Wishes


async def test_a_file_that_somebody_changes_meanwhile_is_left_alone(room: Room) -> None:
    setup = room.of("n1") / "setup"
    setup.write_text("theirs\n")
    async with connected(read_access(room.mn.root, "root"), Place("n1", ADDRESSES["n1"])) as connection:
        distant = Distant(connection)
        with pytest.raises(NodeError, match="was changed by somebody else at the same time, and is left as it is"):
            await distant.replace(f"{room.seen}/setup", b"first\n", b"ours\n")
        octets = bytes(range(256)) * 1000
        await distant.replace(f"{room.seen}/setup", b"theirs\n", octets)
        await distant.replace(f"{room.seen}/new folder/it's", None, b"")
        names = [f"{room.seen}/setup", f"{room.seen}/none", f"{room.seen}/new folder/it's"]
        assert await distant.read(names) == [octets, None, b""]
    assert [path.name for path in sorted(room.of("n1").iterdir())] == ["new folder", "setup"]


async def test_a_lock_of_another_program_is_waited_for(room: Room) -> None:
    setup, lock = room.of("n1") / "setup", room.of("n1") / "setup.lock"
    setup.write_text("theirs\n")
    holder = await asyncio.create_subprocess_exec("sleep", "600")
    lock.write_text(f"{holder.pid}\0")
    async with (
        connected(read_access(room.mn.root, "root"), Place("n1", ADDRESSES["n1"])) as connection,
        asyncio.TaskGroup() as group,
    ):
        distant = Distant(connection)
        group.create_task(distant.replace(f"{room.seen}/setup", b"theirs\n", b"ours\n", lock=True))
        await asyncio.to_thread(until, lambda: list(room.of("n1").glob(".xcatd.*.lock")), "somebody who waits")
        assert setup.read_text() == "theirs\n"
        holder.kill()  # its lock is one of nobody now
        await holder.wait()
    assert (setup.read_text(), lock.exists()) == ("ours\n", False)


def test_a_node_that_asks_gets_its_files_before_it_is_answered(room: Room) -> None:
    mn = room.mn
    port = opened(mn)
    room.file("a", "a")
    room.list("/install/a -> @/wanted\n")
    typed(
        mn,
        "nodeadd n[1-9] groups=all",
        *(f"chdef n{number} ip={ADDRESSES[f'n{number}']}" for number in (1, 2, 4)),
        "chtab imagename=img osimage.synclists=/install/list",
        "chtab imagename=bare osimage.imagetype=linux",
        "chtab node=n1 nodetype.provmethod=img",
        "chtab node=n4 nodetype.provmethod=img",
    )
    assert say("127.0.0.1", port, ADDRESSES["n1"], "syncfiles") == ["ready", "done", "syncfiles done"]
    assert room.of("n1").joinpath("wanted").read_text() == "a"
    heard = say("127.0.0.1", port, ADDRESSES["n2"], "syncfiles")
    assert heard == [
        "ready",
        "refused: No files are brought to n2: its nodetype.provmethod names no image, which would have a list",
    ]
    typed(mn, "chtab node=n2 nodetype.provmethod=bare")
    heard = say("127.0.0.1", port, ADDRESSES["n2"], "syncfiles")
    assert heard[1] == "refused: No files are brought to n2: osimage.synclists of its image bare is empty"
    assert say("127.0.0.1", port, ADDRESSES["n4"], "syncfiles")[1].startswith("refused: cannot be reached at ")
    room.list("/install/none -> @/wanted\n")
    assert (
        say("127.0.0.1", port, ADDRESSES["n1"], "syncfiles")[1]
        == "refused: line 1 of /install/list: /install/none is not there"
    )
    typed(mn, "chtab imagename=img osimage.environvar=NOSYNCFILES=1")
    assert say("127.0.0.1", port, ADDRESSES["n1"], "syncfiles")[1].endswith("its image img has NOSYNCFILES set")


def test_with_its_certificate_it_asks_at_the_daemons_port(room: Room) -> None:
    mn = room.mn
    room.file("a", "a")
    room.list("/install/a -> @/certified\n")
    typed(
        mn,
        "nodeadd n1 groups=all",
        f"chdef n1 ip={ADDRESSES['n1']} provmethod=certified",
        "chtab imagename=certified osimage.synclists=/install/list",
    )
    where = {
        "XCAT_CREDENTIALS": str(credentials(mn, "n1", role="node")),
        "MASTER": mn.address,
        "XCATDPORT": str(mn.port),
    }
    words = [str(FOLDER / "tellserver"), "syncfiles"]
    done = subprocess.run(words, capture_output=True, text=True, env={"PATH": os.environ["PATH"], **where}, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "syncfiles done\n", "")
    assert room.of("n1").joinpath("certified").read_text() == "a"


async def test_a_service_node_brings_copies_and_one_node_gets_its_files_once_at_a_time(room: Room) -> None:
    staged = room.mn.root / "var/xcat/syncfiles"
    staged.joinpath("install").mkdir(parents=True, exist_ok=True)
    staged.joinpath("install/list").write_text(f"/install/a -> {room.seen}/a\nEXECUTEALWAYS:\n/install/once\n")
    staged.joinpath("install/a").write_text("of the copy")
    mark = f"{room.seen}/under-way"
    staged.joinpath("install/once").write_text(f"#!/bin/sh\nmkdir {mark} || exit 1\nsleep 0.2\nrmdir {mark}\n")
    made = room.world(
        "/var/xcat/syncfiles",
        nodetype=[{"node": "n1", "provmethod": "img"}],
        osimage=[{"imagename": "img", "synclists": "/install/list"}],
        hosts=[{"node": "n1", "ip": ADDRESSES["n1"]}],
    )
    wishes = Wishes(lambda: made.snapshot, room.mn.root, is_service_node=True)
    await asyncio.gather(*(wishes.bring("n1") for _ in range(3)))
    assert room.of("n1").joinpath("a").read_text() == "of the copy"
    with pytest.raises(NotFound, match=r"No files are brought to n2: its nodetype\.provmethod names no image"):
        await wishes.bring("n2")
