# shellcheck shell=bash
# Files by HTTP. A server that is away or busy is asked again, ever more seldom, for two to five minutes (where it does not
# answer at all), and then the node starts again: another server of its pool may have it by then. One that says no is asked three times.
PAUSES_AWAY=(1 2 4 8 16 30 30 30)
PAUSES_REFUSED=(2 4)

# xcat_fetch URL FILE: gives 0, or the node fails with the reason.
xcat_fetch() {
    local away=0 refused=0 pause
    until xcat_fetched "$1" "$2"; do
        case "$HTTP_CODE" in
            4?? | 200 | 3??) # 200: it does not fit
                if [ "$refused" -ge "${#PAUSES_REFUSED[@]}" ]; then xcat_fail "$FETCH_REASON"; fi
                pause=${PAUSES_REFUSED[refused++]}
                ;;
            *)
                if [ "$away" -ge "${#PAUSES_AWAY[@]}" ]; then xcat_fail "$FETCH_REASON"; fi
                pause=${PAUSES_AWAY[away++]}
                # A thousand nodes do not all come back at once.
                pause=$((pause + RANDOM % (pause / 2 + 1)))
                ;;
        esac
        xcat_say "$FETCH_REASON; again in $pause s"
        sleep "$pause"
    done
}

# Once. Sets HTTP_CODE and, when it fails, FETCH_REASON.
xcat_fetched() {
    local said status
    said=$(curl --globoff --fail --silent --show-error --connect-timeout 20 --speed-limit 1000 --speed-time 60 \
        --output "$2" --write-out '%{http_code}' "$1" 2>"$XCAT_RUN/curl")
    status=$?
    HTTP_CODE=${said: -3}
    case "$status:$HTTP_CODE" in
        0:200) return 0 ;;
        0:* | 22:*) FETCH_REASON="$1: the server says $HTTP_CODE$(xcat_meaning "$HTTP_CODE")" ;;
        23:*) FETCH_REASON="$1 does not fit into the memory of this node ($(xcat_memory))" ;;
        *) FETCH_REASON="$1 cannot be fetched: $(tail -n 1 "$XCAT_RUN/curl" | sed 's/^curl: ([0-9]*) //')" ;;
    esac
    return 1
}

xcat_meaning() {
    case "$1" in
        404) printf ' (it is not there)' ;;
        403) printf ' (it may not be read)' ;;
        503) printf ' (it is busy)' ;;
    esac
}

xcat_memory() {
    sed -n 's/^MemTotal: *\([0-9]*\) kB/\1 kB/p' /proc/meminfo
}

# xcat_fetch_verified URL FILE: its sum is in URL.sha256. A packimage that ends just now changes both: it is fetched again.
xcat_fetch_verified() {
    local turn sum='' wanted=''
    for turn in 1 2 3; do
        xcat_say "fetching $1"
        xcat_fetch "$1.sha256" "$2.sha256"
        wanted=$(cut -d ' ' -f 1 "$2.sha256")
        case "$wanted" in *[!0-9a-f]* | '') xcat_fail "$1.sha256 has no SHA-256 sum in it: pack the image again with packimage" ;; esac
        xcat_fetch "$1" "$2"
        sum=$(sha256sum <"$2" | cut -d ' ' -f 1)
        if [ "$sum" = "$wanted" ]; then
            xcat_say "fetched $(($(stat -c %s "$2") / 1024)) kB in $SECONDS s since the start; the sum is right"
            return 0
        fi
        rm -f "$2"
        xcat_say "the sum of $1 is not right ($turn of 3)"
        if [ "$turn" -lt 3 ]; then sleep $((turn * 2)); fi
    done
    xcat_fail "$1 is corrupted: its SHA-256 sum begins with ${sum:0:12}, $1.sha256 says ${wanted:0:12}"
}
