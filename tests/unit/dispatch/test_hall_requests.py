"""What the hall makes of a request before a command runs: words, rights, nodes; and what it records."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.helpers.run import VERSION, Desk, Seen
from tests.unit.dispatch.reader import Reader
from xcatd.dispatch import Registry
from xcatd.errors import XcatError
from xcatd.model import Caller, Request, Role, Verdict, current_request

PLUGIN = '''
from xcatd.api import Ctx, Node, Nodes, Where, command
from xcatd.model import current_request


@command("rname")
async def rname(ctx: Ctx, node: Node, word: str = "") -> str:
    """Say the name of each node."""
    return f"{word}{node}"


@command("rcount", where=Where.LOCAL)
async def rcount(ctx: Ctx, nodes: Nodes = Nodes()) -> str:
    """Count nodes, if any."""
    return f"{len(nodes)} nodes"


@command("recho", where=Where.LOCAL)
async def recho(ctx: Ctx, words: tuple[str, ...] = ()) -> str:
    """Say the words and what stands on standard input."""
    return " ".join((*words, await ctx.stdin()))


@command("rtrace", where=Where.LOCAL)
async def rtrace(ctx: Ctx) -> str:
    """Say for which request this runs."""
    return current_request.get()
'''
ROOT = Caller("root", Role.USER)


@pytest.fixture
async def desk(desk: Desk, tmp_path: Path) -> Desk:
    """With the commands of PLUGIN."""
    folder = tmp_path / "plugins"
    folder.mkdir()
    (folder / "requests.py").write_text(PLUGIN)
    desk.hall = replace(desk.hall, registry=Registry(folder))
    return desk


async def names(desk: Desk, line: str, **more: object) -> list[str | None]:
    """The nodes for which `rname` runs."""
    reader = Reader()
    request = Request("r1", "rname", ROOT, tuple(line.split()), **more)  # type: ignore[arg-type]
    assert await desk.hall.run(request, reader) == 0
    return [node for node, _ in reader.lines]


# -- help and version -------------------------------------------------------------------------------------------------


async def test_help_is_shown_without_a_run(desk: Desk) -> None:
    help_text = "Usage: rcount [noderange]\n\nCount nodes, if any.\n"
    assert await desk.type("rcount -h") == Seen(help_text, "", 0)
    assert await desk.ok("rcount n1 --help") == help_text


async def test_version_is_the_daemons(desk: Desk) -> None:
    assert await desk.ok("rname -v") == f"{VERSION}\n"
    assert await desk.ok("rname --version n1") == f"{VERSION}\n"


async def test_help_needs_the_right_to_the_command(desk: Desk) -> None:
    assert await desk.type("rname -h", user="joe") == Seen("", "Error: Permission denied for request\n", 1)


async def test_old_scripts_may_be_verbose_everywhere(desk: Desk) -> None:
    assert await desk.ok("rname n1 -V") == "n1: [mn1]: n1\n"


# -- nodes ------------------------------------------------------------------------------------------------------------


async def test_the_noderange_may_come_apart_from_the_words(desk: Desk) -> None:
    assert await names(desk, "hello", noderange="n1,n3") == ["n1", "n3"]


async def test_names_that_somebody_expanded_are_not_expanded_again(desk: Desk) -> None:
    assert await names(desk, "n1-n3 hello", whole=True, nodes=("n2", "stranger")) == ["n2", "stranger"]


async def test_excluded_nodes_are_not_worked_on(desk: Desk) -> None:
    await desk.fill(site=[{"key": "excludenodes", "value": "n2"}])
    assert await names(desk, "all", whole=True) == ["n1", "n3"]


async def test_numbers_are_completed_as_the_caller_wants(desk: Desk) -> None:
    env = (("XCAT_NODE_PREFIX", "n"), ("XCAT_NODE_SUFFIX", ""))
    assert await names(desk, "2-3", whole=True, env=env) == ["n2", "n3"]


async def test_a_file_is_looked_for_where_the_caller_stands(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("n1\nn3\n")
    assert await names(desk, "^mine", whole=True, cwd=str(tmp_path)) == ["n1", "n3"]


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
async def test_a_file_that_cannot_be_read_is_named(desk: Desk, tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "mine").write_bytes(content)
    seen = await desk.type("rname ^mine", cwd=str(tmp_path))
    assert seen.stdout == ""
    assert seen.stderr.startswith("Error: Cannot read 'mine', check the name: ")
    assert seen.status == 1


async def test_a_command_may_do_without_nodes(desk: Desk) -> None:
    assert await desk.ok("rcount") == "0 nodes\n"
    assert await desk.ok("rcount n1,n2") == "2 nodes\n"


async def test_each_node_has_its_verdict(desk: Desk) -> None:
    reader = Reader()
    assert await desk.hall.run(Request("r1", "rname", ROOT, ("all",), whole=True), reader) == 0
    assert reader.verdicts == dict.fromkeys(("n1", "n2", "n3"), Verdict.OK)


# -- standard input ---------------------------------------------------------------------------------------------------


async def test_standard_input_reaches_the_command(desk: Desk) -> None:
    assert await desk.ok("recho a b", stdin="typed") == "a b typed\n"
    assert await desk.ok("recho a") == "a \n"


# -- rights and records -----------------------------------------------------------------------------------------------


async def test_rights_may_depend_on_nodes(desk: Desk) -> None:
    await desk.fill(policy=[{"priority": "6", "name": "joe", "commands": "rname", "noderange": "n1", "rule": "allow"}])
    assert (await desk.type("rname n1", user="joe")).stdout == "n1: n1\n"
    assert (await desk.type("rname n1,n2", user="joe")).stderr == "Error: Permission denied for request\n"


async def test_rights_may_depend_on_words_but_not_on_the_noderange_among_them(desk: Desk) -> None:
    await desk.fill(policy=[{"priority": "6", "name": "joe", "parameters": "^see$", "rule": "allow"}])
    assert (await desk.type("rname n1 see", user="joe")).status == 0
    assert (await desk.type("rname see n1", user="joe")).status == 1


async def test_the_record_has_the_words_without_the_noderange(desk: Desk) -> None:
    await desk.ok("rname n1,n2 hello")
    ((request, decision),) = desk.audit
    assert (request.noderange, request.argv, decision.allowed, decision.row) == ("n1,n2", ("hello",), True, "1")


@pytest.mark.parametrize(("user", "recorded"), [("root", False), ("joe", True)])
async def test_what_another_daemon_has_recorded_is_recorded_again_only_when_denied(
    desk: Desk, user: str, recorded: bool
) -> None:
    request = Request("r1", "rname", Caller(user, Role.USER), noderange="n1", via=("sn1",))
    try:
        status = await desk.hall.run(request, Reader())
    except XcatError as error:
        status = error.status
    assert status == int(recorded)
    assert [decision.allowed for _, decision in desk.audit] == ([False] if recorded else [])


async def test_a_request_that_cannot_be_read_is_not_recorded(desk: Desk) -> None:
    assert (await desk.type("rname n1 --nosuch")).status == 1
    assert desk.audit == []


# -- the request's id -------------------------------------------------------------------------------------------------


async def test_everything_that_runs_for_a_request_knows_its_id(desk: Desk) -> None:
    reader = Reader()
    assert await desk.hall.run(Request("r7", "rtrace", ROOT), reader) == 0
    assert reader.lines == [(None, "r7")]
    assert current_request.get() == ""


async def test_also_after_an_error_it_is_forgotten(desk: Desk) -> None:
    with pytest.raises(XcatError):
        await desk.hall.run(Request("r8", "nosuch", ROOT), Reader())
    assert current_request.get() == ""
