# shellcheck shell=bash
# The root file system: a packed one in memory, or a folder of an NFS server.

# xcat_image_root URL NEWROOT
xcat_image_root() {
    local image=$XCAT_RUN/image
    mkdir -p "$image"
    mount -t tmpfs -o size=90%,mode=700 tmpfs "$image" || xcat_fail "no memory can be had for the image"
    xcat_fetch_verified "$1" "$image/root"
    if [ "$(head -c 4 "$image/root" | tr -d '\000')" = hsqs ]; then
        xcat_overlay "$image/root" "$2"
    else
        xcat_unpack "$1" "$image/root" "$2"
        umount "$image"
    fi
}

# xcat_overlay FILE NEWROOT: a squashfs below, memory above.
xcat_overlay() {
    local below=$XCAT_RUN/below above=$XCAT_RUN/above said
    modprobe -a loop squashfs overlay 2>>"$XCAT_LOG"
    mkdir -p "$below" "$above"
    said=$(mount -t squashfs -o loop,ro "$1" "$below" 2>&1) || xcat_fail "the squashfs image cannot be mounted: ${said##*$'\n'}"
    mount -t tmpfs -o mode=700 tmpfs "$above"
    mkdir -m 755 "$above/changes" "$above/work"
    said=$(mount -t overlay -o "lowerdir=$below,upperdir=$above/changes,workdir=$above/work" overlay "$2" 2>&1) ||
        xcat_fail "the overlay cannot be mounted: ${said##*$'\n'}"
}

# xcat_unpack URL FILE NEWROOT: an archive of cpio or tar; which, and how it is compressed, its first bytes say.
xcat_unpack() {
    local unpack kind=tar said
    unpack=$(xcat_unpacker "$2") || xcat_fail "$1 is neither squashfs nor compressed by gzip, xz or zstd"
    xcat_has_program "$unpack" "$1"
    if [ "$($unpack -dc <"$2" 2>/dev/null | head -c 6 | tr -d '\000')" = 070701 ]; then kind=cpio; fi
    xcat_has_program "$kind" "$1"
    xcat_say "unpacking $1"
    mount -t tmpfs -o size=90%,mode=755 tmpfs "$3" || xcat_fail "no memory can be had for the root file system"
    said=$(set -o pipefail && $unpack -dc <"$2" | "xcat_from_$kind" "$3" 2>&1) ||
        xcat_fail "$1 cannot be unpacked: ${said##*$'\n'} (memory: $(xcat_memory))"
    rm -f "$2"
}

xcat_from_cpio() {
    (cd "$1" && cpio -idm --quiet)
}

xcat_from_tar() {
    tar -C "$1" -xpf - --numeric-owner --xattrs '--xattrs-include=*'
}

xcat_has_program() {
    command -v "$1" >/dev/null || xcat_fail "$2 needs $1, which the initramfs lacks: put it into the pkglist, and type genimage"
}

xcat_unpacker() {
    case "$(od -An -tx1 -N 4 "$1" | tr -d ' ')" in
        1f8b*) echo gzip ;;
        fd377a58) echo xz ;;
        28b52ffd) echo zstd ;;
        *) return 1 ;;
    esac
}

# xcat_nfs_root SERVER:FOLDER[:OPTIONS] NEWROOT: read only; no locks, which need a daemon.
xcat_nfs_root() {
    local server folder options='' said pause
    case "$1" in
        \[*) server=${1%%]*}] folder=${1#*]:} ;;
        *) server=${1%%:*} folder=${1#*:} ;;
    esac
    case "$folder" in *:*) options=${folder#*:} folder=${folder%%:*} ;; esac
    modprobe -a nfs nfsv3 nfsv4 2>>"$XCAT_LOG"
    xcat_say "mounting $server:$folder by NFS"
    for pause in "${PAUSES_AWAY[@]}" end; do
        said=$(timeout 60 mount -t nfs -o "nolock,retry=0,${options:-ro}" "$server:$folder" "$2" 2>&1) && return 0
        said=$(printf '%s\n' "$said" | sed -n '/./p' | tail -n 1)
        if [ "$pause" = end ]; then break; fi
        xcat_say "not mounted: $said; again in $pause s"
        sleep "$pause"
    done
    xcat_fail "$server:$folder cannot be mounted by NFS: $said"
}
