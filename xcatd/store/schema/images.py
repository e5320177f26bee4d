"""Operating system images, the distributions they come from, and kits."""

from __future__ import annotations

from xcatd.store.schema.accepted import ARCHITECTURE, DECIMAL, OCTAL, PAIRS, YES_NO, one_of, some_of
from xcatd.store.schema.table import Accepts, Column, table

_METHODS = (
    *("install", "netboot", "statelite", "boottarget", "dualboot", "sysclone", "raw", "genesis", "nim"),
    *("nimol", "onie", "shell", "iscsiboot"),
)
_ROLES = some_of("mgtnode", "servicenode", "compute", "login", "storage", "utility")

BOOTTARGET = table(
    "boottarget",
    "named kernel/initrd/arguments sets",
    Column(
        "bprofile",
        "key; used by nodes whose nodetype.os is `boottarget` and profile equals this, or by linuximage.boottarget",
    ),
    Column("kernel", "kernel path to boot"),
    Column("initrd", "initrd path"),
    Column("kcmdline", "kernel arguments"),
    keys=("bprofile",),
)

KIT = table(
    "kit",
    "installed software kits",
    Column("kitname", "unique name generated when the kit is added"),
    Column("basename", "kit base name"),
    Column("description", "free text"),
    Column("version", "version"),
    Column("release", "release"),
    Column("ostype", "Linux or AIX", accepts=one_of("Linux", "AIX")),
    Column("isinternal", "1 = internal kit", accepts=YES_NO),
    Column("kitdeployparams", "file with `#ENV:NAME=value#` defaults exported to postscripts"),
    Column("kitdir", "installation directory on the MN"),
    keys=("kitname",),
)

KITCOMPONENT = table(
    "kitcomponent",
    "components of kits",
    Column("kitcompname", "unique generated name"),
    Column("description", "free text"),
    Column("kitname", "owning kit"),
    Column("kitreponame", "package repository it uses"),
    Column("basename", "base name"),
    Column("version", "version"),
    Column("release", "release"),
    Column("serverroles", "allowed roles: mgtnode, servicenode, compute", accepts=_ROLES),
    Column("kitpkgdeps", "packages it needs"),
    Column("prerequisite", "package with OS dependencies and pre-scripts"),
    Column("driverpacks", "full driver package file names"),
    Column("kitcompdeps", "other components needed"),
    Column("postbootscripts", "scripts to run on the node"),
    Column("genimage_postinstall", "scripts to run in genimage"),
    Column("exlist", "exclude list for packimage"),
    keys=("kitcompname",),
)

KITREPO = table(
    "kitrepo",
    "package repositories of kits",
    Column("kitreponame", "unique name"),
    Column("kitname", "owning kit"),
    Column("osbasename", "distribution it is for"),
    Column("osmajorversion", "major version"),
    Column("osminorversion", "minor version; empty = any"),
    Column("osarch", "architecture"),
    Column("compat_osbasenames", "compatible distributions"),
    Column("kitrepodir", "directory on the MN"),
    keys=("kitreponame",),
)

LINUXIMAGE = table(
    "linuximage",
    "Linux part of an osimage",
    Column("imagename", "osimage name"),
    Column("template", "kickstart/autoyast/preseed template file (stateful)"),
    Column("boottarget", "boottarget row overriding kernel, initrd, arguments"),
    Column("addkcmdline", "extra kernel options, `R::` prefix for the installed system; ignored with boottarget"),
    Column("pkglist", "package list file(s) of distribution packages"),
    Column("pkgdir", "comma list of repositories, first = base OS tree; Ubuntu mirrors may be URLs"),
    Column("otherpkglist", "comma list of files naming extra packages"),
    Column("otherpkgdir", "one local directory and/or URLs for extra packages"),
    Column("exlist", "files left out by packimage (diskless)"),
    Column(
        "postinstall",
        "comma list of scripts with arguments run outside the chroot by genimage; get rootimg, osver, arch, profile plus IMG_* environment",
    ),
    Column(
        "rootimgdir", "directory holding the image (also capture directory for sysclone, last component = image name)"
    ),
    Column("kerneldir", "directory with third-party kernel"),
    Column("nodebootif", "boot NIC name built into the image"),
    Column("otherifce", "other NICs to bring up by DHCP"),
    Column("netdrivers", "driver modules to put in the initrd"),
    Column("kernelver", "kernel version to use, default the one in rootimgdir"),
    Column("krpmver", "kernel rpm version (SLES)"),
    Column("permission", "mode of /.statelite mount, default 755", accepts=OCTAL),
    Column("dump", "kdump target `nfs://server/path`; empty server = node's master; `fadump:` prefix possible"),
    Column("crashkernelsize", "memory for the kdump kernel (default 256M)"),
    Column(
        "partitionfile",
        "partition definition file or script with prefixes `s:` `d:` `s:d:` `c:` `s:c:` (last four Ubuntu)",
    ),
    Column("driverupdatesrc", "comma list of `dud:path` or `rpm:path` driver sources"),
    keys=("imagename",),
)

LITEFILE = table(
    "litefile",
    "statelite file handling rules",
    Column("image", "osimage name, osimage group text, or ALL"),
    Column("file", "absolute path; directories end in `/`"),
    Column(
        "options",
        "tmpfs, rw, persistent, localdisk, con, ro, link, `link,ro`, `link,con`, `link,persistent`, `tmpfs,rw`; default tmpfs,rw",
        accepts=some_of("tmpfs", "rw", "persistent", "localdisk", "con", "ro", "link", "bind"),
    ),
    keys=("image", "file"),
    required=("image", "file"),
)

