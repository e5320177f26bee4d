"""Lists of what is left out of a packed image."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.media import lay
from xcatd.errors import ServiceError
from xcatd.services.rootimg.exlist import keeper, read_exlist


def test_lists_are_read_as_xcat_reads_them(tmp_path: Path) -> None:
    files = {
        "compute.exlist": "# all\n./boot*   # kernels\n\n#INCLUDE:../all.exlist#\n+./usr/share/locale/C*\n-./tmp/*\n",
    }
    lay(tmp_path / "custom", files)
    lay(tmp_path, {"all.exlist": "./usr/share/locale/*\n./boot*\n"})
    read = read_exlist([Path("/custom/compute.exlist")], lambda path: tmp_path / path.relative_to("/"))
    assert (read.left_out, read.kept) == (("./boot*", "./usr/share/locale/*", "./tmp/*"), ("./usr/share/locale/C*",))
    assert read.useless == ()


def test_lines_that_fit_nothing_are_named(tmp_path: Path) -> None:
    lay(tmp_path, {"a": "./ok*\nusr/share/doc\n+/etc/x\n./var/log/\n"})
    read = read_exlist([tmp_path / "a"], Path)
    assert read.useless == (
        f"{tmp_path}/a line 2: usr/share/doc",
        f"{tmp_path}/a line 3: +/etc/x",
        f"{tmp_path}/a line 4: ./var/log/",
    )
    assert (read.left_out, read.kept) == (("./ok*",), ())


@pytest.mark.parametrize(
    ("text", "reason"),
    [("#INCLUDE:a#\n", "includes itself"), ("#INCLUDE:b#\n", "/b is not there: correct the osimage's exlist")],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, reason: str) -> None:
    lay(tmp_path, {"a": text})
    with pytest.raises(ServiceError, match=reason):
        read_exlist([tmp_path / "a"], Path)


def test_what_a_kept_pattern_fits_stays_wherever_its_line_stands() -> None:
    keeps = keeper(["./usr/share/*"], ["./usr/share/zoneinfo/UTC"])
    assert keeps("./usr/share")
    assert not keeps("./usr/share/doc")
    assert keeps("./usr/share/zoneinfo/UTC")
    assert keeper([])("./anything")
