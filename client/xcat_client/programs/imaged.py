"""`xdsh -i`: a command in the root folder of an image, on this host, in mounts and processes of its own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from xcat_client.programs.fanned import Fan
from xcat_client.programs.question import question
from xcat_client.programs.streams import show
from xcat_client.trouble import Trouble

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_INSIDE = """
is_folder() { [ -d "$1" ] && [ ! -L "$1" ]; }
if is_folder "$1/proc"; then mount -t proc proc "$1/proc" || exit 126; fi
if is_folder "$1/dev"; then
    mount -t tmpfs -o mode=755,size=1m devices "$1/dev" || exit 126
    for device in null zero full random urandom; do
        : >"$1/dev/$device" && mount --bind "/dev/$device" "$1/dev/$device" || exit 126
    done
fi
chroot "$1" /bin/sh -c "$2"
exit $?
"""
"""In a name space of mounts, which goes with its last process: nothing of it is seen outside, or stays. The command is not the
first process there, which would not hear signals."""


def run(image: str, command: Sequence[str], env: Mapping[str, str], *, status_shown: bool, silent: bool) -> int:
    """The exit status: 0 when the command did well, else 1. `image`: the name of an osimage, or a path. Raises Trouble."""
    if not image or not any(word.strip() for word in command):
        raise Trouble("xdsh -i: the image or the command is missing; see xdsh -h")
    if os.geteuid():
        raise Trouble("xdsh -i changes its root folder, which only root may: run it as root.")
    folder, name = _folder(image, env)
    shown = name.encode(errors="surrogateescape")

    def say(_: str, line: bytes) -> None:
        if not silent:
            show(shown + b": " + line)

    words = (*_ISOLATED, "sh", "-c", _INSIDE, "sh", folder, " ".join(command))
    status = Fan(lambda _: words, 1, say).run([name])[name]
    if status_shown:
        show(shown + f": Remote_command_rc = {status if status >= 0 else 128 - status}\n".encode())
    return int(status != 0)


_ISOLATED = (
    *("env", "-i", f"PATH={_PATH}", "HOME=/root", "LC_ALL=C.UTF-8"),
    *("unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--"),
)


def _folder(image: str, env: Mapping[str, str]) -> tuple[str, str]:
    """The root folder, and the name before each line. Raises Trouble."""
    if "/" in image:
        folder = os.path.realpath(image)
        name = _name(folder)
    else:
        folder, name = os.path.join(_rootimgdir(image, env), "rootimg"), image  # noqa: PTH118 - pathlib costs 10 ms at start
    if folder == "/" or not os.path.isdir(folder):  # noqa: PTH112
        raise Trouble(
            f"xdsh -i: {folder} is not the root folder of an image: give the name of an osimage, or its path."
        )
    return folder, name


def _name(folder: str) -> str:
    """profile-os-arch of .../os/arch/profile/rootimg, as with xCAT, else the last part."""
    parts = folder.split("/")
    if len(parts) > 4 and parts[-1] == "rootimg":
        return f"{parts[-2]}-{parts[-4]}-{parts[-3]}"
    return parts[-1]


def _rootimgdir(image: str, env: Mapping[str, str]) -> str:
    answer = question(["lsdef", "-c", "-t", "osimage", "-o", image, "-i", "rootimgdir"], env)
    os.write(2, answer.errors)
    _, _, value = answer.output.decode(errors="surrogateescape").strip().partition("rootimgdir=")
    if answer.status or not value:
        raise Trouble(f"xdsh -i: the osimage {image!r} has no rootimgdir: see lsdef -t osimage, or give a path.")
    return value
