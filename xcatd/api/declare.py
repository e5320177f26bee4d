"""`@command`: reads a coroutine's signature and makes a Command of it."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Literal, TypeVar

from xcatd.api.ctx import Ctx
from xcatd.model import Command, Completes, Node, Nodes, Operand, Option, Where
from xcatd.model.command import Changing, Prepare

_ATTRIBUTE = "__xcat_commands__"
_BY_NAME = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
_Handler = TypeVar("_Handler", bound=Callable[..., Any])
_Scalar = type[str] | type[int] | type[float]

FOREVER = 10 * 365 * 86400.0
"""Seconds: the `timeout` of a command that takes as long as it takes; that of others is a guard against what hangs."""


_BY_PARAMETER = {
    "attributes": Completes.ATTRIBUTES,
    "assignments": Completes.CELL,
    "cells": Completes.CELL,
    "columns": Completes.COLUMN,
    "file": Completes.FILE,
    "filename": Completes.FILE,
    "groups": Completes.GROUPS,
    "key": Completes.KEY,
    "kind": Completes.TYPE,
    "names": Completes.OBJECTS,
    "noderange": Completes.NODES,
    "objects": Completes.OBJECTS,
    "table": Completes.TABLE,
    "tables": Completes.TABLE,
    "type": Completes.TYPE,
    "where": Completes.CONDITION,
}
"""What parameters of these names are, unless `completes` says something else; `words` are what is to be set."""


@dataclass(frozen=True, slots=True)
class Flags:
    """The words of an option and its line in the help."""

    flags: tuple[str, ...]
    help: str
    like: str = ""


def opt(*words: str, like: str = "") -> Flags:
    """`opt("-w", "--wait", "seconds to wait")`: words that start with a dash are flags, the last one is the help.

    `like`: of an option that may have a value, the regular expression of one that is taken from behind a blank. One with "" as
    its help is shown nowhere: the daemon says it to itself."""
    return Flags(tuple(word for word in words if word.startswith("-")), words[-1], like)


def command(
    *names: str,
    fanout: int = 1024,
    timeout: float = 60.0,
    changes: bool | Changing = False,
    edits: bool = False,
    lists: bool = False,
    reads: Sequence[str] = (),
    prepare: Prepare | None = None,
    where: Where | None = None,
    completes: Mapping[str, Completes] = MappingProxyType({}),
    asks_policy: bool = False,
    interactive: bool = False,
    of_each: bool = False,
    verbatim: bool = False,
) -> Callable[[_Handler], _Handler]:
    """Declare a coroutine as the command of these names.

    `timeout` is in seconds, per node or per run. `changes`: it alters nodes, except with one of the words `reads`; or a function
    that says so of its words.
    `prepare(ctx, nodes, arguments)` is run once before a per-node command, where it was typed: see `xcatd.model.command`.
    `edits`: it changes tables and nothing else, so callers may say `--dry-run`; `lists`: it shows things by `ctx.item`, so
    they may say `--json`.
    `completes`: parameter -> what a shell may put there; needed only where the parameter's name does not say it.
    `asks_policy`: it asks the policy itself about what it shows; everybody may call it and no record is made.
    `interactive`: it reads keys from the caller's terminal (`ctx.terminal`).
    `of_each`: it takes `nodes: Nodes` and sends an `Ended` for each. `verbatim`: behind its first operand nothing is an option.
    `where` defaults to the node's owner for commands that run once per node, and to the management node otherwise.
    Raises TypeError at import for a signature that cannot be read, or one that does not go with the rest.
    """

    def declare(handler: _Handler) -> _Handler:
        made = tuple(
            replace(
                _read(name, handler, where, completes),
                fanout=fanout,
                timeout=timeout,
                changes=bool(changes) or edits,
                changing=None if isinstance(changes, bool) else changes,
                prepare=prepare,
                edits=edits,
                lists=lists,
                reads=frozenset(reads),
                asks_policy=asks_policy,
                interactive=interactive,
                of_each=of_each,
                verbatim=verbatim,
            )
            for name in names
        )
        _refuse_torn_lists(made)
        setattr(handler, _ATTRIBUTE, (*commands_of(handler), *made))
        return handler

    return declare


def commands_of(thing: object) -> tuple[Command, ...]:
    """The commands declared on `thing`; none for anything that is not a handler."""
    return typing.cast(tuple[Command, ...], getattr(thing, _ATTRIBUTE, ()))


def _read(name: str, handler: Callable[..., Any], where: Where | None, completes: Mapping[str, Completes]) -> Command:
    if not inspect.iscoroutinefunction(handler):
        raise TypeError(f"{name}: its handler must be a coroutine function (async def)")
    hints = typing.get_type_hints(handler, include_extras=True)
    parameters = list(inspect.signature(handler).parameters.values())
    if not parameters or hints.get(parameters[0].name) is not Ctx:
        raise TypeError(f"{name}: the first parameter of its handler must be `ctx: Ctx`")
    nodes: Literal["each", "all", "none"] = "none"
    node_parameter, required = "", False
    operands: list[Operand] = []
    options: list[Option] = []
    for parameter in parameters[1:]:
        hint = hints.get(parameter.name)
        if parameter.kind not in _BY_NAME:
            raise TypeError(f"{name}: parameter {parameter!s} cannot be given by its name; see xcatd.api for the kinds")
        if hint is Node or hint is Nodes:
            if node_parameter:
                raise TypeError(f"{name}: {node_parameter!r} and {parameter.name!r} both take the nodes; one can")
            nodes, node_parameter = ("each" if hint is Node else "all"), parameter.name
            required = parameter.default is inspect.Parameter.empty
        elif parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            options.append(_option(name, parameter, hint))
        elif operands and operands[-1].many:
            raise TypeError(f"{name}: nothing is left for {parameter.name!r} behind {operands[-1].name!r}")
        else:
            operands.append(_operand(name, parameter, hint))
    _refuse_twins(name, options)
    if unknown := set(completes) - {each.name for each in operands} - {each.name for each in options}:
        raise TypeError(f"{name}: completes names {', '.join(sorted(unknown))}, which are no parameters of its handler")
    words = Completes.DEFINITION if nodes == "none" else Completes.CELL
    meant = {**_BY_PARAMETER, "words": words, **completes}
    default = Where.OWNER if nodes == "each" else Where.MANAGEMENT
    return Command(
        name=name,
        handler=handler,
        nodes=nodes,
        node_parameter=node_parameter,
        noderange_required=required,
        operands=tuple(replace(each, completes=meant.get(each.name, each.completes)) for each in operands),
        options=tuple(replace(each, completes=meant.get(each.name, each.completes)) for each in options),
        help=inspect.getdoc(handler) or "",
        fanout=1,
        timeout=60.0,
        changes=False,
        reads=frozenset(),
        where=where or default,
        module=handler.__module__,
    )


def _operand(name: str, parameter: inspect.Parameter, hint: Any) -> Operand:
    kind, choices, many = _type(name, parameter.name, hint)
    if kind is bool:
        raise TypeError(f"{name}: operand {parameter.name!r} cannot be a bool")
    empty = parameter.default is inspect.Parameter.empty
    default = () if many and empty else None if empty else parameter.default
    return Operand(parameter.name, kind, choices, many, empty and not many, default)


def _option(name: str, parameter: inspect.Parameter, hint: Any) -> Option:
    inner, flags = typing.get_args(hint)[:2] if typing.get_origin(hint) is typing.Annotated else (hint, None)
    if not isinstance(flags, Flags) or not flags.flags:
        raise TypeError(f"{name}: option {parameter.name!r} needs Annotated[type, opt(...)] with a flag at least")
    if parameter.default is inspect.Parameter.empty:
        raise TypeError(f"{name}: option {parameter.name!r} needs a default; what must be given is an operand")
    kind, choices, many = _type(name, parameter.name, inner)
    may_have_one = set(typing.get_args(inner)) == {bool, str}
    return Option(
        parameter.name,
        flags.flags,
        flags.help,
        kind,
        choices,
        many,
        parameter.default,
        may_have_one=may_have_one,
        like=flags.like,
    )


def _refuse_twins(name: str, options: Sequence[Option]) -> None:
    owners: dict[str, str] = {}
    for option in options:
        for flag in option.flags:
            if owners.setdefault(flag, option.name) != option.name:
                raise TypeError(f"{name}: {owners[flag]!r} and {option.name!r} both have the flag {flag}")


def _refuse_torn_lists(commands: Sequence[Command]) -> None:
    for command in commands:
        if command.lists and command.where in (Where.OWNER, Where.CONTROLLER, Where.CONSOLE):
            raise TypeError(f"{command.name}: a command that lists runs in one place; give it where=Where.MANAGEMENT")


def _type(name: str, parameter: str, hint: Any) -> tuple[Any, tuple[str, ...], bool]:
    """(scalar type, choices, many) of an annotation; `T | None` counts as T."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return _type(name, parameter, next(a for a in arguments if a is not type(None)))
    if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        kind, choices, _ = _type(name, parameter, arguments[0])
        return kind, choices, True
    if origin is Literal:
        return str, tuple(str(a) for a in arguments), False
    if hint in (str, int, float, bool):
        return hint, (), False
    raise TypeError(f"{name}: parameter {parameter!r} has a type that no command line can give: {hint!r}")
