"""Hypervisors, virtual machines and their storage."""

from __future__ import annotations

from xcatd.store.schema.accepted import ARCHITECTURE, HOST, PAIRS, THREE_NUMBERS, WORD, WORDS, YES_NO, one_of, some_of
from xcatd.store.schema.table import Accepts, Column, table

HYPERVISOR = table(
    "hypervisor",
    "hypervisor settings",
    Column("node", "node or group name"),
    Column("type", "virtualisation plug-in for hypervisor commands (kvm, esx, rhev…, zvm, xen)", accepts=WORD),
    Column("mgr", "management server of the hypervisor (vCenter, RHEV-M …)"),
    Column("interface", "bar-separated `[net:if:bootproto:ip:mask:gateway]` definitions"),
    Column("netmap", "logical network to physical port map, e.g. `10ge=vmnic0&vmnic1,ge=vmnic2`"),
    Column("defaultnet", "network for guests that name none"),
    Column("cluster", "cluster the hypervisor belongs to"),
    Column("datacenter", "VMware data centre"),
    Column("preferdirect", "1/yes: talk to the hypervisor itself even when mgr is set", accepts=YES_NO),
    keys=("node",),
)

KVM_MASTERDATA = table(
    "kvm_masterdata",
    "KVM clone masters (internal)",
    Column("name", "master image name"),
    Column("xml", "libvirt XML template for clones", "VARCHAR(16000)"),
    keys=("name",),
    node_column="name",
)

KVM_NODEDATA = table(
    "kvm_nodedata",
    "KVM guest definitions (internal)",
    Column("node", "node or group name"),
    Column("xml", "stored libvirt domain XML", "VARCHAR(16000)"),
    keys=("node",),
    required=("node",),
)

VIRTSD = table(
    "virtsd",
    "RHEV storage domains",
    Column("node", "storage domain"),
    Column("sdtype", "data, iso, export", accepts=one_of("data", "iso", "export")),
    Column("stype", "nfs, fcp, iscsi, localfs", accepts=one_of("nfs", "fcp", "iscsi", "localfs")),
    Column("location", "path"),
    Column("host", "host acting as SPM"),
    Column("cluster", "cluster"),
    Column("datacenter", "data centre"),
    keys=("node",),
)

VM = table(
    "vm",
    "virtual machine settings",
    Column("node", "node or group name"),
    Column("mgr", "manager of the VM"),
    Column("host", "current hypervisor"),
    Column("migrationdest", "noderange of migration targets"),
    Column("storage", "disk locations `dir:///…`, `nfs://…`, `phy:` …, comma list"),
    Column("storagemodel", "disk controller model"),
    Column(
        "storagecache",
        "none, writethrough, writeback",
        accepts=one_of("none", "writethrough", "writeback", "directsync", "unsafe"),
    ),
    Column("storageformat", "raw, qcow2", accepts=WORD),
    Column("cfgstore", "place for config data"),
    Column("memory", "MB (or min/req/max on POWER)", accepts=THREE_NUMBERS),
    Column("cpus", "number (or min/req/max)", accepts=THREE_NUMBERS),
    Column("nics", "`[physnet:]interface[|direct],…`"),
    Column("nicmodel", "e1000, rtl8139, virtio", accepts=WORD),
    Column("bootorder", "net,hd", accepts=WORDS),
    Column("clockoffset", "localtime or utc", accepts=one_of("localtime", "utc")),
    Column("virtflags", "`flag=value` list: imageformat, clonemethod, placement_affinity", accepts=PAIRS),
    Column("master", "linked master image"),
    Column("vncport", "current VNC port (internal)"),
    Column("textconsole", "pty of the console (internal)"),
    Column("powerstate", "last known power state"),
    Column("beacon", "identify LED state"),
    Column("datacenter", "VMware data centre"),
    Column("cluster", "cluster"),
    Column("guestostype", "explicit guest OS id"),
    Column(
        "othersettings",
        "semicolon list key:value or vmx settings (hugepage, bsr, cpumode, vcpupin, membind, devpassthrough, machine)",
    ),
    Column("physlots", "comma list of drc indexes 0x…"),
    Column("vidmodel", "video adapter"),
    Column("vidproto", "vnc, spice", accepts=one_of("vnc", "spice")),
    Column("vidpassword", "fixed console password"),
    keys=("node",),
)

VMMASTER = table(
    "vmmaster",
    "VM master images",
    Column("name", "master"),
    Column("os", "OS when captured"),
    Column("arch", "architecture", accepts=ARCHITECTURE),
    Column("profile", "profile"),
    Column("storage", "where the master data is"),
    Column("storagemodel", "default storage model"),
    Column("nics", "NIC configuration"),
    Column("vintage", "creation time"),
    Column("originator", "creator"),
    Column("virttype", "vmware, kvm …"),
    Column("specializeparameters", "extra, e.g. autoLogonCount=n"),
    keys=("name",),
    node_column="name",
)

ZVM = table(
    "zvm",
    "z/VM topology",
    Column("node", "node or group name"),
    Column("hcp", "z/VM control point"),
    Column("userid", "z/VM user id"),
    Column("nodetype", "cec, lpar, zvm, vm", accepts=some_of("cec", "lpar", "zvm", "vm")),
    Column("parent", "parent in that chain"),
    Column("discovered", "1 = found by discovery", accepts=YES_NO),
    Column("status", "`key=value;…` CLONING, CLONE_ONLY"),
    keys=("node",),
)

ZVMIVP = table(
    "zvmivp",
    "z/VM verification schedule",
    Column("id", "IVP run id"),
    Column("ip", "target address", accepts=HOST),
    Column("schedule", "blank-separated hours", accepts=Accepts("hours, separated by blanks", r"\d{1,2}(?: \d{1,2})*")),
    Column(
        "last_run", "`year julianday hour`", accepts=Accepts("year, day of the year and hour", r"\d{4} \d{1,3} \d{1,2}")
    ),
    Column("type_of_run", "fullivp or basicivp", accepts=one_of("fullivp", "basicivp")),
    Column("access_user", "user on the OpenStack node"),
    Column("orch_parms", "parameters for verifynode"),
    Column("prep_parms", "parameters for preparation script"),
    Column("main_ivp_parms", "parameters for the main script"),
    keys=("id",),
)


TABLES = (HYPERVISOR, KVM_MASTERDATA, KVM_NODEDATA, VIRTSD, VM, VMMASTER, ZVM, ZVMIVP)
