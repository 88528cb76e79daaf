#!/usr/bin/env bash
# Sets a clone up: system packages, .venv, the project in it. `make` runs it; running it again does no harm.
# `./setup.sh tests` adds the programs in which the tests open slides and pages, and nothing else.
set -euo pipefail
cd "$(dirname "$0")"
python=${PYTHON:-python3}
purpose=${1:-}

has() { command -v "$1" >/dev/null; }
fail() {
    echo "set-up: $*" >&2
    exit 1
}

check_python() {
    has "$python" || fail "no $python found; Python 3.11 or later is needed (PYTHON=... names another)"
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "$python is $("$python" --version); Python 3.11 or later is needed (PYTHON=... names another)"
}

# --- system packages ---------------------------------------------------------------------------------
# A package is missing where what it is for does not work: a machine that has it from elsewhere is left
# alone. The compiler and headers are for ManimPango and pycairo, which have no Linux wheels.

if has apt-get; then system=debian; elif has dnf; then system=fedora; elif has brew; then system=macos; else system=; fi

has_headers() { [ -e "$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h" ]; }

need() { # DEBIAN FEDORA HOMEBREW TEST...: a package by its three names, "-" where it comes with the system
    local package=$1
    case $system in fedora) package=$2 ;; macos) package=$3 ;; esac
    shift 3
    [ "$package" = - ] || "$@" >/dev/null 2>&1 || missing+=("$package")
}

has_browser() {
    has chromium || has chromium-browser || has google-chrome ||
        has "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
}
has_office() { if [ $system = debian ]; then has loimpress; else has soffice; fi; }

find_missing() {
    missing=()
    if [ "$purpose" = tests ]; then
        need chromium chromium google-chrome has_browser
        need libreoffice-impress libreoffice-impress libreoffice has_office
        return
    fi
    need python3-venv python3 python "$python" -c 'import venv, ensurepip'
    need python3-dev python3-devel - has_headers
    need gcc gcc - has gcc
    need pkg-config pkgconf-pkg-config pkg-config has pkg-config
    need libpango1.0-dev pango-devel pango pkg-config --exists pangocairo
    need libcairo2-dev cairo-devel cairo pkg-config --exists cairo
    need xdg-utils xdg-utils - has xdg-open # manim -p calls it, and ends in a traceback without
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else has sudo && sudo "$@"; fi
}

install_missing() {
    case $system in
        debian)
            # an update that fails (no network) is no reason to stop: the lists at hand may do
            as_root apt-get -qq -o DPkg::Lock::Timeout=120 update || true
            as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120 \
                install -y --no-install-recommends "${missing[@]}"
            ;;
        fedora) as_root dnf install -y --setopt=install_weak_deps=False "${missing[@]}" ;;
        macos) brew install "${missing[@]}" ;;
        *) return 1 ;;
    esac
}

if has "$python"; then check_python; fi
find_missing
if [ ${#missing[@]} -gt 0 ]; then
    echo "==> system packages: ${missing[*]}"
    install_missing || fail "system packages are missing: ${missing[*]}. Install them as root, then run make again"
    check_python
    find_missing
    [ ${#missing[@]} -eq 0 ] || fail "${missing[*]}: installed, yet not found, or of no use to $python (PYTHON=... names another)"
fi
[ "$purpose" != tests ] || exit 0

# --- Python packages ---------------------------------------------------------------------------------

# none yet, half made, or moved here from another folder
if ! .venv/bin/pip --version >/dev/null 2>&1; then
    "$python" -m venv --clear .venv
fi
pip() { .venv/bin/python -m pip --disable-pip-version-check "$@"; }

echo "==> Python packages into .venv (the first time: some minutes)"
# PyPI's torch for Linux brings gigabytes of CUDA. Where no NVIDIA card wants them, take the CPU build:
# from where this machine's pip looks anyway, else from PyTorch's own index. Where neither has it, PyPI's
# build does the same work.
if [ "$(uname -s)" = Linux ] && ! has nvidia-smi; then
    torch=$(grep '^torch==' constraints.txt)+cpu
    pip install --quiet --no-deps "$torch" 2>/dev/null ||
        pip install --no-deps --index-url https://download.pytorch.org/whl/cpu --timeout 15 --retries 1 \
            "$torch" 2>/dev/null || true
fi
pip install -c constraints.txt -e '.[dev]'
