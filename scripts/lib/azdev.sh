# The Azure CLI's own checks of an extension, without a clone of azure-cli or azure-cli-extensions, and offline.
# Needs say.sh, python.sh and stages.sh, and VENV.

# azdev reads this file of azure-cli when it is imported, or downloads it. Only rules that compare with git use it.
COMMAND_COVERAGE='CMD_PATTERN: [x, x, x, x]
QUO_PATTERN: x
END_PATTERN: x
DOCS_END_PATTERN: x
NOT_END_PATTERN: x
NUMBER_SIGN_PATTERN: x'

# Of azdev's own rules, those that frozen dataclasses, protocols and functions named by nouns cannot keep, and two of
# flake8's which contradict the formatter.
NOT_OURS_PYLINT=too-many-instance-attributes,too-few-public-methods,redefined-outer-name
NOT_OURS_FLAKE8=E203,E704

# in_azdev COMMAND...: runs it where azdev finds az, this extension under its name, and nothing of the user's.
in_azdev() {
    ensure_venv "$VENV-azdev" azdev ||
        { could_not_run "azdev could not be installed"; return; }
    (
        work=$(mktemp -d)
        trap 'rm -rf "$work"' EXIT
        azdev_environment && azdev_sources && azdev_rules && "$@"
    )
}

azdev_environment() {
    export VIRTUAL_ENV=$VENV-azdev PATH=$VENV-azdev/bin:$PATH
    export AZURE_CORE_COLLECT_TELEMETRY=no AZURE_CONFIG_DIR=$work/azure AZURE_EXTENSION_DIR=$work/extensions
    export PYLINTHOME=$work/pylint AZDEV_CONFIG_DIR=$work/azdev AZDEV_CLI_REPO_PATH=$work/azure-cli
    export AZDEV_EXT_REPO_PATHS=$work/source/ml-endpoint AZURE_EXTENSION_DEV_SOURCES=$work/source/ml-endpoint
    mkdir -p "$work/azure-cli/scripts/ci" &&
        echo "$COMMAND_COVERAGE" >"$work/azure-cli/scripts/ci/cmdcov.yml"
}

# A copy without tests, samples and environments: both tools would walk through all of it. The folder's name is the
# extension's name.
azdev_sources() {
    mkdir -p "$AZDEV_EXT_REPO_PATHS" &&
        cp -r azext_ml_endpoint setup.py README.md HISTORY.rst "$AZDEV_EXT_REPO_PATHS" &&
        cd "$AZDEV_EXT_REPO_PATHS" &&
        python setup.py -q egg_info
}

# azdev takes a repository's own rules before its own.
azdev_rules() {
    local rules
    rules=$(python -c 'import azdev.config; print(*azdev.config.__path__)') &&
        sed "s/^disable=/&$NOT_OURS_PYLINT,/" "$rules/ext_pylintrc" >pylintrc &&
        sed "s/^ignore =/&$NOT_OURS_FLAKE8,/" "$rules/ext.flake8" >.flake8
}

azdev_style() { in_azdev azdev style ml-endpoint; }

# Rules of the type command_test_coverage compare with a git history of azure-cli-extensions.
azdev_linter() {
    in_azdev azdev linter ml-endpoint -t params commands command_groups help_entries --min-severity medium
}
