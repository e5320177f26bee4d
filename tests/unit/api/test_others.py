"""A command that has other commands do its work."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.helpers.run import Desk
from tests.unit.api.test_ctx import demo
from tests.unit.dispatch.reader import Reader
from xcatd.api import Channel, Ctx, Denied, Others, Sink, commands_of
from xcatd.dispatch.hall import no_stdin
from xcatd.model import Caller, Ended, Failure, Line, Reply, Request, Role, Verdict

OLD = Failure("sn1 cannot be reached")
WARNING = Line("n1 is new", channel=Channel.WARNING)


def a_ctx(desk: Desk, reader: Reader, *replies: Reply) -> tuple[Ctx, list[Request]]:
    """A running command, on a host where every other one says this."""
    seen: list[Request] = []

    async def run(request: Request, sink: Sink) -> int:
        seen.append(request)
        for reply in replies:
            await sink.send(reply)
        return 0

    request = Request("r1", "demo", Caller("joe", Role.USER), ("all", "-x"), whole=True, via=("mn1",))
    return Ctx(request, commands_of(demo)[0], replace(desk.hall.host, run=run), reader, no_stdin), seen


async def test_it_runs_in_the_callers_name_for_the_nodes_that_are_left(desk: Desk) -> None:
    ctx, seen = a_ctx(desk, Reader())
    await Others(ctx).run("nodeset", ["n1", "n2"], "enact", "-V")
    (asked,) = seen
    assert (asked.caller, asked.id, asked.command, asked.argv) == (ctx.request.caller, "r1", "nodeset", ("enact", "-V"))
    assert (asked.nodes, asked.noderange, asked.whole, asked.via) == (("n1", "n2"), "n1,n2", False, ())


async def test_nodes_that_end_well_are_given_and_failures_without_a_node_are_left_to_the_command(desk: Desk) -> None:
    reader = Reader()
    ended = (Ended("n2", Verdict.OK), Ended("n1", Verdict.OK), Ended("n3", Verdict.FAILED))
    ctx, _ = a_ctx(desk, reader, Line("done"), OLD, WARNING, Failure("is off", "n3"), *ended)
    outcome = await Others(ctx).run("nodeset", ["n1", "n2", "n3"], "enact")
    assert (outcome.good, outcome.general) == (("n1", "n2"), (OLD,))
    assert reader.replies == [WARNING, Failure("is off", "n3")]


async def test_who_wants_it_sees_all_that_is_said(desk: Desk) -> None:
    reader = Reader()
    ctx, _ = a_ctx(desk, reader, Line("done"), Failure("by the way", code=0))
    await Others(ctx, verbose=True).run("nodeset", ["n1"], "enact")
    assert reader.replies == [Line("done"), Failure("by the way", code=0)]


async def test_what_is_refused_is_raised(desk: Desk) -> None:
    ctx, _ = a_ctx(desk, Reader())

    async def run(request: Request, sink: Sink) -> int:
        raise Denied("Permission denied for request")

    ctx.host = replace(ctx.host, run=run)
    with pytest.raises(Denied):
        await Others(ctx).run("nodeset", ["n1"], "enact")
