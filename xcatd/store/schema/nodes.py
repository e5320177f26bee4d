"""The nodes themselves: the master list, groups, types, positions and how they are managed."""

from __future__ import annotations

from xcatd.store.schema.accepted import (
    ARCHITECTURE,
    ARCHITECTURES,
    HOST_LIST,
    LEVEL_2,
    NAMES,
    NUMBER,
    PAIRS,
    PORT,
    SELECTION,
    SIZE,
    TIME,
    UUID,
    WORD,
    WORDS,
    YES_NO,
    one_of,
    some_of,
)
from xcatd.store.schema.table import Accepts, Column, table

_NETBOOT = ("pxe", "xnba", "grub2", "grub2-http", "grub2-tftp", "petitboot", "yaboot", "nimol", "onie", "etherboot")

CFGMGT = table(
    "cfgmgt",
    "Chef/Puppet association of nodes",
    Column("node", "node or group name"),
    Column("cfgmgr", "chef or puppet", accepts=one_of("chef", "puppet")),
    Column("cfgserver", "node name of the chef server / puppet master"),
    Column("roles", "comma list of recipes/classes for the node"),
    keys=("node",),
)

DEPS = table(
    "deps",
    "power on/off dependencies between nodes",
    Column("node", "node or group depending on others"),
    Column("nodedep", "comma list of nodes/groups it depends on", accepts=NAMES),
    Column("msdelay", "milliseconds between handling dependents and primaries", accepts=NUMBER),
    Column("cmd", "comma list of operations (on, off, …) the row applies to", accepts=WORDS),
    keys=("node", "cmd"),
    required=("node", "cmd"),
)

HWINV = table(
    "hwinv",
    "inventory learned at discovery",
    Column("node", "node or group name"),
    Column("cputype", "cpu model"),
    Column("cpucount", "number of cpus", accepts=NUMBER),
    Column("memory", "MB", accepts=SIZE),
    Column("disksize", "GB (per disk list)"),
    keys=("node",),
)

MIC = table(
    "mic",
    "Intel MIC cards",
    Column("node", "node or group name"),
    Column("host", "host machine of the card"),
    Column("id", "device number", accepts=NUMBER),
    Column("nodetype", "mic", accepts=one_of("mic")),
    Column("bridge", "bridge on the host"),
    Column("onboot", "yes/no autoboot, default yes", accepts=YES_NO),
    Column("vlog", "yes/no verbose console, default no", accepts=YES_NO),
    Column(
        "powermgt",
        "`cpufreq=on|off!corec6=…!pc3=…!pc6=…`",
        accepts=Accepts("name=value pairs, separated by !", r"\w+=\w+(?:!\w+=\w+)*"),
    ),
    keys=("node",),
)

NODEGROUP = table(
    "nodegroup",
    "group definitions",
    Column("groupname", "group name"),
    Column("grouptype", "static or dynamic", accepts=one_of("static", "dynamic")),
    Column("members", "placeholder; `static`/`dynamic` text, real membership in nodelist.groups or by wherevals"),
    Column("membergroups", "groups it refers to (PCM)"),
    Column(
        "wherevals",
        "selection `attr==val::attr2=~val2` for dynamic groups (operators ==, =~, !=, !~; attributes are object attribute names)",
        accepts=SELECTION,
    ),
    keys=("groupname",),
)

