# shellcheck shell=bash
# What the kernel's arguments say (docs/nodeset.md writes them).
XCAT_RUN=${XCAT_RUN:-/run/xcat-netboot}
XCAT_CMDLINE=${XCAT_CMDLINE:-/proc/cmdline}

# word NAME: the value of the last NAME=VALUE; status 1 when there is none.
xcat_word() {
    local word words found=1 value=
    read -r -a words <"$XCAT_CMDLINE"
    for word in "${words[@]}"; do
        case "$word" in "$1="*) value=${word#*=} found=0 ;; esac
    done
    printf '%s\n' "$value"
    return "$found"
}

# Whether a word without a value is there.
xcat_has() {
    local word words
    read -r -a words <"$XCAT_CMDLINE"
    for word in "${words[@]}"; do
        if [ "$word" = "$1" ]; then return 0; fi
    done
    return 1
}

# shellcheck disable=SC2034  # others read them
xcat_read_words() {
    local root
    XCAT_SERVER=$(xcat_word XCAT) || true
    XCAT_PORT=3001
    case "$XCAT_SERVER" in *:*) XCAT_PORT=${XCAT_SERVER##*:} XCAT_SERVER=${XCAT_SERVER%:*} ;; esac
    XCAT_IPORT=$(xcat_word XCATIPORT) || XCAT_IPORT=3002
    XCAT_HTTPPORT=$(xcat_word XCATHTTPPORT) || XCAT_HTTPPORT=80
    NODE=$(xcat_word NODE) || true
    IMGURL=$(xcat_word imgurl) || true
    NFSROOT=
    if [ -z "$IMGURL" ] && root=$(xcat_word root); then
        case "$root" in nfs:* | nfs4:*) NFSROOT=${root#*:} ;; esac
    fi
}

# With a network this can be reported.
xcat_check_words() {
    if [ -z "$XCAT_SERVER" ] || [ -z "$NODE" ]; then
        xcat_fail "the kernel's arguments have no XCAT=SERVER:PORT or no NODE=NAME: nodeset writes them"
    fi
    if [ -z "$IMGURL$NFSROOT" ]; then
        xcat_fail "the kernel's arguments say neither imgurl=URL nor root=nfs:SERVER:FOLDER: nodeset writes them"
    fi
    case "$IMGURL" in
        '' | http://?*) ;;
        *) xcat_fail "imgurl=$IMGURL is no address of HTTP" ;;
    esac
    case "$NFSROOT" in
        '' | ?*:/?*) ;;
        *) xcat_fail "root=nfs:$NFSROOT is no folder of an NFS server: it is SERVER:FOLDER:OPTIONS" ;;
    esac
}