LITETREE = table(
    "litetree",
    "statelite source directories",
    Column("priority", "search order, smallest number first", accepts=DECIMAL),
    Column("image", "as litefile.image"),
    Column("directory", "`server:dir` or `dir`, variables `$node`, `$table.col`, `#CMD=…#` allowed"),
    Column("mntopts", "mount options"),
    keys=("priority",),
    required=("priority", "directory"),
)

NIMIMAGE = table(
    "nimimage",
    "AIX part of an osimage",
    Column("imagename", "osimage name"),
    Column("nimtype", "standalone, diskless or dataless", accepts=one_of("standalone", "diskless", "dataless")),
    Column("lpp_source", "NIM lpp_source resource"),
    Column("spot", "SPOT resource"),
    Column("root", "root resource"),
    Column("dump", "dump resource"),
    Column("paging", "paging resource"),
    Column("resolv_conf", "resolv_conf resource"),
    Column("tmp", "tmp resource"),
    Column("home", "home resource"),
    Column("shared_home", "shared_home resource"),
    Column("res_group", "resource group"),
    Column("nimmethod", "rte or mksysb", accepts=one_of("rte", "mksysb")),
    Column("script", "script resource"),
    Column("bosinst_data", "bosinst_data resource"),
    Column("installp_bundle", "bundle list"),
    Column("mksysb", "mksysb resource"),
    Column("fb_script", "first boot script resource"),
    Column("shared_root", "shared root directory resource"),
    Column("otherpkgs", "packages with prefix R: (rpm), E: (emgr), none/I: installp"),
    Column("image_data", "image_data resource"),
    Column("configdump", "selective (default), full, none", accepts=one_of("selective", "full", "none")),
    keys=("imagename",),
)

OSDISTRO = table(
    "osdistro",
    "distributions copied in",
    Column("osdistroname", "unique, e.g. rhels8.6-x86_64"),
    Column("basename", "rhels, sles …"),
    Column("majorversion", "major version"),
    Column("minorversion", "minor version"),
    Column("arch", "architecture"),
    Column("type", "Linux or AIX", accepts=one_of("Linux", "AIX")),
    Column("dirpaths", "comma list of media trees"),
    keys=("osdistroname",),
)

OSDISTROUPDATE = table(
    "osdistroupdate",
    "distribution updates",
    Column("osupdatename", "name"),
    Column("osdistroname", "distro it updates"),
    Column("dirpath", "directory"),
    Column("downloadtime", "timestamp"),
    keys=("osupdatename",),
)

OSIMAGE = table(
    "osimage",
    "OS image definitions (common part)",
    Column("imagename", "name"),
    Column("groups", "image groups (used by litefile/litetree)"),
    Column("profile", "compute, service …"),
    Column(
        "imagetype",
        "linux, AIX/NIM, windows; selects the extension table",
        accepts=one_of("linux", "AIX", "NIM", "windows"),
    ),
    Column("description", "free text"),
    Column(
        "provmethod",
        "install, netboot, statelite, boottarget, dualboot, sysclone, (raw/genesis) — the real method",
        accepts=one_of(*_METHODS),
    ),
    Column("rootfstype", "nfs (default) or ramdisk, for statelite", accepts=one_of("nfs", "ramdisk")),
    Column("nfsrootopts", "extra NFS root mount options for dracut statelite; always ro, rw/defaults refused"),
    Column("osdistroname", "osdistro row"),
    Column("osupdatename", "list of osdistroupdate rows", "VARCHAR(1024)"),
    Column("cfmdir", "PCM directory"),
    Column("osname", "Linux, AIX, Windows", accepts=one_of("Linux", "AIX", "Windows")),
    Column("osvers", "OS version"),
    Column("osarch", "architecture", accepts=ARCHITECTURE),
    Column("synclists", "comma list of synclist files"),
    Column("postscripts", "scripts run after xcatdefaults' and before the node's"),
    Column("postbootscripts", "same for postboot"),
    Column("serverrole", "mgtnode, servicenode, compute, login, storage, utility", accepts=_ROLES),
    Column("isdeletable", "PCM flag", accepts=YES_NO),
    Column("kitcomponents", "kit components in the image"),
    Column("environvar", "comma list NAME=value", accepts=PAIRS),
    keys=("imagename",),
)

WINIMAGE = table(
    "winimage",
    "Windows part of an osimage",
    Column("imagename", "osimage name"),
    Column("template", "unattend template"),
    Column(
        "installto",
        "`disk:partition`; default 0:1 BIOS, 0:3 UEFI",
        accepts=Accepts("disk:partition, such as 0:3", r"\d+:\d+"),
    ),
    Column("partitionfile", "file with [BIOS] [UEFI] [INSTALLTO] sections"),
    Column("winpepath", "tftp-relative winpe path"),
    keys=("imagename",),
)


TABLES = (
    BOOTTARGET,
    KIT,
    KITCOMPONENT,
    KITREPO,
    LINUXIMAGE,
    LITEFILE,
    LITETREE,
    NIMIMAGE,
    OSDISTRO,
    OSDISTROUPDATE,
    OSIMAGE,
    WINIMAGE,
)
