# The power button of a simulated BMC, for ipmi_sim's `chassis_control`.
#
# ipmi_sim runs `sh -c "COMMAND get power"` for every question, so this file is sourced and uses builtins only: one
# shell per question, nothing forked. State: DIR/power (0 or 1). What was done: DIR/journal, one change a line.
# Who has a real machine sources a file behind it that says `look` and `change` in another way.

# Puts what NAME is now into `value`.
look() {
    [ -r "$directory/$1" ] && read -r value <"$directory/$1"
}

change() {
    case $1 in
    power) echo "$2" >"$directory/power" ;;
    boot) echo "$2" >"$directory/boot" ;;
    shutdown) echo 0 >"$directory/power" ;;
    esac
}

chassis() {
    directory=$1
    verb=$2
    shift 2
    case $verb in
    get)
        for name; do
            value=0
            look "$name"
            echo "$name:$value"
        done
        ;;
    set)
        echo "$*" >>"$directory/journal"
        while [ $# -gt 1 ]; do
            change "$1" "$2"
            shift 2
        done
        ;;
    esac
}
