"""A plugin's signature becomes a command, or is refused when it is imported."""

from __future__ import annotations

from typing import Annotated, Literal, Optional

import pytest

from xcatd.api import Ctx, Node, Nodes, Where, command, commands_of, opt
from xcatd.model import Operand, Option


def test_a_signature_says_everything() -> None:
    @command("rpower", "power", fanout=16, timeout=30, changes=True, reads=("stat",))
    async def rpower(
        ctx: Ctx,
        node: Node,
        action: Literal["on", "off", "stat"],
        rest: tuple[int, ...],
        *,
        wait: Annotated[int, opt("-w", "--wait", "seconds to wait")] = 0,
        loud: Annotated[bool, opt("-l", "be loud")] = False,
        only: Annotated[tuple[str, ...], opt("--only", "these")] = (),
        limit: Annotated[float | None, opt("--limit", "at most")] = None,
    ) -> None:
        """Switch nodes.

        On or off.
        """

    made, alias = commands_of(rpower)
    assert (made.name, alias.name) == ("rpower", "power")
    assert (made.nodes, made.node_parameter, made.noderange_required) == ("each", "node", True)
    assert made.operands == (
        Operand("action", str, ("on", "off", "stat"), many=False, required=True),
        Operand("rest", int, (), many=True, required=False, default=()),
    )
    assert made.options == (
        Option("wait", ("-w", "--wait"), "seconds to wait", int, (), many=False, default=0),
        Option("loud", ("-l",), "be loud", bool, (), many=False, default=False),
        Option("only", ("--only",), "these", str, (), many=True, default=()),
        Option("limit", ("--limit",), "at most", float, (), many=False),
    )
    assert made.help == "Switch nodes.\n\nOn or off."
    assert (made.fanout, made.timeout, made.changes, made.where) == (16, 30, True, Where.OWNER)
    assert made.alters(("on",))
    assert not made.alters(("stat",))
    assert made.handler is rpower


def test_a_command_for_all_nodes_at_once_may_do_without_a_noderange() -> None:
    @command("nodels")
    async def nodels(ctx: Ctx, nodes: Nodes = Nodes(), column: str = "node") -> None: ...

    (made,) = commands_of(nodels)
    assert (made.nodes, made.noderange_required, made.where) == ("all", False, Where.MANAGEMENT)
    assert made.operands == (Operand("column", str, (), many=False, required=False, default="node"),)
    assert not made.alters(("on",))


def test_a_command_without_nodes_is_for_the_management_node_unless_it_says_otherwise() -> None:
    @command("tabdump")
    async def tabdump(ctx: Ctx) -> None: ...

    @command("lsxcatd", where=Where.LOCAL)
    async def lsxcatd(ctx: Ctx, word: Optional[str] = None) -> None: ...  # noqa: UP045 - the old spelling counts too

    assert [commands_of(each)[0].where for each in (tabdump, lsxcatd)] == [Where.MANAGEMENT, Where.LOCAL]
    assert commands_of(tabdump)[0].nodes == "none"
    assert commands_of(lsxcatd)[0].operands[0].kind is str


def test_what_is_no_handler_declares_nothing() -> None:
    assert commands_of(len) == commands_of(3) == ()


def test_a_handler_without_the_context_is_refused() -> None:
    with pytest.raises(TypeError, match="bad: the first parameter of its handler must be `ctx: Ctx`"):

        @command("bad")
        async def bad(node: Node) -> None: ...

    with pytest.raises(TypeError, match="ctx: Ctx"):

        @command("bad")
        async def worse() -> None: ...


def test_a_type_that_no_command_line_can_give_is_refused() -> None:
    with pytest.raises(TypeError, match="parameter 'table' has a type that no command line can give"):

        @command("bad")
        async def bad(ctx: Ctx, table: dict[str, str]) -> None: ...


def test_a_bool_as_operand_is_refused() -> None:
    with pytest.raises(TypeError, match="operand 'force' cannot be a bool"):

        @command("bad")
        async def bad(ctx: Ctx, force: bool) -> None: ...


def test_an_option_without_flags_is_refused() -> None:
    with pytest.raises(TypeError, match=r"option 'wait' needs Annotated\[type, opt\(...\)\]"):

        @command("bad")
        async def bad(ctx: Ctx, *, wait: int = 0) -> None: ...
