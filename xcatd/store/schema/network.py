"""Networks, addresses, NICs, switches and routes."""

from __future__ import annotations

from xcatd.store.schema.accepted import (
    ADDRESS,
    HOST,
    HOST_LIST,
    MACS,
    MASK,
    NETWORK,
    NUMBER,
    PER_NIC,
    PER_PORT,
    RANGES,
    VLAN,
    one_of,
)
from xcatd.store.schema.table import Accepts, Column, table

SNMP_VERSION = Accepts("an SNMP version: 1, 2c or 3", r"(?i:(?:snmp)?v?[123]c?)")

HOSTS = table(
    "hosts",
    "addresses and aliases used by makehosts",
    Column("node", "node or group name"),
    Column("ip", "address written to /etc/hosts; elsewhere the resolver is used, not this column", accepts=ADDRESS),
    Column("hostnames", "aliases, blank or comma separated"),
    Column(
        "otherinterfaces",
        "extra addresses: `-suffix:ip,fullname:ip,…`",
        accepts=Accepts("-suffix:address or name:address, separated by commas", r"[^:,]+:.+"),
    ),
    keys=("node",),
)

MAC = table(
    "mac",
    "install MAC addresses",
    Column("node", "node or group name"),
    Column("interface", "install NIC name"),
    Column(
        "mac",
        "`MAC` or `MAC!hostname|MAC!hostname…`; a bare MAC belongs to the node name; `*NOIP*` suffix form means no address",
        accepts=MACS,
    ),
    keys=("node",),
)

NETWORKS = table(
    "networks",
    "networks of the cluster",
    Column("netname", "object name; default `net-mask` with dots as underscores"),
    Column("net", "network address (IPv4 or IPv6 prefix)", accepts=NETWORK),
    Column("mask", "netmask or IPv6 prefix length", accepts=MASK),
    Column("mgtifname", "local interface of the MN/SN on this network; `!remote!nic` = relayed network"),
    Column("gateway", "address, `<xcatmaster>` or empty", accepts=HOST),
    Column(
        "dhcpserver", "server owning the dynamic range; needed when SNs serve DHCP; not `<xcatmaster>`", accepts=HOST
    ),
    Column("tftpserver", "TFTP server for the network; default the DHCP server", accepts=HOST),
    Column("nameservers", "DNS list for nodes; `<xcatmaster>` allowed", accepts=HOST_LIST),
    Column("ntpservers", "NTP list; default the DHCP server", accepts=HOST_LIST),
    Column("logservers", "syslog list; default the DHCP server", accepts=HOST_LIST),
    Column("dynamicrange", "`start-end` (or CIDR, several separated by `;`) for unknown clients", accepts=RANGES),
    Column("staticrange", "range used to give fixed addresses to new nodes", accepts=RANGES),
    Column("staticrangeincrement", "step within staticrange", accepts=NUMBER),
    Column("nodehostname", "regex turning node name into the host name on this network"),
    Column("ddnsdomain", "domain for DHCP-driven DNS updates"),
    Column("vlanid", "VLAN id", accepts=VLAN),
    Column("domain", "DNS domain of the network"),
    Column("mtu", "MTU for the NICs on it", accepts=NUMBER),
    keys=("net", "mask"),
)

NICS = table(
    "nics",
    "secondary NIC configuration",
    Column("node", "node or group name"),
    Column(
        "nicips",
        "`nic!ip[|ip2],…`; sub-attribute syntax nicips.<nic> in object commands; primary address also in hosts.ip",
        accepts=PER_NIC,
    ),
    Column(
        "nichostnamesuffixes", "`nic!suffix[|suffix2],…` one per address, appended to the node name", accepts=PER_NIC
    ),
    Column("nichostnameprefixes", "same, prepended", accepts=PER_NIC),
    Column("nictypes", "`nic!Ethernet|Infiniband|bond|vlan|bridge…`", accepts=PER_NIC),
    Column("niccustomscripts", "`nic!script args`", accepts=PER_NIC),
    Column("nicnetworks", "`nic!networkname[|…]`", accepts=PER_NIC),
    Column("nicaliases", "`nic!alias alias[|alias…]`", accepts=PER_NIC),
    Column("nicextraparams", "`nic!PARAM=val PARAM=val[|…]`; values with several parts joined by `;`", accepts=PER_NIC),
    Column("nicdevices", "`nic!dev[|dev2]` slaves of bond/bridge/vlan", accepts=PER_NIC),
    Column("nicsadapter", "facts collected by getadapter: `nic!mac=… linkstate=…`", accepts=PER_NIC),
    keys=("node",),
)

ROUTES = table(
    "routes",
    "static routes",
    Column("routename", "name"),
    Column("net", "destination", accepts=NETWORK),
    Column("mask", "mask", accepts=MASK),
    Column("gateway", "gateway, usually an SN", accepts=HOST),
    Column("ifname", "interface, mandatory for IPv6"),
    keys=("routename",),
)

SWITCH = table(
    "switch",
    "switch port of each node NIC",
    Column("node", "node or group"),
    Column("switch", "switch host"),
    Column("port", "port as printed or CLI form 2/0/1"),
    Column("vlan", "VLAN id set by mkvlan", accepts=VLAN),
    Column("interface", "node NIC; empty, `primary` or `primary:ethX` for the main one"),
    keys=("node", "switch", "port"),
)

SWITCHES = table(
    "switches",
    "switch access",
    Column("switch", "switch host (node column)"),
    Column("snmpversion", "1 default, 2c, 3", accepts=SNMP_VERSION),
    Column("username", "SNMPv3 user"),
    Column("password", "SNMPv3 pass phrase or community"),
    Column("privacy", "SNMPv3 privacy protocol, none = authNoPriv"),
    Column("auth", "SNMPv3 auth, SHA default"),
    Column("linkports", "`port:switch,…` uplinks", accepts=PER_PORT),
    Column("sshusername", "login; default passwd key=switch"),
    Column("sshpassword", "password"),
    Column("protocol", "ssh (default) or telnet", accepts=one_of("ssh", "telnet")),
    Column("switchtype", "Mellanox, Cisco, BNT, Juniper, onie/cumulus"),
    keys=("switch",),
    node_column="switch",
)


TABLES = (HOSTS, MAC, NETWORKS, NICS, ROUTES, SWITCH, SWITCHES)