NODEHM = table(
    "nodehm",
    "hardware management methods",
    Column("node", "node or group name"),
    Column("power", "power control method, overrides mgt", accepts=WORD),
    Column(
        "mgt",
        "management method and plug-in name: openbmc, ipmi, blade, hmc, ivm, fsp, bpa, kvm, esx, rhevm, zvm, switch, pdu, mic, redfish …",
        accepts=WORD,
    ),
    Column("cons", "console method; defaults to mgt when serialport is set; also cyclades, mrv", accepts=WORDS),
    Column("termserver", "terminal server host"),
    Column("termport", "its port"),
    Column("conserver", "host whose console daemon owns the node; `a:b` = MN view:node view; default MN"),
    Column("serialport", "0 = ttyS0, 1 = ttyS1 (hvc on POWER)", accepts=NUMBER),
    Column(
        "serialspeed",
        "baud rate; required if serialport set",
        accepts=Accepts("a speed in baud, such as 115200", r"\d+(?i:[neo][5-8]?r?)?"),
    ),
    Column("serialflow", "`hard` adds flow control", accepts=one_of("hard", "soft", "none")),
    Column("getmac", "MAC collection method, default mgt", accepts=WORD),
    Column("cmdmapping", "PCM command mapping file"),
    Column("consoleondemand", "yes/no/1/0, overrides site", accepts=YES_NO),
    Column("consoleenabled", "1 = registered in goconserver (used to re-register)", accepts=YES_NO),
    keys=("node",),
)

NODELIST = table(
    "nodelist",
    "all nodes, groups and status",
    Column("node", "node name, the master list of nodes"),
    Column(
        "groups",
        "comma list of static groups; order = inheritance priority; `__name` reserved, `__mgmtnode` marks MNs",
        accepts=NAMES,
    ),
    Column(
        "status",
        "state written by the daemon and by nodes under installation: powering-on, netbooting, installing, booting, booted, ...",
    ),
    Column("statustime", "`MM-DD-YYYY hh:mm:ss`", accepts=TIME),
    Column("appstatus", "`app=state,…`", accepts=PAIRS),
    Column("appstatustime", "time of that"),
    Column("primarysn", "unused"),
    Column("hidden", "1 = not listed by nodels/lsdef without -S", accepts=YES_NO),
    Column(
        "updatestatus",
        "synced, out-of-sync, syncing, failed",
        accepts=one_of("synced", "out-of-sync", "syncing", "failed"),
    ),
    Column("updatestatustime", "time of that", accepts=TIME),
    Column("zonename", "ssh zone, empty = default zone"),
    keys=("node",),
)

NODEPOS = table(
    "nodepos",
    "physical position",
    Column("node", "node or group name"),
    Column("rack", "rack name"),
    Column("u", "vertical position"),
    Column("chassis", "chassis"),
    Column("slot", "slot(s)"),
    Column("room", "room"),
    Column("height", "height in U", accepts=NUMBER),
    keys=("node",),
)

NODERES = table(
    "noderes",
    "servers and boot resources of a node",
    Column("node", "node or group name"),
    Column(
        "servicenode",
        "comma list of SNs as the MN knows them; first reachable is used; 2nd = backup for snmove",
        accepts=NAMES,
    ),
    Column(
        "netboot",
        "pxe, xnba, grub2, grub2-http, grub2-tftp, petitboot, yaboot, nimol; selects the nodeset plug-in",
        accepts=one_of(*_NETBOOT),
    ),
    Column(
        "tftpserver",
        "TFTP server as the node knows it; default networks.tftpserver/xcatmaster; `a:b` form accepted by lookups",
    ),
    Column("tftpdir", "per-node tftp root"),
    Column("nfsserver", "NFS/HTTP server as the node knows it; default xcatmaster"),
    Column(
        "monserver",
        "`x,y` aggregator as seen by MN, by node; or a pool of service nodes",
        accepts=Accepts(
            "one host, two as server,node, or a pool of service nodes with commas", r"[^\s,]+(?: ?, ?[^\s,]*)*"
        ),
    ),
    Column("nfsdir", "exported path on nfsserver; leading `//` = take literally for statelite"),
    Column("installnic", "NIC name, MAC or `mac`; falls back to primarynic then `mac`"),
    Column("primarynic", "deprecated; same value forms"),
    Column("discoverynics", "restrict discovery NICs, `eth2,eth3` or `driver:index`"),
    Column("cmdinterface", "unused"),
    Column("xcatmaster", "server as the node knows it; default whoever answered DHCP"),
    Column("current_osimage", "unused"),
    Column("next_osimage", "unused"),
    Column("nimserver", "unused"),
    Column("routenames", "comma list of routes rows to create on the node", accepts=NAMES),
    Column("nameservers", "node-level DNS override", accepts=HOST_LIST),
    Column("proxydhcp", "yes/1 (default) or no/0: node firmware supports proxyDHCP", accepts=YES_NO),
    Column("syslog", "empty = run the syslog postscript; `ignore` = do not", accepts=one_of("ignore")),
    keys=("node",),
)

