# shellcheck shell=bash
# shellcheck disable=SC2015 # all of a chain, or the reason
# What a statelite node does before its root file system is used: `xcat_statelite NEWROOT` (docs/statelite.md).
# The image's own programs work on its files (cp, mkdir, mount ...), in a chroot: links lead where they lead on the node.
LITE_TMPFS=/.statelite/tmpfs
LITE_KEPT=/.statelite/persistent
LITE_TREES=/.statelite/mnt
LITE_LOCAL=/.sllocal/localmnt
LITE_PAUSES=(2 4 8 16)
LITE_DEVICES=10 # seconds
PLAN=$XCAT_RUN/litefile
FOUND=$XCAT_RUN/litetree
DONE=$XCAT_RUN/litefile.done

xcat_statelite() {
    ROOT=${1%/}
    cp "$ROOT/.statelite/litefile" "$PLAN" 2>/dev/null ||
        lite_fail "the image was not prepared: type liteimg with its name on the management node"
    : >"$FOUND"
    : >"$DONE"
    lite_memory
    lite_persistent
    lite_trees
    lite_disks
    xcat_say "statelite: bringing files to their places"
    lite_entries
    xcat_say "statelite: the files of $NODE are in their places"
}

lite_fail() {
    xcat_fail "statelite: $1"
}

lite_in() {
    chroot "$ROOT" "$@"
}

# -- what is mounted for all -------------------------------------------------------------------------------------------

lite_memory() {
    local word mode=755
    while read -r word rest; do
        if [ "$word" = mode ]; then mode=$rest; fi
    done <"$PLAN"
    mount -t tmpfs -o "mode=$mode" tmpfs "$ROOT/.statelite" && lite_in mkdir -p "$LITE_TMPFS" "$LITE_KEPT" "$LITE_TREES" ||
        lite_fail "there is no memory for /.statelite"
}

