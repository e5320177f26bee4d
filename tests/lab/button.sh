# The power button of a machine, sourced behind the simulators' chassis.sh: it starts and kills QEMU.
#
# State: FOLDER/boot (none, pxe, disk ...: what the BMC was told to start from), FOLDER/pid. FOLDER/machine is the machine.

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

look() {
    case $1 in
    power) if alive; then value=1; fi ;;
    *) [ -r "$directory/$1" ] && read -r value <"$directory/$1" ;;
    esac
}

change() {
    case $1 in
    power) if [ "$2" = 1 ]; then switch_on; else switch_off; fi ;;
    reset) switch_off; switch_on ;;
    shutdown) switch_off ;;
    boot) echo "$2" >"$directory/boot" ;;
    esac
}
