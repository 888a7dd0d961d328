# Virtual environments and what is installed in them. Needs say.sh and debian.sh, and LOG.

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

# ensure_venv FOLDER REQUIREMENTS-FILE...: a virtual environment that holds what the files name.
#
# FOLDER/.installed has the hashes of the files that were installed. FOLDER/.installing is there while pip works, so that
# an installation which was cut off is done again from the start.
ensure_venv() {
    local venv=$1 again=()
    shift
    make_venv "$venv" || return 1
    ! holds "$venv" "$@" || return 0
    say "installing $(basename "$venv") (a minute or two, once; log: $LOG)"
    [[ ! -f $venv/.installing ]] || again=(again)
    touch "$venv/.installing"
    install_requirements "$venv" "${again[@]}" "$@" || return 1
    hashes "$@" >"$venv/.installed"
    rm "$venv/.installing"
}

hashes() { sha256sum "$@" | cut -c1-64; }

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

# install_requirements VENV [again] FILE...: with uv, several times as fast; with pip where uv cannot be had or fails.
install_requirements() {
    local venv=$1 file arguments=() uv_again=() pip_again=()
    shift
    if [[ $1 == again ]]; then
        uv_again=(--reinstall)
        pip_again=(--force-reinstall)
        shift
    fi
    for file in "$@"; do arguments+=(-r "$file"); done
    if quietly "$LOG" "$venv/bin/python" -m pip install uv && uv_install "$venv" "${uv_again[@]}" "${arguments[@]}"; then
        return 0
    fi
    say "uv did not do it; pip tries"
    quietly "$LOG" "$venv/bin/python" -m pip install "${pip_again[@]}" "${arguments[@]}"
}

# uv_install VENV ARGUMENT...: uv with pip's configuration, which it does not read by itself. pip takes the best version
# of all indexes and uv that of the first, so uv is told to do as pip does.
uv_install() {
    local venv=$1 setting
    shift
    (
        while read -r setting; do
            [[ -n $(printenv "${setting%%=*}") ]] || export "$setting"
        done < <(uv_settings "$venv")
        quietly "$LOG" "$venv/bin/uv" pip install --python "$venv/bin/python" --compile-bytecode \
            --index-strategy unsafe-best-match "$@"
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
