# shellcheck shell=sh disable=SC2034,SC2154
# What confignetwork needs: values of table nics, and the files of each program that configures networks. `plan` has a line for
# each interface: name;type;addresses;devices;mtu;gateway;mode. It is read behind xcat-common.sh.

is_name() { case "$1" in "" | *[!A-Za-z0-9_.:-]*) return 1 ;; esac; }

# nic_value TEXT NIC: `nic!value,nic!value`; a part without ! belongs to the value before it.
nic_value() {
    printf '%s\n' "$1" | tr ',' '\n' | awk -v nic="$2" '
        { at = index($0, "!") }
        at { name = substr($0, 1, at - 1); gsub(/[ \t]/, "", name); if (name == nic) value = substr($0, at + 1); next }
        name == nic { value = value "," $0 }
        END { print value }'
}

nic_names() { printf '%s\n' "$1" | tr ',' '\n' | sed -n 's/^[[:blank:]]*\([^!]*\)!.*/\1/p' | awk '!seen[$0]++'; }

# network_field NETWORK FIELD: of the rows of table networks.
network_field() {
    row=1
    while [ "$row" -le "${NETWORKS_LINES:-0}" ]; do
        eval "line=\${NETWORKS_LINE$row-}"
        case "||$line||" in
            *"||netname=$1||"*)
                rest=${line#*"||$2="}
                case "$line" in "$2="*) rest=${line#"$2="} ;; esac
                printf '%s\n' "${rest%%"||"*}"
                return 0
                ;;
        esac
        row=$((row + 1))
    done
    return 1
}

# network_with ADDRESS: the name of the smallest network of IPv4 that it is in.
network_with() {
    row=1
    while [ "$row" -le "${NETWORKS_LINES:-0}" ]; do
        eval "printf '%s\n' \"\${NETWORKS_LINE$row-}\""
        row=$((row + 1))
    done | awk -v address="$1" '
        function number(text, part) { return split(text, part, ".") == 4 ? ((part[1] * 256 + part[2]) * 256 + part[3]) * 256 + part[4] : -1 }
        function field(name, at, rest) {
            at = index("||" $0, "||" name "="); if (!at) return ""
            rest = substr("||" $0, at + length(name) + 3); at = index(rest, "||")
            return at ? substr(rest, 1, at - 1) : rest
        }
        { net = number(field("net")); size = 4294967296 - number(field("mask"))
          if (net >= 0 && size > 0 && size <= 4294967296 && number(address) >= net && number(address) < net + size && (!best || size < best)) {
              best = size; name = field("netname") } }
        END { print name }'
}

# prefix MASK: how many bits a mask has: 255.255.0.0, /64 or 64.
prefix() {
    printf '%s\n' "${1#/}" | awk -F. '
        NF == 1 { print $1; next }
        { for (i = 1; i <= 4; i++) for (bit = 128; bit >= 1; bit /= 2) if ($i >= bit) { $i -= bit; bits++ } print bits + 0 }'
}

# with_prefixes NIC ADDRESSES NETWORKS: address/prefix ..., of lists with | between their parts.
with_prefixes() {
    place=1 found=''
    for address in $(printf '%s' "$2" | tr '|' ' '); do
        network=$(printf '%s\n' "$3" | cut -d'|' -f"$place")
        [ -n "$network" ] || network=$(network_with "$address")
        mask=$(network_field "$network" mask) || fail "nobody knows the network of $address at $1: set nics.nicnetworks"
        found="$found $address/$(prefix "$mask")"
        place=$((place + 1))
    done
    printf '%s\n' "${found# }"
}

# install_nic: noderes.installnic, by its name, its MAC address, or `mac`.
install_nic() {
    case "${INSTALLNIC:-mac}" in
        mac) wanted=${MACADDRESS-} ;;
        *:*:*) wanted=$INSTALLNIC ;;
        *)
            echo "$INSTALLNIC"
            return 0
            ;;
    esac
    for each in /sys/class/net/*; do
        if [ "$(cat "$each/address")" = "$(printf '%s' "$wanted" | tr '[:upper:]' '[:lower:]')" ] && [ ! -e "$each/bonding_slave" ]; then
            echo "${each##*/}"
            return 0
        fi
    done
    fail "no interface has the address '$wanted': set mac.mac, or noderes.installnic"
}

# each DEED: the deed is called for each line of the plan, with its fields as variables.
each() {
    deed=$1
    while IFS=';' read -r nic kind addresses devices mtu gateway mode; do
        if [ -n "$nic" ]; then "$deed" </dev/null || exit 1; fi
    done <<PLAN
$plan
PLAN
}

# parent: of a VLAN; its number is behind the dot of its name.
parent() { [ -n "$devices" ] && echo "${devices%% *}" || echo "${nic%.*}"; }
controller_of() { printf '%s' "$plan" | awk -F';' -v nic="$1" '$2 ~ /^(bond|bridge)/ { n = split($4, d, " "); for (i = 1; i <= n; i++) if (d[i] == nic) print $1 }'; }
# shellcheck disable=SC2059  # formats of ours
lines() { for one in $1; do printf "$2\n" "$one"; done; }
# shellcheck disable=SC2059
given() { if [ -n "$1" ]; then printf "$2\n" "$1"; fi; }
members() { case "$kind" in bond | bridge | bridge_*) for device in $devices; do "$1" "$device" "$nic" "$kind"; done ;; esac; }

