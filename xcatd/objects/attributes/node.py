"""The attributes of nodes, in the order in which they are read (definitions.md).

Names that look wrong are what xCAT 2 calls them, and scripts say them: `storagcontroller`, `vmnicnicmodel`. The `hwtype`
of z/VM nodes is in table ppc, where xCAT 2 reads and writes it although it says zvm.
"""

from __future__ import annotations

from xcatd.model import Attribute
from xcatd.objects.attributes.attribute import cells

_BPA, _BLADE, _FSP, _HMC = ("mgt", "bpa"), ("mgt", "blade"), ("mgt", "fsp"), ("mgt", "hmc")
_IPMI, _IVM, _MIC, _OPENBMC, _ZVM = (
    ("mgt", "ipmi"),
    ("mgt", "ivm"),
    ("mgt", "mic"),
    ("mgt", "openbmc"),
    ("mgt", "zvm"),
)
_IS_MM, _IS_PDU, _IS_SWITCH = ("nodetype", "mm"), ("nodetype", "pdu"), ("nodetype", "switch")
_IS_WEBSERVER = ("nodetype", "websrv")


def _user_of_fsp(user: str, only_if: tuple[str, str]) -> tuple[Attribute, ...]:
    return cells("ppcdirect", f"passwd.{user}=password", only_if, key="hcp", fixed=(("username", user),))


MEMBERSHIP = cells(
    "nodelist",
    "node groups status statustime appstatus appstatustime primarysn hidden updatestatus updatestatustime zonename"
    " usercomment=comments",
)
"""What only nodes have. A group has everything else too: values that its members inherit."""

DEPLOYMENT = (
    *cells("nodetype", "nodetype"),
    *cells("postscripts", "postscripts postbootscripts"),
    *cells(
        "noderes",
        "xcatmaster servicenode tftpserver tftpdir nfsserver nimserver nfsdir monserver supportproxydhcp=proxydhcp syslog",
    ),
    *cells("bootparams", "kernel initrd kcmdline addkcmdline"),
    *cells("noderes", "primarynic installnic netboot nameservers routenames"),
    *cells(
        "servicenode",
        "setupnameserver=nameserver setupdhcp=dhcpserver setuptftp=tftpserver setupnfs=nfsserver"
        " setupconserver=conserver setupipforward=ipforward setupproxydhcp=proxydhcp setupldap=ldapserver"
        " setupntp=ntpserver setupftp=ftpserver setupnim=nimserver dhcpinterfaces",
    ),
    *cells("nodetype", "arch supportedarchs os profile provmethod"),
    *cells("iscsi", "iscsiserver=server iscsitarget=target iscsiuserid=userid iscsipassword=passwd"),
)

MANAGEMENT = (
    *cells(
        "nodehm",
        "mgt power cons termserver termport conserver getmac cmdmapping serialport serialspeed serialflow"
        " consoleondemand consoleenabled",
    ),
    *cells("vpd", "serial mtm side"),
    *cells("mac", "interface mac"),
    *cells("chain", "chain ondiscover currstate currchain"),
)

POWER_SYSTEMS = (
    *cells("ppchcp", "username password", ("nodetype", "ivm"), key="hcp"),
    *cells("ppchcp", "username password", ("nodetype", "hmc"), key="hcp"),
    *cells("ppchcp", "username password", ("nodetype", "ppc"), key="hcp"),
    *cells("ppc", "hcp id"),
    *cells("ppc", "pprofile", _HMC),
    *cells("ppc", "pprofile", _IVM),
    *cells("ppc", "pprofile", _FSP),
    *cells("ppc", "parent", _HMC),
    *cells("ppc", "parent", _IVM),
    *cells("ppc", "parent", _BPA),
    *cells("ppc", "parent hwtype=nodetype", _FSP),
    *cells("ppc", "hwtype=nodetype", _BPA),
    *cells("ppc", "hwtype=nodetype", _IVM),
    *cells("ppc", "hwtype=nodetype", _HMC),
    *cells("ppc", "hwtype=nodetype", _ZVM),
    *cells("mp", "hwtype=nodetype", _BLADE),
    *cells("mp", "hwtype=nodetype", _IPMI),
    *cells("mp", "hwtype=nodetype", _OPENBMC),
    *cells("ppc", "supernode sfp"),
    *_user_of_fsp("HMC", _FSP),
    *_user_of_fsp("hscroot", _FSP),
    *_user_of_fsp("admin", _FSP),
    *_user_of_fsp("general", _FSP),
    *_user_of_fsp("celogin", _FSP),
    *_user_of_fsp("celogin", _BPA),
    *_user_of_fsp("HMC", _BPA),
    *_user_of_fsp("hscroot", _BPA),
    *_user_of_fsp("admin", _BPA),
    *_user_of_fsp("general", _BPA),
)