# lite_split SERVER:FOLDER: sets SERVER and FOLDER. An IPv6 address is in brackets; without a server it is a folder of the image.
lite_split() {
    case "$1" in
        /*) SERVER='' FOLDER=$1 ;;
        \[*\]:*) SERVER=${1%%]:*}] FOLDER=${1#*]:} ;;
        *) SERVER=${1%%:*} FOLDER=${1#*:} ;;
    esac
}

# lite_nfs SERVER FOLDER PLACE OPTIONS
lite_nfs() {
    timeout 60 mount -t nfs -o "retry=0,nolock,$4" "$1:$2" "$3"
}

# lite_mount WHAT SERVER FOLDER PLACE OPTIONS: patiently, because the server may be on its way up.
lite_mount() {
    local pause said
    xcat_say "statelite: mounting $2:$3"
    for pause in "${LITE_PAUSES[@]}" end; do
        said=$(lite_nfs "${@:2}" 2>&1) && return 0
        said=${said##*$'\n'}
        if [ "$pause" != end ]; then
            xcat_say "statelite: $2:$3 is not mounted: $said; again in $pause s"
            sleep "$pause"
        fi
    done
    lite_fail "$2:$3 ($1) cannot be mounted: $said"
}

# The node's own folder at the server of statelite.statemnt; the first boot makes it.
lite_persistent() {
    local where options place=$ROOT$LITE_KEPT said
    where=$(xcat_word STATEMNT) && [ -n "$where" ] || return 0
    options=rw,$(xcat_word MNTOPTS)
    lite_split "$where"
    lite_mount "table statelite" "$SERVER" "$FOLDER" "$place" "${options%,}"
    said=$(mkdir -p "$place/$NODE" 2>&1) || lite_fail "$where (table statelite) cannot be written: $said"
    umount "$place" || lite_fail "$where (table statelite) cannot be unmounted"
    lite_mount "table statelite" "$SERVER" "${FOLDER%/}/$NODE" "$place" "${options%,}"
}

# Table litetree, as nodeset has written it for this node: `tree OPTIONS SERVER:FOLDER` or `tree - FOLDER`.
lite_trees() {
    local url word rest
    url=$(xcat_word LITETREE) && [ -n "$url" ] || return 0
    xcat_fetch "$url" "$FOUND.all"
    while read -r word rest; do
        if [ "$word" = tree ]; then lite_tree "${rest%% *}" "${rest#* }"; fi
    done <"$FOUND.all"
}

# lite_tree OPTIONS SOURCE
lite_tree() {
    local options=$1 place
    if [ "$options" = - ]; then options=''; else options=$options,; fi
    lite_split "$2"
    place=${FOLDER%/}
    if [ -n "$SERVER" ]; then
        place=$LITE_TREES/$SERVER$place
        lite_in mkdir -p "$place"
        lite_mount "table litetree" "$SERVER" "$FOLDER" "$ROOT$place" "${options}ro"
    fi
    printf '%s\n' "$place" >>"$FOUND"
}

# -- the node's own disk -----------------------------------------------------------------------------------------------

lite_disks() {
    local word rest
    PARTED=' '
    if ! grep -qE '^(disk|localspace|swapspace) ' "$PLAN"; then return; fi
    # The initramfs has drivers of networks; the image has all.
    if [ -d "$ROOT/lib/modules" ]; then mount -o bind "$ROOT/lib/modules" /lib/modules; fi
    while read -r word rest; do
        # shellcheck disable=SC2086 # a list of words
        case "$word" in
            disk | localspace | swapspace)
                [ -b "${rest%% *}" ] || lite_drivers
                "lite_$word" $rest
                ;;
        esac
    done <"$PLAN"
    if [ -d "$ROOT/lib/modules" ]; then umount -l /lib/modules; fi
}

# A driver may find devices that want another one.
lite_drivers() {
    local turn names
    for turn in 1 2 3; do
        read -r -d '' -a names < <(cat /sys/bus/*/devices/*/modalias 2>/dev/null | sort -u)
        modprobe -a -b -q "${names[@]}" sd_mod 2>/dev/null
        sleep "$turn"
    done
}

# lite_awaits DEVICE
lite_awaits() {
    local left=$LITE_DEVICES
    until [ -b "$1" ]; do
        [ "$left" -gt 0 ] || return 1
        left=$((left - 1))
        sleep 1
    done
}

# lite_on_disk PROGRAM ...: those of the image need devices. SAID is what it said.
lite_on_disk() {
    local status
    mount -o bind /dev "$ROOT/dev" && mount -o bind /proc "$ROOT/proc" && SAID=$(lite_in "$@" 2>&1)
    status=$?
    umount "$ROOT/proc"
    umount "$ROOT/dev"
    return "$status"
}

# lite_disk DEVICE dos|gpt FILESYSTEM clear|keep BEGIN-END ...
lite_disk() {
    local device=$1 script="label: $2" system=$3 keeps=$4 part begin end number=0
    shift 4
    lite_awaits "$device" || lite_fail "$device (partitionfile) is not there"
    if [ "$keeps" = keep ] && lite_on_disk sfdisk --dump "$device"; then
        xcat_say "statelite: $device has partitions and stays as it is"
        return
    fi
    xcat_say "statelite: $device gets new partitions"
    for part; do
        begin=$(lite_sector "$device" "${part%-*}") end=$(lite_sector "$device" "${part#*-}")
        script+=$'\n'"start=$begin, size=$((end - begin))"
    done
    # shellcheck disable=SC2016 # the inner shell has these words
    lite_on_disk sh -c 'printf "%s\n" "$1" | sfdisk --quiet --wipe always --wipe-partitions always "$2"' - "$script" "$device" ||
        lite_fail "$device cannot be partitioned: $SAID"
    for part; do
        number=$((number + 1))
        lite_format "$(lite_partition "$device" "$number")" "$system"
    done
}

# lite_sector DEVICE N%|NM: sectors of 512 bytes, in whole MiB; the first and the last one belong to the table of partitions.
lite_sector() {
    local all at
    read -r all <"/sys/class/block/${1##*/}/size"
    all=$((all / 2048))
    case "$2" in
        *%) at=$((all * ${2%?} / 100)) ;;
        *) at=${2%?} ;;
    esac
    [ "$at" -ge 1 ] || at=1
    [ "$at" -lt "$all" ] || at=$((all - 1))
    echo $((at * 2048))
}

