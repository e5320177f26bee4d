"""Which words name an image."""

from __future__ import annotations

import pytest

from xcat_client.programs.xdcp import without_image


@pytest.mark.parametrize(
    ("words", "image", "rest"),
    [
        ("n1 file /x", None, "n1 file /x"),
        ("-i img file /x", "img", "file /x"),
        ("-iimg -R file /x", "img", "-R file /x"),
        ("--rootimg=/a/b file /x", "/a/b", "file /x"),
        ("file /x --rootimg img", "img", "file /x"),
        ("-l -i n1 file /x", None, "-l -i n1 file /x"),
        ("-Rl -i n1 file /x", None, "-Rl -i n1 file /x"),
        ("-lroot -i img file /x", "img", "-lroot file /x"),
        ("--user -i n1 file /x", None, "--user -i n1 file /x"),
        ("n1 -- -i /x", None, "n1 -- -i /x"),
        ("file /x -i", "-", "file /x"),
    ],
)
def test_an_image(words: str, image: str | None, rest: str) -> None:
    assert without_image(words.split()) == (image, rest.split())
