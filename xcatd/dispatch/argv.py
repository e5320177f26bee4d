"""Words to parameters: a command line is parsed by the signature of the command's handler.

Options and operands may be mixed; `--` ends the options; short flags may be bundled (`-al`), values may follow (`-w 5`,
`-w5`, `--wait=5`, `--wait 5`), long options may be cut short where that is unambiguous: what Getopt::Long lets xCAT's users
type. An option that takes a value never swallows the noderange behind it (xCAT's client guessed).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from xcatd.errors import UsageError
from xcatd.model import Command, Operand, Option
from xcatd.model.command import DRY_RUN, FOLD, HELP, JSON, ORDERED, SLOWEST, VERBOSE, VERSION

_MOST = 10**15
"""No number of an option means more than that, and every database can count so far."""
_MEANING = {
    DRY_RUN: "say what would change, and change nothing",
    JSON: "answer in JSON (docs/json.md)",
    ORDERED: "answer in the order of the nodes, not as they come",
    FOLD: "put the nodes together that said the same",
    SLOWEST: "say which nodes took the longest",
}


@dataclass(frozen=True, slots=True)
class Parsed:
    """`words` are the arguments without the noderange, which is None when none was typed.

    `asks` is "help" or "version" when the caller wants only that. `given` are those of --dry-run, --json, --ordered, --fold
    and --slowest that were typed.
    """

    noderange: str | None
    words: tuple[str, ...]
    arguments: Mapping[str, Any]
    asks: str = ""
    given: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Words:
    rest: list[str]
    operands: list[str] = field(default_factory=list)
    first: int | None = None
    """Where the first operand stood."""
    options: dict[str, Any] = field(default_factory=dict)
    asks: str = ""
    given: set[str] = field(default_factory=set)


def parse(command: Command, argv: Sequence[str], *, whole: bool, noderange: str | None) -> Parsed:
    """Parse `argv`. With `whole`, the first operand of a command that takes nodes is its noderange.

    Raises UsageError with one sentence that names the word and the command.
    """
    words = _Words(rest=list(argv))
    flags = {flag: option for option in command.options for flag in option.flags}
    while words.rest:
        word = words.rest.pop(0)
        if word == "--":
            if words.rest and words.first is None:
                words.first = len(argv) - len(words.rest)
            words.operands.extend(words.rest)
            break
        if word.startswith("--"):
            _long(command, flags, word, words)
        elif word.startswith("-") and len(word) > 1:
            _short(command, flags, word, words)
        else:
            if words.first is None:
                words.first = len(argv) - len(words.rest) - 1
            words.operands.append(word)
            if command.verbatim and len(words.operands) > (whole and command.nodes != "none"):
                words.operands.extend(words.rest)
                break
    left = tuple(argv)
    if whole and command.nodes != "none" and words.first is not None:
        noderange = words.operands.pop(0)
        left = (*left[: words.first], *left[words.first + 1 :])
    if words.asks:
        return Parsed(noderange, left, {}, words.asks)
    arguments = {option.name: option.default for option in command.options} | words.options
    arguments.update(_operands(command, words.operands))
    return Parsed(noderange, left, arguments, given=frozenset(words.given))


def _long(command: Command, flags: Mapping[str, Option], word: str, words: _Words) -> None:
    name, equals, value = word.partition("=")
    option = flags.get(name)
    if option is None and word in command.own_flags:
        words.given.add(word)
        return
    if option is None and word in (*HELP, *VERSION, *VERBOSE):
        _everywhere(word, words)
        return
    if option is None:
        near = {o.name: o for flag, o in flags.items() if flag.startswith(name)}
        if len(near) != 1:
            raise UsageError(_unknown(command, name))
        option = next(iter(near.values()))
    if option.kind is bool:
        if equals and not option.may_have_one:
            raise UsageError(f"{command.name}: option {name} takes no value; see {command.name} -h")
        words.options[option.name] = value if equals else _perhaps(option, words)
        return
    _store(command, option, name, value if equals else _next(command, name, words), words)


def _short(command: Command, flags: Mapping[str, Option], word: str, words: _Words) -> None:
    letters = word[1:]
    while letters:
        flag, letters = f"-{letters[0]}", letters[1:]
        option = flags.get(flag)
        if option is None:
            if word not in (*HELP, *VERSION, *VERBOSE):
                raise UsageError(_unknown(command, flag if len(word) > 2 else word))
            _everywhere(word, words)
            return
        if option.kind is bool and option.may_have_one and letters.startswith((":", "=")):
            words.options[option.name] = letters[1:]
            return
        if option.kind is bool:
            words.options[option.name] = True if letters else _perhaps(option, words)
            continue
        value = letters.removeprefix("=") if letters else _next(command, flag, words)
        _store(command, option, flag, value, words)
        return


def _everywhere(word: str, words: _Words) -> None:
    """The options that every command has unless it declares them itself."""
    if word not in VERBOSE:
        words.asks = words.asks or ("help" if word in HELP else "version")


def _perhaps(option: Option, words: _Words) -> str | bool:
    """The value of an option that may have one, when the next word looks like one."""
    if option.like and words.rest and re.fullmatch(option.like, words.rest[0]):
        return words.rest.pop(0)
    return True


def _next(command: Command, flag: str, words: _Words) -> str:
    if not words.rest:
        raise UsageError(f"{command.name}: option {flag} needs a value; see {command.name} -h")
    return words.rest.pop(0)


def _store(command: Command, option: Option, flag: str, text: str, words: _Words) -> None:
    value = _convert(command, option, flag, text)
    if option.many:
        words.options[option.name] = (*words.options.get(option.name, ()), value)
    else:
        words.options[option.name] = value


def _operands(command: Command, given: list[str]) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    for operand in command.operands:
        if operand.many:
            arguments[operand.name] = tuple(_convert(command, operand, operand.name, text) for text in given)
            given = []
        elif given:
            arguments[operand.name] = _convert(command, operand, operand.name, given.pop(0))
        elif operand.required:
            choices = f" ({', '.join(operand.choices)})" if operand.choices else ""
            raise UsageError(f"{command.name}: {operand.name}{choices} is missing; see {command.name} -h")
        else:
            arguments[operand.name] = operand.default
    if given:
        raise UsageError(f"{command.name}: {given[0]!r} is one word too many; see {command.name} -h")
    return arguments


def _convert(command: Command, what: Operand | Option, shown: str, text: str) -> Any:
    if what.choices and text not in what.choices:
        raise UsageError(f"{command.name}: {text!r} is not one of {', '.join(what.choices)}; see {command.name} -h")
    try:
        value = what.kind(text)
    except ValueError:
        kind = "a whole number" if what.kind is int else "a number"
        raise UsageError(f"{command.name}: {shown} takes {kind}, not {text!r}") from None
    if isinstance(value, int) and abs(value) > _MOST:
        raise UsageError(f"{command.name}: {shown} takes numbers up to {_MOST}, not {text}")
    return value


def _unknown(command: Command, flag: str) -> str:
    return f"{command.name}: unknown option {flag}; see {command.name} -h"


def usage(command: Command) -> list[str]:
    """The help text: one line of usage, the docstring, the options."""
    words = ["Usage:", command.name]
    if command.nodes != "none":
        words.append("<noderange>" if command.noderange_required else "[noderange]")
    if command.options:
        words.append("[options]")
    for operand in command.operands:
        shown = "|".join(operand.choices) or operand.name
        shown = f"{shown} ..." if operand.many else shown
        words.append(shown if operand.required else f"[{shown}]")
    lines = [" ".join(words), "", *command.help.splitlines()]
    declared = {flag for option in command.options for flag in option.flags}
    options = [(", ".join(option.flags), option.help) for option in command.options if option.help]
    options += [(word, _MEANING[word]) for word in command.own_flags if word not in declared]
    if options:
        lines += ["", "Options:"]
        lines += [f"  {flags:<24} {meaning}" for flags, meaning in options]
    return lines
