"""What a node without disk does at its start: a unit in its image that fetches the node's scripts and runs them.

The script is the one of installed systems (share/install/scripts/first-boot.sh). It reads /opt/xcat/xcatinfo: the image's lines are
written here, those of the node by its initramfs.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from xcatd.errors import ServiceError
from xcatd.services.autoinst.shelf import shipped
from xcatd.services.rootimg.saying import Say

_SCRIPT: Final = "opt/xcat/first-boot"
_INFO: Final = "opt/xcat/xcatinfo"
_UNITS: Final = "etc/systemd/system"
_FIRST_BOOT: Final = f"""\
[Unit]
Description=Scripts of the node from its server
Wants=network-online.target
After=network-online.target
# The initramfs has written which server.
ConditionPathExists=/{_INFO}

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/{_SCRIPT}
TimeoutStartSec=infinity

[Install]
WantedBy=multi-user.target
"""
_HOST_KEYS: Final = """\
[Unit]
Description=ssh host keys of the node, which its image does not have
Before=ssh.service sshd.service
ConditionPathExists=!/etc/ssh/ssh_host_ed25519_key

[Service]
Type=oneshot
ExecStart=/usr/bin/ssh-keygen -A

[Install]
WantedBy=multi-user.target
"""
_KEYGEN: Final = "usr/bin/ssh-keygen"
_PYTHONS: Final = ("usr/bin/python3", "bin/python3")
_PLAIN: Final = re.compile(r"[^\n\0]*")


def furnish(root: Path, image: str, installdir: str, tftpdir: str, say: Say) -> None:
    """Put the unit, its script and the image's facts into a root file system; doing it again brings them up to date.

    `image`: the osimage's name; the folders as nodes ask for them. Raises ServiceError when something cannot be written.
    """
    facts = {"IMAGENAME": image, "INSTALLDIR": installdir, "TFTPDIR": tftpdir}
    for name, value in facts.items():
        if not _PLAIN.fullmatch(value):
            raise ServiceError(f"{name} is no single line: {value!r}")
    _write(root, _INFO, "".join(f"{name}={value}\n" for name, value in facts.items()), 0o644)
    _write(root, _SCRIPT, (shipped() / "scripts/first-boot.sh").read_text(), 0o755)
    _enable(root, "xcat-first-boot.service", _FIRST_BOOT)
    if (root / _KEYGEN).exists():
        _enable(root, "xcat-host-keys.service", _HOST_KEYS)
    if not any((root / name).exists() or (root / name).is_symlink() for name in _PYTHONS):
        say("Warning: the image has no python3, which the scripts of nodes need: put it into the pkglist")


def _write(root: Path, name: str, text: str, mode: int) -> None:
    """A file of the image; a link that is there is replaced and not followed, because it may lead out of the image."""
    path = _place(root, name)
    try:
        path.unlink(missing_ok=True)
        path.write_text(text)
        path.chmod(mode)
    except OSError as error:
        raise ServiceError(f"{path} cannot be written: {(error.strerror or str(error)).lower()}") from error


def _enable(root: Path, unit: str, text: str) -> None:
    """A unit that starts with the node."""
    _write(root, f"{_UNITS}/{unit}", text, 0o644)
    path = _place(root, f"{_UNITS}/multi-user.target.wants/{unit}")
    try:
        path.unlink(missing_ok=True)
        path.symlink_to(f"/{_UNITS}/{unit}")
    except OSError as error:
        raise ServiceError(f"{path} cannot be made: {(error.strerror or str(error)).lower()}") from error


def _place(root: Path, name: str) -> Path:
    path = root / name
    folder = root
    for part in Path(name).parent.parts:
        folder /= part
        if folder.is_symlink():
            raise ServiceError(f"{folder} is a link: nothing is written through it")
        try:
            folder.mkdir(mode=0o755, exist_ok=True)
        except OSError as error:
            raise ServiceError(f"{folder} cannot be made: {(error.strerror or str(error)).lower()}") from error
    return path
