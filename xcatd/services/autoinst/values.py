"""Directives that stand for one value: `#TABLE:table:key:column#` and its like."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from xcatd.errors import ServiceError
from xcatd.objects.endpoints.macs import macs_of
from xcatd.services.autoinst.image import Image
from xcatd.services.autoinst.password import hashed
from xcatd.services.autoinst.target import SITE_DEFAULTS, Target, authority, site
from xcatd.services.postscripts.here import Here
from xcatd.store.secret import is_secret

Value = Callable[[Target], str]
"""Raises ServiceError, which does not name the node."""
Maker = Callable[[Here, Image, str], Value]
"""Reads what is behind the colon. Raises ServiceError."""
_NODE: Final = frozenset({"$NODE", "THISNODE"})
_ROW = re.compile(r"(\w+)=([^,=]*)")
_OF_IMAGE: Final[Mapping[tuple[str, str], Callable[[Image], str]]] = {
    ("nodetype", "os"): lambda image: image.release,
    ("nodetype", "arch"): lambda image: image.arch,
    ("nodetype", "profile"): lambda image: image.profile,
    ("nodetype", "provmethod"): lambda image: image.name,
}
_OF_SERVER: Final[Mapping[tuple[str, str], Callable[[Target], str]]] = {
    ("noderes", "xcatmaster"): lambda target: target.server,
    ("noderes", "nfsserver"): lambda target: target.files,
    ("noderes", "tftpserver"): lambda target: target.answers,
}


def table_value(here: Here, image: Image, words: str, *, may_be_empty: bool = False) -> Value:
    """`table:key:column`; the key is $NODE, a name, or column=value,column=value of a row."""
    table, key, column = _three(words)
    if not here.world.knows(table, column):
        raise ServiceError(f"there is no {table}.{column}")
    if is_secret(table, column, key.rpartition("=")[2]):
        raise ServiceError(f"{table}.{column} is a secret, and everybody can read answer files; see #CRYPT:...#")
    find = _of_node(table, column) if key in _NODE else _of_row(here, table, key, column)
    if may_be_empty:
        return find
    return partial(_not_empty, find, f"{table}.{column}" if key in _NODE else f"{table}.{column} of {key}")


def crypted(here: Here, image: Image, words: str, *, or_locked: bool = False) -> Value:
    """`passwd:key=system,username=root:password`."""
    table, key, column = _three(words)
    fields = dict(_ROW.findall(key))
    if (table, column) != ("passwd", "password") or not fields.keys() >= {"key", "username"}:
        raise ServiceError("it has to be passwd:key=NAME,username=NAME:password")
    text = hashed(here, fields["key"], fields["username"], or_locked=or_locked)
    return lambda target: text


def variable(here: Here, image: Image, name: str) -> Value:
    """A variable by its name: one of VARIABLES, or of osimage.environvar."""
    if name in image.variables:
        text = image.variables[name]
        return lambda target: text
    if name not in VARIABLES:
        known = ", ".join(sorted({*VARIABLES, *image.variables}))
        raise ServiceError(
            f"there is no variable {name}: set it in osimage.environvar of {image.name}; there are {known}"
        )
    return VARIABLES[name]


def arguments_kept(target: Target) -> str:
    """Arguments of the kernel that the installed system has too: those with R:: before them, and its serial console."""
    world, node = target.here.world, target.node
    given = f"{target.image.arguments} {world.value(node, 'bootparams', 'addkcmdline')}".split()
    words = [word.removeprefix("R::") for word in given if word.startswith("R::")]
    port = world.value(node, "nodehm", "serialport")
    if port:
        speed = world.value(node, "nodehm", "serialspeed") or "115200"
        flow = "n8r" if world.value(node, "nodehm", "serialflow").startswith(("hard", "cts", "ctsrts")) else ""
        words += ["console=tty0", f"console=ttyS{port},{speed}{flow}"]
    return " ".join(words)


def first_mac(target: Target) -> str:
    """The address of the interface that the node is installed by; "" where it is not known."""
    return next(iter(macs_of(target.here.world, target.node)), "")


def domain(target: Target) -> str:
    """The domain of the node's network, else the cluster's."""
    network = target.here.network(target.node)
    return (network.domain if network is not None else "") or site(target.here, "domain")


def _setting(key: str) -> Value:
    return lambda target: site(target.here, key)


VARIABLES: Final[Mapping[str, Value]] = {
    "NODE": lambda target: target.node,
    "XCATMASTER": lambda target: target.server,
    "MASTER": lambda target: target.server,
    "MASTER_IP": lambda target: target.server,
    "NFSSERVER": lambda target: target.files,
    "INSTALL_NFS": lambda target: target.files,
    "INSTALL_SRC_DIR": lambda target: next(iter(target.image.repositories), ""),
    "HTTPSERVER": lambda target: f"{authority(target.files)}:{site(target.here, 'httpport')}",
    "ANSWERSERVER": lambda target: f"{authority(target.answers)}:{site(target.here, 'httpport')}",
    "PERSKCMDLINE": arguments_kept,
    "IMAGENAME": lambda target: target.image.name,
    "OSVER": lambda target: target.image.release,
    "ARCH": lambda target: target.image.arch,
    "PROFILE": lambda target: target.image.profile,
    "XCATROOT": lambda target: os.environ.get("XCATROOT", "/opt/xcat"),
    "NODESTATUS": lambda target: site(target.here, "nodestatus") or "y",
    **{key.upper(): _setting(key) for key in SITE_DEFAULTS},
}
"""What `#XCATVAR:NAME#` and `#ENV:NAME#` may name. The environment of the daemon is nobody's affair."""