# -- NetworkManager: a file a connection, nm-settings-keyfile(5)
NetworkManager() { each nm_file; }
nm_file() {
    case "$kind" in vlan | bond | bridge) type=$kind ;; infiniband) type=infiniband ;; bridge_*) type=bridge ;; *) type=ethernet ;; esac
    put "/etc/NetworkManager/system-connections/xcat-$nic.nmconnection" 600 "# Written by the postscript confignetwork.
[connection]
id=xcat-$nic
type=$type
interface-name=$nic
autoconnect=true
$(case "$type" in
        vlan) printf '\n[vlan]\nparent=%s\nid=%s\n' "$(parent)" "${nic##*.}" ;;
        bond) printf '\n[bond]\nmode=%s\nmiimon=100\n' "${mode:-active-backup}" ;;
        infiniband)
            printf '\n[infiniband]\ntransport-mode=datagram\n'
            given "$mtu" 'mtu=%s'
            ;;
    esac)
$(if [ -n "$mtu" ] && [ "$type" != infiniband ]; then printf '\n[ethernet]\nmtu=%s\n' "$mtu"; fi)
$(for family in 4 6; do
        number=0 method=disabled
        printf '\n[ipv%s]\n' "$family"
        for address in $addresses; do
            case "$family$address" in 4*:* | 6*.*) continue ;; esac
            number=$((number + 1)) method=manual
            printf 'address%s=%s\n' "$number" "$address"
        done
        if [ "$method" = manual ] && [ -n "$gateway" ]; then printf 'gateway=%s\n' "$gateway"; fi
        printf 'method=%s\n' "$method"
    done)"
    members nm_member
}
nm_member() {
    put "/etc/NetworkManager/system-connections/xcat-$1.nmconnection" 600 "# Written by the postscript confignetwork.
[connection]
id=xcat-$1
type=ethernet
interface-name=$1
master=$2
slave-type=${3%%_*}"
}
use_NetworkManager() {
    nmcli connection reload || fail "NetworkManager does not read its files: journalctl -u NetworkManager"
    each nm_up
}
nm_up() { nmcli --wait 20 connection up "xcat-$nic" >/dev/null || fail "$nic does not come up: journalctl -u NetworkManager"; }

# -- systemd-networkd: systemd.network(5), systemd.netdev(5)
networkd() { each networkd_file; }
networkd_file() {
    case "$kind" in
        vlan) netdev "vlan" "[VLAN]
Id=${nic##*.}" ;;
        bond) netdev "bond" "[Bond]
Mode=${mode:-active-backup}
MIIMonitorSec=100ms" ;;
        bridge | bridge_*) netdev "bridge" "" ;;
    esac
    put "/etc/systemd/network/60-xcat-$nic.network" 644 "# Written by the postscript confignetwork.
[Match]
Name=$nic