CONTROLLERS = (
    *cells("zvm", "hcp userid", _ZVM),
    *cells("ipmi", "bmc bmcport bmcusername=username bmcpassword=password bmcvlantag=taggedvlan", _IPMI),
    *cells("mp", "mpa"),
    *cells("mp", "slotid=id", _FSP),
    *cells("mp", "id", _BLADE),
    *cells("mp", "slotid=id", _IPMI),
    *cells("mpa", "username password displayname slots urlpath", _IS_MM, key="mpa"),
    *cells("openbmc", "bmc bmcusername=username bmcpassword=password consport bmcvlantag=taggedvlan", _OPENBMC),
)

PLACE_AND_NICS = (
    *cells("nodepos", "rack unit=u chassis slot room height"),
    *cells(
        "nics",
        "nicips nichostnamesuffixes nichostnameprefixes nictypes niccustomscripts nicnetworks nicaliases"
        " nicextraparams nicdevices nicsadapter",
    ),
    *cells("prodkey", "productkey=key"),
    *cells(
        "domain",
        "ou domainadminuser=adminuser domainadminpassword=adminpassword authdomain domaintype=type",
    ),
    *cells("storage", "osvolume storagcontroller=controller storagetype=type"),
)

VIRTUAL = (
    *cells(
        "vm",
        "vmmanager=mgr vmhost=host migrationdest vmstorage=storage vmphyslots=physlots vmothersetting=othersettings"
        " vmstoragemodel=storagemodel vmstoragecache=storagecache vmstorageformat=storageformat vmcfgstore=cfgstore"
        " vmmemory=memory vmcpus=cpus vmnics=nics vmnicnicmodel=nicmodel vmbootorder=bootorder vmvirtflags=virtflags"
        " vmmaster=master vmvncport=vncport vmtextconsole=textconsole vmbeacon=beacon vmcluster=cluster",
    ),
    *cells("hypervisor", "hosttype=type hostinterface=interface hostmanager=mgr hostcluster=cluster"),
    *cells("websrv", "webport=port username password", _IS_WEBSERVER),
)

NETWORK_AND_INVENTORY = (
    *cells("pduoutlet", "pdu"),
    *cells("switch", "switch switchport=port switchvlan=vlan switchinterface=interface"),
    *cells("hosts", "ip hostnames otherinterfaces"),
    *cells("prescripts", "prescripts-begin=begin prescripts-end=end"),
    *cells("cfgmgt", "cfgmgr cfgserver cfgmgtroles=roles"),
    *cells(
        "mic",
        "michost=host micid=id hwtype=nodetype micbridge=bridge miconboot=onboot micvlog=vlog micpowermgt=powermgt",
        _MIC,
    ),
    *cells("hwinv", "cputype cpucount memory disksize"),
    *cells(
        "pdu",
        "nodetype pdutype outlet username password snmpversion community snmpuser authtype authkey privtype privkey"
        " seclevel",
        _IS_PDU,
    ),
    *cells(
        "switches",
        "snmpusername=username snmppassword=password snmpversion snmpprivacy=privacy snmpauth=auth linkports"
        " username=sshusername password=sshpassword protocol switchtype",
        _IS_SWITCH,
        key="switch",
    ),
)

INHERITED = (
    *DEPLOYMENT,
    *MANAGEMENT,
    *POWER_SYSTEMS,
    *CONTROLLERS,
    *PLACE_AND_NICS,
    *VIRTUAL,
    *NETWORK_AND_INVENTORY,
)
"""What nodes and groups have."""

NODE = (*MEMBERSHIP, *INHERITED)
