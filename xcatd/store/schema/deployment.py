"""What a node boots, and what is done to it before, during and after its installation."""

from __future__ import annotations

from xcatd.store.schema.accepted import NUMBER, one_of
from xcatd.store.schema.table import Column, table

BOOTPARAMS = table(
    "bootparams",
    "current network boot settings per node",
    Column("node", "node or group name"),
    Column("kernel", "path below the tftp root of the kernel/loader to hand out next (also memdisk etc.)"),
    Column("initrd", "path of the initial ramdisk (may be a floppy/disk image for memdisk)"),
    Column("kcmdline", "kernel arguments computed by xCAT; not for hand editing (use addkcmdline)"),
    Column(
        "addkcmdline",
        "administrator's extra kernel options, blank separated; prefix `R::` puts the option into the installed system instead of the installer; give both forms for both",
    ),
    Column("dhcpstatements", "DHCP statements maintained by xCAT for the node"),
    Column("adddhcpstatements", "administrator DHCP statements; declared but never used"),
    keys=("node",),
)

CHAIN = table(
    "chain",
    "what a node should do next (discovery/boot state machine)",
    Column("node", "node or group name"),
    Column(
        "currstate",
        "step being executed or just set, e.g. `install rhels8-x86_64-compute`, `boot`, `shell`, `runcmd=…`",
    ),
    Column("currchain", "remaining steps (comma or semicolon list), consumed by nextdestiny"),
    Column(
        "chain",
        "template list run on first discovery; items: boot, shell, standby, runcmd=cmd, runimage=url, osimage=name[:reboot4deploy]",
    ),
    Column("ondiscover", "unused"),
    keys=("node",),
)

DOMAIN = table(
    "domain",
    "directory (AD) membership settings",
    Column("node", "node or group name"),
    Column("ou", "LDAP/AD organisational unit for the machine account (default cn=Computers,…)"),
    Column("authdomain", "AD domain/Kerberos realm if different from site"),
    Column("adminuser", "node-specific domain administrator (normally from passwd)"),
    Column("adminpassword", "its password"),
    Column("type", "only `activedirectory` known", accepts=one_of("activedirectory")),
    keys=("node",),
)

ISCSI = table(
    "iscsi",
    "iSCSI boot settings",
    Column("node", "node or group name"),
    Column("server", "target server"),
    Column("target", "target name, filled by setupiscsidev"),
    Column("lun", "LUN, default 0 (tgtd often 1)", accepts=NUMBER),
    Column("iname", "initiator name, unused"),
    Column("file", "backing file path on the server"),
    Column("userid", "CHAP user"),
    Column("passwd", "CHAP password"),
    Column("kernel", "kernel to boot"),
    Column("kcmdline", "its arguments"),
    Column("initrd", "its initrd"),
    keys=("node",),
)

POSTSCRIPTS = table(
    "postscripts",
    "node customisation scripts",
    Column("node", "node or group name"),
    Column("postscripts", "comma list of `script args`; row node=xcatdefaults is prepended for all"),
    Column("postbootscripts", "same, run after first boot/at each diskless boot"),
    keys=("node",),
)

PRESCRIPTS = table(
    "prescripts",
    "server-side scripts around nodeset",
    Column("node", "node or group name"),
    Column("begin", "`[action:]s1,s2[|action2:…]` run before nodeset work"),
    Column("end", "same, after"),
    keys=("node",),
)

PRODKEY = table(
    "prodkey",
    "product keys",
    Column("node", "node or group name"),
    Column("product", "product or OS name"),
    Column("key", "licence key"),
    keys=("node", "product"),
)

STATELITE = table(
    "statelite",
    "persistent storage location",
    Column("node", "node or group; keep unique"),
    Column("image", "reserved"),
    Column("statemnt", "`server:dir`, node name is appended at boot; `$` variables allowed"),
    Column("mntopts", "NFS options for it"),
    keys=("node",),
    required=("node", "statemnt"),
)


TABLES = (BOOTPARAMS, CHAIN, DOMAIN, ISCSI, POSTSCRIPTS, PRESCRIPTS, PRODKEY, STATELITE)
