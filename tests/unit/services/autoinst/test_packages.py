"""Lists of packages, as each installer wants them."""

from __future__ import annotations

import pytest

from tests.unit.services.autoinst.sites import at
from xcatd.errors import ServiceError
from xcatd.services.autoinst.form import Form
from xcatd.services.autoinst.packages import Sort, packages_in, written

NAMES = ("@base", "vim", "g++", "-rsh")


@pytest.mark.parametrize(
    "form, sort, lines",
    [
        (Form.KICKSTART, Sort.PACKAGES, ["@base", "vim", "g++", "-rsh"]),
        (Form.AUTOYAST, Sort.PACKAGES, ["<package>vim</package>", "<package>g++</package>"]),
        (Form.AUTOYAST, Sort.PATTERNS, ["<pattern>base</pattern>"]),
        (Form.AUTOYAST, Sort.REMOVED, ["<package>rsh</package>"]),
        (Form.PRESEED, Sort.PACKAGES, ["vim g++"]),
        (Form.AUTOINSTALL, Sort.PACKAGES, ['["vim", "g++"]']),
    ],
)
def test_lines(form: Form, sort: Sort, lines: list[str]) -> None:
    assert list(written(form, sort, NAMES)) == lines


def test_lists_of_lists() -> None:
    files = {"/install/a": "vim\n# no\n#INCLUDE:b#\n#NEW_INSTALL_LIST#\nlast\n", "/install/b": "gcc\nvim\n"}
    assert packages_in(at(files=files), "/install/a,/install/b", "x") == ("vim", "gcc", "last")
    assert packages_in(at(), "", "x") == ()


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("$(id)\n", "which is no name of a package"),
        ("a;b\n", "which is no name of a package"),
        ("%end\n", "which is no name of a package"),
        ("#INCLUDE:/etc/shadow#\n", "pkglist names /etc/shadow, which is in none of these folders"),
    ],
)
def test_bad_lists(text: str, sentence: str) -> None:
    with pytest.raises(ServiceError) as raised:
        packages_in(at(files={"/install/a": text}), "/install/a", "pkglist")
    assert sentence in str(raised.value)
