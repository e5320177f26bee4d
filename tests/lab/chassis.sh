# The power button of a machine, for ipmi_sim's `chassis_control`: it starts and kills QEMU.
#
# ipmi_sim runs `sh -c ". ./chassis.sh; chassis . get power"` for every question. State: FOLDER/boot (none, pxe, disk ...: what
# the BMC was told to start from), FOLDER/pid. What was done: FOLDER/journal, a change a line. FOLDER/machine is the machine.

alive() {
    pid=
    [ -r "$directory/pid" ] && read -r pid <"$directory/pid"
    [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null
}

switch_off() {
    alive || return 0
    kill -9 "$pid"
    while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
}

switch_on() {
    if alive; then return 0; fi
    # Nothing of it may hold what ipmi_sim reads from this shell.
    setsid "$directory/machine" </dev/null >>"$directory/output" 2>&1 &
    echo $! >"$directory/pid"
}

chassis() {
    directory=$1
    verb=$2
    shift 2
    case $verb in
    get)
        for name; do
            value=0
            case $name in
            power) if alive; then value=1; fi ;;
            *) [ -r "$directory/$name" ] && read -r value <"$directory/$name" ;;
            esac
            echo "$name:$value"
        done
        ;;
    set)
        echo "$*" >>"$directory/journal"
        while [ $# -gt 1 ]; do
            case $1 in
            power) if [ "$2" = 1 ]; then switch_on; else switch_off; fi ;;
            reset) switch_off; switch_on ;;
            shutdown) switch_off ;;
            boot) echo "$2" >"$directory/boot" ;;
            esac
            shift 2
        done
        ;;
    esac
}
