#!/bin/sh
# Installs what AgentDesk needs on this machine: system libraries, where that is allowed, and the
# locked Python packages in a virtual environment. Usage: packaging/setup.sh VENV
set -eu

venv=$1

# Qt's platform plug-ins, fonts with Cyrillic and Polish letters, and for the tests a virtual screen
# and PostgreSQL, of which they start a server of their own.
debian_packages="
    python3-venv fontconfig fonts-inter fonts-noto-core libegl1 libgl1 libxkbcommon0
    libxkbcommon-x11-0 libdbus-1-3 libfontconfig1 libglib2.0-0 libxcb-cursor0 libxcb-icccm4
    libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0
    libxcb-xinerama0 libxcb-xkb1 postgresql xvfb
"

missing_packages() {
    for package in $debian_packages; do
        status=$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null || true)
        [ "$status" = "install ok installed" ] || printf '%s ' "$package"
    done
}

install_system_packages() {
    command -v apt-get >/dev/null 2>&1 || {
        echo "No apt-get here: see docs/operations.md for the libraries that Qt needs."
        return 0
    }
    missing=$(missing_packages)
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" = 0 ]; then
        as_root=""
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        as_root="sudo"
    else
        echo "May not install packages here. If a window does not open, install: $missing"
        return 0
    fi
    echo "Installing system packages: $missing"
    $as_root apt-get update -qq
    # shellcheck disable=SC2086 # a list of words is meant
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends \
        $missing >/dev/null
}

find_python() {
    for candidate in "${PYTHON:-}" python3.13 python3.12 python3.11 python3; do
        [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1 || continue
        if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))'; then
            echo "$candidate"
            return 0
        fi
    done
    echo "AgentDesk needs Python 3.11, 3.12 or 3.13." >&2
    return 1
}

install_system_packages
[ -x "$venv/bin/python" ] || "$(find_python)" -m venv "$venv"
echo "Installing the locked Python packages"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    --require-hashes --requirement requirements/lock.txt
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    --no-deps --no-build-isolation --editable .
