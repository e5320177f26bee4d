"""Lists of packages become steps of an installation."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.services.postscripts.sheets import here
from xcatd.errors import ServiceError
from xcatd.services.autoinst.shelf import shipped
from xcatd.services.files import read_text
from xcatd.services.postscripts.here import Here
from xcatd.services.rootimg.lists import other_steps, steps_of
from xcatd.services.rootimg.spec import Step

LISTS = {
    "/l/os": "bash, curl\n@core\n@Security Tools\n-vim # not here\n--nano\n#INCLUDE:more#\n#ENV:X=1 2 Y='z'#\n",
    "/l/more": "rsync\n#NEW_INSTALL_LIST#\nkernel\n",
    "/l/other": "a/foo\n-a/old\n--b/c/late\nplain\n@group\n#NEW_INSTALL_LIST#\nb/c/bar\n",
}


def test_what_is_removed_is_so_behind_the_others() -> None:
    first, second = steps_of(here(files=LISTS), "/l/os")
    assert first == Step(("bash", "curl", "rsync"), ("core", "Security Tools"), (), ("vim", "nano"), {})
    assert second == Step(("kernel",), variables={"X": "1 2", "Y": "z"})
    assert steps_of(here(), "") == []


def test_other_packages_are_in_folders_and_may_be_removed_before() -> None:
    (first, second), folders = other_steps(here(files=LISTS), "/l/other")
    assert first == Step(("foo", "plain"), ("group",), ("old",), ("late",))
    assert second == Step(("bar",))
    assert folders == ["a", "", "b/c"]


@pytest.mark.parametrize("name", ["$(reboot)", "../../etc/x", "a b", "-", "@-x", "--", "-y -o", "über"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(ServiceError, match="correct it"):
        other_steps(here(files={"/l": f"{name}\n"}), "/l")


@pytest.mark.parametrize("family", ["debian", "ubuntu", "rh", "sles"])
def test_lists_that_come_with_the_program_can_be_read(family: str) -> None:
    made = Here(here().world, read=read_text)
    folder: Path = shipped().with_name("netboot") / family
    for profile in ("compute", "service"):
        for path in folder.glob(f"{profile}*.pkglist"):
            (step,) = steps_of(made, str(path))
            assert {"curl", "dracut", "rsync"} <= set(step.install)
            assert any(name.startswith(("linux-image", "kernel")) for name in step.install)
        assert (folder / f"{profile}.exlist").read_text()
        assert (folder / f"{profile}.postinstall").stat().st_mode & 0o111
