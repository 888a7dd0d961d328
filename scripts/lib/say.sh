# Output of the scripts: one plain line per fact, on stderr, so that stdout stays free for results. And their end.

say() { printf '%s\n' "$*" >&2; }

die() {
    say "error: $*"
    exit 1
}

# quietly LOG COMMAND...: the command's output goes to the log, and its end to the terminal when it fails.
quietly() {
    local log=$1 status=0
    shift
    mkdir -p "$(dirname "$log")"
    printf '\n$ %s\n' "$*" >>"$log"
    "$@" >>"$log" 2>&1 || status=$?
    if ((status)); then
        say "failed ($status): $*"
        tail -n 20 "$log" | sed 's/^/    /' >&2
        say "    the whole log: $log"
    fi
    return "$status"
}

# Ctrl-C ends the script, even where the program that runs just then takes it for itself, as pip and pytest do.
trap 'exit 130' INT