[Network]
$(lines "$addresses" 'Address=%s')
$(given "$gateway" 'Gateway=%s')
$(printf '%s' "$plan" | awk -F';' -v nic="$nic" '$2 == "vlan" && ($4 == nic || ($4 == "" && index($1, nic ".") == 1)) { print "VLAN=" $1 }')
$(given "$mtu" '\n[Link]\nMTUBytes=%s')"
    members networkd_member
    if [ "$kind" = vlan ] && ! printf '%s' "$plan" | grep -q "^$(parent);"; then networkd_parent "$(parent)"; fi
}
# networkd_parent NIC: the interface of a VLAN that somebody else has configured keeps its settings.
networkd_parent() {
    file=$(grep -ls "^Name=$1\$" "$XCAT_ROOT"/etc/systemd/network/*.network | grep -v "/60-xcat-$1.network" | head -n 1)
    if [ -n "$file" ]; then
        put "${file#"$XCAT_ROOT"}.d/xcat-$nic.conf" 644 "# Written by the postscript confignetwork.
[Network]
VLAN=$nic"
    else
        put "/etc/systemd/network/60-xcat-$1.network" 644 "# Written by the postscript confignetwork.
[Match]
Name=$1

[Network]
VLAN=$nic"
    fi
}
netdev() {
    put "/etc/systemd/network/60-xcat-$nic.netdev" 644 "# Written by the postscript confignetwork.
[NetDev]
Name=$nic
Kind=$1

$2"
}
networkd_member() {
    case "$3" in bond) word=Bond ;; *) word=Bridge ;; esac
    put "/etc/systemd/network/60-xcat-$1.network" 644 "# Written by the postscript confignetwork.
[Match]
Name=$1

[Network]
$word=$2"
}
use_networkd() {
    serve systemd-networkd
    networkctl reload || fail "systemd-networkd does not read its files: journalctl -u systemd-networkd"
    each networkd_up
}
networkd_up() {
    networkctl reconfigure "$nic" 2>/dev/null || say "$nic is not there yet"
}

# -- netplan: one file, netplan(5); it is for root only, as netplan wants it
netplan() {
    put /etc/netplan/90-xcat.yaml 600 "# Written by the postscript confignetwork.
network:
  version: 2
$(for section in ethernets bonds bridges vlans; do
        text=$(each "netplan_$section")
        if [ -n "$text" ]; then printf '  %s:\n%s\n' "$section" "$text"; fi
    done)"
}
netplan_ethernets() {
    case "$kind" in
        bond | bridge | bridge_*) for device in $devices; do printf '    %s: {}\n' "$device"; done ;;
        vlan) if ! printf '%s' "$plan" | grep -q "^$(parent);"; then printf '    %s: {}\n' "$(parent)"; fi ;;
        *) netplan_entry ;;
    esac
}
netplan_bonds() {
    if [ "$kind" = bond ]; then
        netplan_entry
        printf '      interfaces: [%s]\n      parameters: {mode: %s, mii-monitor-interval: 100}\n' \
            "$(echo "$devices" | sed 's/ /, /g')" "${mode:-active-backup}"
    fi
}
netplan_bridges() {
    case "$kind" in bridge | bridge_*)
        netplan_entry
        printf '      interfaces: [%s]\n' "$(echo "$devices" | sed 's/ /, /g')"
        ;;
    esac
}
netplan_vlans() {
    if [ "$kind" = vlan ]; then
        netplan_entry
        printf '      id: %s\n      link: %s\n' "${nic##*.}" "$(parent)"
    fi
}
netplan_entry() {
    printf '    %s:\n' "$nic"
    if [ -n "$addresses" ]; then
        printf '      addresses:\n'
        for address in $addresses; do printf '        - "%s"\n' "$address"; done
    fi
    given "$gateway" '      routes: [{to: default, via: "%s"}]'
    given "$mtu" '      mtu: %s'
}
use_netplan() { command netplan apply || fail "netplan refuses /etc/netplan/90-xcat.yaml"; }

# -- wicked: ifcfg(5)
wicked() { each wicked_file; }
wicked_file() {
    put "/etc/sysconfig/network/ifcfg-$nic" 644 "# Written by the postscript confignetwork.
STARTMODE='auto'
BOOTPROTO='static'
$(number=0
        for address in $addresses; do
            if [ "$number" = 0 ]; then suffix=''; else suffix=_$number; fi
            printf "IPADDR%s='%s'\n" "$suffix" "$address"
            number=$((number + 1))
        done
        given "$mtu" "MTU='%s'"
        case "$kind" in
            vlan) printf "ETHERDEVICE='%s'\nVLAN_ID='%s'\n" "$(parent)" "${nic##*.}" ;;
            bridge | bridge_*) printf "BRIDGE='yes'\nBRIDGE_PORTS='%s'\n" "$devices" ;;
            bond)
                printf "BONDING_MASTER='yes'\nBONDING_MODULE_OPTS='mode=%s miimon=100'\n" "${mode:-active-backup}"
                number=0
                for device in $devices; do
                    printf "BONDING_SLAVE%s='%s'\n" "$number" "$device"
                    number=$((number + 1))
                done
                ;;
        esac)"
    if [ -n "$gateway" ]; then put "/etc/sysconfig/network/ifroute-$nic" 644 "default $gateway - $nic"; fi
}
use_wicked() { each wicked_up; }
wicked_up() { command wicked ifreload "$nic" >/dev/null || fail "$nic does not come up: journalctl -u wickedd"; }

# -- ifupdown: interfaces(5)
ifupdown() {
    grep -qs '^source\(-directory\)\{0,1\} .*interfaces\.d' "$XCAT_ROOT/etc/network/interfaces" ||
        put /etc/network/interfaces 644 "$(cat "$XCAT_ROOT/etc/network/interfaces" 2>/dev/null)
source /etc/network/interfaces.d/*"
    each ifupdown_file
}
ifupdown_file() {
    put "/etc/network/interfaces.d/xcat-$nic" 644 "# Written by the postscript confignetwork.
auto $nic
$(if [ -z "$addresses" ]; then
        printf 'iface %s inet manual\n' "$nic"
        ifupdown_more
    fi
        for address in $addresses; do
            case "$address" in *:*) inet=inet6 ;; *) inet=inet ;; esac
            printf 'iface %s %s static\n    address %s\n' "$nic" "$inet" "$address"
            ifupdown_more
        done)"
}
ifupdown_more() {
    given "$gateway" '    gateway %s'
    given "$mtu" '    mtu %s'
    case "$kind" in
        vlan) printf '    vlan-raw-device %s\n' "$(parent)" ;;
        bridge | bridge_*) printf '    bridge_ports %s\n' "$devices" ;;
        bond) printf '    bond-slaves %s\n    bond-mode %s\n    bond-miimon 100\n' "$devices" "${mode:-active-backup}" ;;
    esac
}
use_ifupdown() { each ifupdown_up; }
ifupdown_up() {
    ifdown --force "$nic" >/dev/null 2>&1
    ifup "$nic" >/dev/null || fail "$nic does not come up: journalctl -u networking"
}
