"""The programs of xCAT 2.19 at our daemon: commands of service set-up and on nodes, as their Perl client asks for them, and what
images of xCAT 2 ask for.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import shlex
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import pytest

from tests.helpers.alone import alone, typed
from tests.helpers.claims import network
from tests.helpers.cluster import Daemon
from tests.helpers.conversation import conversation, request
from tests.helpers.perlprint import Printed, perlprint
from tests.helpers.sshnodes import PASSWORD, acquaint, key_for_root, sshd
from tests.helpers.xmlclient import ask

NET = network()
NO_NODERANGE = ("makenetworks", "makentp", "makeroutes")
"""Commands whose program sends all words as arguments; that of the others takes the first one without a dash for the noderange."""


@dataclass(frozen=True)
class Room:
    """A management node with nodes that root may enter (n1 to n3) and one that wants a password (p1)."""

    mn: Daemon

    async def asked(self, asked: bytes, *, anonymous: bool = False) -> bytes:
        return await ask(self.mn.address, self.mn.port, asked, None if anonymous else self.mn.credentials)

    async def old(self, *words: str, env: Sequence[str] = (), cwd: str = "/tmp") -> Printed:
        """What xCAT's program prints for these words."""
        return perlprint(await self.asked(_request(words, env, cwd)))

    def ours(self, *words: str) -> Printed:
        done = self.mn.run(*words, tls=True)
        return Printed(done.stdout.encode(), done.stderr.encode(), done.returncode)


def _request(words: Sequence[str], env: Sequence[str], cwd: str) -> bytes:
    command, *rest = words
    if command in NO_NODERANGE:
        return request(command, *rest, clienttype="cli", cwd=cwd)
    place = next((number for number, word in enumerate(rest) if not word.startswith("-")), len(rest))
    noderange = "".join(rest[place : place + 1])  # an empty element when there is none
    return request(command, *rest[:place], *rest[place + 1 :], clienttype="cli", cwd=cwd, env=env, noderange=noderange)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    folder = tmp_path_factory.mktemp("old")
    with alone(folder) as mn, sshd(folder / "open") as opened, sshd(folder / "closed") as closed:
        key_for_root(mn, opened)
        acquaint(mn, {"p*": closed.port, "*": opened.port}, ed25519=opened)
        typed(
            mn,
            f"nodeadd n[1-3] groups=all 'hosts.ip=|n(\\d+)|{NET}.1.($1)|'",
            f"nodeadd p1 groups=odd hosts.ip={NET}.2.1",
            "nodeadd gone.invalid groups=odd",
            "makeknownhosts n[1-3]",
        )
        with (mn.root / "root/.ssh/known_hosts").open("a") as file:
            file.write(f"p1 {closed.public()}\n")
        yield Room(mn)


@pytest.mark.parametrize(
    "line",
    [
        "xdsh n[1-3] -z 'echo one; echo \"<&>\"; echo; echo 0; echo two >&2'",
        "xdsh n[1-2],gone.invalid -s 'echo one; exit 3'",
        "xdsh n1 -t 9 -l root printf 'no end'",
        "xdsh n1 'printf \"a\\033[1mb\\033[0m\\n\"'",
        "xdsh n1 -e",
        "xdsh n1",
        "xdsh nobody date",
        "nodestat n1",
        "nodestat gone.invalid -m -u",
        "nodestat -f n1",
        "nodestat",
        "makeknownhosts gone.invalid,n1",
        "makeknownhosts -d n3",
        "makeknownhosts",
        "makehosts n1,gone.invalid",
        "makehosts -d n1",
        "makehosts",
        "makedns -n",
        "makedns -d",
        "makedns -d n1",
        "makedhcp -n -a",
        "makedhcp -q n1",
        "makedhcp",
        "makenetworks -d",
        "makeroutes -r nosuch",
        "makeroutes n1 -r nosuch",
        "makeroutes n1",
        "makeroutes",
        "makentp --dry-run",
        "makeconservercf -d n1",
        "makeconservercf -l n1",
        "xcatstatus",
        "xcatstatus n1",
    ],
)
async def test_what_our_client_prints_an_old_one_prints(room: Room, line: str) -> None:
    words = shlex.split(line)
    old, ours = await room.old(*words), await asyncio.to_thread(room.ours, *words)
    assert _in_any_order(old) == _in_any_order(ours)


def _in_any_order(printed: Printed) -> tuple[list[bytes], list[bytes], int]:
    return sorted(printed.stdout.split(b"\n")), sorted(printed.stderr.split(b"\n")), printed.status


