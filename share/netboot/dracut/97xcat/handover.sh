# shellcheck shell=bash
# What the system that starts now has to know: its name, its server, its image, and that its interface goes on with DHCP.

# xcat_hand_over NEWROOT
xcat_hand_over() {
    [ -x "$1/sbin/init" ] || [ -L "$1/sbin/init" ] || xcat_fail "the image has no /sbin/init"
    xcat_write_info "$1"
    echo "$NODE" >/proc/sys/kernel/hostname
    xcat_put "$1/etc/hostname" "$NODE"
    if [ -s "$XCAT_RUN/resolv.conf" ] && ! [ -L "$1/etc/resolv.conf" ] && ! [ -s "$1/etc/resolv.conf" ]; then
        xcat_put "$1/etc/resolv.conf" "$(cat "$XCAT_RUN/resolv.conf")"
    fi
    xcat_keep_network "$1"
    # The system's own client takes over; the address stays.
    if [ -s "$XCAT_RUN/dhclient.pid" ]; then kill "$(cat "$XCAT_RUN/dhclient.pid")" 2>/dev/null; fi
    return 0
}

# xcat_put FILE TEXT: a file of the new root, if it can be written.
xcat_put() {
    { mkdir -p "${1%/*}" && printf '%s\n' "$2" >"$1"; } 2>/dev/null
}

# /opt/xcat/xcatinfo: the image has its own lines there (IMAGENAME, INSTALLDIR, TFTPDIR), the node gets its.
xcat_write_info() {
    local folder=$1/opt/xcat own=
    if [ -r "$folder/xcatinfo" ]; then
        own=$(grep -E '^(IMAGENAME|INSTALLDIR|TFTPDIR)=' "$folder/xcatinfo")
    fi
    IMAGE_NAME=$(printf '%s\n' "$own" | sed -n 's/^IMAGENAME=//p')
    if ! (mkdir -p "$folder" && touch "$folder/xcatinfo") 2>/dev/null; then
        xcat_say "/opt/xcat cannot be written: it lies in memory"
        mkdir -p "$XCAT_RUN/info/changes" "$XCAT_RUN/info/work"
        modprobe overlay 2>>"$XCAT_LOG"
        mount -t overlay -o "lowerdir=$folder,upperdir=$XCAT_RUN/info/changes,workdir=$XCAT_RUN/info/work" overlay "$folder" ||
            xcat_fail "the image has no folder /opt/xcat: make it again with genimage"
    fi
    {
        printf 'XCATSERVER=%s\nXCATIPORT=%s\nHTTPPORT=%s\nNODE=%s\n' "$XCAT_SERVER" "$XCAT_IPORT" "$XCAT_HTTPPORT" "$NODE"
        printf '%s\n' "$own"
    } >"$folder/xcatinfo"
    IMAGE_NAME=${IMAGE_NAME:-the image}
}

# The interface is up, and can get no other name any more. What the image says of it counts; where it says nothing, the manager of networks that runs there gets a word.
xcat_keep_network() {
    local wants=$1/etc/systemd/system
    mkdir -p /run/systemd/network
    printf '[Match]\nMACAddress=%s\nType=ether\n\n[Link]\nName=%s\n' "$XCAT_MAC" "$XCAT_NIC" >/run/systemd/network/10-xcat.link
    if [ -n "$(find_settings "$1")" ]; then return 0; fi
    if [ -e "$wants/multi-user.target.wants/NetworkManager.service" ]; then
        xcat_network_manager
    elif [ -e "$wants/network.service" ] && [ -d "$1/etc/sysconfig/network" ]; then
        xcat_put "$1/etc/sysconfig/network/ifcfg-$XCAT_NIC" "BOOTPROTO='dhcp'
STARTMODE='nfsroot'"
    elif [ -x "$1/sbin/ifup" ] && [ -e "$1/etc/network/interfaces" ]; then
        xcat_put "$1/etc/network/interfaces.d/xcat" "auto $XCAT_NIC
iface $XCAT_NIC inet dhcp"
    else
        xcat_networkd "$1"
    fi
}

find_settings() {
    local file
    for file in "$1/etc/sysconfig/network-scripts/ifcfg-$XCAT_NIC" "$1/etc/sysconfig/network/ifcfg-$XCAT_NIC" \
        "$1/etc/network/interfaces.d/$XCAT_NIC"; do
        if [ -e "$file" ]; then printf '%s\n' "$file"; fi
    done
    grep -lsE "^ *iface +$XCAT_NIC( |$)" "$1/etc/network/interfaces"
    grep -lsE "^ *Name *=.*$XCAT_NIC" "$1"/etc/systemd/network/*.network
}

# /run goes along with the node.
xcat_network_manager() {
    local folder=/run/NetworkManager/system-connections
    mkdir -p "$folder"
    (
        umask 077
        printf '[connection]\nid=xcat\ntype=ethernet\n\n[ethernet]\nmac-address=%s\n\n' "$XCAT_MAC"
        printf '[ipv4]\nmethod=auto\ndhcp-client-id=mac\n\n[ipv6]\nmethod=auto\n'
    ) >"$folder/xcat.nmconnection"
    chmod 600 "$folder/xcat.nmconnection"
}

xcat_networkd() {
    local units=/run/systemd/system library=/usr/lib/systemd/system
    if ! [ -e "$1$library/systemd-networkd.service" ]; then library=/lib/systemd/system; fi
    if ! [ -e "$1$library/systemd-networkd.service" ]; then
        xcat_say "the image has no manager of networks that is known here: $XCAT_NIC keeps its address as long as its lease lasts"
        return 0
    fi
    mkdir -p "$units/multi-user.target.wants" "$units/network-online.target.wants"
    {
        printf '[Match]\nMACAddress=%s\nType=ether\n\n' "$XCAT_MAC"
        printf '[Network]\nDHCP=yes\nKeepConfiguration=%s\n\n' "${NFSROOT:+yes}${IMGURL:+dhcp-on-stop}"
        printf '[DHCPv4]\nClientIdentifier=mac\nUseHostname=no\n'
    } >/run/systemd/network/10-xcat.network
    ln -sf "$library/systemd-networkd.service" "$units/multi-user.target.wants/"
    ln -sf "$library/systemd-networkd-wait-online.service" "$units/network-online.target.wants/"
}
