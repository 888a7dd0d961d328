# Virtual environments and what is installed in them. Needs say.sh and debian.sh, LOG and repository.
#
# What is wanted is named in sets. For each, scripts/requirements has its ranges (SET.txt), and the versions and hashes
# that scripts/lock made of them (SET.lock).

# Not empty: the newest versions within the ranges are installed, not the locked ones. It differs from run to run, since
# what was the newest for one need not be for the next.
NEWEST=

# The first Python >= 3.10: $PYTHON, python3, or one with its version in its name.
find_python() {
    local candidate
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python3.10; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    say "error: Python 3.10 or newer is needed, and there is none on PATH"
    return 1
}

# ensure_venv FOLDER SET...: a virtual environment that holds the sets.
#
# FOLDER/.installed has the hashes of the files that were installed. FOLDER/.installing is there while pip works, so that
# an installation which was cut off is done again from the start.
ensure_venv() {
    local venv=$1 again=() files
    shift
    mapfile -t files < <(set_files "$@")
    make_venv "$venv" || return 1
    ! holds "$venv" "${files[@]}" || return 0
    say "installing $(basename "$venv") (a minute or two, once; log: $LOG)"
    [[ ! -f $venv/.installing ]] || again=(again)
    touch "$venv/.installing"
    install_files "$venv" "${again[@]}" "${files[@]}" || return 1
    hashes "${files[@]}" >"$venv/.installed"
    rm "$venv/.installing"
}

set_files() {
    local name kind=lock
    [[ -z $NEWEST ]] || kind=txt
    for name in "$@"; do echo "$repository/scripts/requirements/$name.$kind"; done
}

hashes() { sha256sum "$@" | sed "s/ .*/$NEWEST/"; }

holds() {
    local venv=$1
    shift
    [[ -f $venv/.installed && ! -f $venv/.installing ]] &&
        [[ -z $(hashes "$@" | grep -vxF -f "$venv/.installed") ]]
}

# Over one that is there and works, nothing is done. One that lost its Python is made anew.
make_venv() {
    local python
    ! "$1/bin/python" -m pip --version >/dev/null 2>&1 || return 0
    python=$(find_python) && ensure_venv_module "$python" || return 1
    rm -f "$1/.installed"
    quietly "$LOG" "$python" -m venv "$1"
}

# Debian and Ubuntu ship Python without what `python3 -m venv` needs.
ensure_venv_module() {
    local package
    ! "$1" -c 'import ensurepip, venv' 2>/dev/null || return 0
    package=$("$1" -c 'import sys; print("python{}.{}-venv".format(*sys.version_info))')
    apt_install "$LOG" "$package" && return
    say "error: $1 cannot make virtual environments: install $package"
    return 1
}

# install_files VENV [again] FILE...: with uv, several times as fast; with pip where uv cannot be had or fails.
install_files() {
    local venv=$1 file files=() versions=(--require-hashes) uv_again=() pip_again=()
    shift
    if [[ $1 == again ]]; then
        uv_again=(--reinstall)
        pip_again=(--force-reinstall)
        shift
    fi
    [[ -z $NEWEST ]] || versions=(--upgrade)
    for file in "$@"; do files+=(-r "$file"); done
    if pip_install "$venv" "${versions[@]}" -r "$(set_files uv)" &&
        uv_install "$venv" "${versions[@]}" "${uv_again[@]}" "${files[@]}" $(build_constraints "$@"); then
        return 0
    fi
    say "uv did not do it; pip tries"
    pip_install "$venv" "${versions[@]}" "${pip_again[@]}" "${files[@]}"
}

# What a package without a wheel is built with is locked too.
build_constraints() { [[ -n $NEWEST ]] || printf ' --build-constraints=%s' "$@"; }

pip_install() {
    local venv=$1
    shift
    quietly "$LOG" "$venv/bin/python" -m pip install "$@"
}

# With pip's configuration, which uv does not read by itself. pip takes the best version of all indexes and uv that of the
# first, so uv is told to do as pip does.
uv_install() {
    local venv=$1
    shift
    with "$(uv_settings "$venv")" quietly "$LOG" "$venv/bin/uv" pip install --python "$venv/bin/python" \
        --compile-bytecode --index-strategy unsafe-best-match "$@"
}

# with SETTINGS COMMAND...: the command where these NAME=VALUE lines hold, but for what the environment says itself.
with() {
    local setting settings=$1
    shift
    (
        while read -r setting; do
            [[ -z $setting || -n $(printenv "${setting%%=*}") ]] || export "$setting"
        done <<<"$settings"
        "$@"
    )
}

# pip's settings under uv's names, as NAME=VALUE lines.
uv_settings() {
    "$1/bin/python" -m pip config list | sed -nE "
        s/^[^.]+\.index-url='(.*)'$/UV_DEFAULT_INDEX=\1/p
        s/^[^.]+\.extra-index-url='(.*)'$/UV_INDEX=\1/p
        s/^[^.]+\.find-links='(.*)'$/UV_FIND_LINKS=\1/p
        s/^[^.]+\.trusted-host='(.*)'$/UV_INSECURE_HOST=\1/p
        s/^[^.]+\.cert='(.*)'$/SSL_CERT_FILE=\1/p
        s/^[^.]+\.proxy='(.*)'$/ALL_PROXY=\1/p"
}
