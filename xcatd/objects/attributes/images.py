"""The attributes of operating system images and of what they are made from."""

from __future__ import annotations

from xcatd.objects.attributes.attribute import cells

_LINUX, _WINDOWS, _NIM = ("imagetype", "linux"), ("imagetype", "windows"), ("imagetype", "NIM")

OSIMAGE = (
    *cells(
        "osimage",
        "imagename groups imagetype description provmethod osdistroname osupdatename cfmdir",
        key="imagename",
    ),
    *cells("osimage", "rootfstype nfsrootopts", _LINUX, key="imagename"),
    *cells(
        "osimage",
        "profile osname osvers osarch synclists postscripts postbootscripts serverrole isdeletable kitcomponents",
        key="imagename",
    ),
    *cells(
        "linuximage",
        "template boottarget addkcmdline pkglist pkgdir otherpkglist otherpkgdir exlist postinstall rootimgdir"
        " kerneldir nodebootif otherifce netdrivers kernelver krpmver permission dump crashkernelsize partitionfile"
        " driverupdatesrc usercomment=comments",
        _LINUX,
        key="imagename",
    ),
    *cells("winimage", "template installto partitionfile winpepath", _WINDOWS, key="imagename"),
    *cells(
        "nimimage",
        "nimtype nimmethod lpp_source spot root dump configdump paging resolv_conf image_data tmp home shared_home"
        " shared_root script fb_script bosinst_data installp_bundle otherpkgs mksysb usercomment=comments",
        _NIM,
        key="imagename",
    ),
    *cells("osimage", "environvar", key="imagename"),
)

OSDISTRO = cells("osdistro", "osdistroname basename majorversion minorversion arch type dirpaths", key="osdistroname")

OSDISTROUPDATE = cells(
    "osdistroupdate", "osupdatename osdistroname dirpath downloadtime usercomment=comments", key="osupdatename"
)

BOOTTARGET = cells("boottarget", "bprofile kernel initrd kcmdline comments", key="bprofile")

KIT = cells(
    "kit",
    "kitname basename description version release ostype isinternal kitdeployparams kitdir",
    key="kitname",
)

KITCOMPONENT = cells(
    "kitcomponent",
    "kitcompname description kitname kitreponame basename version release serverroles kitpkgdeps prerequisite"
    " driverpacks kitcompdeps postbootscripts genimage_postinstall exlist",
    key="kitcompname",
)

KITREPO = cells(
    "kitrepo",
    "kitreponame kitname osbasename osmajorversion osminorversion osarch compat_osbasenames kitrepodir",
    key="kitreponame",
)
