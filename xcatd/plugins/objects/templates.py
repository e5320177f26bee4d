"""Templates of objects: what most nodes of a kind have. `lsdef --template` shows them, `mkdef --template` uses them.

A value `MANDATORY:...` stands for one that must be given with mkdef, `OPTIONAL:...` for one that may be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from xcatd.api import NotFound
from xcatd.objects import ObjectType, World
from xcatd.plugins.objects.found import Found

MANDATORY = "MANDATORY:"
OPTIONAL = "OPTIONAL:"

_IP = f"{MANDATORY}address of the node"
_MAC = f"{OPTIONAL}MAC address of the node's installation NIC"
_SERIAL = {"serialport": "0", "serialspeed": "115200"}
_BMC = {
    "bmc": f"{MANDATORY}host name or address of the BMC",
    "bmcpassword": f"{OPTIONAL}password of the account on the BMC",
    "bmcusername": f"{OPTIONAL}name of the account on the BMC",
}
_KVM = {
    "groups": "all",
    "ip": _IP,
    "mac": _MAC,
    "mgt": "kvm",
    "vmcpus": "2",
    "vmhost": f"{MANDATORY}host name or address of the KVM host",
    "vmmemory": "4096",
    "vmnicnicmodel": "virtio",
    "vmnics": f"{MANDATORY}bridges or NICs of the KVM host that the guest is connected to",
    "vmstorage": "dir:///var/lib/libvirt/images",
}
_POWER = {"arch": "ppc64le", "groups": "all", "ip": _IP, "mac": _MAC, "netboot": "petitboot", "nodetype": "mp"}

TEMPLATES: Mapping[str, Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "node": {
            "cec-template": {
                "groups": "cec,all",
                "hcp": f"{MANDATORY}the HMC that controls it",
                "hwtype": "cec",
                "mgt": "hmc",
                "mtm": f"{MANDATORY}machine type and model",
                "nodetype": "ppc",
                "serial": f"{MANDATORY}serial number",
                "usercomment": "a POWER server under an HMC",
            },
            "hmc-template": {
                "groups": "hmc",
                "hwtype": "hmc",
                "ip": f"{MANDATORY}address of the HMC",
                "mgt": "hmc",
                "nodetype": "hmc",
                "password": f"{MANDATORY}password of the account on the HMC",
                "username": f"{MANDATORY}name of the account on the HMC",
                "usercomment": "an HMC",
            },
            "onieswitch": {
                "arch": f"{OPTIONAL}architecture of the switch's processor, such as armv71",
                "groups": "switch",
                "ip": f"{OPTIONAL}address of the management port",
                "mac": f"{OPTIONAL}MAC address of the management port",
                "mgt": "switch",
                "netboot": "onie",
                "nodetype": "switch",
                "provmethod": f"{OPTIONAL}path of the installer of the switch's system",
                "switchtype": "onie",
                "usercomment": "a switch whose system is installed by ONIE",
            },
            "ppc64le-openbmc-template": {
                **_POWER,
                **_BMC,
                **_SERIAL,
                "cons": "openbmc",
                "mgt": "openbmc",
                "usercomment": "a POWER server with OpenBMC",
            },
            "ppc64le-template": {
                **_POWER,
                **_BMC,
                **_SERIAL,
                "cons": "ipmi",
                "mgt": "ipmi",
                "usercomment": "a POWER server with an IPMI controller",
            },
            "ppc64lekvmguest-template": {
                **_KVM,
                "arch": "ppc64le",
                "netboot": "grub2",
                "usercomment": "a POWER guest of a KVM host",
            },
            "switch-template": {
                "groups": "switch",
                "ip": f"{OPTIONAL}address of the switch",
                "mac": f"{OPTIONAL}MAC address of the switch",
                "mgt": "switch",
                "nodetype": "switch",
                "switchtype": f"{OPTIONAL}maker of the switch: BNT, Cisco, Juniper or Mellanox",
                "usercomment": "a switch",
            },
            "x86_64-template": {
                **_BMC,
                **_SERIAL,
                "arch": "x86_64",
                "cons": "ipmi",
                "getmac": "ipmi",
                "groups": "all",
                "ip": _IP,
                "mac": _MAC,
                "mgt": "ipmi",
                "netboot": "xnba",
                "usercomment": "an x86 server with an IPMI controller",
            },
            "x86_64kvmguest-template": {
                **_KVM,
                **_SERIAL,
                "arch": "x86_64",
                "netboot": "xnba",
                "usercomment": "an x86 guest of a KVM host",
            },
        },
    }
)
"""Type -> name -> attributes. The names are those of xCAT 2."""


def template_objects(world: World, kinds: Sequence[ObjectType], wanted: str) -> list[Found]:
    """The templates of these types, or those that a comma list names. Raises NotFound for a name that is none."""
    names = [name.strip() for name in wanted.split(",") if name.strip()]
    known = {kind.name: TEMPLATES.get(kind.name, {}) for kind in kinds}
    for name in names:
        if not any(name in templates for templates in known.values()):
            raise NotFound(f"Could not find {name} in xCAT templates.")
    found: list[Found] = []
    for kind in kinds:
        chosen = [name for name in sorted(known[kind.name]) if not names or name in names]
        records = {name: dict(sorted(known[kind.name][name].items())) for name in chosen}
        found.append(Found(kind, world, chosen, records))
    return found
