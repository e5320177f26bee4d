#!/bin/sh
# Fetches runpostscripts from the node's server, and runs all scripts of the node, once. When the server is away it ends after
# some ten minutes, and begins anew at the next boot.
set -u
value() { sed -n "s/^$1=//p" /opt/xcat/xcatinfo | head -n 1; }
server=$(value XCATSERVER)
case "$server" in *:*) host="[$server]" ;; *) host=$server ;; esac
place=$host:$(value HTTPPORT)
folder=/xcatpost
log=/var/log/xcat/first-boot.log
mkdir -p "$folder" /var/log/xcat
chmod 700 "$folder"

fetch() {
    python3 -c 'import sys, urllib.request as r; data = r.urlopen(sys.argv[1], timeout=60).read()
assert data.startswith(b"#!"); open(sys.argv[2], "wb").write(data)' "$1" "$2"
}

scripts=http://$place$(value INSTALLDIR)/postscripts
url=$scripts/runpostscripts
for pause in 2 4 8 16 32 60 60 60 60 60 60 60 60 end; do
    if fetch "$url" "$folder/runpostscripts" 2>>"$log"; then break; fi
    if [ "$pause" = end ]; then
        echo "$url cannot be fetched: see $log" >&2
        exit 1
    fi
    sleep "$pause"
done
# With it the server hears what goes wrong before all scripts are here.
fetch "$scripts/tellserver" "$folder/tellserver" 2>>"$log"

MASTER=$server XCATIPORT=$(value XCATIPORT) HTTPPORT=$(value HTTPPORT)
export MASTER XCATIPORT HTTPPORT
python3 "$folder/runpostscripts" -r -m "$place" -n "$(value NODE)" -d "$folder" \
    --installdir "$(value INSTALLDIR)" --tftpdir "$(value TFTPDIR)" all >>"$log" 2>&1
status=$?
if [ "$status" -ne 0 ] && tail -n 1 "$log" | grep -q '^runpostscripts: '; then
    # No script was run, and the server does not know.
    reason=$(tail -n 1 "$log")
    if [ -e "$folder/tellserver" ]; then python3 "$folder/tellserver" installstatus failed -- "$reason"; fi
    exit 1
fi
touch /opt/xcat/first-boot.done
exit "$status"
