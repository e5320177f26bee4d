"""What the words of `updatenode` mean, and which do not go together."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from tests.helpers.run import Desk, Terminal
from xcatd.api import Ctx, Denied, UsageError, commands_of
from xcatd.dispatch.argv import parse
from xcatd.dispatch.hall import no_stdin
from xcatd.model import Caller, Request, Role
from xcatd.plugins.updatenode import updatenode
from xcatd.plugins.updatenode.wish import Wish, read_wish
from xcatd.protocol.text import Printer

COMMAND = commands_of(updatenode)[0]


def wish(desk: Desk, line: str, caller: str = "root") -> Wish:
    request = Request("r1", "updatenode", Caller(caller, Role.USER))
    ctx = Ctx(request, COMMAND, desk.hall.host, Terminal(Printer()), no_stdin)
    arguments: dict[str, Any] = dict(parse(COMMAND, shlex.split(line), whole=False, noderange="n1").arguments)
    return read_wish(ctx, arguments)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", Wish(sync=True, software=True, scripts="")),
        ("a=b", Wish(sync=True, software=True, scripts="", variables=(("a", "b"),))),
        ("syslog", Wish(scripts="syslog")),
        ("'one x=y,two'", Wish(scripts="one x=y,two")),
        ("-P", Wish(scripts="")),
        ("-P ''", Wish(scripts="")),
        ("-P one,two", Wish(scripts="one,two")),
        ("--scripts=one", Wish(scripts="one")),
        ("-F -P one", Wish(sync=True, scripts="one")),
        ("-FS", Wish(sync=True, software=True)),
        ("-S otherpkgs='a b' x=", Wish(software=True, variables=(("otherpkgs", "a b"), ("x", "")))),
        ("-F -r /usr/bin/rsync -t 5 --fanout=1 -V", Wish(sync=True, silence=5.0, fanout=1, verbose=True)),
        ("-F --dry-run", Wish(sync=True, dry_run=True)),
        ("-k -n", Wish(security=True, verify=False)),
        ("-l joe -P one", Wish(scripts="one", user="joe", sudo=True)),
        ("-l root -s", Wish(server=True)),
        ("-f", Wish(stage=True)),
        ("-g", Wish(generate=True)),
    ],
)
async def test_what_is_wanted(desk: Desk, line: str, expected: Wish) -> None:
    assert wish(desk, line) == expected


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("-F -f", "You can not specify both the -f and -F flags."),
        ("-f -S", "If you specify the -f flag you must not specify either the -S or -k or -P or -F flags"),
        ("-f -P", "If you specify the -f flag you must not specify either the -S or -k or -P or -F flags"),
        ("-k -P", "If you use the -k flag, you cannot specify the -S,-P,-f or -F flags."),
        ("-k -F", "If you use the -k flag, you cannot specify the -S,-P,-f or -F flags."),
        ("-s -k", "If you specify the -s flag you must not specify either the -S or -k or -P flags"),
        ("-c", "If you specify the -c flag you must specify the -S flag"),
        ("-r /usr/bin/rsync -S", "-r|--node-rcp option is valid when option -f or -F is specified"),
        ("-F -r /usr/bin/scp", "updatenode -r takes rsync, not /usr/bin/scp: files travel by it alone"),
        ("-S -c", "updatenode -A, -c and -d are for AIX, which is not served: linuximage.otherpkglist names packages"),
        ("-o rhels9", "updatenode -o upgrades no operating system here: install the node with another osimage"),
        ("-F syslog", "updatenode: 'syslog' is one word too many: scripts are named behind -P"),
        ("-P one two", "updatenode: 'two' is one word too many: scripts are one word, separated by commas"),
        ("-S --dry-run", "updatenode --dry-run goes with -F alone"),
        ("--fanout 5000", "updatenode: the fanout is a number from 1 to 4096, not 5000"),
        ("-t -1", "updatenode -t takes seconds, more than none, not -1"),
    ],
)
async def test_what_makes_no_sense(desk: Desk, line: str, text: str) -> None:
    with pytest.raises(UsageError) as caught:
        wish(desk, line)
    assert str(caught.value) == text


async def test_what_others_than_root_may_not(desk: Desk) -> None:
    assert wish(desk, "-P one", "ann") == Wish(scripts="one")
    for line in ("-k", "-P one LD_PRELOAD=/tmp/x"):
        with pytest.raises(Denied):
            wish(desk, line, "ann")
