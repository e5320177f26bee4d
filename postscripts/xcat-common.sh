# shellcheck shell=sh disable=SC2034
# What the scripts of this folder have in common. A script begins with
#
#     . "${0%/*}/xcat-common.sh"
#     begin
#
# and ends with `finish`. Between them it says what it has done, and `fail` ends it with a sentence and status 1.
# XCAT_ROOT is a folder below which files are written, for images; then nothing is started. It is empty on a node.

XCAT_ROOT=${XCAT_ROOT-}
me=${0##*/}
scripts=$(cd "${0%/*}" && pwd)
changed=no

say() { printf '%s: %s\n' "$me" "$*"; }
fail() {
    printf '%s: %s\n' "$me" "$*" >&2
    exit 1
}

# A site's own programs run before and after a script of ours: hooks/NAME.before.d/* and hooks/NAME.after.d/*, by name, with the
# same variables. One that fails ends the script.
hooks() {
    for hook in "$scripts/hooks/$me.$1.d"/*; do
        if [ -f "$hook" ] && [ -x "$hook" ]; then
            say "runs ${hook#"$scripts"/}"
            "$hook" || fail "${hook#"$scripts"/} ended with $?"
        fi
    done
}
begin() { hooks before; }
finish() {
    hooks after
    if [ "$changed" = no ]; then say "nothing to do"; fi
}

# family: debian, redhat or suse.
family() {
    # shellcheck disable=SC1091  # a file of the node
    words=$(. "$XCAT_ROOT/etc/os-release" 2>/dev/null && echo " $ID ${ID_LIKE-} ")
    case "$words" in
        *" suse "* | *" sles "* | *" opensuse"*) echo suse ;;
        *" rhel "* | *" fedora "* | *" centos "* | *" ol "*) echo redhat ;;
        *) echo debian ;;
    esac
}

# put FILE MODE TEXT: the file has this text, and whoever reads it never sees half of it. `wrote` is yes if it differed.
put() {
    wrote=no
    put_file=$XCAT_ROOT$1
    if [ -f "$put_file" ] && printf '%s\n' "$3" | cmp -s - "$put_file"; then return 0; fi
    mkdir -p "${put_file%/*}" || fail "the folder of $1 cannot be made"
    put_new=$(mktemp "$put_file.XXXXXX") || fail "$1 cannot be written"
    if ! { printf '%s\n' "$3" >"$put_new" && chmod "$2" "$put_new"; }; then
        rm -f "$put_new"
        fail "$1 cannot be written"
    fi
    # A file that is mounted by itself, as in containers, is written over.
    if ! mv -f "$put_new" "$put_file" 2>/dev/null && ! { cat "$put_new" >"$put_file" && rm -f "$put_new"; }; then
        rm -f "$put_new"
        fail "$1 cannot be written"
    fi
    wrote=yes changed=yes
    say "wrote $1"
}

# keep FILE: what the distribution has put there stays as FILE.xcatbak, the first time.
keep() {
    if [ -f "$XCAT_ROOT$1" ] && [ ! -e "$XCAT_ROOT$1.xcatbak" ]; then
        cp -p "$XCAT_ROOT$1" "$XCAT_ROOT$1.xcatbak" || fail "$1.xcatbak cannot be written"
    fi
}

# take_away FILE: it is not there.
take_away() {
    if [ -e "$XCAT_ROOT$1" ]; then
        rm -f "$XCAT_ROOT$1" || fail "$1 cannot be removed"
        changed=yes
        say "removed $1"
    fi
}

has_systemd() { [ -z "$XCAT_ROOT" ] && [ -d /run/systemd/system ]; }

# serve UNIT: it starts with the node, and runs; `yes` behind it: with new settings.
serve() {
    has_systemd || return 0
    systemctl --quiet is-enabled "$1" 2>/dev/null || systemctl --quiet enable "$1" || fail "$1 cannot be enabled"
    if ! systemctl --quiet is-active "$1"; then
        systemctl start "$1" || fail "$1 does not start: journalctl -u $1"
        changed=yes
        say "started $1"
    elif [ "${2-no}" = yes ]; then
        systemctl restart "$1" || fail "$1 does not start with its new settings: journalctl -u $1"
        say "restarted $1"
    fi
}

need() { command -v "$1" >/dev/null || fail "$1 is not installed: install the package $2"; }

# words TEXT: its words, separated by commas or blanks, one a line; <xcatmaster> is the node's server.
words() {
    printf '%s\n' "$1" | awk '{ gsub(/[, \t]+/, "\n"); print }' | while IFS= read -r word; do
        case "$word" in
            "") ;;
            "<xcatmaster>") if [ -n "${MASTER_IP:-${MASTER-}}" ]; then printf '%s\n' "${MASTER_IP:-$MASTER}"; fi ;;
            *) printf '%s\n' "$word" ;;
        esac
    done
}
