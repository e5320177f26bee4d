"""Networks, addresses, NICs, switches and routes."""

from __future__ import annotations

from xcatd.store.schema.table import Column, table

HOSTS = table(
    "hosts",
    "addresses and aliases used by makehosts",
    Column("node", "node or group name"),
    Column("ip", "address written to /etc/hosts; elsewhere the resolver is used, not this column"),
    Column("hostnames", "aliases, blank or comma separated"),
    Column("otherinterfaces", "extra addresses: `-suffix:ip,fullname:ip,…`"),
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
    ),
    keys=("node",),
)

NETWORKS = table(
    "networks",
    "networks of the cluster",
    Column("netname", "object name; default `net-mask` with dots as underscores"),
    Column("net", "network address (IPv4 or IPv6 prefix)"),
    Column("mask", "netmask or IPv6 prefix length"),
    Column("mgtifname", "local interface of the MN/SN on this network; `!remote!nic` = relayed network"),
    Column("gateway", "address, `<xcatmaster>` or empty"),
    Column("dhcpserver", "server owning the dynamic range; needed when SNs serve DHCP; not `<xcatmaster>`"),
    Column("tftpserver", "TFTP server for the network; default the DHCP server"),
    Column("nameservers", "DNS list for nodes; `<xcatmaster>` allowed"),
    Column("ntpservers", "NTP list; default the DHCP server"),
    Column("logservers", "syslog list; default the DHCP server"),
    Column("dynamicrange", "`start-end` (or CIDR, several separated by `;`) for unknown clients"),
    Column("staticrange", "range used to give fixed addresses to new nodes"),
    Column("staticrangeincrement", "step within staticrange"),
    Column("nodehostname", "regex turning node name into the host name on this network"),
    Column("ddnsdomain", "domain for DHCP-driven DNS updates"),
    Column("vlanid", "VLAN id"),
    Column("domain", "DNS domain of the network"),
    Column("mtu", "MTU for the NICs on it"),
    keys=("net", "mask"),
)

NICS = table(
    "nics",
    "secondary NIC configuration",
    Column("node", "node or group name"),
    Column(
        "nicips",
        "`nic!ip[|ip2],…`; sub-attribute syntax nicips.<nic> in object commands; primary address also in hosts.ip",
    ),
    Column("nichostnamesuffixes", "`nic!suffix[|suffix2],…` one per address, appended to the node name"),
    Column("nichostnameprefixes", "same, prepended"),
    Column("nictypes", "`nic!Ethernet|Infiniband|bond|vlan|bridge…`"),
    Column("niccustomscripts", "`nic!script args`"),
    Column("nicnetworks", "`nic!networkname[|…]`"),
    Column("nicaliases", "`nic!alias alias[|alias…]`"),
    Column("nicextraparams", "`nic!PARAM=val PARAM=val[|…]`; values with several parts joined by `;`"),
    Column("nicdevices", "`nic!dev[|dev2]` slaves of bond/bridge/vlan"),
    Column("nicsadapter", "facts collected by getadapter: `nic!mac=… linkstate=…`"),
    keys=("node",),
)

ROUTES = table(
    "routes",
    "static routes",
    Column("routename", "name"),
    Column("net", "destination"),
    Column("mask", "mask"),
    Column("gateway", "gateway, usually an SN"),
    Column("ifname", "interface, mandatory for IPv6"),
    keys=("routename",),
)

SWITCH = table(
    "switch",
    "switch port of each node NIC",
    Column("node", "node or group"),
    Column("switch", "switch host"),
    Column("port", "port as printed or CLI form 2/0/1"),
    Column("vlan", "VLAN id set by mkvlan"),
    Column("interface", "node NIC; empty, `primary` or `primary:ethX` for the main one"),
    keys=("node", "switch", "port"),
)

SWITCHES = table(
    "switches",
    "switch access",
    Column("switch", "switch host (node column)"),
    Column("snmpversion", "1 default, 2c, 3"),
    Column("username", "SNMPv3 user"),
    Column("password", "SNMPv3 pass phrase or community"),
    Column("privacy", "SNMPv3 privacy protocol, none = authNoPriv"),
    Column("auth", "SNMPv3 auth, SHA default"),
    Column("linkports", "`port:switch,…` uplinks"),
    Column("sshusername", "login; default passwd key=switch"),
    Column("sshpassword", "password"),
    Column("protocol", "ssh (default) or telnet"),
    Column("switchtype", "Mellanox, Cisco, BNT, Juniper, onie/cumulus"),
    keys=("switch",),
    node_column="switch",
)


TABLES = (HOSTS, MAC, NETWORKS, NICS, ROUTES, SWITCH, SWITCHES)
