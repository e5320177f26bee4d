# bash: completion of xCAT's commands. The daemon knows what may follow; at each Tab it is asked.

_xcat_complete() {
    local line=${COMP_LINE:0:COMP_POINT} word breaks found
    COMPREPLY=()
    mapfile -t found < <(@PROGRAM@ xcatcomplete --line "$line" 2>/dev/null </dev/null)
    if [[ ${found[0]-} == :files ]]; then
        compopt -o default
        return
    fi
    # bash replaces only what stands behind these signs
    breaks=${COMP_WORDBREAKS//[^=:@]/}
    word=${line##*[[:space:]]}
    if [[ -n $breaks && $word == *[$breaks]* ]]; then
        found=("${found[@]#"${word%"${word##*[$breaks]}"}"}")
    fi
    COMPREPLY=("${found[@]}")
    if [[ ${#found[@]} -eq 1 && ${found[0]} == *[=.] ]]; then
        compopt -o nospace
    fi
}

complete -o nosort -F _xcat_complete @NAMES@ 2>/dev/null ||
    complete -F _xcat_complete @NAMES@
