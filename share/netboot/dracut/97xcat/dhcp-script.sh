#!/bin/bash
# shellcheck disable=SC2154  # dhclient gives reason, interface and new_...
# What dhclient has done when it has a lease (dhclient-script(8)).
run=${XCAT_RUN:-/run/xcat-netboot}
case "$reason" in
    PREINIT) ip link set "$interface" up ;;
    BOUND | REBOOT | RENEW | REBIND)
        if [ -n "${new_interface_mtu-}" ] && [ "$new_interface_mtu" -ge 576 ]; then ip link set "$interface" mtu "$new_interface_mtu"; fi
        ip -4 address replace "$new_ip_address/${new_subnet_mask:-255.255.255.0}" broadcast + dev "$interface"
        for router in ${new_routers-}; do
            ip -4 route replace default via "$router" dev "$interface"
            break
        done
        {
            if [ -n "${new_domain_name-}" ]; then echo "search $new_domain_name"; fi
            for server in ${new_domain_name_servers-}; do echo "nameserver $server"; done
        } >"$run/resolv.conf"
        cp "$run/resolv.conf" /etc/resolv.conf
        echo "$new_ip_address" >"$run/address"
        ;;
    TIMEOUT | FAIL | EXPIRE) exit 1 ;;
esac
exit 0
