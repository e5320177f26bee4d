"""What kernels are told: the words that installers and boot images read (protocol.md 2.2).

Sources: Debian's installation guide (B.2), Ubuntu's autoinstall reference (network boot), anaconda's boot options, AutoYaST's guide
(linuxrc), dracut.cmdline(7).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Final

from xcatd.services.boot.action import Step
from xcatd.services.boot.image import Image
from xcatd.services.boot.kernels import family_of
from xcatd.services.boot.machine import SERVER, Machine
from xcatd.services.service import NO
from xcatd.services.statelite.layout import TREES
from xcatd.store import Snapshot

_INSTALLED = "R::"
"""Before words of addkcmdline that are for the installed system, not for what installs it."""
_OLD_ANACONDA = re.compile(r"\D+[3-6](\.\d+)*")


@dataclass(frozen=True, slots=True)
class Site:
    """What table site says. `install`: the folder of nodes' files, as URLs have it."""

    install: str = "/install"
    http_port: str = "80"
    port: str = "3001"
    report_port: str = "3002"
    debug: str = ""
    reports: bool = True

    def url(self, server: str, path: str) -> str:
        """Of a file on a server of nodes."""
        host = f"[{server}]" if ":" in server else server
        return f"http://{host}{'' if self.http_port == '80' else ':' + self.http_port}{path}"

    def master(self, machine: Machine) -> str:
        """Where the node reaches the daemon."""
        return f"{machine.master}:{self.port}"

    def answers(self, machine: Machine) -> str:
        """The URL of the node's answer file, or of the folder of such files."""
        return self.url(machine.loads_from, f"{self.install}/autoinst/{machine.node}")


def site_of(snapshot: Snapshot) -> Site:
    """The site of a snapshot."""
    return Site(
        snapshot.site("installdir", "/install").rstrip("/"),
        snapshot.site("httpport", "80").strip(),
        snapshot.site("xcatdport", "3001"),
        snapshot.site("xcatiport", "3002"),
        snapshot.site("xcatdebugmode"),
        snapshot.site("nodestatus", "y").lower() not in NO,
    )


def of_image(image: Image, machine: Machine, site: Site, root: str, *, has_trees: bool = False) -> str:
    """For a node that installs or runs an image. `root`: its packed root file system, as nodes ask for it. `has_trees`: there is a
    list of folders for it (table litetree)."""
    if image.method == "install":
        words = _INSTALLERS[family_of(image.os)](image, machine, site)
    else:
        words = _diskless(image, machine, site, root)
        if has_trees:
            words = chain(words, [f"LITETREE={site.url(machine.loads_from, f'/tftpboot/{TREES}/{machine.node}')}"])
    return _joined(image.arguments, *words, *_common(machine.console, site), machine.addkcmdline)


def of_genesis(step: Step, machine: Machine, site: Site) -> str:
    """For a node that runs the small boot image."""
    destiny = f"destiny={step.text}"
    known = f"xcatd={site.master(machine)} NODE={machine.node}"
    words = (known, f'"{destiny}"' if " " in destiny else destiny)
    return _joined("quiet", *words, *_folder(site), *_common(machine.console, site), machine.addkcmdline)


def of_unknown(site: Site, console: str) -> str:
    """For a machine that nobody knows, of a network. Who serves it stands in it as SERVER."""
    words = (f"xcatd={SERVER}:{site.port}", "destiny=discover")
    return _joined("quiet", *words, *_folder(site), *_common(console, site))


def installed_only(text: str) -> str:
    """What addkcmdline has for the installed system."""
    return " ".join(word.removeprefix(_INSTALLED) for word in text.split() if word.startswith(_INSTALLED))


def _debian(image: Image, machine: Machine, site: Site) -> Iterator[str]:
    yield "auto=true priority=critical"
    yield f"url={site.answers(machine)}"
    yield f"interface={machine.nic or 'auto'}"
    yield f"hostname={machine.node.partition('.')[0]}"
    yield "netcfg/no_default_route=true netcfg/get_nameservers="  # asked where no router is, before the answers are fetched


def _ubuntu(image: Image, machine: Machine, site: Site) -> Iterator[str]:
    yield f"boot=casper netboot=nfs nfsroot={machine.files_from}:{image.tree} ip=dhcp"
    yield f"autoinstall ds=nocloud-net;s={site.answers(machine)}/"


def _red_hat(image: Image, machine: Machine, site: Site) -> Iterator[str]:
    tree = site.url(machine.files_from, image.tree)
    if _OLD_ANACONDA.fullmatch(image.os):
        yield f"ks={site.answers(machine)} method={tree} ksdevice={machine.nic or 'bootif'}"
        return
    yield f"inst.repo={tree} inst.ks={site.answers(machine)}"
    yield f"ip={machine.nic}:dhcp" if machine.nic else "ip=dhcp"


def _sles(image: Image, machine: Machine, site: Site) -> Iterator[str]:
    yield f"autoyast={site.answers(machine)}"
    yield f"install={site.url(machine.files_from, image.tree)}/1"
    yield f"ifcfg={machine.nic}=dhcp" if machine.nic else "netsetup=dhcp"
    yield "textmode=1"


_INSTALLERS: Final[Mapping[str, Callable[[Image, Machine, Site], Iterator[str]]]] = {
    "debian": _debian,
    "ubuntu": _ubuntu,
    "rh": _red_hat,
    "sles": _sles,
}


def _diskless(image: Image, machine: Machine, site: Site, root: str) -> Iterator[str]:
    if image.method == "netboot" or image.in_memory:
        yield f"imgurl={site.url(machine.files_from, root)}"
    else:
        options = ",".join(filter(None, ("ro", image.nfs_options)))
        yield f"root=nfs:{machine.files_from}:{_nfs_folder(image, machine)}/rootimg:{options}"
    if image.method == "statelite" and machine.statemnt:
        yield f"STATEMNT={machine.statemnt}"
        if machine.mntopts:
            yield f"MNTOPTS={machine.mntopts}"
    yield f"XCAT={site.master(machine)} NODE={machine.node}"
    if machine.nic and machine.mac:
        yield f"ifname={machine.nic}:{machine.mac} netdev={machine.nic}"
    if not site.reports:
        yield "nonodestatus"


def _nfs_folder(image: Image, machine: Machine) -> str:
    """noderes.nfsdir: below it images lie as below the installdir; with two slashes before it, it is the image's folder itself."""
    folder = machine.nfsdir.rstrip("/")
    if folder.startswith("//"):
        return folder[1:]
    return f"{folder}/netboot/{image.os}/{image.arch}/{image.profile}" if folder else image.folder


def _folder(site: Site) -> Iterator[str]:
    """Where the small boot image finds scripts on the server."""
    if site.install != "/install":
        yield f"XCATINSTALLDIR={site.install}"


def _common(console: str, site: Site) -> Iterator[str]:
    if site.http_port != "80":
        yield f"XCATHTTPPORT={site.http_port}"
    if site.report_port != "3002":
        yield f"XCATIPORT={site.report_port}"
    if site.debug and site.debug != "0":
        yield f"xcatdebugmode={site.debug}"
    if console:
        yield console


def _joined(*texts: str) -> str:
    """All words but those for the installed system."""
    return " ".join(word for text in texts for word in text.split() if not word.startswith(_INSTALLED))