NODETYPE = table(
    "nodetype",
    "OS, architecture, provisioning choice",
    Column("node", "node or group name"),
    Column("os", "OS name+version (rhels8.6, sles15.3, ubuntu22.04, AIX …) or boottarget"),
    Column("arch", "x86_64, x86, ppc64, ppc64le, aarch64, ia64, armv7l", accepts=ARCHITECTURE),
    Column("profile", "profile string for template lookup"),
    Column("provmethod", "osimage name (install/netboot/statelite words are legacy and refused by nodeset)"),
    Column("supportedarchs", "architectures the hardware can run", accepts=some_of(*ARCHITECTURES)),
    Column("nodetype", "comma list: osi, ppc, blade, vm, mm, mn, rsa, switch, pdu, websrv …", accepts=WORDS),
    keys=("node",),
)

SERVICENODE = table(
    "servicenode",
    "service nodes and their services",
    Column("node", "SN host name (or group such as service)"),
    Column("nameserver", "0 leave, 1 forward/cache, 2 DNS slave of MN", accepts=LEVEL_2),
    Column("dhcpserver", "1 = configure and start DHCP", accepts=YES_NO),
    Column("tftpserver", "1 = configure and start TFTP", accepts=YES_NO),
    Column("nfsserver", "1 = NFS and HTTP", accepts=YES_NO),
    Column("conserver", "0 leave, 1 conserver, 2 goconserver", accepts=LEVEL_2),
    Column("monserver", "1 = monitoring collection point (information)", accepts=YES_NO),
    Column("ldapserver", "1 = start ldap", accepts=YES_NO),
    Column("ntpserver", "1 = makentp at start (documented as unused)", accepts=YES_NO),
    Column("ftpserver", "1 = vsftpd", accepts=YES_NO),
    Column("nimserver", "unused"),
    Column("ipforward", "1 = enable IPv4 forwarding", accepts=YES_NO),
    Column("dhcpinterfaces", "NIC list for makedhcp on that server, overrides site; `!remote!` for relay"),
    Column("proxydhcp", "1 = run proxydhcp-xcat", accepts=YES_NO),
    keys=("node",),
)

TASKSTATE = table(
    "taskstate",
    "per-node task lock/state (internal)",
    Column("node", "node"),
    Column("command", "command in progress"),
    Column("state", "callback or running", accepts=one_of("callback", "running")),
    Column("pid", "process id", accepts=NUMBER),
    Column("reserve", "lock flag"),
    keys=("node",),
    comments=False,
)

VPD = table(
    "vpd",
    "machine type, serial, uuid",
    Column("node", "node or group name"),
    Column("serial", "serial number"),
    Column("mtm", "machine type-model"),
    Column("side", "A-0 style FSP/BPA side and port", accepts=Accepts("side and port such as A-0", "[A-Za-z]-[0-9]")),
    Column("asset", "asset tag"),
    Column("uuid", "UUID", accepts=UUID),
    keys=("node",),
)

WEBSRV = table(
    "websrv",
    "web service access",
    Column("node", "web service host"),
    Column("port", "port", accepts=PORT),
    Column("username", "user"),
    Column("password", "password"),
    keys=("node",),
)


TABLES = (
    CFGMGT,
    DEPS,
    HWINV,
    MIC,
    NODEGROUP,
    NODEHM,
    NODELIST,
    NODEPOS,
    NODERES,
    NODETYPE,
    SERVICENODE,
    TASKSTATE,
    VPD,
    WEBSRV,
)
