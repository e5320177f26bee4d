# shellcheck shell=sh disable=SC2034,SC2154
# What otherpkgs and ospkgs have in common: repositories of the node's server, and packages. It is read behind xcat-common.sh.

server=${NFSSERVER:-${MASTER_IP:-${MASTER-}}}
kind=$(family)
case "$kind" in
    debian) repositories=/etc/apt/sources.list.d ;;
    suse) repositories=/etc/zypp/repos.d ;;
    *) repositories=/etc/yum.repos.d ;;
esac

# url FOLDER: where the node finds a folder of the server; a URL stays one.
url() {
    case "$1" in
        *://*) printf '%s\n' "$1" ;;
        *) printf '%s://%s:%s%s\n' "${HTTPMETHOD:-http}" "$server" "${HTTPPORT:-80}" "$1" ;;
    esac
}

# repository NAME URL: the node takes packages from there. They are those of the
# node's own server, or what the tables name, and are believed without a signature, as xCAT does.
repository() {
    case "$kind:$2" in
        debian:*" "*) put "$repositories/xcat-$1.list" 644 "# Written by the postscript $me.
deb [trusted=yes] $2" ;;
        debian:*) put "$repositories/xcat-$1.list" 644 "# Written by the postscript $me.
deb [trusted=yes] $2 ./" ;;
        suse:*) rpms "$1" "$2" autorefresh=1 ;;
        *) rpms "$1" "$2" skip_if_unavailable=0 ;;
    esac
}
rpms() {
    put "$repositories/xcat-$1.repo" 644 "# Written by the postscript $me.
[xcat-$1]
name=xcat-$1
baseurl=$2
enabled=1
gpgcheck=0
$3"
}

# forget PREFIX WANTED: repositories of this prefix that are not among the wanted names go.
forget() {
    for old in "$XCAT_ROOT$repositories/xcat-$1"*; do
        [ -e "$old" ] || continue
        name=${old##*/xcat-}
        case " $2 " in
            *" ${name%.*} "*) ;;
            *) take_away "${old#"$XCAT_ROOT"}" ;;
        esac
    done
}

# packages WHAT NAMES: install or remove them; nothing where that is so already.
packages() {
    deed=$1
    shift
    if [ "$deed" = remove ] && [ -z "$XCAT_ROOT" ]; then
        # shellcheck disable=SC2046  # names of packages
        set -- $(for package in "$@"; do if is_there "$package"; then echo "$package"; fi; done)
    fi
    if [ $# -eq 0 ]; then return 0; fi
    if [ -n "$XCAT_ROOT" ]; then
        say "would $deed $*"
        return 0
    fi
    before=$(list_packages)
    case "$kind/$deed" in
        debian/install) DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends -o Dpkg::Options::=--force-confold install "$@" ;;
        debian/remove) DEBIAN_FRONTEND=noninteractive apt-get -q -y remove "$@" ;;
        suse/install) zypper --non-interactive install --no-recommends "$@" ;;
        suse/remove) zypper --non-interactive remove "$@" ;;
        *) "$(command -v dnf || command -v yum)" -y "$deed" "$@" ;;
    esac >"$log" 2>&1 || {
        cat "$log" >&2
        fail "cannot $deed $*"
    }
    if [ "$before" != "$(list_packages)" ]; then
        changed=yes
        say "$deed $*"
    fi
}

# refresh: what the repositories have now.
refresh() {
    if [ -n "$XCAT_ROOT" ]; then return 0; fi
    case "$kind" in
        debian) apt-get -q -o APT::Update::Error-Mode=any update ;;
        suse) zypper --non-interactive refresh ;;
        *) "$(command -v dnf || command -v yum)" -q makecache ;;
    esac >"$log" 2>&1 || {
        cat "$log" >&2
        fail "the repositories cannot be read"
    }
}

is_there() {
    # shellcheck disable=SC2016  # names of dpkg
    case "$kind" in
        debian) dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'install ok installed' ;;
        *) rpm -q --quiet "$1" ;;
    esac
}

list_packages() {
    # shellcheck disable=SC2016  # names of dpkg
    case "$kind" in
        debian) dpkg-query -W -f '${Package} ${Version} ${Status}\n' ;;
        *) rpm -qa ;;
    esac | sort | cksum
}

# with_variables TEXT: NAME=value words of an image are set for what follows.
with_variables() {
    for assignment in $1; do
        case "$assignment" in
            [A-Za-z_]*=*) export "${assignment?}" ;;
        esac
    done
}

# sort_out LIST: three lists of names: `removed` before, `installed`, and `dropped` behind.
sort_out() {
    removed='' installed='' dropped=''
    for word in $(printf '%s' "$1" | tr ',' ' '); do
        case "$word" in
            --*) dropped="$dropped ${word#--}" ;;
            -*) removed="$removed ${word#-}" ;;
            *) installed="$installed $word" ;;
        esac
    done
}

log=$(mktemp) || fail "no temporary file can be made"
trap 'rm -f "$log"' EXIT
