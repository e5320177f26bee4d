"""What is being typed: an option, the value of one, a noderange, an operand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from xcatd.model import Command, Completes, Option
from xcatd.model.command import HELP, VERBOSE, VERSION


@dataclass(frozen=True, slots=True)
class Position:
    """What stands there: `stem`, behind the `head` that stays as it is.

    `choices` are the only words that can stand there, if there are any; else `kind` says what can. `object_type` is the
    type of objects that the line is about.
    """

    head: str
    stem: str
    kind: Completes = Completes.NOTHING
    choices: tuple[str, ...] = ()
    object_type: str = "node"
    of_rows: bool = False
    """The command is about rows of any table, so columns of all tables count, not only those of nodes."""


@dataclass(slots=True)
class _Line:
    """The words before the one being typed."""

    operands: list[str] = field(default_factory=list)
    options: dict[str, str] = field(default_factory=dict)
    pending: Option | None = None
    """An option that waits for its value."""
    ended: bool = False
    """`--` was typed."""


def position(command: Command, words: Sequence[str]) -> Position:
    """Where the last of `words` (behind the command's name) stands."""
    *before, typed = words
    line = _read(command, before)
    if line.pending is not None:
        return _valued(command, line, "", typed, line.pending)
    if typed.startswith("-") and not line.ended:
        name, equals, value = typed.partition("=")
        option = _long(command, name) if equals else None
        if option is not None:
            return _valued(command, line, f"{name}=", value, option)
        return Position("", typed, choices=_flags(command))
    return _operand(command, line, typed)


def _read(command: Command, words: Sequence[str]) -> _Line:
    line = _Line()
    for word in words:
        if line.pending is not None:
            line.options[line.pending.name] = word
            line.pending = None
        elif line.ended or not word.startswith("-") or word == "-":
            line.operands.append(word)
        elif word == "--":
            line.ended = True
        elif word.startswith("--"):
            _take_long(command, word, line)
        else:
            _take_short(command, word, line)
    return line


def _take_long(command: Command, word: str, line: _Line) -> None:
    name, equals, value = word.partition("=")
    option = _long(command, name)
    if option is None:
        return
    if equals or option.kind is bool:
        line.options[option.name] = value
    else:
        line.pending = option


def _take_short(command: Command, word: str, line: _Line) -> None:
    flags = {flag: option for option in command.options for flag in option.flags}
    for place in range(1, len(word)):
        option = flags.get(f"-{word[place]}")
        if option is None:
            return
        if option.kind is not bool:
            if rest := word[place + 1 :]:
                line.options[option.name] = rest.removeprefix("=")
            else:
                line.pending = option
            return
        line.options[option.name] = ""


def _long(command: Command, name: str) -> Option | None:
    """The option of a long flag, which may be cut short where that is unambiguous."""
    found = {
        option.name: option
        for option in command.options
        for flag in option.flags
        if flag.startswith(name) and len(flag) > 2
    }
    exact = [option for option in command.options if name in option.flags]
    return exact[0] if exact else next(iter(found.values())) if len(found) == 1 else None


def _flags(command: Command) -> tuple[str, ...]:
    own = [flag for option in command.options if option.help for flag in option.flags]
    own += command.own_flags
    return tuple(dict.fromkeys((*own, *HELP[:2], *VERSION, *VERBOSE)))


def _valued(command: Command, line: _Line, head: str, typed: str, option: Option) -> Position:
    return Position(head, typed, option.completes, option.choices, _type(command, line), _of_rows(command))


def _operand(command: Command, line: _Line, typed: str) -> Position:
    place = len(line.operands)
    if command.nodes != "none":
        if not place:
            return Position("", typed, Completes.NODES)
        place -= 1
    if not command.operands:
        return Position("", typed)
    operand = command.operands[min(place, len(command.operands) - 1)]
    if place >= len(command.operands) and not operand.many:
        return Position("", typed)
    kind = operand.completes
    if kind is Completes.DEFINITION:
        of_site = _type(command, line) == "site"  # of which there is one, that needs no name
        named = place > 0 or _given(command, line, Completes.OBJECTS) or "=" in typed or of_site
        kind = Completes.DEFINITION if named else Completes.OBJECTS
    return Position("", typed, kind, operand.choices, _type(command, line), _of_rows(command))


def _of_rows(command: Command) -> bool:
    return any(operand.completes in (Completes.KEY, Completes.TABLE) for operand in command.operands)


def _given(command: Command, line: _Line, kind: Completes) -> str:
    """The value of the option of a kind, "" when there is none."""
    return next((line.options[o.name] for o in command.options if o.completes is kind and o.name in line.options), "")


def _type(command: Command, line: _Line) -> str:
    return _given(command, line, Completes.TYPE).partition(",")[0] or "node"
