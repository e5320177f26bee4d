#!/bin/bash
# shellcheck disable=SC2154  # moddir, initdir and systemdutildir are dracut's
# The initramfs of nodes without disk: what genimage and geninitrd have dracut put into it (dracut.modules(7)).

check() {
    require_binaries bash curl dhclient ip mount modprobe od sha256sum timeout tr || return 1
    return 255 # only where it is asked for
}

depends() {
    local wanted=(base bash fs-lib kernel-network-modules udev-rules)
    if [[ -e $dracutsysrootdir$systemdutildir/systemd ]]; then wanted+=(dracut-systemd systemd-initrd); fi
    echo "${wanted[@]}"
}

installkernel() {
    # shellcheck disable=SC2034  # instmods reads it
    local hostonly=
    instmods loop squashfs overlay af_packet virtio_pci virtio_net
    instmods '=net/sunrpc' '=fs/nfs' nfs nfsv3 nfsv4
    # Cards at USB, and keyboards for a shell.
    instmods '=drivers/net/usb' xhci-pci xhci-plat-hcd ehci-pci ohci-pci uhci-hcd usbhid hid-generic atkbd
    return 0
}

install() {
    inst_multiple bash cat chmod chroot cp curl cut date dhclient dmesg grep gzip head ip ln ls mkdir mktemp modprobe mount mv od \
        readlink rm sed sha256sum sleep sort stat stty tail tar timeout touch tr umount
    inst_multiple -o cpio findmnt kill lspci mount.nfs mount.nfs4 nfsmount pigz ping ps reboot rmdir setsid udevadm xz zstd
    inst_multiple -o /etc/nsswitch.conf /etc/netconfig /etc/services /etc/protocols /etc/idmapd.conf
    inst_libdir_file "libnss_dns.so.*" "libnss_files.so.*"
    # Interfaces have the names here that they have in the system.
    inst_multiple -o "${systemdnetwork:-/usr/lib/systemd/network}/99-default.link" "/etc/systemd/network/*.link"
    local part
    for part in words say network fetch root handover statelite; do
        if [[ -f $moddir/$part.sh ]]; then inst_simple "$moddir/$part.sh" "/usr/lib/xcat/$part.sh"; fi
    done
    inst_script "$moddir/netboot.sh" /usr/lib/xcat/netboot
    inst_script "$moddir/dhcp-script.sh" /usr/lib/xcat/dhcp-script
    inst_hook cmdline 80 "$moddir/parse-xcat.sh"
    inst_hook pre-mount 97 "$moddir/pre-mount.sh"
    mkdir -p "$initdir/etc/cmdline.d" "$initdir/var/lib/dhcp" "$initdir/var/lib/nfs/rpc_pipefs"
    # Nobody gets a shell without a password where something else fails; the kernel's arguments may say otherwise.
    echo 'rd.shell=0 rd.emergency=reboot' >"$initdir/etc/cmdline.d/10-xcat.conf"
}
