"""Patterns mean what find(1) makes of them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.helpers.media import lay
from xcatd.services.rootimg.patterns import expression

NAMES = (
    *("usr/share/doc/a/copyright", "usr/share/locale/de/x", "usr/share/locale/C.utf8", "usr/share/locale/.hidden"),
    *(
        "usr/lib/perl5/5.36/Encode/JP.so",
        "a[1]",
        "a]b",
        "a-b",
        "star*",
        "back\\slash",
        "etc/x.pyc",
        "dir with blanks/x",
    ),
    *("upper/A", "upper/z", "digit/7", "line\nfeed", "caret^"),
)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lay(tmp_path_factory.mktemp("tree"), dict.fromkeys(NAMES, "x"))


@pytest.mark.parametrize(
    "pattern",
    [
        *(
            "./usr/share/doc*",
            "./usr/share/doc",
            "./usr/share/locale/*",
            "./usr/share/locale/C*",
            "*.pyc",
            "*/x",
            "?/etc*",
        ),
        *(
            "./usr/lib/perl[0-9]/[0-9.]*/Encode/JP*",
            "./a[[]1[]]",
            "./a[1]",
            "./a[]]b",
            "./a[!x]b",
            "./a[^]x]b",
            "./a[x-]b",
        ),
        *("./star\\*", "./back\\\\slash", "./upper/[[:upper:]]", "./digit/[[:digit:][:space:]]", "./upper/[a-c]"),
        *(
            "./line?feed",
            "./caret[$^]",
            "./a[",
            "./dir with*",
            "./usr/lib/perl5/",
            "usr/*",
            "./*[.]so",
            "./upper/[^A-Y]",
        ),
    ],
)
def test_a_pattern_fits_what_find_finds(tree: Path, pattern: str) -> None:
    found = subprocess.run(["find", ".", "-path", pattern, "-print0"], cwd=tree, capture_output=True, check=True)
    all_of_it = subprocess.run(["find", ".", "-print0"], cwd=tree, capture_output=True, check=True)
    paths = all_of_it.stdout.decode().split("\0")[:-1]
    fits = re.compile(expression(pattern), re.DOTALL).fullmatch
    assert {path for path in paths if fits(path)} == set(found.stdout.decode().split("\0")[:-1])
