"""Words behind `nodeset NODERANGE`, and how a chain goes on."""

from __future__ import annotations

import pytest

from xcatd.errors import UsageError
from xcatd.services.boot.action import Action, Kind, Step, next_of, read_action


@pytest.mark.parametrize(
    "text, action",
    [
        ("boot", Action(Step(Kind.BOOT))),
        ("osimage", Action(Step(Kind.OSIMAGE))),
        ("osimage=a:reboot4deploy", Action(Step(Kind.OSIMAGE, "a"))),
        ("runcmd=bmcsetup,osimage=x", Action(Step(Kind.RUNCMD, "bmcsetup"), "osimage=x")),
        ("runcmd=a b;shell; boot", Action(Step(Kind.RUNCMD, "a b"), "shell,boot")),
        ("runimage=http://h/f.tgz", Action(Step(Kind.RUNIMAGE, "http://h/f.tgz"))),
        ("install=rhels8-x86_64-compute", Action(Step(Kind.INSTALL, "rhels8-x86_64-compute"))),
    ],
)
def test_words(text: str, action: Action) -> None:
    assert read_action(text) == action


@pytest.mark.parametrize("text", ["", ",", "reboot", "boot=x", "runcmd=", "boot,reboot", "Boot", "=boot"])
def test_words_that_make_no_sense(text: str) -> None:
    with pytest.raises(UsageError, match="Invalid argument"):
        read_action(text)


@pytest.mark.parametrize("sign", ['"', "'", "\\", "$", "&", "|", "{", "\n", "\0", "\x1b"])
def test_no_loader_gets_signs_that_it_would_read_in_its_own_way(sign: str) -> None:
    with pytest.raises(UsageError, match="cannot be told"):
        read_action(f"runcmd=a{sign}b")


@pytest.mark.parametrize(
    "current, template, found",
    [
        ("a,b,c", "x", ("a", "b,c")),
        ("a;b", "", ("a", "b")),
        ("a", "x", ("a", "a")),
        ("", "x,y", ("x", "y")),
        ("", "", ("", "")),
    ],
)
def test_the_next_step(current: str, template: str, found: tuple[str, str]) -> None:
    assert next_of(current, template) == found
