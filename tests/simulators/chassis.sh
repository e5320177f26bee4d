# The power button of a simulated BMC, for ipmi_sim's `chassis_control`.
#
# ipmi_sim runs `sh -c "COMMAND get power"` for every question, so this file is sourced and uses builtins only: one
# shell per question, nothing forked. State: DIR/power (0 or 1). What was done: DIR/journal, one change a line.

chassis() {
    directory=$1
    verb=$2
    shift 2
    case $verb in
    get)
        for name; do
            value=0
            [ -r "$directory/$name" ] && read -r value <"$directory/$name"
            echo "$name:$value"
        done
        ;;
    set)
        echo "$*" >>"$directory/journal"
        while [ $# -gt 1 ]; do
            case $1 in
            power) echo "$2" >"$directory/power" ;;
            boot) echo "$2" >"$directory/boot" ;;
            shutdown) echo 0 >"$directory/power" ;;
            esac
            shift 2
        done
        ;;
    esac
}
