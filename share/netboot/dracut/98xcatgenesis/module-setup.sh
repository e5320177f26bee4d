#!/bin/bash
# The small boot image: what mknb builds. dracut sources this file; mknb says by XCAT_PROGRAMS and XCAT_WISHED which programs come
# along, and by XCAT_KEYS who may log in.
# shellcheck disable=SC2154  # moddir, initdir, systemdsystemunitdir: of dracut

check() {
    # Only where it is asked for.
    [ -n "$XCAT_PROGRAMS" ] || return 1
    return 255
}

depends() {
    echo bash base kernel-modules udev-rules
}

installkernel() {
    # Whatever network a machine boots from; disks for what runs in the image; its controller from inside.
    # shellcheck disable=SC2283  # dracut's word for a folder
    hostonly='' instmods \
        =drivers/net/ethernet =drivers/net/phy =drivers/net/mdio =drivers/net/usb =drivers/net/hyperv \
        virtio_net vmxnet3 netconsole bonding 8021q af_packet ipv6 \
        =drivers/nvme =drivers/scsi =drivers/ata =drivers/char/ipmi \
        virtio_blk virtio_scsi sd_mod sr_mod loop squashfs overlay ext4 xfs vfat nls_cp437 nls_iso8859-1
    return 0
}

install() {
    local name
    # shellcheck disable=SC2086  # lists of words
    inst_multiple $XCAT_PROGRAMS
    # shellcheck disable=SC2086
    inst_multiple -o $XCAT_WISHED
    # Newer releases of sshd are several programs; names are looked up by a library of their own.
    inst_multiple -o /usr/lib/openssh/sshd-session /usr/lib/openssh/sshd-auth \
        /usr/libexec/openssh/sshd-session /usr/libexec/openssh/sshd-auth
    inst_libdir_file "libnss_files.so*" "libnss_dns.so*" "libgcc_s.so*"
    inst_multiple -o /etc/ssl/certs/ca-certificates.crt /usr/share/terminfo/x/xterm /lib/terminfo/x/xterm \
        /lib/terminfo/l/linux /lib/terminfo/v/vt100 /lib/terminfo/v/vt220 \
        /usr/share/terminfo/l/linux /usr/share/terminfo/v/vt100 /usr/share/terminfo/v/vt220

    inst_hook cmdline 95 "$moddir/no-root.sh"
    inst_hook pre-mount 00 "$moddir/begin.sh"
    for name in words say fetch steps network dhcp-event genesis; do
        inst_simple "$moddir/$name" "/usr/lib/xcat/genesis/$name"
    done
    chmod 755 "$initdir/usr/lib/xcat/genesis/"{say,dhcp-event,genesis}
    inst_simple "$moddir/nextdestiny" /usr/bin/nextdestiny
    chmod 755 "$initdir/usr/bin/nextdestiny"
    inst_simple "$moddir/dhclient.conf" /etc/xcat/dhclient.conf
    inst_simple "$moddir/sshd_config" /etc/ssh/sshd_config

    mkdir -p "$initdir/root/.ssh" "$initdir/var/log" "$initdir/var/empty"
    chmod 700 "$initdir/root" "$initdir/root/.ssh"
    if [ -n "$XCAT_KEYS" ]; then
        cp "$XCAT_KEYS" "$initdir/root/.ssh/authorized_keys"
        chmod 600 "$initdir/root/.ssh/authorized_keys"
    fi
    _accounts
}

_accounts() {
    # No password lets anybody in: a key does, or the console.
    {
        echo "root:x:0:0:root:/root:/bin/bash"
        echo "sshd:x:74:74:sshd:/run/sshd:/bin/false"
        echo "nobody:x:65534:65534:nobody:/:/bin/false"
    } >"$initdir/etc/passwd"
    printf 'root:*:19000::::::\nsshd:*:19000::::::\n' >"$initdir/etc/shadow"
    chmod 600 "$initdir/etc/shadow"
    printf 'root:x:0:\ntty:x:5:\nsshd:x:74:\nnogroup:x:65534:\n' >"$initdir/etc/group"
    printf 'passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n' >"$initdir/etc/nsswitch.conf"
}
