"""Lists of packages, and what an image says of them."""

from __future__ import annotations

import pytest

from tests.unit.services.postscripts.sheets import environment, here, text
from xcatd.errors import ServiceError
from xcatd.services.postscripts.packages import package_lists

LISTS = {
    "/l/os": "# our list\nbash, curl\n\n@core\n-vim # not here\n#INCLUDE:more#\n#ENV:X=1 2#\n",
    "/l/more": "rsync\n",
    "/l/other": "a/foo\n#ENV:ACCEPT=yes#\n#NEW_INSTALL_LIST#\nb/bar\n",
    "/l/loop": "#INCLUDE:/l/loop#\n",
}


def test_lists_include_others_and_are_cut_into_parts() -> None:
    made = here(files=LISTS)
    (one,) = package_lists(made, "/l/os")
    assert (one.packages, one.variables) == (["bash", "curl", "@core", "-vim", "rsync"], ["X=1 2"])
    assert [list(each.packages) for each in package_lists(made, "/l/other,/l/more")] == [["a/foo"], ["b/bar", "rsync"]]


@pytest.mark.parametrize("name, sentence", [("/l/gone", "is not there"), ("/l/loop", "includes itself")])
def test_a_list_that_cannot_be_read_is_named(name: str, sentence: str) -> None:
    with pytest.raises(ServiceError, match=sentence):
        package_lists(here(files=LISTS), name)


def test_what_the_image_says_is_exported() -> None:
    image = {"imagename": "img", "environvar": "A=1,B='x y'", "kitcomponents": "comp"}
    linux = {
        "imagename": "img",
        "pkgdir": "/install/rh",
        "pkglist": "/l/os",
        "otherpkgdir": "/o",
        "otherpkglist": "/l/other",
    }
    made = here(
        files={**LISTS, "/kits/k/other_files/params": "#ENV:KIT=5#\nx\n#ENV:MORE=a b#\n"},
        nodetype=[{"node": "n1", "provmethod": "img"}],
        osimage=[image],
        linuximage=[linux],
        kitcomponent=[{"kitcompname": "comp", "kitname": "k"}],
        kit=[{"kitname": "k", "kitdir": "/kits/k", "kitdeployparams": "params"}],
    )
    wanted = {
        "IMAGENAME": "img",
        "NOSYNCFILES": "1",
        "A": "1",
        "B": "x y",
        "OSPKGDIR": "/install/rh",
        "OSPKGS": "bash,curl,@core,-vim,rsync",
        "ENVLIST": "X=1 2",
        "OTHERPKGDIR": "/o",
        "OTHERPKGS1": "a/foo",
        "ENVLIST1": "ACCEPT=yes",
        "OTHERPKGS2": "b/bar",
        "OTHERPKGS_INDEX": "2",
        "KIT": "5",
        "MORE": "a b",
    }
    assert environment(text(made), *wanted) == wanted
