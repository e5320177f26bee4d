"""Small sites with images and templates, written as tables and files."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path

from tests.unit.objects.worlds import Rows, world
from tests.unit.services.postscripts.sheets import site
from xcatd.services.autoinst.answers import Answers, make_answers
from xcatd.services.autoinst.shelf import shipped
from xcatd.services.postscripts.here import Here

HASH = "$6$abcdefgh$" + "x" * 86
"""What a table has that is hashed already."""
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI root@mn"
TEMPLATE = "/install/custom/t.tmpl"
RELEASES = {"rh": "rocky9.4", "sles": "sle15.5", "debian": "debian12.5.0", "ubuntu": "ubuntu22.04.3"}


def at(
    template: str = TEMPLATE,
    files: Mapping[str, str] | None = None,
    *,
    release: str = "rocky9.4",
    tables: Mapping[str, Rows] | None = None,
    **more: Rows,
) -> Here:
    """The server of n1, whose image `img` has this template. `tables`, `more`: tables that replace those that are here."""
    image = {"imagename": "img", "provmethod": "install", "osvers": release, "osarch": "x86_64", "profile": "compute"}
    linux = {"imagename": "img", "template": template, "pkgdir": f"/install/{release}/x86_64"}
    all_tables: dict[str, Rows] = {
        "nodelist": [{"node": "n1", "groups": "compute,all"}],
        "osimage": [image],
        "linuximage": [linux],
        "nodetype": [{"node": "n1", "provmethod": "img"}],
        "site": site(master="10.0.0.1", domain="c.net", timezone="Europe/Berlin"),
        "passwd": [{"key": "system", "username": "root", "password": HASH}],
        "mac": [{"node": "n1", "mac": "52:54:00:00:00:01"}],
        "hosts": [{"node": "n1", "ip": "10.0.0.9"}],
        "networks": [{"netname": "net", "net": "10.0.0.0", "mask": "255.255.0.0"}],
        **(tables or {}),
        **more,
    }
    known = {Path(name): text for name, text in (files or {}).items()}
    return Here(world(**all_tables), [ip_address("10.0.0.1")], read=lambda path: known.get(path, ""))


def shipped_at(folder: str, profile: str = "compute", **more: Rows) -> Here:
    """The same with a template and a list of the program."""
    place = shipped() / folder
    linux = {
        "imagename": "img",
        "template": str(place / f"{profile}.tmpl"),
        "pkglist": str(place / f"{profile}.pkglist"),
        "pkgdir": f"/install/{RELEASES[folder]}/x86_64",
    }
    keys = {"/install/postscripts/_ssh/authorized_keys": f"{KEY}\n"}
    return at(files=keys, release=RELEASES[folder], tables={"linuximage": [linux], **more})


def with_linux(there: Here, **columns: str) -> Mapping[str, Rows]:
    """The image's row with other columns."""
    row = next(iter(there.world.snapshot.table("linuximage").find("img")))
    names = ("imagename", "template", "pkglist", "pkgdir", "partitionfile", "addkcmdline")
    return {"linuximage": [{name: row[name] for name in names} | columns]}


async def answers(there: Here, node: str = "n1") -> Answers:
    """A node's answers. Raises ServiceError."""
    made = (await make_answers(there, [node]))[node]
    if not isinstance(made, Answers):
        raise made
    return made
