#!/bin/bash
# Brings the root file system of this node to a folder: `netboot NEWROOT`. What goes wrong is said on the console and to the
# server, and then the node starts again: docs/diskless.md.
set -u
umask 022
place=${XCAT_PLACE:-/usr/lib/xcat}
# shellcheck source=words.sh
. "$place/words.sh"
# shellcheck source=say.sh
. "$place/say.sh"
# shellcheck source=network.sh
. "$place/network.sh"
# shellcheck source=fetch.sh
. "$place/fetch.sh"
# shellcheck source=root.sh
. "$place/root.sh"
# shellcheck source=handover.sh
. "$place/handover.sh"
if [ -f "$place/statelite.sh" ]; then
    # shellcheck source=/dev/null
    . "$place/statelite.sh"
fi

# A root that is an NFS folder, or one of liteimg in memory.
xcat_is_statelite() {
    case "$NFSROOT:$IMGURL" in ?*: | */rootimg-statelite.*) return 0 ;; esac
    return 1
}

xcat_netboot() {
    NEWROOT=$1
    xcat_read_words
    xcat_network
    xcat_check_words
    xcat_report netbooting
    case "$IMGURL" in
        ?*) xcat_image_root "$IMGURL" "$NEWROOT" ;;
        *) xcat_nfs_root "$NFSROOT" "$NEWROOT" ;;
    esac
    if xcat_is_statelite; then xcat_statelite "$NEWROOT"; fi
    xcat_hand_over "$NEWROOT"
    xcat_say "starting $IMAGE_NAME"
}

mkdir -p "$XCAT_RUN"
chmod 700 "$XCAT_RUN"
xcat_netboot "$1"
