"""Management controllers, chassis, power distribution, racks and what discovery found."""

from __future__ import annotations

from xcatd.store.schema.accepted import NUMBER, PER_NIC, PER_PORT, PORT, SLOTS, VLAN, WORD, one_of
from xcatd.store.schema.table import Accepts, Column, table

SNMP_VERSION = Accepts("an SNMP version: 1, 2c or 3", r"(?i:(?:snmp)?v?[123]c?)")

DISCOVERYDATA = table(
    "discoverydata",
    "what discovery packets reported",
    Column("uuid", "identity reported by the discovering machine"),
    Column("node", "node name it was matched to (empty while undefined)"),
    Column(
        "method",
        "who matched it: switch, blade, profile, sequential, manual, undef",
        accepts=one_of("switch", "blade", "profile", "sequential", "manual", "mtms", "undef"),
    ),
    Column("discoverytime", "time of the last packet"),
    Column("arch", "reported architecture"),
    Column("cpucount", "logical cpus", accepts=NUMBER),
    Column("cputype", "cpu model string"),
    Column("memory", "memory size as reported"),
    Column("mtm", "machine type-model"),
    Column("serial", "serial number"),
    Column("nicdriver", "list `nic!driver,…`", accepts=PER_NIC),
    Column("nicipv4", "list `nic!address/len`", accepts=PER_NIC),
    Column("nichwaddr", "list `nic!MAC`", accepts=PER_NIC),
    Column("nicpci", "list `nic!pci address`", accepts=PER_NIC),
    Column("nicloc", "list `nic!slot text`", accepts=PER_NIC),
    Column("niconboard", "list `nic!onboard index`", accepts=PER_NIC),
    Column("nicfirm", "list `nic!firmware description`", accepts=PER_NIC),
    Column("switchname", "list `nic!LLDP system name`", accepts=PER_NIC),
    Column("switchaddr", "list `nic!switch management address`", accepts=PER_NIC),
    Column("switchdesc", "list `nic!switch description`", accepts=PER_NIC),
    Column("switchport", "list `nic!port description`", accepts=PER_NIC),
    Column("otherdata", "remaining XML of the packet", "VARCHAR(2048)"),
    keys=("uuid",),
)

FIRMWARE = table(
    "firmware",
    "firmware settings file per node",
    Column("node", "node or group name"),
    Column("cfgfile", "settings file applied at discovery or later"),
    keys=("node",),
    required=("node",),
)

IPMI = table(
    "ipmi",
    "BMC access for mgt=ipmi",
    Column("node", "node or group name"),
    Column("bmc", "BMC host name or address"),
    Column(
        "bmcport",
        "shared/dedicated port choice, vendor specific number(s): 0 shared, 1 dedicated; up to three blank-separated values",
        accepts=Accepts("up to three numbers, separated by blanks", r"\w+(?: \w+){0,2}"),
    ),
    Column("taggedvlan", "VLAN id the BMC port should be tagged with", accepts=VLAN),
    Column("bmcid", "unique id to recognise a known BMC during discovery"),
    Column("username", "BMC user; default passwd key=ipmi"),
    Column("password", "BMC password; default passwd key=ipmi"),
    keys=("node",),
)

MP = table(
    "mp",
    "blade location",
    Column("node", "node or group name"),
    Column("mpa", "management module node of the blade"),
    Column("id", "slot number (or range)", accepts=SLOTS),
    Column("nodetype", "mm, cmm, blade (also bmc for discovery entries)", accepts=one_of("mm", "cmm", "blade", "bmc")),
    keys=("node",),
)

MPA = table(
    "mpa",
    "management module access",
    Column("mpa", "management module host name (node column of this table)"),
    Column("username", "login"),
    Column("password", "password; default passwd key=blade"),
    Column("displayname", "alternative name (PCM)"),
    Column(
        "slots",
        "number of slots, or `rows,cols,orientation`",
        accepts=Accepts("a number, or rows,columns,orientation", r"\d+(?:,\d+,\w+)?"),
    ),
    Column("urlpath", "path of the chassis web page"),
    keys=("mpa", "username"),
    node_column="mpa",
)

OPENBMC = table(
    "openbmc",
    "BMC access for mgt=openbmc",
    Column("node", "node or group name"),
    Column("bmc", "BMC host"),
    Column("consport", "console port", accepts=PORT),
    Column("taggedvlan", "VLAN for the BMC", accepts=VLAN),
    Column("username", "user; default passwd key=openbmc"),
    Column("password", "password; same default"),
    keys=("node",),
)

PDU = table(
    "pdu",
    "PDU access",
    Column("node", "node or group name"),
    Column("nodetype", "pdu", accepts=one_of("pdu")),
    Column("pdutype", "irpdu, crpdu …", accepts=WORD),
    Column("outlet", "number of outlets", accepts=NUMBER),
    Column("username", "login"),
    Column("password", "password"),
    Column("snmpversion", "SNMP version, v1 default", accepts=SNMP_VERSION),
    Column("community", "community string"),
    Column("snmpuser", "SNMPv3 user"),
    Column("authtype", "MD5 or SHA", accepts=one_of("MD5", "SHA")),
    Column("authkey", "auth pass phrase"),
    Column("privtype", "AES or DES", accepts=one_of("AES", "DES")),
    Column("privkey", "privacy pass phrase"),
    Column("seclevel", "noAuthNoPriv, authNoPriv, authPriv", accepts=one_of("noAuthNoPriv", "authNoPriv", "authPriv")),
    keys=("node",),
)

PDUOUTLET = table(
    "pduoutlet",
    "outlets feeding a node",
    Column("node", "node or group name"),
    Column("pdu", "`pdu:outlet,pdu2:outlet2`", accepts=PER_PORT),
    keys=("node",),
)

RACK = table(
    "rack",
    "racks",
    Column("rackname", "rack"),
    Column("displayname", "PCM name"),
    Column("num", "number", accepts=NUMBER),
    Column("height", "units", accepts=NUMBER),
    Column("room", "room"),
    keys=("rackname",),
)

STORAGE = table(
    "storage",
    "SAN/volume assignment",
    Column("node", "node or group name"),
    Column("osvolume", "install target: localdisk, usbdisk, wwn=…"),
    Column("size", "volume size"),
    Column("state", "free, used, allocated", accepts=one_of("free", "used", "allocated")),
    Column("storagepool", "pool"),
    Column("hypervisor", "hypervisor"),
    Column("fcprange", "`3B00-3C00;…`"),
    Column("volumetag", "tag usable in templates"),
    Column("type", "plug-in, e.g. svc"),
    Column("controller", "management address"),
    keys=("node",),
)


TABLES = (DISCOVERYDATA, FIRMWARE, IPMI, MP, MPA, OPENBMC, PDU, PDUOUTLET, RACK, STORAGE)
