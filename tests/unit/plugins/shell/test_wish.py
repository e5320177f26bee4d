"""What words and variables of a caller ask for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.helpers.run import Desk, Terminal
from xcatd.api import Ctx, UsageError, commands_of
from xcatd.dispatch.argv import parse
from xcatd.dispatch.hall import no_stdin
from xcatd.model import Caller, Request, Role
from xcatd.plugins.shell import xdsh
from xcatd.plugins.shell.wish import Wish, read_wish
from xcatd.protocol.text import Printer

COMMAND = commands_of(xdsh)[0]


def wish(desk: Desk, line: str, caller: str = "root", **env: str) -> Wish:
    request = Request("r1", "xdsh", Caller(caller, Role.USER), env=tuple(env.items()))
    ctx = Ctx(request, COMMAND, desk.hall.host, Terminal(Printer()), no_stdin)
    arguments: dict[str, Any] = dict(parse(COMMAND, line.split(), whole=False, noderange="n1").arguments)
    return read_wish(ctx, arguments)


@pytest.mark.parametrize(
    ("line", "caller", "variable", "user"),
    [
        ("date", "root", "", "root"),
        ("date", "root", "admin", "admin"),
        ("-X date", "root", "admin", "root"),
        ("-l joe date", "root", "admin", "joe"),
        ("date", "ann", "root", "ann"),
        ("-l root date", "ann", "", "root"),
        ("-l joe date", "", "root", "joe"),
    ],
)
async def test_as_whom_on_the_nodes(desk: Desk, line: str, caller: str, variable: str, user: str) -> None:
    assert wish(desk, line, caller, DSH_TO_USERID=variable).user == user


async def test_a_caller_without_a_name_is_not_taken_for_root(desk: Desk) -> None:
    with pytest.raises(UsageError, match="say with -l as whom"):
        wish(desk, "date", "", DSH_TO_USERID="root")


async def test_words_come_before_variables(desk: Desk) -> None:
    made = wish(desk, "date", DSH_FANOUT="7", DSH_TIMEOUT="2.5", DSH_ENVIRONMENT="/env")
    assert (made.fanout, made.silence, made.environment) == (7, 2.5, "/env")
    made = wish(desk, "-f 9 -t 3 -E /other date", DSH_FANOUT="7", DSH_TIMEOUT="2.5", DSH_ENVIRONMENT="/env")
    assert (made.fanout, made.silence, made.environment) == (9, 3.0, "/other")
    made = wish(desk, "-X date", DSH_FANOUT="7", DSH_TIMEOUT="2.5", DSH_ENVIRONMENT="/env")
    assert (made.fanout, made.silence, made.environment) == (64, None, "")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("", "xdsh: the command is missing"),
        ("-f -1 date", "the fanout is a number from 1 to 4096, not -1"),
        ("-t -1 date", "xdsh -t takes seconds, more than none, not -1"),
        ("-t nan date", "xdsh -t takes seconds, more than none, not nan"),
        ("-K -c", "xdsh -K stands alone"),
        ("-c date", "xdsh -c stands alone"),
        ("-K -e", "xdsh -K stands alone"),
        ("-i image date", "xdsh -i runs where it is typed: use this release's client"),
        ("--devicetype Switch --sudo show", "sends a command as it is"),
        ("-B date", "commands run only in the daemon"),
        ("-I INT date", r"start those that shall go on with setsid\(1\)"),
        ("-r /usr/bin/rsh date", "xdsh -r names /usr/bin/rsh, but nodes are reached by SSH only"),
        ("-S tcsh date", "the syntax of a shell is csh or ksh, not 'tcsh'"),
        ("-X:HOME date", "xdsh -X takes names of variables that begin with DSH_, not HOME"),
        ("-o -A date", "xdsh -o does not take '-A', but"),
    ],
)
async def test_what_makes_no_sense(desk: Desk, line: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        wish(desk, line)


async def test_variables_that_count_unless_they_are_ignored(desk: Desk) -> None:
    env = {
        "DSH_NODE_OPTS": "-p 2222 -o ConnectTimeout=5",
        "DSH_NODE_RSH": "/usr/bin/ssh",
        "DSH_VERIFY": "1",
        "DSH_SYNTAX": "csh",
        "DEVICETYPE": "EthSwitch::Cisco",
    }
    made = wish(desk, "date", **env)
    assert (made.port, made.patience, made.verify, made.syntax, made.device) == (
        2222,
        5,
        True,
        "csh",
        env["DEVICETYPE"],
    )
    made = wish(desk, "-o -q -S ksh --devicetype Other date", **env)
    assert (made.port, made.patience, made.syntax, made.device) == (0, 0, "ksh", "Other")
    made = wish(desk, "date", "ann", DSH_ENVIRONMENT="/env", **env)
    assert (made.environment, made.port, made.device, made.verify, made.syntax) == ("", 0, "", True, "csh")
    made = wish(desk, "-X date", **env)
    assert made == wish(desk, "date")
    for line in (
        "-X DSH_VERIFY,DSH_SYNTAX date",
        "-X:DSH_VERIFY,DSH_SYNTAX date",
        "--ignore-env=DSH_SYNTAX,DSH_VERIFY date",
    ):
        made = wish(desk, line, **env)
        assert (made.words, made.port, made.verify, made.syntax, made.device) == (("date",), 0, True, "csh", "")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("DSH_NODE_RSH", "/opt/rsh", "the variable DSH_NODE_RSH names /opt/rsh, but nodes are reached by SSH only"),
        ("DSH_NODE_OPTS", "-A", "xdsh: the variable DSH_NODE_OPTS does not take '-A', but"),
        ("DSH_SYNTAX", "zsh", "csh or ksh, not 'zsh'"),
        ("DSH_FANOUT", "many", "the variable DSH_FANOUT is 'many', which is no number"),
    ],
)
async def test_variables_that_make_no_sense(desk: Desk, name: str, value: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        wish(desk, "date", **{name: value})
