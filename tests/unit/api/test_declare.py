"""A plugin's signature becomes a command, or is refused when it is imported."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal, Optional

import pytest

from xcatd.api import Completes, Ctx, Node, Nodes, Where, command, commands_of, opt
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
        like: Annotated[bool | str, opt("--like", "as others")] = False,
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
        Option("like", ("--like",), "as others", bool, (), many=False, default=False, may_have_one=True),
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


# -- signatures of which each alone is wrong --------------------------------------------------------------------------


def plain(ctx: Ctx) -> None: ...


async def two_nodes(ctx: Ctx, node: Node, nodes: Nodes) -> None: ...


async def untyped(ctx: Ctx, word) -> None: ...  # type: ignore[no-untyped-def]


async def pair(ctx: Ctx, words: tuple[str, str]) -> None: ...


async def behind_the_rest(ctx: Ctx, words: tuple[str, ...], last: str) -> None: ...


async def starred(ctx: Ctx, *words: str) -> None: ...


async def double_starred(ctx: Ctx, **words: str) -> None: ...


async def by_place(ctx: Ctx, word: str, /) -> None: ...


async def annotated_otherwise(ctx: Ctx, *, quiet: Annotated[bool, "-q"] = False) -> None: ...


async def flagless(ctx: Ctx, *, quiet: Annotated[bool, opt("say less")] = False) -> None: ...


async def no_default(ctx: Ctx, *, wait: Annotated[int, opt("-w", "seconds")]) -> None: ...


async def odd_option(ctx: Ctx, *, wait: Annotated[bytes, opt("-w", "seconds")] = b"") -> None: ...


async def twins(
    ctx: Ctx,
    *,
    wait: Annotated[int, opt("-w", "--wait", "seconds")] = 0,
    where: Annotated[str, opt("-w", "place")] = "",
) -> None: ...


@pytest.mark.parametrize(
    ("handler", "says"),
    [
        (plain, "must be a coroutine function"),
        (two_nodes, "'node' and 'nodes' both take the nodes"),
        (untyped, "parameter 'word' has a type that no command line can give"),
        (pair, "parameter 'words' has a type that no command line can give"),
        (behind_the_rest, "nothing is left for 'last' behind 'words'"),
        (starred, r"parameter \*words.* cannot be given by its name"),
        (double_starred, r"parameter \*\*words.* cannot be given by its name"),
        (by_place, r"parameter word.* cannot be given by its name"),
        (annotated_otherwise, "option 'quiet' needs Annotated"),
        (flagless, "option 'quiet' needs .* a flag at least"),
        (no_default, "option 'wait' needs a default"),
        (odd_option, "parameter 'wait' has a type that no command line can give"),
        (twins, "'wait' and 'where' both have the flag -w"),
    ],
)
def test_a_signature_that_cannot_be_read_fails_the_import(handler: Callable[..., Any], says: str) -> None:
    with pytest.raises(TypeError, match=f"^demo: .*{says}"):
        command("demo")(handler)
    assert commands_of(handler) == ()


# -- what a signature becomes -----------------------------------------------------------------------------------------


def test_each_kind_of_operand() -> None:
    @command("demo")
    async def demo(
        ctx: Ctx,
        word: str,
        number: int,
        state: Literal["on", "off"] | None = None,
        share: float = 0.5,
        rest: tuple[int, ...] = (),
    ) -> None: ...

    assert commands_of(demo)[0].operands == (
        Operand("word", str, (), many=False, required=True),
        Operand("number", int, (), many=False, required=True),
        Operand("state", str, ("on", "off"), many=False, required=False),
        Operand("share", float, (), many=False, required=False, default=0.5),
        Operand("rest", int, (), many=True, required=False, default=()),
    )


def test_an_operand_that_takes_the_rest_may_get_nothing() -> None:
    @command("demo")
    async def demo(ctx: Ctx, rest: tuple[str, ...]) -> None: ...

    assert commands_of(demo)[0].operands == (Operand("rest", str, (), many=True, required=False, default=()),)


def test_one_handler_may_be_several_commands_and_be_declared_twice() -> None:
    @command("third", changes=True, reads=["stat"], where=Where.LOCAL)
    @command("first", "second", timeout=5, fanout=2)
    async def handler(ctx: Ctx, node: Node) -> None:
        """Say it.

        At length.
        """

    first, second, third = commands_of(handler)
    assert [each.name for each in (first, second, third)] == ["first", "second", "third"]
    assert (first.timeout, first.fanout, first.changes, first.where) == (5, 2, False, Where.OWNER)
    assert (third.timeout, third.changes, third.reads, third.where) == (60.0, True, {"stat"}, Where.LOCAL)
    assert first.help == "Say it.\n\nAt length."
    assert first.handler is third.handler is handler
    assert first.module == __name__


def test_what_a_shell_may_put_there_follows_from_the_name_or_is_said() -> None:
    @command("demo", completes={"other": Completes.COMMAND})
    async def demo(
        ctx: Ctx,
        nodes: Nodes,
        other: str,
        words: tuple[str, ...] = (),
        *,
        kind: Annotated[str, opt("-t", "a type")] = "",
        more: Annotated[str, opt("-m", "more")] = "",
    ) -> None: ...

    @command("define")
    async def define(ctx: Ctx, words: tuple[str, ...]) -> None: ...

    made = commands_of(demo)[0]
    assert [operand.completes for operand in made.operands] == [Completes.COMMAND, Completes.CELL]
    assert [option.completes for option in made.options] == [Completes.TYPE, Completes.NOTHING]
    assert commands_of(define)[0].operands[0].completes is Completes.DEFINITION
    with pytest.raises(TypeError, match="bad: completes names missing, which are no parameters of its handler"):

        @command("bad", completes={"missing": Completes.TABLE})
        async def bad(ctx: Ctx, table: str) -> None: ...


def test_a_listing_is_made_in_one_place() -> None:
    with pytest.raises(
        TypeError, match=r"bad: a command that lists runs in one place; give it where=Where\.MANAGEMENT"
    ):

        @command("bad", lists=True)
        async def bad(ctx: Ctx, node: Node) -> None: ...
