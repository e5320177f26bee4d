"""Management controllers, chassis, power distribution, racks and what discovery found."""

from __future__ import annotations

from xcatd.store.schema.table import Column, table

DISCOVERYDATA = table(
    "discoverydata",
    "what discovery packets reported",
    Column("uuid", "identity reported by the discovering machine"),
    Column("node", "node name it was matched to (empty while undefined)"),
    Column("method", "who matched it: switch, blade, profile, sequential, manual, undef"),
    Column("discoverytime", "time of the last packet"),
    Column("arch", "reported architecture"),
    Column("cpucount", "logical cpus"),
    Column("cputype", "cpu model string"),
    Column("memory", "memory size as reported"),
    Column("mtm", "machine type-model"),
    Column("serial", "serial number"),
    Column("nicdriver", "list `nic!driver,…`"),
    Column("nicipv4", "list `nic!address/len`"),
    Column("nichwaddr", "list `nic!MAC`"),
    Column("nicpci", "list `nic!pci address`"),
    Column("nicloc", "list `nic!slot text`"),
    Column("niconboard", "list `nic!onboard index`"),
    Column("nicfirm", "list `nic!firmware description`"),
    Column("switchname", "list `nic!LLDP system name`"),
    Column("switchaddr", "list `nic!switch management address`"),
    Column("switchdesc", "list `nic!switch description`"),
    Column("switchport", "list `nic!port description`"),
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
    ),
    Column("taggedvlan", "VLAN id the BMC port should be tagged with"),
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
    Column("id", "slot number (or range)"),
    Column("nodetype", "mm, cmm, blade (also bmc for discovery entries)"),
    keys=("node",),
)

MPA = table(
    "mpa",
    "management module access",
    Column("mpa", "management module host name (node column of this table)"),
    Column("username", "login"),
    Column("password", "password; default passwd key=blade"),
    Column("displayname", "alternative name (PCM)"),
    Column("slots", "number of slots, or `rows,cols,orientation`"),
    Column("urlpath", "path of the chassis web page"),
    keys=("mpa", "username"),
    node_column="mpa",
)

OPENBMC = table(
    "openbmc",
    "BMC access for mgt=openbmc",
    Column("node", "node or group name"),
    Column("bmc", "BMC host"),
    Column("consport", "console port"),
    Column("taggedvlan", "VLAN for the BMC"),
    Column("username", "user; default passwd key=openbmc"),
    Column("password", "password; same default"),
    keys=("node",),
)

PDU = table(
    "pdu",
    "PDU access",
    Column("node", "node or group name"),
    Column("nodetype", "pdu"),
    Column("pdutype", "irpdu, crpdu …"),
    Column("outlet", "number of outlets"),
    Column("username", "login"),
    Column("password", "password"),
    Column("snmpversion", "SNMP version, v1 default"),
    Column("community", "community string"),
    Column("snmpuser", "SNMPv3 user"),
    Column("authtype", "MD5 or SHA"),
    Column("authkey", "auth pass phrase"),
    Column("privtype", "AES or DES"),
    Column("privkey", "privacy pass phrase"),
    Column("seclevel", "noAuthNoPriv, authNoPriv, authPriv"),
    keys=("node",),
)

PDUOUTLET = table(
    "pduoutlet",
    "outlets feeding a node",
    Column("node", "node or group name"),
    Column("pdu", "`pdu:outlet,pdu2:outlet2`"),
    keys=("node",),
)

RACK = table(
    "rack",
    "racks",
    Column("rackname", "rack"),
    Column("displayname", "PCM name"),
    Column("num", "number"),
    Column("height", "units"),
    Column("room", "room"),
    keys=("rackname",),
)

STORAGE = table(
    "storage",
    "SAN/volume assignment",
    Column("node", "node or group name"),
    Column("osvolume", "install target: localdisk, usbdisk, wwn=…"),
    Column("size", "volume size"),
    Column("state", "free, used, allocated"),
    Column("storagepool", "pool"),
    Column("hypervisor", "hypervisor"),
    Column("fcprange", "`3B00-3C00;…`"),
    Column("volumetag", "tag usable in templates"),
    Column("type", "plug-in, e.g. svc"),
    Column("controller", "management address"),
    keys=("node",),
)


TABLES = (DISCOVERYDATA, FIRMWARE, IPMI, MP, MPA, OPENBMC, PDU, PDUOUTLET, RACK, STORAGE)
