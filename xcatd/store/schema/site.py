"""Settings of the whole cluster: the `site` table and the attributes that mean something in it.

Any other attribute is kept as well: `site` is a plain table of keys and values.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from xcatd.store.schema.table import Column, table

SITE = table(
    "site",
    "global key/value settings",
    Column("key", "attribute name"),
    Column("value", "attribute value"),
    keys=("key",),
)

TABLES = (SITE,)

_AIX = {
    "nimprime": "NIM primary server; default the MN (value of `master`)",
    "useSSHonAIX": "yes/1 (default) or no/0: remoteshell uses ssh rather than rsh/rcp",
    "useNFSv4onAIX": "yes/1 or no/0 (default no): NIM resources and diskless nodes use NFSv4 (site domain must be set)",
}

_DATABASE = {
    "auditnosyslog": "1 = audit only in the table, 0 = also syslog",
    "auditskipcmds": "comma list of commands not audited; `ALL` = none audited; `clienttype:web` style entries skip a client type",
    "checkvalues": "what to do with values that a column does not take: warn (default), strict = refuse the change, no = nothing",
    "databaseloc": "directory for the database instance when not default",
    "excludenodes": "nodes/groups removed from every command's noderange",
    "historydays": "days for which the history of changes is kept, 90 by default; 0 = for ever",
    "nodestatus": "`n` = do not maintain nodelist.status during deployment, nodestat and power operations",
    "skiptables": "comma list of tables left out by dumpxCATdb and restorexCATdb",
    "skipvalidatelog": "1 = getcredentials/getpostscript requests not logged to syslog",
    "dbtracelevel": "0-4, how much of the database access is traced in the log",
}

_DHCP = {
    "dhcpbackend": "auto (default), isc or kea; auto picks by distribution version and installed package",
    "keacontrolagent": "1/yes/true/enabled or 0/no/… (default): generate the Kea Control Agent's socket configuration",
    "dhcpomapialgorithm": "TSIG key algorithm for DDNS and OMAPI: hmac-md5 (if unset), -sha1, -sha224, -sha256, -sha384, -sha512",
    "dhcpomapikeyname": "key name (default xcat_key) and `passwd` username of the row key=omapi",
    "dhcpomshellpath": "omshell binary (default /usr/bin/omshell)",
    "dhcpinterfaces": "NICs DHCP listens on: `nic,nic` for all servers, or `host|nic,nic;group|nic`; suffix `:noboot` on a NIC = do not hand the discovery kernel there; `!remote!` = relayed",
    "dhcpsetup": "`n` = nodeset never calls makedhcp",
    "dhcplease": "lease time in seconds, 43200 after the installation",
    "disjointdhcps": "1 = each SN's DHCP data holds only its own nodes (and, without sharedtftp, its own boot files); default 0 = all nodes of the subnet",
    "pruneservices": "a value that does not end in `n` and does not contain `no`: noderm first takes the nodes out of DHCP; unset = no",
    "managedaddressmode": "dhcp (default) or static: how installers configure the node's address",
    "externaldhcpservers": "external DHCP servers to be updated by OMAPI",
    "autoulaprefix": "IPv6 ULA prefix used in templates",
}

_DNS = {
    "dnshandler": "what makedns uses: ddns or bind",
    "domain": "cluster DNS domain",
    "forwarders": "upstream DNS servers for the MN's named; SNs always forward to the MN",
    "dnsforwardmode": "first, only, no (default)",
    "emptyzonesenable": "yes/no: named's `empty-zones-enable`",
    "master": "MN address/name as nodes see it; mandatory: daemon, nodes and DNS all depend on it",
    "nameservers": "DNS servers given to nodes; `<xcatmaster>` = the node's own server",
    "externaldns": "any value = do not start a local named",
    "dnsupdaters": "extra entries for the zones' allow-update",
    "dnsinterfaces": "like dhcpinterfaces, for named's listen-on",
    "namedincludes": "comma list of files included in named.conf",
    "ddnsserver": "another server that takes the DNS updates",
    "bindzones": "alternative path of BIND's zone files",
    "binddir": "alternative path of BIND's directory",
    "bindconf": "alternative path of BIND's configuration file",
    "directoryprovider": "Active Directory integration: kind of directory",
    "directoryserver": "Active Directory integration: directory server",
    "directoryservers": "Active Directory integration: directory servers",
    "realm": "Active Directory integration: Kerberos realm",
}

_HARDWARE = {
    "bmctrust": "which certificates of Redfish BMCs are believed: any, ca:<file>, or pins:<file> with lines `host sha256`; unset = of the system's authorities and the cluster's",
    "ipmidispatch": "y (default) = BMC commands run on the node's SN",
    "hwctrldispatch": "y (default) = hardware control of Flex blades runs on the node's SN",
    "ipmimaxp": "64; how many BMCs are worked on at once",
    "ipmiretries": "3; how often a BMC command is tried again",
    "ipmitimeout": "2; seconds until a BMC command is tried again",
    "ipmisdrcache": "no = no local cache of sensor records",
    "blademaxp": "64; how many management modules are worked on at once",
    "ppcmaxp": "64; how many Power control points are worked on at once",
    "ppcretry": "3; how often a Power control point is tried again",
    "ppctimeout": "time allowed for a Power control point in milliseconds, 0 = its own default",
    "maxssh": "8; ssh connections per control point",
    "fsptimeout": "time allowed for an FSP in milliseconds, 0 = its own default",
    "enableASMI": "yes or no (default): use the service processor's web pages",
    "snmpc": "SNMP community string",
    "powerconfirm": "rpower asks at a terminal before it changes the power of more nodes than this; unset = it never asks",
    "powerinterval": "seconds between LPARs per control point, 0 by default",
    "syspowerinterval": "seconds between CECs, or between batches of `syspowermaxnodes` IPMI nodes",
    "syspowermaxnodes": "IPMI nodes per batch; must be set when syspowerinterval is used for them",
    "ea_primary_hmc": "HMC for switch event analysis",
    "ea_backup_hmc": "second HMC for switch event analysis",
    "vmmaxp": "how many virtual machines are worked on at once",
    "openbmcperl": "choice between two implementations of the OpenBMC commands",
    "usefping": "use fping to see which nodes answer",
}

_DEPLOYMENT = {
    "installdir": "base of packages, postscripts and templates, /install by default",
    "installloc": "`host:/path` SNs mount on their installdir (path must equal installdir; host default MN); empty = not mounted",
    "tftpdir": "base of the TFTP server, /tftpboot by default",
    "tftpflags": "in.tftpd arguments (default `-v -l -s /tftpboot -m /etc/tftpmapfile4xcat.conf`)",
    "sharedtftp": "1/yes = SNs mount tftpdir from the MN; 0/no = each has its own; a host name = mount from that host",
    "sharedinstall": "no (default), sns (shared across SNs), all (MN and SNs)",
    "xcatconfdir": "directory of the configuration, /etc/xcat by default",
    "xcatdebugmode": "0, 1 (collect install logs, debug output of postscripts), 2 (plus ssh into the installer etc.)",
    "runbootscripts": "yes = stateful nodes rerun postbootscripts at each boot (needs `updatenode -P setuppostbootscripts`)",
    "precreatemypostscripts": "yes/1 = nodeset/updatenode write `<tftpdir>/mypostscripts/mypostscript.<node>` in bulk; default no",
    "mypostscriptkeys": "comma list: attributes of site that nodes see in mypostscript besides those that they always see",
    "tokenminutes": "minutes for which nodeset lets nodes that it installs or boots without disk ask for a certificate; default 120, 0 = not at all",
    "legacynodes": "yes = images of xCAT 2 get their scripts without a certificate, by their address; default no",
    "cleanupxcatpost": "yes = remove /xcatpost after the postscripts on diskless nodes, default no",
    "cleanupdiskfullxcatpost": "yes = remove /xcatpost after the postscripts on diskful nodes, default no",
    "setinstallnic": "1 = make the install NIC static",
    "secureroot": "1 = root's password hash is fetched by the node with its credentials instead of standing in the template",
    "defserialport": "serial port of the genesis image's console (mknb)",
    "defserialspeed": "serial speed of the genesis image's console (mknb)",
    "defserialflow": "serial flow control of the genesis image's console (mknb)",
    "mnroutenames": "rows of the routes table applied to the MN by makeroutes",
    "genpasswords": "random BMC passwords at bmcsetup",
    "genmacprefix": "MAC prefix for generated MACs of virtual machines",
    "iscsidir": "directory of iSCSI disk files",
    "db2installloc": "directory of the DB2 installation",
    "disablenodesetwarning": "declared to allow nodeset without an osimage again; nodeset refuses those forms regardless",
    "nodeauthentication": "require the node's own certificate for getpostscript/getdestiny",
    "disablecredfilecheck": "do not check the node's credential file",
    "httpmethod": "scheme for URLs given to nodes",
    "osimagerequired": "nodeset takes osimage names only",
    "onlysupportarchs": "architectures that may be deployed",
    "tmpdir": "directory for temporary files",
    "winorgname": "organisation written into Windows unattend files",
    "winfullname": "owner written into Windows unattend files",
    "wintimezone": "time zone written into Windows unattend files",
    "prejoinactivedirectory": "make the machine account in Active Directory before the installation",
}

_REMOTE_SHELL = {
    "nodesyncfiledir": "scratch directory for synchronised files on the node, /var/xcat/node/syncfiles by default",
    "SNsyncfiledir": "staging directory for hierarchical xdcp on the SN, /var/xcat/syncfiles by default",
    "sshbetweennodes": "ALLGROUPS, NOGROUPS or list of groups whose nodes may ssh as root to one another; ignored when the zone table is used",
}

_SERVICES = {
    "consoleondemand": "yes/no (default no): connect to consoles only while somebody looks",
    "httpport": "port in URLs given to nodes, 80 by default",
    "nmapoptions": "extra options for nmap",
    "useNmapfromMN": "yes = nodestat looks from the MN instead of the SN; default no",
    "ntpservers": "NTP servers for SNs and compute nodes (`<xcatmaster>` ok)",
    "extntpservers": "NTP servers for the MN; empty = local clock",
    "timezone": "time zone of the nodes",
    "svloglocal": "1 = syslog of SNs is not forwarded to the MN",
    "vsftp": "y = start vsftpd on the MN, default n; SNs use servicenode.ftpserver",
    "FQDNfirst": "1/yes/enable = /etc/hosts lists the long name before the short one",
    "hierarchicalattrs": "list `attr[:delim]`; for these columns the values of all groups are concatenated, in group order, duplicates dropped, instead of first-hit",
    "logservers": "syslog servers in the DHCP options",
    "consoleservice": "which console service rcons uses",
    "consolelogsize": "MiB after which the log of a console is begun anew, 16 by default",
    "consolelogdays": "days after which the log of a console is begun anew, 30 by default; 0 = whatever its age",
    "consolelogkeep": "how many older logs of each console are kept, 4 by default",
    "consolesyslog": "yes = what consoles say goes to the syslog of their host, too; default no",
    "takeover": "seconds for which a service node must be dead before its nodes go to another one of their pool by themselves, `after` or `after:back` with seconds of health before they go back; unset or 0 = never; table takeover counts first",
    "takeoverprogram": "program that is told of automatic takeovers on its standard input",
}

_VIRTUALISATION = {
    "usexhrm": "run xHRM for bridges",
    "vcenterautojoin": "no = do not add/remove hypervisors",
    "vmwarereconfigonpower": "no = do not push cpu/memory changes",
    "persistkvmguests": "any value = keep the libvirt definition after power off",
    "masterimgdir": "directory of master images",
    "usehostnamesforvcenter": "name hypervisors by host name in vCenter",
    "vmwaredatastoreautomount": "mount data stores by themselves",
    "xcatesximoddisable": "leave ESXi images as they are",
    "vlansecurity": "extra protection of VLANs made by mkvlan",
    "internalmaster": "z/VM: address of the MN on the internal network",
}

_DAEMON = {
    "xcatdport": "port for commands, 3001",
    "xcatiport": "port for nodes under installation, 3002",
    "xcatlport": "port of the command log, 3003",
    "xcatmaxconnections": "64; concurrent requests",
    "xcatmaxbatchconnections": "50; of those, requests of nodes (only with useflowcontrol)",
    "useflowcontrol": 'yes = nodes wait for a UDP "ready" before connecting (not AIX); default no = random sleep and retry',
    "tokenexpiredays": "lifetime of REST tokens in days, 1 by default, or `never`",
    "xcattlspolicy": "modern or legacy",
    "xcatsslversion": "TLS version under the legacy policy",
    "xcatsslciphers": "TLS ciphers under the legacy policy",
    "enableperf": "keep a log of performance",
    "__SEQDiscover": "state of the running sequential discovery, written by commands",
    "__PCMDiscover": "state of the running profile discovery, written by commands",
    "__ZVMDiscover": "state of the running z/VM discovery, written by commands",
}

SITE_ATTRIBUTES: Mapping[str, str] = MappingProxyType(
    _AIX | _DATABASE | _DHCP | _DNS | _HARDWARE | _DEPLOYMENT | _REMOTE_SHELL | _SERVICES | _VIRTUALISATION | _DAEMON
)
"""Attribute name -> what it means and accepts (schema.md, "The site table")."""