async def test_a_noderange_may_stand_among_the_words_of_makeroutes(room: Room) -> None:
    old = await room.old("makeroutes", "n1")
    assert (old.status, old.stdout) == (1, b"")
    assert old.stderr.startswith(b"n1: [mn1]: Error: it is no service node")


async def test_xdsh_heeds_the_variables_that_its_program_sends(room: Room, tmp_path: Path) -> None:
    (tmp_path / "env").write_text("SITE='our site'\n")
    (tmp_path / "script").write_text('#!/bin/sh\necho "$1 of $USER"\n')
    told = ("DSH_FROM_USERID=root", "DSH_TO_USERID=root", f"DSH_ENVIRONMENT={tmp_path}/env", "DSH_FANOUT=2")
    assert await room.old("xdsh", "n1", "echo $SITE", env=told) == Printed(b"n1: our site\n", b"", 0)
    ran = await room.old("xdsh", "n1", "-e", "script", "one", env=("DSHEXECUTE=script one",), cwd=str(tmp_path))
    assert ran == Printed(b"n1: one of root\n", b"", 0)
    lost = await room.old("xdsh", "n1", "date", env=("DSH_TO_USERID=nobody",))
    assert (lost.status, lost.stdout) == (1, b"")
    assert lost.stderr.startswith(b"[mn1]: n1: ")


async def test_xdsh_lets_keys_in_with_the_password_that_was_typed_at_an_old_program(room: Room) -> None:
    added = await room.old("xdsh", "p1", "-K", env=("DSH_TO_USERID=root", f"DSH_REMOTE_PASSWORD={PASSWORD}"))
    assert added == Printed(b"p1: 1 ssh keys added for root\n", b"", 0)
    assert await room.old("xdsh", "p1", "echo in") == Printed(b"p1: in\n", b"", 0)
    assert PASSWORD not in room.mn.log()


async def test_a_console_needs_a_terminal(room: Room) -> None:
    old = await room.old("rcons", "n1")
    assert old == Printed(b"", b"n1: [mn1]: Error: rcons needs a terminal: use this release's client\n", 1)


@pytest.fixture
def image(room: Room) -> Iterator[None]:
    """This host is a node with an image of xCAT 2, and the site lets those in."""
    typed(room.mn, "chtab key=legacynodes site.value=yes", "nodeadd me groups=old hosts.ip=127.0.0.1")
    yield
    typed(room.mn, "noderm me", "chtab -d key=legacynodes site")


@pytest.mark.usefixtures("image")
async def test_an_image_of_xcat_2_gets_its_script(room: Room) -> None:
    """It sends the name that it believes to have, and takes the lines with <data> for the script."""
    answer = await room.asked(request("getpostscript", "localhost"), anonymous=True)
    found = [re.sub("<[^>]*>", "", line) for line in answer.decode().splitlines() if "<data>" in line]
    script = [unescape(line).lstrip() for line in found if line.strip()]
    shown = typed(room.mn, "mypostscript me")
    assert script == [*(line.lstrip() for line in shown.splitlines() if line.strip()), "#END OF SCRIPT"]
    assert "NODE=me" in script and any("MASTER" in line for line in script)


async def test_an_image_of_xcat_2_asks_what_it_is_to_do(room: Room) -> None:
    """By its address, without a certificate: the default rows of the policy table let it."""

    async def told(command: str) -> dict[str, str]:
        answer = (await room.asked(request(command), anonymous=True)).decode()
        return dict(re.findall(r"<(\w+)>([^<\n]+)</", answer))

    def destiny(state: str, **more: str) -> dict[str, str]:
        return {"name": "me", "data": state, "destiny": state, **more}

    assert (await told("getdestiny"), await told("nextdestiny")) == ({"destiny": "discover"}, {})
    typed(room.mn, "nodeadd me groups=old hosts.ip=127.0.0.1 noderes.netboot=xnba mac.mac=02:00:00:00:00:01")
    assert await told("getdestiny") == destiny("standby")
    typed(room.mn, "nodech me chain.chain=offline,boot noderes.tftpserver=10.0.0.9")
    assert await told("getdestiny") == destiny("offline", imgserver="10.0.0.9")
    assert await told("nextdestiny") == destiny("boot", imgserver="10.0.0.9")
    typed(room.mn, "nodech me bootparams.kernel=k bootparams.initrd=i bootparams.kcmdline='a b' noderes.tftpserver=")
    place = {"kernel": "k", "initrd": "i", "kcmdline": "a b"}
    assert await told("getdestiny") == destiny(
        "boot", **place, imgserver=typed(room.mn, "gettab key=master site.value").strip()
    )
    typed(room.mn, "noderm me")


