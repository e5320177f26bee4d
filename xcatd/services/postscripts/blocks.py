"""Groups of variables that one word of the template stands for: `#ROUTES_VARS_EXPORT#` and its like."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from xcatd.errors import ServiceError
from xcatd.objects import World
from xcatd.objects.routes import monitors_of
from xcatd.services.networks import MASTER
from xcatd.services.postscripts.directives import VARIABLE
from xcatd.services.postscripts.here import Here
from xcatd.services.postscripts.lists import Scripts, Stage, image_of, scripts_of, variables_of
from xcatd.services.postscripts.packages import package_lists
from xcatd.services.postscripts.quoting import export, name_of
from xcatd.services.postscripts.siterows import shown
from xcatd.services.postscripts.values import state
from xcatd.store import Row

Block = Callable[[Here, str], Iterator[str]]
"""Gives lines of shell text."""
DISKLESS: Final = frozenset({"netboot", "statelite"})


def site_rows(here: Here, node: str) -> Iterator[str]:
    """Rows of table site, the same for all nodes."""
    snapshot = here.world.snapshot
    yield snapshot.cached("site for nodes", lambda: "\n".join(export(*one) for one in shown(snapshot)))


def routes(here: Here, node: str) -> Iterator[str]:
    """The node's static routes: NODEROUTENAMES, and ROUTE_name with net,mask,gateway,interface."""
    names = [name.strip() for name in here.world.value(node, "noderes", "routenames").split(",") if name.strip()]
    if not names:
        return
    yield export("NODEROUTENAMES", ",".join(names))
    table = here.world.snapshot.table("routes")
    for name in names:
        row = next(iter(table.find(name)), None)
        if row is None:
            raise ServiceError(
                f"noderes.routenames of {node} has {name}, which is not in table routes: correct one of them"
            )
        yield export(f"ROUTE_{name_of(name)}", ",".join(row[column] for column in ("net", "mask", "gateway", "ifname")))


def vlan(here: Here, node: str) -> Iterator[str]:
    found = here.world.value(node, "switch", "vlan")
    if found:
        yield export("VLANID", found)


def monitoring(here: Here, node: str) -> Iterator[str]:
    """noderes.monserver: the collecting server as the management node knows it, and as the node does; of a pool the first."""
    found = monitors_of(here.world, node)
    if found.pool:
        yield export("MONSERVER", found.pool[0])
        yield export("MONMASTER", found.seen or found.pool[0])


def osimage(here: Here, node: str) -> Iterator[str]:
    """The node's image: its repositories, its packages, and what osimage.environvar sets."""
    image = image_of(here.world, node)
    if image is None:
        return
    yield export("IMAGENAME", image["imagename"])
    if not image["synclists"]:
        yield export("NOSYNCFILES", "1")
    for name, value in variables_of(image).items():
        yield export(name, value)
    linux = next(iter(here.world.snapshot.table("linuximage").find(image["imagename"])), None)
    if linux is not None:
        yield from _packages(here, linux)


def diskless_network(here: Here, node: str) -> Iterator[str]:
    """The network of a node without disk, which nobody else has configured."""
    if state(here.world, node) not in DISKLESS:
        return
    network = here.network(node)
    if network is not None:
        gateway = here.master_address(node) if network.gateway == MASTER else network.gateway
        yield export("NETMASK", str(network.network.netmask))
        yield export("GATEWAY", gateway)


def kit_parameters(here: Here, node: str) -> Iterator[str]:
    """The parameters of the kits whose components are in the node's image."""
    for path in _parameter_files(here.world, node):
        for name, text in VARIABLE.findall(here.read(here.below(path))):
            yield export(name, text)


def configuration(here: Here, node: str) -> Iterator[str]:
    """Chef's or Puppet's part."""
    roles = here.world.value(node, "cfgmgt", "roles")
    if roles:
        yield export("CFGMGTROLES", roles)


def postscripts(here: Here, node: str) -> Iterator[str]:
    yield from _sections(scripts_of(here.world, node, Stage.POST), Stage.POST)


def postbootscripts(here: Here, node: str) -> Iterator[str]:
    yield from _sections(scripts_of(here.world, node, Stage.POSTBOOT), Stage.POSTBOOT)


def nothing(here: Here, node: str) -> Iterator[str]:
    """For what nodes do not get: the password of root, which AIX had here."""
    return iter(())


BLOCKS: Final[Mapping[str, Block]] = {
    "SITE_TABLE_ALL_ATTRIBS_EXPORT": site_rows,
    "ROUTES_VARS_EXPORT": routes,
    "VLAN_VARS_EXPORT": vlan,
    "MONITORING_VARS_EXPORT": monitoring,
    "OSIMAGE_VARS_EXPORT": osimage,
    "NETWORK_FOR_DISKLESS_EXPORT": diskless_network,
    "KITCOMP_DEPLOY_PARAMS_EXPORT": kit_parameters,
    "CFGMGTINFO_EXPORT": configuration,
    "AIX_ROOT_PW_VARS_EXPORT": nothing,
    "INCLUDE_POSTSCRIPTS_LIST": postscripts,
    "INCLUDE_POSTBOOTSCRIPTS_LIST": postbootscripts,
}
"""What stands for `#NAME#` in a template."""


def _sections(scripts: Scripts, stage: Stage) -> Iterator[str]:
    """The lines of scripts, within the marks by which updatenode and the node's side tell where they come from."""
    for name, lines in (("defaults", scripts.defaults), ("osimage", scripts.osimage), ("node", scripts.node)):
        yield f"# {name}-{stage}-start-here"
        yield from lines
        yield f"# {name}-{stage}-end-here"


def _packages(here: Here, linux: Row) -> Iterator[str]:
    for column, name in (("pkgdir", "OSPKGDIR"), ("otherpkgdir", "OTHERPKGDIR"), ("kerneldir", "KERNELDIR")):
        if linux[column]:
            yield export(name, linux[column])
    lists = package_lists(here, linux["pkglist"])
    if lists:
        yield export("OSPKGS", ",".join(package for one in lists for package in one.packages))
        yield export("ENVLIST", " ".join(each for one in lists for each in one.variables))
    others = package_lists(here, linux["otherpkglist"])
    for number, one in enumerate(others, 1):
        yield export(f"OTHERPKGS{number}", ",".join(one.packages))
        if one.variables:
            yield export(f"ENVLIST{number}", " ".join(one.variables))
    if others:
        yield export("OTHERPKGS_INDEX", str(len(others)))


def _parameter_files(world: World, node: str) -> Iterator[Path]:
    image = image_of(world, node)
    wanted = {name.strip() for name in image["kitcomponents"].split(",")} if image is not None else set()
    kits = {row["kitname"] for row in world.snapshot.table("kitcomponent").rows if row["kitcompname"] in wanted}
    for row in world.snapshot.table("kit").rows:
        if row["kitname"] in kits and row["kitdir"] and row["kitdeployparams"]:
            yield Path(row["kitdir"]) / "other_files" / row["kitdeployparams"]
