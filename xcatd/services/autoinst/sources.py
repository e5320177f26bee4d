"""Where packages come from: linuximage.pkgdir, folders of the server or URLs, the distribution's first."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from html import escape
from typing import Final
from urllib.parse import urlsplit

from xcatd.errors import ServiceError
from xcatd.services.autoinst.form import Form
from xcatd.services.autoinst.places import yaml_text
from xcatd.services.autoinst.target import Block, Target
from xcatd.services.postscripts.quoting import quoted

_SUITES: Final = {"10": "buster", "11": "bullseye", "12": "bookworm", "13": "trixie"}
_MODULES: Final = ("Module-Basesystem", "Module-Server-Applications")
"""Parts of SLES 15 without which there is no server."""
_STREAMS: Final = ("BaseOS", "AppStream")
"""The two repositories on media of the RHEL family since release 8."""


def sources(form: Form) -> Block:
    """The repositories of the distribution: commands of kickstart, add-on products of autoyast."""
    return _addons if form is Form.AUTOYAST else _urls


def mirror(target: Target) -> Sequence[str]:
    """Where the installer of Debian fetches packages, and of which release."""
    if not target.image.repositories:
        raise _without(target)
    url = urlsplit(target.url(target.image.repositories[0]))
    suite = _SUITES.get(target.image.major, "stable") if target.image.release.startswith("debian") else ""
    return [
        "d-i mirror/country string manual",
        f"d-i mirror/protocol string {url.scheme}",
        f"d-i mirror/{url.scheme}/hostname string {url.netloc}",
        f"d-i mirror/{url.scheme}/directory string {url.path or '/'}",
        f"d-i mirror/{url.scheme}/proxy string",
        *([f"d-i mirror/suite string {suite}"] if suite else []),
    ]


def apt(target: Target) -> Sequence[str]:
    """Where Ubuntu gets packages: a mirror in pkgdir, as a URL. Without one its installer asks nobody where it is."""
    url = next((one for one in target.image.repositories if "://" in one), "").split()
    if not url:
        return ["apt:", "  geoip: false"]
    return ["apt:", "  geoip: false", "  primary:", "    - arches: [default]", f"      uri: {yaml_text(url[0])}"]


def sources_in_script(target: Target) -> Sequence[str]:
    """A script in %pre that writes the commands into /tmp/repos, which the template includes."""
    return [f"printf '%s\\n' {quoted(line)} >>/tmp/repos" for line in _urls(target)]


def repository_files(target: Target) -> Sequence[str]:
    """A script that names the repositories to the installed system (dnf.conf(5); zypper reads the same)."""
    is_suse = target.image.release.startswith(("sle", "leap", "suse", "tumbleweed"))
    folder = "/etc/zypp/repos.d" if is_suse else "/etc/yum.repos.d"
    lines = [f"mkdir -p {folder}"]
    for number, url in enumerate(_repositories(target)):
        name = f"xcat-{number}"
        words = (f"[{name}]", f"name={name}", f"baseurl={url}", "enabled=1", "gpgcheck=0")
        lines.append(f"printf '%s\\n' {' '.join(map(quoted, words))} >{folder}/{name}.repo")
    return lines


def _repositories(target: Target) -> Iterator[str]:
    if not target.image.repositories:
        raise _without(target)
    first, *others = map(target.url, target.image.repositories)
    release, major = target.image.release, int(target.image.major or 0)
    parts: Sequence[str] = ("",)
    if release.startswith(("sle", "leap")):
        parts = [f"/2/{module}" for module in _MODULES] if release.startswith("sle") and major >= 15 else ("/1",)
    elif major >= 8 and not release.startswith("fedora"):
        parts = [f"/{stream}" for stream in _STREAMS]
    yield from (f"{first}{part}" for part in parts)
    yield from others


def _without(target: Target) -> ServiceError:
    name = target.image.name
    return ServiceError(f"osimage {name} has no pkgdir: chdef -t osimage {name} pkgdir=FOLDER, as copycds sets it")


def _urls(target: Target) -> Sequence[str]:
    if not target.image.repositories:
        raise _without(target)
    first, *others = (shlex.quote(target.url(one)) for one in target.image.repositories)
    return [f"url --url {first}", *(f"repo --name=pkgdir{n} --baseurl={url}" for n, url in enumerate(others, 1))]


def _addons(target: Target) -> Sequence[str]:
    if not target.image.repositories:
        raise _without(target)
    first, *others = (target.url(one) for one in target.image.repositories)
    is_sles = target.image.release.startswith("sle") and int(target.image.major or 0) >= 15
    found = [(f"{first}/2/{module}", "/") for module in _MODULES] if is_sles else []
    lines: list[str] = []
    for url, folder in (*found, *((one, "/") for one in others)):
        lines += ["<listentry>", f"  <media_url>{escape(url)}</media_url>", f"  <product_dir>{folder}</product_dir>"]
        lines.append("</listentry>")
    return lines
