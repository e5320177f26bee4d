"""service.postinstall: what makes service nodes of images."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

LISTS = Path(__file__).parents[3] / "share/netboot"
FAMILIES = ("debian", "ubuntu", "rh", "sles")
_INSTALLER = """\
#!/bin/sh
echo "$XCAT_ROOT $XCAT_PROGRAM" >"$XCAT_ROOT/told"
"""


def run(family: str, folder: Path) -> subprocess.CompletedProcess[str]:
    (folder / "root/etc").mkdir(parents=True)
    words = [str(LISTS / family / "service.postinstall"), str(folder / "root"), "any1", "x86_64", "service"]
    env = {"PATH": os.environ["PATH"], "IMG_INSTALLDIR": str(folder / "install")}
    return subprocess.run(words, capture_output=True, text=True, env=env, timeout=60)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_program_of_this_host_gets_into_the_image(family: str, tmp_path: Path) -> None:
    install = tmp_path / "install"
    for name, text in {"xcatd/SHA256SUMS": "0  x\n", "postscripts/installxcatd": _INSTALLER}.items():
        (install / name).parent.mkdir(parents=True)
        (install / name).write_text(text)
    done = run(family, tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "root/told").read_text() == f"{tmp_path}/root {install}/xcatd\n"
    assert "no disk" in (tmp_path / "root/etc/fstab").read_text(), "compute.postinstall has run, too"


@pytest.mark.parametrize("family", FAMILIES)
def test_a_host_without_the_program_says_what_nodes_do_then(family: str, tmp_path: Path) -> None:
    done = run(family, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"The image gets no xcatd: {tmp_path}/install/xcatd is not there" in done.stdout


@pytest.mark.parametrize("family", FAMILIES)
def test_a_program_that_cannot_be_installed_ends_the_build(family: str, tmp_path: Path) -> None:
    for name, text in {
        "xcatd/SHA256SUMS": "0  x\n",
        "postscripts/installxcatd": "echo no python >&2; exit 1\n",
    }.items():
        (tmp_path / "install" / name).parent.mkdir(parents=True)
        (tmp_path / "install" / name).write_text(text)
    done = run(family, tmp_path)
    assert (done.returncode, done.stderr) == (1, "no python\n")
