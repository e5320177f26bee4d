# The network settings of a simulated BMC, for ipmi_sim's `lan_config_program`.
#
# As chassis.sh: sourced for every question, builtins only. State: a file for each value, DIR/ip_addr and so on, by the
# names that ipmi_sim gives them.

network() {
    directory=$1
    verb=$2
    shift 2
    case $verb in
    get)
        for name; do
            case $name in
            *_mac_addr | mac_addr) value=02:00:00:00:00:01 ;;
            ip_addr_src) value=static ;;
            *) value=0.0.0.0 ;;
            esac
            [ -r "$directory/$name" ] && read -r value <"$directory/$name"
            echo "$name:$value"
        done
        ;;
    set)
        while [ $# -gt 1 ]; do
            echo "$2" >"$directory/$1"
            shift 2
        done
        ;;
    esac
}
