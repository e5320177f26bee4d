"""`xdcp`: the daemon does all of it; what names an image in the place of nodes is sent under another name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xcat_client.interrupts import Interrupts
from xcat_client.main import ask
from xcat_client.trouble import Trouble

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_VALUED = "Fflrot"
"""Letters of options that have a value, but for -i."""
_LONG = ("--File", "--fanout", "--user", "--node-rcp", "--node-options", "--timeout")
"""The same, written out."""
_IMAGE = "--rootimg"


def run(words: Sequence[str], env: Mapping[str, str]) -> int:
    """The exit status. Raises Trouble."""
    if "-q" in words[1:2] or "--show-config" in words[1:2]:
        from xcat_client.programs.xdsh import show_settings

        show_settings(env)
        return 0
    image, rest = without_image(words[1:])
    if image is not None and (not image or image.startswith("-")):
        raise Trouble("xdcp -i needs the name of an osimage, or a path; see xdcp -h")
    sent = list(words) if image is None else ["xdcpimage", image, *rest]
    interrupts = Interrupts()
    try:
        return ask(sent, env, interrupts, (0, 1, 2))
    finally:
        interrupts.close()


def without_image(words: Sequence[str]) -> tuple[str | None, list[str]]:
    """What -i names, None without it, and the other words."""
    image, rest, place = None, list[str](), 0
    while place < len(words):
        word = words[place]
        place += 1
        if word == "--":
            return image, [*rest, *words[place - 1 :]]
        if word in ("-i", _IMAGE):
            image, place = (words[place] if place < len(words) else "-"), place + 1
        elif word.startswith(f"{_IMAGE}="):
            image = word.partition("=")[2]
        elif word.startswith("-i"):
            image = word[2:].removeprefix("=")
        else:
            rest.append(word)
            if word in _LONG or _wants_value(word):
                rest += words[place : place + 1]
                place += 1
    return image, rest


def _wants_value(word: str) -> bool:
    """Whether the next word is the value of a bundle of letters such as -RF."""
    if not word.startswith("-") or word.startswith("--"):
        return False
    first = next((at for at, letter in enumerate(word[1:], 1) if letter in _VALUED), 0)
    return bool(first) and first == len(word) - 1
