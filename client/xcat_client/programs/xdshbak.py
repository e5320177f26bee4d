"""`xdshbak`: put together what each node said, or the nodes that said the same."""

from __future__ import annotations

import functools
import re

from xcat_client.programs.collated import by_node, by_text
from xcat_client.programs.streams import lines, show
from xcat_client.programs.switches import letters
from xcat_client.trouble import Trouble

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

USAGE = b"""\
Usage: xdshbak   [-c | -x [-b] | -h | -q]
    -b : bare output, the host is not written before each line; only with -x
    -c : show each output once, under the hosts that gave it
    -h : this help
    -x : no header for each host; not with -c
    -q : no dots while it reads
"""
BAD_USAGE = 255
_DOT_EVERY = 1000
_LONGEST_RULE = 63
_ABOVE = b"HOSTS " + b"-" * 73 + b"\n"
_BELOW = b"-" * 79 + b"\n"
_PARTS = re.compile(rb"[-.]|\d+|[^-.\d]+")


def run(words: Sequence[str], env: Mapping[str, str]) -> int:
    """The exit status. Raises Trouble."""
    try:
        given = _given(words)
    except Trouble:
        show(USAGE)
        raise
    if "h" in given:
        show(USAGE)
        return 0
    texts = by_node(_said(quiet="q" in given))
    if "c" in given:
        _show_groups(texts)
    elif "x" in given:
        _show_lines(texts, bare="b" in given)
    else:
        _show_hosts(texts)
    return 0


def _given(words: Sequence[str]) -> set[str]:
    given = letters(words, "bcxhq", BAD_USAGE)
    if {"c", "x"} <= given:
        raise Trouble("xdshbak: -c and -x do not go together; see xdshbak -h", BAD_USAGE)
    if "b" in given and "x" not in given:
        raise Trouble("xdshbak: -b goes with -x only; see xdshbak -h", BAD_USAGE)
    return given


def _said(*, quiet: bool) -> Iterator[tuple[bytes, bytes]]:
    """Host and text of each line that has both, with a dot for each thousand lines."""
    count = 0
    for count, line in enumerate(lines(), 1):
        if not quiet and count % _DOT_EVERY == 0:
            show(b".")
        host, colon, text = line.partition(b": ")
        if colon:
            yield host, text
    if not quiet and count >= _DOT_EVERY:
        show(b"\n")


def _show_hosts(texts: Mapping[bytes, bytes]) -> None:
    for number, host in enumerate(_in_order(texts)):
        rule = b"-" * min(6 + len(host), _LONGEST_RULE)
        show((b"\n" if number else b"") + b"HOST:" + host + b"\n" + rule + b"\n" + texts[host])


def _show_lines(texts: Mapping[bytes, bytes], *, bare: bool) -> None:
    for host in _in_order(texts):
        if bare:
            show(texts[host])
        elif text := texts[host].rstrip(b"\n"):
            show(b"".join(b"%s: %s\n" % (host, line) for line in text.split(b"\n")))


def _show_groups(texts: Mapping[bytes, bytes]) -> None:
    for number, (text, hosts) in enumerate(by_text(texts).items()):
        names = b", ".join(_in_order(hosts))
        show((b"\n" if number else b"") + _ABOVE + names + b"\n" + _BELOW + text)


def _in_order(hosts: Mapping[bytes, bytes] | Sequence[bytes]) -> list[bytes]:
    """As versions are ordered: numbers in names by their size."""
    return sorted(hosts, key=functools.cmp_to_key(_compare))


def _compare(one: bytes, other: bytes) -> int:
    """Part by part: a dash before a dot before anything else; numbers by size, unless one begins with 0."""
    left, right = _PARTS.findall(one), _PARTS.findall(other)
    for a, b in zip(left, right, strict=False):
        if a == b:
            continue
        for mark in (b"-", b"."):
            if mark in (a, b):
                return -1 if a == mark else 1
        if a.isdigit() and b.isdigit() and not (a.startswith(b"0") or b.startswith(b"0")):
            return -1 if int(a) < int(b) else 1
        if a.upper() != b.upper():
            return -1 if a.upper() < b.upper() else 1
    return len(left) - len(right)