lite_partition() {
    case "$1" in
        *[0-9]) echo "${1}p$2" ;;
        *) echo "$1$2" ;;
    esac
}

# lite_format DEVICE FILESYSTEM
lite_format() {
    local force=()
    lite_awaits "$1" || lite_fail "$1 is not there after its disk was partitioned"
    PARTED+="$1 "
    if grep -qxF "swapspace $1" "$PLAN"; then return; fi
    case "$2" in
        ext*) force=(-q -F) ;;
        xfs | btrfs) force=(-f) ;;
    esac
    lite_on_disk "mkfs.$2" "${force[@]}" "$1" || lite_fail "$1 cannot get a file system ($2): $SAID"
}

# lite_localspace DEVICE FILESYSTEM
lite_localspace() {
    local said
    lite_awaits "$1" || lite_fail "$1 (localspace of the partitionfile) is not there"
    said=$(mount -t "$2" "$1" "$ROOT$LITE_LOCAL" 2>&1) ||
        lite_fail "$1 (localspace of the partitionfile) cannot be mounted as $2: $said"
}

# lite_swapspace DEVICE: a node without swap is better than none.
lite_swapspace() {
    if ! lite_awaits "$1"; then
        xcat_say "statelite: $1 (swapspace of the partitionfile) is not there"
        return
    fi
    case "$PARTED" in *" $1 "*) lite_on_disk mkswap "$1" ;; esac
    lite_on_disk swapon "$1" || xcat_say "statelite: $1 (swapspace of the partitionfile) is no swap: $SAID"
}

# -- files and folders -------------------------------------------------------------------------------------------------

# `entry OPTION PATH`, parents before what is below them.
lite_entries() {
    local word rest
    while read -r word rest; do
        if [ "$word" = entry ]; then lite_entry "${rest%% *}" "${rest#* }"; fi
    done <"$PLAN"
}

# lite_entry OPTION PATH. ABOVE: where the nearest folder above that is an entry has its content; FROM: what the node gets it from.
lite_entry() {
    local area=tmpfs
    ENTRY=$2 PLAIN=${2%/}
    ABOVE=$(lite_above)
    FROM=$(lite_source)
    case "$1" in
        tmpfs) lite_put && lite_show tmpfs "$LITE_TMPFS" ;;
        con) lite_join && lite_show tmpfs "$LITE_TMPFS" ;;
        persistent) area=persistent && lite_keep "$LITE_KEPT" && lite_show persistent "$LITE_KEPT" ;;
        localdisk) area=localdisk && lite_keep "$LITE_LOCAL" && lite_show localdisk "$LITE_LOCAL" ;;
        ro) area=ro && lite_bind "$FROM" && lite_bound remount,bind,ro "$PLAIN" "$FROM" ;;
        link) lite_put ;;
        link,con) lite_join ;;
        link,ro) lite_lead "$FROM" ;;
        link,persistent) area=persistent && lite_keep "$LITE_KEPT" && lite_lead_kept ;;
        *) lite_fail "litefile has $1 for $2, which means nothing here" ;;
    esac
    case "$2" in */) printf '%s %s\n' "$area" "$2" >>"$DONE" ;; esac
}

lite_above() {
    local area path found=''
    while read -r area path; do
        case "$ENTRY" in "$path"?*) found=$area ;; esac # the last one is the nearest
    done <"$DONE"
    printf '%s\n' "$found"
}

# The first tree that has it counts, else the image.
lite_source() {
    local tree
    while read -r tree; do
        if lite_has "$tree$PLAIN"; then
            printf '%s\n' "$tree$PLAIN"
            return
        fi
    done <"$FOUND"
    if lite_has "/.default$PLAIN"; then printf '/.default'; fi
    printf '%s\n' "$PLAIN"
}

