"""Further network interfaces of an image (linuximage.otherifce): their addresses come by DHCP. Pure, but for writing."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from xcatd.errors import ServiceError

_FILES: Final[Mapping[str, tuple[str, int, str]]] = {
    "debian": ("etc/network/interfaces.d/{nic}", 0o644, "auto {nic}\niface {nic} inet dhcp\n"),
    "ubuntu": (
        "etc/netplan/60-xcat-{nic}.yaml",
        0o600,
        "network:\n  version: 2\n  ethernets:\n    {nic}:\n      dhcp4: true\n      optional: true\n",
    ),
    "rh": (
        "etc/NetworkManager/system-connections/{nic}.nmconnection",
        0o600,
        "[connection]\nid={nic}\ntype=ethernet\ninterface-name={nic}\n\n[ipv4]\nmethod=auto\n",
    ),
    "sles": ("etc/sysconfig/network/ifcfg-{nic}", 0o644, "BOOTPROTO='dhcp'\nSTARTMODE='hotplug'\n"),
}
"""Family -> file, mode and text: interfaces(5), netplan(5), nm-settings-keyfile(5), ifcfg(5)."""


def write_interfaces(root: Path, family: str, nics: Sequence[str]) -> None:
    """Write their files into a root file system. Raises ServiceError."""
    name, mode, text = _FILES[family]
    for nic in nics:
        path = root / name.format(nic=nic)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
            with os.fdopen(descriptor, "w") as file:
                file.write(text.format(nic=nic))
        except OSError as error:
            raise ServiceError(f"{path} cannot be written: {(error.strerror or str(error)).lower()}") from error
