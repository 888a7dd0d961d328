# This extension in a virtual environment of its own az. Needs say.sh, and LOG.
#
# az looks for extensions beside its own code too (the "system" ones), so it can be added to one az only. That az keeps
# its settings, and the index of its commands, in FOLDER/azure: in ~/.azure they would be shared with the user's other
# az, which does not have the extension.

# install_extension VENV: only if its source has changed since.
install_extension() {
    local venv=$1 place wanted
    place=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/azure-cli-extensions
    wanted=$(source_hash)
    give_az_a_home "$venv"
    [[ ! -f $place/.ml-endpoint || $(<"$place/.ml-endpoint") != "$wanted" ]] || return 0
    mkdir -p "$place"
    put_extension "$venv" "$place" || return 1
    echo "$wanted" >"$place/.ml-endpoint"
}

source_hash() {
    (cd "$repository" && find setup.py azext_ml_endpoint -name '*.py' -o -name '*.json' | LC_ALL=C sort |
        xargs sha256sum | sha256sum | cut -c1-16)
}

# put_extension VENV PLACE: built and unpacked elsewhere, then put in place by one rename.
put_extension() {
    local work
    work=$(mktemp -d "$2/.new-XXXXXX")
    quietly "$LOG" "$1/bin/python" setup.py -q egg_info --egg-base "$work" \
        build --build-base "$work/build" bdist_wheel --dist-dir "$work" &&
        quietly "$LOG" "$1/bin/python" -m pip install --no-deps --no-index --target "$work/ml-endpoint" "$work"/*.whl &&
        rm -rf "$2/ml-endpoint" && mv "$work/ml-endpoint" "$2/" &&
        forget_commands "${AZURE_CONFIG_DIR:-$1/azure}" || return 1
    rm -rf "$2"/.new-*
}

# az's index of commands, which it makes again.
forget_commands() { rm -f "$1"/{commandIndex,helpIndex,extensionIndex,extensionHelpIndex}.json; }

# The user's settings (telemetry among them) are taken over once.
give_az_a_home() {
    local user=$HOME/.azure/config
    if [[ ! -d $1/azure ]]; then
        mkdir -p "$1/azure"
        [[ ! -f $user ]] || cp "$user" "$1/azure/config"
    fi
    rm -f "$1/bin/az"
    cat >"$1/bin/az" <<END
#!/bin/sh
# Made by scripts/quickstart. This az has the extension ml-endpoint, and its own settings and login.
export AZURE_CONFIG_DIR="\${AZURE_CONFIG_DIR:-$1/azure}"
exec "$1/bin/python" -m azure.cli "\$@"
END
    chmod +x "$1/bin/az"
}
