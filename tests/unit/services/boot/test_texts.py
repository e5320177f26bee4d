"""The files that loaders read, word by word."""

from __future__ import annotations

from dataclasses import replace

from xcatd.services.boot.texts import Entry, grub, ipxe, petitboot

ENTRY = Entry(
    state="install rocky9.4-x86_64-compute",
    kernel="xcat/osimage/r/vmlinuz",
    initrd="xcat/osimage/r/initrd.img",
    arguments="inst.ks=http://!myipfn!/install/autoinst/n1 ds=nocloud-net;s=x quiet",
    mac="02:00:00:00:00:01",
    server="",
    own="10.0.0.1",
    port="80",
)
DISK = replace(ENTRY, state="boot", kernel="", initrd="", arguments="")


def test_ipxe() -> None:
    assert ipxe(ENTRY) == (
        "#!ipxe\n"
        "#install rocky9.4-x86_64-compute\n"
        "imgfetch --name kernel http://10.0.0.1/tftpboot/xcat/osimage/r/vmlinuz initrd=initrd "
        "inst.ks=http://10.0.0.1/install/autoinst/n1 ds=nocloud-net;s=x quiet BOOTIF=01-${netX/mac:hexhyp}\n"
        "imgfetch --name initrd http://10.0.0.1/tftpboot/xcat/osimage/r/initrd.img\n"
        "imgexec kernel\n"
    )
    assert ipxe(DISK) == "#!ipxe\n#boot\niseq ${platform} efi && exit 1 ||\nexit\n"


def test_who_serves_the_node_may_be_known_to_the_loader_only() -> None:
    unknown = replace(ENTRY, own="", port="8080")
    assert "http://${next-server}:8080/tftpboot/xcat/osimage/r/vmlinuz" in ipxe(unknown)
    assert "inst.ks=http://${next-server}/install" in ipxe(unknown)
    assert "in (http,$net_default_server,8080)/tftpboot (tftp,$net_default_server); do\n" in grub(unknown)
    assert "kernel http://10.0.0.9:8080/tftpboot/" in petitboot(unknown, "10.0.0.9")


def test_kernels_may_come_from_another_server() -> None:
    text = ipxe(replace(ENTRY, server="fd00::9"))
    assert "http://[fd00::9]/tftpboot/xcat/osimage/r/vmlinuz" in text and "inst.ks=http://10.0.0.1/" in text


def test_grub() -> None:
    assert grub(ENTRY) == (
        "#install rocky9.4-x86_64-compute\n"
        "set timeout=5\n"
        'menuentry "xCAT OS Deployment" {\n'
        "    insmod http\n"
        "    for place in (http,10.0.0.1)/tftpboot (tftp,10.0.0.1); do\n"
        "        echo Loading the kernel from $place ...\n"
        "        if linux $place/xcat/osimage/r/vmlinuz inst.ks=http://10.0.0.1/install/autoinst/n1 ds=nocloud-net\\;s=x quiet "
        "BOOTIF=01-02-00-00-00-00-01; then\n"
        "            echo Loading the initial RAM disk ...\n"
        "            if initrd $place/xcat/osimage/r/initrd.img; then boot; fi\n"
        "        fi\n"
        "    done\n"
        "    echo Neither server nor file can be reached: going on to what the firmware boots next.\n"
        "    sleep 5\n"
        "    exit\n"
        "}\n"
    )
    assert "    insmod tftp\n    for place in (tftp,10.0.0.1); do\n" in grub(ENTRY, "grub2-tftp")
    assert "    insmod http\n    for place in (http,10.0.0.1)/tftpboot; do\n" in grub(ENTRY, "grub2-http")
    from_disk = grub(DISK)
    assert from_disk.startswith("#boot\nset timeout=0\n") and from_disk.endswith("fi\nexit 1\n")
    assert " debian/shimx64.efi " in from_disk and "if chainloader /EFI/$name; then boot; fi" in from_disk


def test_petitboot() -> None:
    assert petitboot(ENTRY, "") == (
        "#install rocky9.4-x86_64-compute\n"
        "default xCAT\n"
        "label xCAT\n"
        "\tkernel http://10.0.0.1/tftpboot/xcat/osimage/r/vmlinuz\n"
        "\tinitrd http://10.0.0.1/tftpboot/xcat/osimage/r/initrd.img\n"
        "\tappend inst.ks=http://10.0.0.1/install/autoinst/n1 ds=nocloud-net;s=x quiet BOOTIF=01-02-00-00-00-00-01\n"
    )
    assert petitboot(DISK, "") == "#boot\n"
