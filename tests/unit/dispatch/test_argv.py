"""Command lines as people type them, and what the command gets."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.dispatch import commands
from xcatd.api import Ctx, command, commands_of, opt
from xcatd.dispatch.argv import Parsed, parse, usage
from xcatd.errors import UsageError
from xcatd.model import Command

COMMANDS = {made.name: made for thing in vars(commands).values() for made in commands_of(thing)}
DEFAULTS = {"wait": 0, "force": False, "quick": False, "width": 1.5, "how": "fast", "where": ()}


def typed(line: str) -> Parsed:
    name, *words = line.split()
    return parse(COMMANDS[name], words, whole=True, noderange=None)


@pytest.mark.parametrize(
    ("line", "noderange", "words", "arguments"),
    [
        ("each n1 on", "n1", "on", {}),
        ("each n1 on -w 5", "n1", "on -w 5", {"wait": 5}),
        ("each n1 on -w5", "n1", "on -w5", {"wait": 5}),
        ("each n1 on -w=5", "n1", "on -w=5", {"wait": 5}),
        ("each n1 on --wait 5", "n1", "on --wait 5", {"wait": 5}),
        ("each n1 on --wait=5", "n1", "on --wait=5", {"wait": 5}),
        ("each n1 on --wa 5", "n1", "on --wa 5", {"wait": 5}),
        ("each -w 5 n1 on", "n1", "-w 5 on", {"wait": 5}),
        ("each n1 -w -5 on", "n1", "-w -5 on", {"wait": -5}),
        ("each n1 on -fq", "n1", "on -fq", {"force": True, "quick": True}),
        ("each n1 on -qfw 7", "n1", "on -qfw 7", {"force": True, "quick": True, "wait": 7}),
        ("each n1 on -fw7", "n1", "on -fw7", {"force": True, "wait": 7}),
        ("each --force n1 on", "n1", "--force on", {"force": True}),
        ("each n1 on --width 2", "n1", "on --width 2", {"width": 2.0}),
        ("each n1 on -H slow", "n1", "on -H slow", {"how": "slow"}),
        ("each n1 on -x a --where=b -xc", "n1", "on -x a --where=b -xc", {"where": ("a", "b", "c")}),
        ("each n1 on -w 5 -w 6", "n1", "on -w 5 -w 6", {"wait": 6}),
        ("each -- n1 on", "n1", "-- on", {}),
        ("each n1 -- on", "n1", "-- on", {}),
        ("each n1 on -V", "n1", "on -V", {}),
        ("each --verbose n1 on", "n1", "--verbose on", {}),
        ("each n1 on --wai=5", "n1", "on --wai=5", {"wait": 5}),
        ("each n1 on -f -f", "n1", "on -f -f", {"force": True}),
        ("each n1 on --where= --where=a=b", "n1", "on --where= --where=a=b", {"where": ("", "a=b")}),
        ("each n1 on -x --force", "n1", "on -x --force", {"where": ("--force",)}),
        ("each -x n1 n2 on", "n2", "-x n1 on", {"where": ("n1",)}),
        ("each -f -- -n1 on", "-n1", "-f -- on", {"force": True}),
    ],
)
def test_options_stand_anywhere_and_the_first_word_that_is_none_is_the_noderange(
    line: str, noderange: str, words: str, arguments: dict[str, Any]
) -> None:
    parsed = typed(line)
    assert parsed.noderange == noderange
    assert parsed.words == tuple(words.split())
    assert parsed.arguments == {"action": "on", **DEFAULTS, **arguments}


@pytest.mark.parametrize(
    ("line", "noderange", "arguments"),
    [
        ("many", None, {"columns": ()}),
        ("many n1", "n1", {"columns": ()}),
        ("many n1 a b c", "n1", {"columns": ("a", "b", "c")}),
        ("many -- -n1 -a", "-n1", {"columns": ("-a",)}),
        ("none site", None, {"table": "site", "count": 3}),
        ("none site 7", None, {"table": "site", "count": 7}),
        ("none -", None, {"table": "-", "count": 3}),
        ("owner -v", None, {"version": True}),
        ("owner --version", None, {"version": True}),
        ("many --", None, {"columns": ()}),
        ("many n1 - --", "n1", {"columns": ("-",)}),
        ("many n1 -- --", "n1", {"columns": ("--",)}),
    ],
)
def test_operands_go_to_their_parameters(line: str, noderange: str | None, arguments: dict[str, Any]) -> None:
    parsed = typed(line)
    assert (parsed.noderange, parsed.arguments, parsed.asks) == (noderange, arguments, "")


def test_words_without_the_noderange_come_with_it_apart() -> None:
    parsed = parse(COMMANDS["each"], ["on", "-w", "5"], whole=False, noderange="n1")
    assert (parsed.noderange, parsed.words) == ("n1", ("on", "-w", "5"))
    assert parsed.arguments["wait"] == 5


@pytest.mark.parametrize(
    ("line", "asks"),
    [
        ("each -h", "help"),
        ("each --help", "help"),
        ("each -?", "help"),
        ("each n1 on -h", "help"),
        ("each -v", "version"),
        ("each n1 --version", "version"),
        ("many -h -v", "help"),
        ("many -v -h", "version"),
        ("each n1 up -V -h", "help"),
        ("owner --help", "help"),
    ],
)
def test_help_and_version_need_nothing_else(line: str, asks: str) -> None:
    assert typed(line).asks == asks


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("each", "each: action (on, off, stat) is missing; see each -h"),
        ("each n1", "each: action (on, off, stat) is missing; see each -h"),
        ("each n1 up", "each: 'up' is not one of on, off, stat; see each -h"),
        ("each n1 on more", "each: 'more' is one word too many; see each -h"),
        ("each n1 on -z", "each: unknown option -z; see each -h"),
        ("each n1 on -fz", "each: unknown option -z; see each -h"),
        ("each n1 on -fV", "each: unknown option -V; see each -h"),
        ("each n1 on -hv", "each: unknown option -h; see each -h"),
        ("each n1 on --help=3", "each: unknown option --help; see each -h"),
        ("each n1 on --wait=1.5", "each: --wait takes a whole number, not '1.5'"),
        ("owner n1", "owner: 'n1' is one word too many; see owner -h"),
        ("each n1 on --zebra", "each: unknown option --zebra; see each -h"),
        ("each n1 on --zebra=1", "each: unknown option --zebra; see each -h"),
        ("each n1 on --w 5", "each: unknown option --w; see each -h"),
        ("each n1 on -w", "each: option -w needs a value; see each -h"),
        ("each n1 on --wait", "each: option --wait needs a value; see each -h"),
        ("each n1 on -w soon", "each: -w takes a whole number, not 'soon'"),
        ("each n1 on --width wide", "each: --width takes a number, not 'wide'"),
        ("each n1 on --force=yes", "each: option --force takes no value; see each -h"),
        ("each n1 on -H sideways", "each: 'sideways' is not one of fast, slow; see each -h"),
        ("none", "none: table is missing; see none -h"),
        ("none site many", "none: count takes a whole number, not 'many'"),
        ("none site -- -9999999999999999", "none: count takes numbers up to 1000000000000000, not -9999999999999999"),
    ],
)
def test_what_cannot_be_read_is_one_sentence_that_names_the_word(line: str, sentence: str) -> None:
    with pytest.raises(UsageError) as error:
        typed(line)
    assert str(error.value) == sentence


FORMS = (
    "-f",
    "-fq",
    "-w",
    "-w5",
    "--wait",
    "--wai=5",
    "--w",
    "--",
    "-",
    "--=",
    "-=",
    "-h",
    "-V",
    "-v",
    "n1",
    "on",
    "7",
)
WORDS = st.sampled_from(FORMS) | st.text(max_size=6) | st.text("-=fqwVh?7", max_size=6)


@given(st.sampled_from(list(COMMANDS.values())), st.lists(WORDS, max_size=8), st.booleans())
def test_no_words_crash_it(command: Command, words: list[str], whole: bool) -> None:
    try:
        parsed = parse(command, words, whole=whole, noderange=None)
    except UsageError as error:
        assert str(error).startswith(f"{command.name}: ")
    else:
        taken = int(whole and command.nodes != "none" and parsed.noderange is not None)
        assert len(parsed.words) == len(words) - taken


def test_the_help_shows_usage_text_and_options() -> None:
    assert usage(COMMANDS["each"]) == [
        "Usage: each <noderange> [options] on|off|stat",
        "",
        "Do something to each node.",
        "",
        "It takes a while.",
        "",
        "Options:",
        "  -w, --wait               seconds to wait",
        "  -f, --force              whatever it takes",
        "  -q, --quick              be quick",
        "  --width                  how wide",
        "  -H, --how                the manner",
        "  -x, --where              only these; may be repeated",
        "  --json                   answer in JSON (docs/json.md)",
        "  --ordered                answer in the order of the nodes, not as they come",
        "  --fold                   put the nodes together that said the same",
        "  --slowest                say which nodes took the longest",
    ]
    assert usage(COMMANDS["many"])[0] == "Usage: many [noderange] [columns ...]"
    assert usage(COMMANDS["none"])[0] == "Usage: none table [count]"


@pytest.mark.parametrize(
    ("words", "like", "names"),
    [("", False, ()), ("--like a", True, ("a",)), ("--like=a b", "a", ("b",)), ("--like=", "", ())],
)
def test_an_option_that_may_have_a_value_takes_no_word_behind_a_blank(
    words: str, like: bool | str, names: tuple[str, ...]
) -> None:
    @command("show")
    async def show(
        ctx: Ctx, names: tuple[str, ...], *, like: Annotated[bool | str, opt("--like", "")] = False
    ) -> None: ...

    (made,) = commands_of(show)
    assert parse(made, words.split(), whole=True, noderange=None).arguments == {"like": like, "names": names}


@pytest.mark.parametrize(
    ("words", "like", "names"),
    [
        ("-X a", True, ("a",)),
        ("-X DSH_A,DSH_B a", "DSH_A,DSH_B", ("a",)),
        ("--like DSH_A a", "DSH_A", ("a",)),
        ("-X:a b", "a", ("b",)),
        ("-X=a b", "a", ("b",)),
        ("-X", True, ()),
        ("-Xv DSH_A", True, ("DSH_A",)),
    ],
)
def test_one_that_says_what_its_values_look_like_takes_such_a_word(
    words: str, like: bool | str, names: tuple[str, ...]
) -> None:
    @command("show")
    async def show(
        ctx: Ctx,
        names: tuple[str, ...],
        *,
        like: Annotated[bool | str, opt("-X", "--like", "", like="DSH_[A-Z]+(,DSH_[A-Z]+)*")] = False,
        very: Annotated[bool, opt("-v", "")] = False,
    ) -> None: ...

    (made,) = commands_of(show)
    arguments = parse(made, words.split(), whole=True, noderange=None).arguments
    assert (arguments["like"], arguments["names"], arguments["very"]) == (like, names, words.startswith("-Xv"))


@pytest.mark.parametrize(
    ("line", "arguments", "given"),
    [
        ("passing n1 -v ls -v -w --fold", {"words": ("ls", "-v", "-w", "--fold"), "verify": True, "wait": 0}, set()),
        ("passing -w 3 n1 --fold ls -h", {"words": ("ls", "-h"), "verify": False, "wait": 3}, {"--fold"}),
        ("passing n1 -- -v -- x", {"words": ("-v", "--", "x"), "verify": False, "wait": 0}, set()),
        ("passing n1 ls -- -v", {"words": ("ls", "--", "-v"), "verify": False, "wait": 0}, set()),
        ("passing n1", {"words": (), "verify": False, "wait": 0}, set()),
    ],
)
def test_a_command_line_for_somebody_else_is_left_as_it_is(
    line: str, arguments: dict[str, Any], given: set[str]
) -> None:
    parsed = typed(line)
    assert (parsed.noderange, parsed.arguments, parsed.given) == ("n1", arguments, given)
    words = [word for word in line.split()[1:] if word != "n1"]
    assert parse(COMMANDS["passing"], words, whole=False, noderange="n1").arguments == arguments
