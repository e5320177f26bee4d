"""`xdsh -i`: commands in the root folder of an image, which leave nothing behind."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.alone import alone, typed
from tests.helpers.cluster import CLIENT, Daemon


@dataclass(frozen=True)
class Room:
    """A management node with the osimages `made`, whose root folder is `image`, and `none`."""

    mn: Daemon
    image: Path

    def xdsh(self, *words: str, **env: Any) -> tuple[int, str, str]:
        done = self.mn.run("xdsh", *words, **env)
        return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    folder = tmp_path_factory.mktemp("image")
    image = folder / "netboot/os9/x86_64/compute/rootimg"
    for program in ("sh", "ls", "cat"):
        _bring(Path("/bin") / program, image)
    for each in ("proc", "dev", "etc"):
        (image / each).mkdir()
    with alone(folder / "mn") as mn:
        typed(
            mn,
            f"mkdef -t osimage made rootimgdir={image.parent} imagetype=linux",
            "mkdef -t osimage none imagetype=linux",
        )
        yield Room(mn, image)


def _bring(program: Path, image: Path) -> None:
    """A program with its libraries."""
    said = subprocess.run(["ldd", str(program)], capture_output=True, text=True, check=True).stdout
    libraries = [Path(word) for word in said.split() if word.startswith("/")]
    for path in (program, *libraries):
        target = image / str(path).lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)


def test_a_command_sees_the_image_and_nothing_else(room: Room) -> None:
    status, out, err = room.xdsh(
        "-i", str(room.image), "-z", "ls /; ls /dev; echo odd >&2; echo new >/etc/made; cat /proc/1/stat"
    )
    lines = out.splitlines()
    name = "compute-os9-x86_64"
    assert (status, err) == (0, "")
    assert all(line.startswith(f"{name}: ") for line in lines)
    said = [line.removeprefix(f"{name}: ") for line in lines]
    assert {"etc", "proc", "dev"} <= set(said)
    assert {"null", "zero", "full", "random", "urandom", "odd", "Remote_command_rc = 0"} <= set(said)
    assert "home" not in said
    assert "1 (sh)" in said[-2]
    assert (room.image / "etc/made").read_text() == "new\n"
    assert not any((room.image / "dev").iterdir())
    assert not any((room.image / "proc").iterdir())


def test_an_osimage_is_named(room: Room) -> None:
    assert room.xdsh("-i", "made", "echo", "-n", "-q", "$HOME") == (0, "made: -q /root\n", "")
    assert room.xdsh("--rootimg=made", "-Q", "echo in", XCATSHOWXML="1") == (0, "", "")
    assert room.xdsh("-i", "made", "-z", "exit 7") == (1, "made: Remote_command_rc = 7\n", "")
    assert room.xdsh("-i", "made", "-z", "kill -9 $$")[1].endswith("made: Remote_command_rc = 137\n")
    assert room.xdsh("-i", "none", "true")[2].endswith(
        "Error: xdsh -i: the osimage 'none' has no rootimgdir: see lsdef -t osimage, or give a path.\n"
    )


def test_what_is_refused(room: Room) -> None:
    for folder in ("/", f"{room.image}/etc/..//../../../../../../../../../../..", f"{room.image}/nowhere"):
        assert "is not the root folder of an image" in room.xdsh("-i", folder, "true")[2]
    assert "and no noderange" in room.xdsh("n1", "-i", "made", "true")[2]
    assert room.xdsh("-i", "made")[2] == "Error: xdsh -i: the image or the command is missing; see xdsh -h\n"
    assert "takes a command, -z and -Q" in room.xdsh("-i", "made", "-e", "script")[2]


def test_only_root_may(room: Room) -> None:
    becoming = (
        "import os, xcat_client.blame, xcat_client.programs.imaged, xcat_client.programs.xdsh; os.setuid(65534); main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", CLIENT.replace("main()", becoming), "xdsh", "-i", str(room.image), "true"],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (
        1,
        "Error: xdsh -i changes its root folder, which only root may: run it as root.\n",
    )


def test_a_folder_of_the_image_that_is_a_link_is_not_mounted_on(room: Room) -> None:
    (room.image / "dev").rmdir()
    (room.image / "dev").symlink_to("/dev")
    try:
        assert room.xdsh("-i", "made", "echo in")[:2] == (0, "made: in\n")
        assert os.path.exists("/dev/tty")  # noqa: PTH110
    finally:
        (room.image / "dev").unlink()
        (room.image / "dev").mkdir()
