# Runs named stages one after the other, whatever they end in, and tells at the end what came of each. Needs say.sh.
#
# A stage is a function that returns 0 (passed), $COULD_NOT_RUN, or anything else (failed). It may write how much it
# checked to $COUNTS, and to $NOT_RUN one line for each thing that it could not run, with the reason.

COULD_NOT_RUN=77

stage_rows=()
stage_reasons=()
stage_failed=false

# stage NAME FUNCTION [ARGUMENT...]
stage() {
    local name=$1 started=$SECONDS status=0 result
    shift
    COUNTS=$(mktemp) NOT_RUN=$(mktemp)
    printf '\n=== %s\n' "$name"
    # The function is in a condition, where set -e does not hold: stages say `|| return` themselves.
    "$@" || status=$?
    result=$(verdict "$status")
    stage_rows+=("$name|$result|$((SECONDS - started))|$(paste -sd ' ' "$COUNTS")")
    collect_reasons "$name"
    [[ $result == passed || $result == 'could not run' ]] || stage_failed=true
    rm -f "$COUNTS" "$NOT_RUN"
}

# beside FUNCTION: its stages run in the background, until `together` tells what came of them and prints what they said.
beside() {
    BESIDE=$(mktemp -d)
    (
        stage_rows=() stage_reasons=() stage_failed=false
        "$@"
        printf '%s\n' "${stage_rows[@]}" >"$BESIDE/rows"
        printf '%s\n' "${stage_reasons[@]}" >"$BESIDE/reasons"
        $stage_failed || touch "$BESIDE/passed"
    ) >"$BESIDE/printed" 2>&1 &
    BESIDE_ID=$!
}

together() {
    local row
    wait "$BESIDE_ID" 2>/dev/null || true
    cat "$BESIDE/printed"
    [[ -f $BESIDE/reasons ]] || { echo 'beside|failed|0|it was killed' >"$BESIDE/rows"; : >"$BESIDE/reasons"; }
    [[ -f $BESIDE/passed ]] || stage_failed=true
    while read -r row; do [[ -z $row ]] || stage_rows+=("$row"); done <"$BESIDE/rows"
    while read -r row; do [[ -z $row ]] || stage_reasons+=("$row"); done <"$BESIDE/reasons"
    rm -rf "$BESIDE"
}

# Where everything must run, in CI, what could not run has failed.
verdict() {
    if [[ ${CI:-} == true && -s $NOT_RUN ]]; then
        echo failed
    else
        case $1 in
            0) echo passed ;;
            "$COULD_NOT_RUN") echo 'could not run' ;;
            *) echo failed ;;
        esac
    fi
}

collect_reasons() {
    local reason
    while read -r reason; do
        stage_reasons+=("$1: $reason")
    done <"$NOT_RUN"
}

# could_not_run REASON: for a stage to end with.
could_not_run() {
    echo "$*" >>"$NOT_RUN"
    return "$COULD_NOT_RUN"
}

# The table. Its status is that of the whole run.
summary() {
    local row name result seconds counts
    printf '\n%-14s %-14s %7s  %s\n' stage result seconds counts
    for row in "${stage_rows[@]}"; do
        IFS='|' read -r name result seconds counts <<<"$row"
        printf '%-14s %-14s %7s  %s\n' "$name" "$result" "$seconds" "$counts"
    done
    if ((${#stage_reasons[@]})); then
        printf '\nCould not run:\n'
        printf '  %s\n' "${stage_reasons[@]}"
    fi
    ! $stage_failed
}
