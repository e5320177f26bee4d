# shellcheck shell=bash
# What people and the server hear. XCAT_CONSOLE is for tests.
XCAT_CONSOLE=${XCAT_CONSOLE:-/dev/console}
XCAT_LOG=$XCAT_RUN/log
MOST_LOG=60000

# xcat_say TEXT: a line on the console and in the log.
xcat_say() {
    printf 'xcat: netboot: %s\n' "$1" >>"$XCAT_LOG"
    printf 'xcat: netboot: %s\r\n' "$1" >>"$XCAT_CONSOLE"
}

# xcat_note TEXT: a line in the log only.
xcat_note() {
    printf '%s\n' "$1" >>"$XCAT_LOG"
}

# xcat_told LINE [FILE]: says a line to the server, and what is in a file; its answer is printed. It must be `done`.
xcat_told() {
    # shellcheck disable=SC2016  # the inner shell has these words
    timeout 20 bash -c 'exec 3<>"/dev/tcp/$1/$2" && read -r first <&3 && [ "$first" = ready ] && printf "%s\n" "$3" >&3 &&
        { [ -z "$4" ] || cat "$4" >&3; } && read -r answer <&3 && printf "%s\n" "$answer" && [ "$answer" = "done" ]' \
        - "$XCAT_SERVER" "$XCAT_IPORT" "$1" "${2-}" 2>>"$XCAT_LOG"
}

# xcat_tell LINE [FILE]: tries a few times; the boot goes on without.
xcat_tell() {
    local pause said
    for pause in 1 3 0; do
        if said=$(xcat_told "$@"); then return 0; fi
        case "$said" in refused:*) break ;; esac
        sleep "$pause"
    done
    xcat_say "the server $XCAT_SERVER, port $XCAT_IPORT, was not told: $1${said:+ ($said)}"
    return 1
}

# xcat_report STATUS [REASON]
xcat_report() {
    if xcat_has nonodestatus; then return 0; fi
    xcat_tell "installstatus $1${2:+ -- $2}" || true
}

# xcat_fail REASON: says why, to all who listen, and starts the node again after a pause; with xcatdebugmode=1 or 2 there is a
# shell first. It does not come back.
xcat_fail() {
    xcat_say "failed: $1"
    if [ -n "${XCAT_SERVER-}" ] && [ -n "${XCAT_ADDRESS-}" ]; then
        xcat_report failed "$1"
        xcat_send_log
    fi
    case "$(xcat_word xcatdebugmode)" in
        1 | 2) xcat_shell ;;
        *)
            xcat_say "the node starts again in 60 seconds"
            sleep 60
            ;;
    esac
    reboot -f -f 2>/dev/null || echo b >/proc/sysrq-trigger
    sleep 600
    exit 1
}

# The log, and what the kernel says of networks and memory, goes to the server: lines, and one with a dot behind them.
xcat_send_log() {
    local file=$XCAT_RUN/sent
    {
        cat "$XCAT_LOG"
        echo "--- addresses"
        ip -brief address
        echo "--- memory"
        head -n 3 /proc/meminfo
        echo "--- kernel"
        dmesg | tail -n 200
    } 2>&1 | tail -c "$MOST_LOG" | tr -d '\000' | cut -b 1-1000 | sed 's/^\./../' >"$file"
    echo . >>"$file"
    if xcat_tell nodelog "$file"; then xcat_say "the server $XCAT_SERVER has the log"; fi
}

xcat_shell() {
    xcat_say "a shell (xcatdebugmode); when it ends the node starts again"
    if command -v setsid >/dev/null; then
        setsid --ctty --wait bash -i 0<>"$XCAT_CONSOLE" >&0 2>&1
    else
        bash -i 0<>"$XCAT_CONSOLE" >&0 2>&1
    fi
}
