#!/bin/sh
# shellcheck disable=SC2154  # root is dracut's
# A hook of dracut (pre-mount): brings the root file system to $NEWROOT. When this fails, it does not come back.
if [ "$root" = xcat ]; then /usr/lib/xcat/netboot "$NEWROOT" || die "xcat: netboot has ended too early"; fi