lite_has() {
    [ -e "$ROOT$1" ] || [ -L "$ROOT$1" ]
}

# lite_fits PATH: what is there must be of the kind that litefile says.
lite_fits() {
    local is_folder=no
    if [ -d "$ROOT$1" ] && ! [ -L "$ROOT$1" ]; then is_folder=yes; fi
    case "$ENTRY:$is_folder" in
        */:no) lite_fail "$ENTRY is a folder in litefile, and $1 is none" ;;
        *[!/]:yes) lite_fail "$ENTRY is a file in litefile, and $1 is a folder" ;;
    esac
}

# A copy in memory, in place of what its parent has brought.
lite_put() {
    lite_copy "$FROM" "$LITE_TMPFS$PLAIN"
}

# lite_copy SOURCE TARGET
lite_copy() {
    lite_fits "$1"
    lite_room "$2" && lite_in cp -a "$1" "$2" || lite_fail "$ENTRY cannot be copied from $1"
}

# lite_room PATH: its folder is there, and it is not. What a server has to be asked for is asked for as seldom as possible.
lite_room() {
    local folder=${1%/*}
    if ! [ -d "$ROOT$folder" ]; then lite_in mkdir -p "$folder/" || return 1; fi
    if lite_has "$1"; then lite_in rm -rf "$1"; fi
}

# lite_keep BASE: a copy below it where there is none yet. It appears as a whole: the power may fail.
lite_keep() {
    local target=$1$PLAIN
    if [ "$1" = "$LITE_KEPT" ] && ! xcat_word STATEMNT >/dev/null; then
        lite_fail "$ENTRY is persistent, and table statelite has no folder for $NODE"
    fi
    if lite_has "$target"; then
        lite_fits "$target"
        return
    fi
    lite_copy "$FROM" "$target.xcat-new"
    lite_in mv "$target.xcat-new" "$target" || lite_fail "$ENTRY cannot be copied to $1"
}

# What all trees have, one behind the other; the image's where none has it.
lite_join() {
    local tree
    lite_copy "$FROM" "$LITE_TMPFS$PLAIN"
    while read -r tree; do
        if [ "$tree$PLAIN" = "$FROM" ] || ! lite_has "$tree$PLAIN"; then continue; fi
        # shellcheck disable=SC2016 # the inner shell has these words
        lite_in sh -c 'cat "$1" >>"$2"' - "$tree$PLAIN" "$LITE_TMPFS$PLAIN" || lite_fail "$ENTRY cannot be read from $tree"
    done <"$FOUND"
}

# lite_show AREA BASE: have what is there at the path itself. Below a folder of the same area it is so already.
lite_show() {
    [ "$ABOVE" = "$1" ] || lite_bind "$2$PLAIN"
}

# lite_bind SOURCE
lite_bind() {
    lite_fits "$1"
    lite_bound bind "$PLAIN" "$1"
}

# lite_bound OPTIONS PLACE SOURCE
lite_bound() {
    local said
    if ! lite_has "$2"; then
        lite_in mkdir -p "${2%/*}/"
        case "$ENTRY" in
            */) lite_in mkdir "$2" ;;
            *) lite_in touch "$2" ;;
        esac
    fi
    said=$(lite_in mount -o "$1" "$3" "$2" 2>&1) || lite_fail "$ENTRY cannot be mounted ($1): $said"
}

# lite_lead TARGET: the link of the image leads there.
lite_lead() {
    local link=$LITE_TMPFS$PLAIN
    lite_room "$link" && lite_in ln -s "$1" "$link" || lite_fail "no link can be made for $ENTRY"
}

# Below a folder in memory it is mounted there, else the link leads there; below a persistent one it is so already.
lite_lead_kept() {
    case "$ABOVE" in
        persistent) ;;
        '') lite_lead "$LITE_KEPT$PLAIN" ;;
        *) lite_bound bind "$LITE_TMPFS$PLAIN" "$LITE_KEPT$PLAIN" ;;
    esac
}
