"""What words and variables of a caller ask for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.helpers.run import Desk, Terminal
from xcatd.api import Ctx, Denied, UsageError, commands_of
from xcatd.dispatch.argv import parse
from xcatd.dispatch.hall import no_stdin
from xcatd.model import Caller, Request, Role
from xcatd.plugins.copy import xdcp
from xcatd.plugins.copy.wish import Wish, read_wish
from xcatd.protocol.text import Printer

COMMAND = commands_of(xdcp)[0]


def wish(desk: Desk, line: str, caller: str = "root", **env: str) -> Wish:
    request = Request("r1", "xdcp", Caller(caller, Role.USER), cwd="/home/joe", env=tuple(env.items()))
    ctx = Ctx(request, COMMAND, desk.hall.host, Terminal(Printer()), no_stdin)
    arguments: dict[str, Any] = dict(parse(COMMAND, line.split(), whole=False, noderange="n1").arguments)
    return read_wish(ctx, arguments)


async def test_files_here_are_below_the_callers_folder(desk: Desk) -> None:
    made = wish(desk, "a ../b /c/./d there")
    assert (made.sources, made.target) == (("/home/joe/a", "/home/b", "/c/d"), "there")
    made = wish(desk, "-P there .")
    assert (made.sources, made.target, made.pull) == (("there",), "/home/joe", True)
    assert wish(desk, "-F list --dry-run").synclist == "/home/joe/list"


@pytest.mark.parametrize(
    ("line", "variable", "by_rsync"),
    [
        ("a b", "", False),
        ("a b", "/usr/bin/rsync", True),
        ("-X a b", "/usr/bin/rsync", False),
        ("-X DSH_NODE_RCP a b", "rsync", True),
        ("-r /usr/bin/scp a b", "rsync", False),
        ("-r rsync a b", "", True),
        ("--sudo a b", "/usr/bin/scp", True),
    ],
)
async def test_by_which_means(desk: Desk, line: str, variable: str, by_rsync: bool) -> None:
    assert wish(desk, line, DSH_NODE_RCP=variable).by_rsync == by_rsync


async def test_words_come_before_variables(desk: Desk) -> None:
    made = wish(desk, "a b", DSH_FANOUT="7", DSH_TIMEOUT="2.5", DSH_TO_USERID="admin")
    assert (made.fanout, made.silence, made.user) == (7, 2.5, "admin")
    made = wish(desk, "-f 9 -t 3 -l joe a b", DSH_FANOUT="7", DSH_TIMEOUT="2.5", DSH_TO_USERID="admin")
    assert (made.fanout, made.silence, made.user) == (9, 3.0, "joe")
    made = wish(desk, "-X a b", DSH_FANOUT="7", DSH_TIMEOUT="2.5", DSH_TO_USERID="admin")
    assert (made.fanout, made.silence, made.user) == (64, None, "root")
    assert wish(desk, "a b", "ann", DSH_TO_USERID="root").user == "ann"


async def test_words_of_ssh(desk: Desk) -> None:
    made = wish(desk, "-o -oConnectTimeout=7 a b", DSH_NODE_OPTS="-p 2222")
    assert (made.port, made.patience) == (0, 7)
    assert wish(desk, "a b", DSH_NODE_OPTS="-p 2222").port == 2222
    assert wish(desk, "a b", "ann", DSH_NODE_OPTS="-p 2222").port == 0


@pytest.mark.parametrize("line", ["-P a b", "-F list"])
async def test_what_is_for_root(desk: Desk, line: str) -> None:
    with pytest.raises(Denied, match="Only root"):
        wish(desk, line, "ann")


async def test_a_caller_without_a_name_is_not_taken_for_root(desk: Desk) -> None:
    with pytest.raises(UsageError, match="say with -l as whom"):
        wish(desk, "a b", "", DSH_TO_USERID="root")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("a", "files to copy and where to are missing"),
        ("-F list a b", "-F says by the list what is copied"),
        ("-F list -P", "-F says by the list what is copied"),
        ("-s a b", "-s goes with -F only"),
        ("--dry-run a b", "--dry-run goes with -F only"),
        ("-P a b c", "one file, or with -R one folder"),
        ("-P .. c", "has no name that a copy could have"),
        ("-P --sudo a c", "-P does not go with --sudo"),
        ("-r rcp a b", "not by rcp"),
        ("-r sftp -F list", "-F needs rsync on both sides"),
        ("-f 5000 a b", "a number from 1 to 4096"),
        ("-t nan a b", "-t takes seconds"),
        ("-i img a b", "-i takes no noderange"),
        ("-o x a b", "xdcp -o does not take 'x'"),
        ("-o -p1 -F list", "xdcp -o does not go with -F"),
        ("-B a b", "by the daemon only"),
    ],
)
async def test_what_makes_no_sense(desk: Desk, line: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        wish(desk, line)
