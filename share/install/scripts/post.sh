#!/bin/sh
# In the installed system, at the end of the installation.
#INCLUDE:tell.sh#
node=#HOSTNAME#
mkdir -p /opt/xcat /root/.ssh
chmod 700 /root/.ssh
printf '%s\n' "$node" >/etc/hostname

# Root of the server comes in by key.
key() {
    touch /root/.ssh/authorized_keys
    chmod 600 /root/.ssh/authorized_keys
    grep -qxF -- "$1" /root/.ssh/authorized_keys || printf '%s\n' "$1" >>/root/.ssh/authorized_keys
}
#ROOT_SSH_KEYS#

# What the first boot has to know; runpostscripts reads it too.
{
    printf 'XCATSERVER=%s\n' "$server"
    printf 'XCATIPORT=%s\n' "$port"
    printf 'HTTPPORT=%s\n' #XCATVAR:HTTPPORT#
    printf 'INSTALLDIR=%s\n' #XCATVAR:INSTALLDIR#
    printf 'TFTPDIR=%s\n' #XCATVAR:TFTPDIR#
    printf 'NODE=%s\n' "$node"
    printf 'IMAGENAME=%s\n' #XCATVAR:IMAGENAME#
} >/opt/xcat/xcatinfo

cat >/opt/xcat/first-boot <<'END_OF_FIRST_BOOT'
#INCLUDE:first-boot.sh#
END_OF_FIRST_BOOT
chmod 755 /opt/xcat/first-boot

cat >/etc/systemd/system/xcat-first-boot.service <<'END_OF_UNIT'
[Unit]
Description=Scripts of the first boot after the installation
Wants=network-online.target
After=network-online.target
ConditionPathExists=!/opt/xcat/first-boot.done

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/opt/xcat/first-boot
TimeoutStartSec=infinity

[Install]
WantedBy=multi-user.target
END_OF_UNIT
systemctl enable xcat-first-boot.service

# The server: next time the node boots from its disk.
tell next
tell installstatus booting
