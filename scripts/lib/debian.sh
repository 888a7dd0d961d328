# Debian's and Ubuntu's packages. Needs say.sh.

can_install_packages() { ((EUID == 0)) && command -v apt-get >/dev/null; }

# apt_install LOG PACKAGE...
apt_install() {
    local log=$1
    shift
    can_install_packages || return 1
    say "installing $* with apt-get"
    quietly "$log" apt-get update -q || return 1
    quietly "$log" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"
}

# The distribution's own archive and release, as apt is configured: "http://mirror/debian/ bookworm".
apt_archive() {
    local codename
    codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
    apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' |
        awk -v release="$codename" '$2 == release { print; exit }'
}
