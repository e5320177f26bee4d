"""Directives that stand for whole lines: `#INSTALL_SOURCES#`, `#INCLUDE_DEFAULT_PKGLIST#` and their like."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from xcatd.errors import ServiceError
from xcatd.services.autoinst.form import Form
from xcatd.services.autoinst.image import Image
from xcatd.services.autoinst.packages import Sort, packages_in, written
from xcatd.services.autoinst.partitions import script_lines
from xcatd.services.autoinst.shelf import Shelf
from xcatd.services.autoinst.sources import apt, mirror, repository_files, sources, sources_in_script
from xcatd.services.autoinst.target import Block, Target
from xcatd.services.autoinst.values import arguments_kept, first_mac
from xcatd.services.postscripts.here import Here
from xcatd.services.postscripts.quoting import quoted

PACKAGES: Final = re.compile(
    r"INCLUDE_(?:DEFAULT_)?(PKGLIST|PTRNLIST|RMPKGLIST|OTHERPKGLIST)(?:_S|_PRESEED)?(?::\s*(.+))?"
)
"""The directives for packages: the sort, and the list's file, the image's own if not given."""


def package_block(here: Here, image: Image, form: Form, directive: str) -> Block:
    """Lines for packages, the same for all nodes. Raises ServiceError when a list cannot be used."""
    found = PACKAGES.fullmatch(directive)
    if found is None:
        raise ServiceError(f"#{directive}# is not known")
    sort, file = Sort(found[1]), found[2] or ""
    path = str(Path(image.template).parent / file) if file else image.packages
    lines = written(form, sort, packages_in(here, path, f"{'template' if file else 'pkglist'} of {image.name}"))
    return lambda target: lines


def network(target: Target) -> Sequence[str]:
    """The interface by which the node is installed, and its name."""
    mac = first_mac(target)
    device = shlex.quote(mac) if mac else "link"
    return [f"network --onboot=yes --bootproto=dhcp --device={device} --hostname={shlex.quote(target.node)}"]


def bootloader(target: Target) -> Sequence[str]:
    arguments = arguments_kept(target)
    return [f"bootloader --append={shlex.quote(arguments)}" if arguments else "bootloader"]


def partition_script(target: Target) -> Sequence[str]:
    return script_lines(Shelf(target.here), target.image)


def root_keys(target: Target) -> Sequence[str]:
    """The public keys with which root of the server comes in, as words of a shell: a line each, for a here-document or `for`."""
    text = target.here.read(target.here.scripts / "_ssh/authorized_keys")
    keys = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [f"key {quoted(key)}" for key in keys]


def products(target: Target) -> Sequence[str]:
    """The product of SUSE that is installed; openSUSE has only one."""
    if not target.image.release.startswith("sle"):
        return []
    return ['<products config:type="list">', "  <product>SLES</product>", "</products>"]


BLOCKS: Final[Mapping[str, Callable[[Form], Block]]] = {
    "INSTALL_SOURCES": sources,
    "INSTALL_SOURCES_IN_PRE": lambda form: sources_in_script,
    "WRITEREPO": lambda form: repository_files,
    "MIRRORSPEC": lambda form: mirror,
    "UBUNTU_SUBIQUITY_APT_CONFIG": lambda form: apt,
    "KICKSTARTNET": lambda form: network,
    "KICKSTARTBOOTLOADER": lambda form: bootloader,
    "XCA_PARTITION_SCRIPT": lambda form: partition_script,
    "ROOT_SSH_KEYS": lambda form: root_keys,
    "SUSE_PRODUCTS": lambda form: products,
}
"""What stands for `#NAME#` on a line by itself."""

REFUSED: Final[Mapping[str, str]] = {
    "COMMAND": "no command is run on the server for a template; write its result into a table, or into osimage.environvar",
    "MACHINEPASSWORD": "it is for Windows, which is not installed",
    "SLES_SDK_MEDIA": "put the folder of the SDK behind the first one in pkgdir, and write #INSTALL_SOURCES#",
    "INCLUDE_DEFAULT_PERNLIST": "it is called #INCLUDE_DEFAULT_PTRNLIST#",
    "INCLUDE_GET_INSTALL_DISK_SCRIPT": "name the disk in partitionfile (d:FILE), or leave it to the installer",
    "XCA_PARTMAN_RECIPE_SCRIPT": "write #XCAT_PARTITION_START# and #XCAT_PARTITION_END# into the template",
    "XCA_PARTMAN_DISK_SCRIPT": "write #XCAT_PARTITION_START# and #XCAT_PARTITION_END# into the template",
    "XCA_PARTMAN_ADDITIONAL_CONFIG_SCRIPT": "write #XCAT_PARTITION_START# and #XCAT_PARTITION_END# into the template",
    "XCA_PARTMAN_ADDITIONAL_CFG": "write #XCAT_PARTITION_START# and #XCAT_PARTITION_END# into the template",
}
"""Directives of xCAT 2 that have no meaning here, and what is done instead."""