@pytest.mark.usefixtures("image")
async def test_an_image_of_xcat_2_has_its_files_brought(room: Room, tmp_path: Path) -> None:
    asked = request("syncfiles", "-r", "/usr/bin/rsync")
    refused = perlprint(await room.asked(asked, anonymous=True))
    assert (refused.status, refused.stdout) == (1, b"")
    assert refused.stderr.startswith(b"Error: [mn1]: No files are brought to me: ")
    folder = room.mn.root / "install/old"
    folder.mkdir(parents=True)
    (folder / "here").write_text("text\n")
    (folder / "list").write_text(f"/install/old/here -> {tmp_path}/there\n")
    typed(
        room.mn,
        "makeknownhosts me",
        "mkdef -t osimage -o old-image synclists=/install/old/list",
        "nodech me nodetype.provmethod=old-image",
    )
    assert perlprint(await room.asked(asked, anonymous=True)) == Printed(b"syncfiles done\n", b"", 0)
    assert (tmp_path / "there").read_text() == "text\n"


@pytest.mark.usefixtures("image")
async def test_a_statelite_image_of_xcat_2_gets_its_lists(room: Room) -> None:
    """It takes the tags away and cuts the lines at colons and blanks."""
    typed(
        room.mn,
        "mkdef -t osimage -o old-lite provmethod=statelite",
        "nodech me nodetype.provmethod=old-lite",
        "nodech me nodetype.os=rhels7 nodetype.arch=x86_64 nodetype.profile=compute",
        "chtab litefile.image=ALL litefile.file=/var/ litefile.options=persistent",
        "chtab priority=1 litetree.image=ALL litetree.directory=nas:/trees/$node litetree.mntopts=soft",
    )

    async def lines(command: str) -> list[str]:
        answer = await room.asked(request(command), anonymous=True)
        plain = [unescape(re.sub("<[^>]*>", "", line)).strip() for line in answer.decode().splitlines()]
        return [line for line in plain if ":" in line]

    assert [line.split(":")[1].split() for line in await lines("litefile")] == [
        ["link", "/etc/mtab"],
        ["persistent", "/var/"],
    ]
    assert [line.split()[1] for line in await lines("litetree")] == ["nas:/trees/me"]
    asked = request("litefile", noderange="n1")
    others = perlprint(await room.asked(asked, anonymous=True))
    assert (others.status, others.stdout) == (1, b"")
    assert b"a node asks about itself only" in others.stderr


@contextlib.asynccontextmanager
async def confirming() -> AsyncIterator[int]:
    """A port below 1024 at which this host confirms that it asks."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await reader.readline() == b"CREDOKBYYOU?\n":
            writer.write(b"CREDOKBYME\n")
        writer.close()

    for port in range(300, 1024):
        door = socket.socket()
        try:
            door.bind(("127.0.0.1", port))
        except OSError:
            door.close()
            continue
        async with await asyncio.start_server(answer, sock=door):
            yield port
        return


@pytest.mark.usefixtures("image")
async def test_an_image_of_xcat_2_is_told_what_it_does_not_get(room: Room) -> None:
    """Without an error its scripts would ask for minutes. They take the lines that have no tags for the key."""
    (room.mn.root / "root/.ssh/id_ed25519.pub").write_text("ssh-ed25519 AAAA root")  # without an end of the line
    async with confirming() as port:
        answers = [
            (await room.asked(request("getcredentials", name, callback_port=str(port)), anonymous=True)).decode()
            for name in ("ssh_root_pub_key", "ssh_root_key", "ssh_dsa_hostkey")
        ]
    keys = [[line for line in answer.splitlines() if line and "<" not in line] for answer in answers]
    assert keys == [["ssh-ed25519 AAAA root"], [], []]
    assert ["<error>" in answer for answer in answers] == [False, True, True]


@pytest.mark.usefixtures("image")
async def test_an_image_of_xcat_2_is_hung_up_on_after_its_credentials(room: Room) -> None:
    """Its program waits for that, and the daemon would for as long as for another request."""
    async with confirming() as port, conversation(room.mn, None) as talk:
        await talk.say(request("getcredentials", "ssh_root_key", callback_port=str(port)))
        await talk.answer()
        with contextlib.suppress(ConnectionError):
            await talk.say(request("lsxcatd", "-t"))
        assert not (await talk.rest()).strip()
