#!/bin/sh
# Makes .venv with everything in requirements.lock and the project itself, from nothing but Python 3.11 or newer.
#
# Writes inside the clone only. A stamp keyed on the lock, pyproject.toml and the place of the clone makes a prepared
# run cost a few milliseconds.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }

stamp=.venv/prepared
wanted=$(cksum requirements.lock pyproject.toml; pwd)
if [ -x .venv/bin/admitone ] && [ -f "$stamp" ]; then
    if [ "$(cat "$stamp")" = "$wanted" ]; then exit 0; fi
fi

# Two targets started at once must not build the same environment: the second waits for the first.
lock=.venv.lock
tries=0
until mkdir "$lock" 2>/dev/null; do
    owner=$(cat "$lock/pid" 2>/dev/null || echo 0)
    if [ "$owner" != 0 ] && ! kill -0 "$owner" 2>/dev/null; then rm -rf "$lock"; continue; fi
    tries=$((tries + 1))
    if [ "$tries" -gt 600 ]; then say "Another make seems to prepare .venv. If not, remove $PWD/$lock."; exit 1; fi
    sleep 1
done
echo $$ > "$lock/pid"
trap 'rm -rf "$lock"' EXIT
trap 'exit 130' INT TERM
if [ -x .venv/bin/admitone ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then exit 0; fi

# Names can lie (shims without a version behind them), so each candidate is run.
good() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python3.14 python /usr/bin/python3; do
        if command -v "$candidate" >/dev/null 2>&1 && good "$candidate"; then
            # The real program, not a shim that answers by the folder it is called from.
            "$candidate" -c 'import sys; print(sys.executable)'
            return 0
        fi
    done
    return 1
}

apt_install() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || return 1
    say "Installing $* ..."
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q "$@" >/dev/null 2>&1 ||
        { apt-get update -q >/dev/null 2>&1 && DEBIAN_FRONTEND=noninteractive apt-get install -y -q "$@" >/dev/null; }
}

make_venv() {
    "$1" -m venv .venv >/dev/null 2>&1 && return 0
    # Debian's python3 comes without ensurepip: python3-venv brings it.
    rm -rf .venv
    version=$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    if apt_install "python$version-venv" && "$1" -m venv .venv >/dev/null 2>&1; then return 0; fi
    # Without it a bare environment and a pip from outside do as well.
    rm -rf .venv
    if "$1" -m pip --version >/dev/null 2>&1 && "$1" -m venv --without-pip .venv; then
        "$1" -m pip --python .venv/bin/python install -q pip && return 0
    fi
    rm -rf .venv
    say "This Python ($1) cannot make virtual environments."
    say "On Debian or Ubuntu run: sudo apt-get install python$version-venv"
    return 1
}

if ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
    python=$(find_python) || {
        say "Admit One needs Python 3.11 or newer, and none was found."
        say "On Debian or Ubuntu run: sudo apt-get install python3 python3-venv"
        exit 1
    }
    say "Making .venv with $python"
    rm -rf .venv
    make_venv "$python"
fi

if ! .venv/bin/python -c 'import uv' >/dev/null 2>&1; then
    say "Installing uv into .venv"
    .venv/bin/python -m pip --version >/dev/null 2>&1 || .venv/bin/python -m ensurepip >/dev/null
    .venv/bin/python -m pip install -q --disable-pip-version-check --no-input uv
fi

# Inside the clone, so that an empty or read-only home does.
export UV_CACHE_DIR="${UV_CACHE_DIR:-$PWD/.cache/uv}"
export UV_LINK_MODE="${UV_LINK_MODE:-hardlink}"
# The system's certificates, where there are any: company networks put their own there.
if [ -e /etc/ssl/certs/ca-certificates.crt ] || [ -e /etc/pki/tls/certs/ca-bundle.crt ] || [ "$(uname)" = Darwin ]; then
    export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-true}"
fi
say "Installing what requirements.lock names"
# Compiled now: machines that forbid Python to write byte code would otherwise compile everything at every start.
.venv/bin/python -m uv pip install -q --python .venv/bin/python --compile-bytecode --require-hashes -r requirements.lock
.venv/bin/python -m uv pip install -q --python .venv/bin/python --no-deps -e .
.venv/bin/python -m compileall -q src/admitone
printf '%s\n' "$wanted" > "$stamp"