VALUES: Final[Mapping[str, Maker]] = {
    "TABLE": table_value,
    "TABLEBLANKOKAY": partial(table_value, may_be_empty=True),
    "CRYPT": crypted,
    "CRYPTORLOCKED": partial(crypted, or_locked=True),
    "ENV": variable,
    "XCATVAR": variable,
    "HOSTNAME": lambda here, image, words: lambda target: target.node,
    "COLONHTTPPORT": lambda here, image, words: lambda target: f":{site(target.here, 'httpport')}",
    "MANAGEDADDRESSMODE": lambda here, image, words: lambda target: site(target.here, "managedaddressmode"),
    "GETPRINICMAC": lambda here, image, words: first_mac,
    "GETNODEDOMAIN": lambda here, image, words: domain,
}
"""What stands for `#NAME:words#`."""


def _three(words: str) -> tuple[str, str, str]:
    table, _, rest = words.partition(":")
    key, _, column = rest.rpartition(":")
    if not (table and key and column):
        raise ServiceError("it has to be table:key:column")
    return table, key, column


def _not_empty(find: Value, name: str, target: Target) -> str:
    text = find(target)
    if not text:
        raise ServiceError(f"{name} is empty: set it, or write #TABLEBLANKOKAY:...#")
    return text


def _of_node(table: str, column: str) -> Value:
    if (table, column) == ("nodelist", "node"):
        return lambda target: target.node
    if (table, column) in _OF_SERVER:
        return _OF_SERVER[table, column]
    other = _OF_IMAGE.get((table, column))
    if other is not None:
        return lambda target: other(target.image)
    return lambda target: target.here.world.value(target.node, table, column)


def _of_row(here: Here, table: str, key: str, column: str) -> Value:
    """The same for all nodes."""
    if "=" not in key:
        text = here.world.value(key, table, column)
    elif table == "site":
        text = site(here, key.partition("=")[2])
    else:
        wanted = _ROW.findall(key)
        unknown = next((name for name, _ in wanted if not here.world.knows(table, name)), "")
        if unknown or not wanted:
            raise ServiceError(f"there is no {table}.{unknown or key}")
        rows = here.world.snapshot.table(table).rows
        found = (row for row in rows if not row.hidden and all(row[name] == text for name, text in wanted))
        text = next((row[column] for row in found), "")
    return lambda target: text
