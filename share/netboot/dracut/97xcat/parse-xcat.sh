#!/bin/sh
# shellcheck disable=SC2034  # dracut reads rootok and root
# A hook of dracut (cmdline): root comes from xcatd. No other module looks for one.
# shellcheck source=/dev/null
type getarg >/dev/null 2>&1 || . /lib/dracut-lib.sh

if getarg imgurl= >/dev/null || getarg XCAT= >/dev/null || getarg root=nfs: >/dev/null; then
    root=xcat
    rootok=1
    netroot=
    # The name that the node's interface has in the tables: udev gives it, here and in the system that runs later.
    if name=$(getarg ifname=) && [ -n "$name" ]; then
        mkdir -p /run/systemd/network
        printf '[Match]\nMACAddress=%s\nType=ether\n\n[Link]\nName=%s\n' "${name#*:}" "${name%%:*}" >/run/systemd/network/10-xcat.link
    fi
fi
