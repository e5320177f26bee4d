# shellcheck shell=bash
# shellcheck disable=SC2154  # place is netboot.sh's
# The network of the boot interface: which it is, and its address by DHCP.
XCAT_SYS=${XCAT_SYS:-/sys}
NIC_PATIENCE=60
CARRIER_PATIENCE=40

# Sets XCAT_NIC, XCAT_MAC, XCAT_ADDRESS.
xcat_network() {
    ip link set lo up
    if command -v udevadm >/dev/null; then udevadm settle --timeout=30; fi
    xcat_find_nic || xcat_fail "$(xcat_no_nic)"
    XCAT_MAC=$(cat "$XCAT_SYS/class/net/$XCAT_NIC/address")
    xcat_carrier
    xcat_dhcp || xcat_fail "no DHCP server answers at $XCAT_NIC ($XCAT_MAC)$(xcat_cable)"
    xcat_say "network: $XCAT_NIC ($XCAT_MAC) has the address $XCAT_ADDRESS"
}

# The MAC address that the node has booted with, or that the tables name.
xcat_wanted_mac() {
    local mac
    if mac=$(xcat_word ifname) && [ -n "$mac" ]; then
        mac=${mac#*:}
    elif mac=$(xcat_word BOOTIF) && [ -n "$mac" ]; then
        mac=${mac//-/:}
        # The first part is the kind of hardware.
        case "$mac" in ??:??:??:??:??:??:??) mac=${mac#*:} ;; esac
    fi
    printf '%s\n' "${mac,,}"
}

# Waits until the interface is there: the name of netdev=, else the one with the MAC address, else the first with a cable.
xcat_find_nic() {
    local mac name left
    mac=$(xcat_wanted_mac)
    name=$(xcat_word netdev) || true
    for ((left = NIC_PATIENCE; left > 0; left--)); do
        if [ -n "$mac" ]; then
            XCAT_NIC=$(xcat_nic_with "$mac") && xcat_rename "$name" && return 0
        elif [ -n "$name" ]; then
            if [ -e "$XCAT_SYS/class/net/$name" ]; then XCAT_NIC=$name && return 0; fi
        else
            XCAT_NIC=$(xcat_first_nic) && return 0
        fi
        sleep 1
    done
    return 1
}

# Names of network cards: what is made by software has no device.
xcat_nics() {
    local path
    for path in "$XCAT_SYS"/class/net/*; do
        if [ -e "$path/device" ]; then printf '%s\n' "${path##*/}"; fi
    done
}

xcat_nic_with() {
    local nic
    for nic in $(xcat_nics); do
        if [ "$(cat "$XCAT_SYS/class/net/$nic/address")" = "$1" ]; then printf '%s\n' "$nic" && return 0; fi
    done
    return 1
}

xcat_first_nic() {
    local nic
    for nic in $(xcat_nics); do ip link set "$nic" up 2>/dev/null; done
    for nic in $(xcat_nics); do
        if [ "$(cat "$XCAT_SYS/class/net/$nic/carrier" 2>/dev/null)" = 1 ]; then printf '%s\n' "$nic" && return 0; fi
    done
    return 1
}

# udev has given the name by now; where it has not, this does.
xcat_rename() {
    if ! xcat_word ifname >/dev/null || [ -z "$1" ] || [ "$XCAT_NIC" = "$1" ] || [ -e "$XCAT_SYS/class/net/$1" ]; then return 0; fi
    ip link set "$XCAT_NIC" down
    if ip link set "$XCAT_NIC" name "$1"; then XCAT_NIC=$1; fi
}

# Why there is no interface: the one that is wanted, those that are there, cards of which the kernel here knows nothing.
xcat_no_nic() {
    local wanted there device found=
    wanted=$(xcat_wanted_mac)
    there=$(xcat_nics | tr '\n' ' ' | sed 's/ $//')
    if [ -z "$wanted" ]; then wanted=$(xcat_word netdev); fi
    for device in "$XCAT_SYS"/bus/pci/devices/*; do
        case "$(cat "$device/class" 2>/dev/null)" in
            0x02*) [ -e "$device/driver" ] || found="$found $(cut -c 3- "$device/vendor"):$(cut -c 3- "$device/device")" ;;
        esac
    done
    if [ -n "$wanted" ]; then
        printf 'there is no network card %s' "$wanted"
    else
        printf 'no network card has a link'
    fi
    printf ' (there are: %s)' "${there:-none}"
    if [ -n "$found" ]; then printf '; no driver is here for%s: see genimage -n' "$found"; fi
}

xcat_carrier() {
    local left
    ip link set "$XCAT_NIC" up
    for ((left = CARRIER_PATIENCE; left > 0; left--)); do
        if [ "$(cat "$XCAT_SYS/class/net/$XCAT_NIC/carrier" 2>/dev/null)" = 1 ]; then return 0; fi
        sleep 1
    done
    xcat_say "$XCAT_NIC has no link: is there a cable?"
}

xcat_cable() {
    if [ "$(cat "$XCAT_SYS/class/net/$XCAT_NIC/carrier" 2>/dev/null)" != 1 ]; then printf ', which has no link'; fi
}

# Three times, a minute each. The client number is the one that PXE uses, so that the server knows the node again.
xcat_dhcp() {
    local turn conf=$XCAT_RUN/dhclient.conf
    {
        echo "send dhcp-client-identifier = hardware;"
        echo "request subnet-mask, routers, domain-name, domain-name-servers, interface-mtu;"
        echo "timeout 60; initial-interval 1; backoff-cutoff 8;"
    } >"$conf"
    for turn in 1 2 3; do
        xcat_say "network: asking for an address at $XCAT_NIC"
        dhclient -4 -1 -v -cf "$conf" -lf "$XCAT_RUN/dhclient.leases" -pf "$XCAT_RUN/dhclient.pid" -sf "$place/dhcp-script" \
            "$XCAT_NIC" >>"$XCAT_LOG" 2>&1
        XCAT_ADDRESS=$(cat "$XCAT_RUN/address" 2>/dev/null) && return 0
        xcat_say "network: no answer ($turn of 3)"
    done
    return 1
}
