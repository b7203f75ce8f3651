#!/bin/sh
# The tests of Bitcoin talk to a real network of their own: bitcoind, an Electrum server and Electrum, in regtest.
#
# They come from Debian's unstable suite and from PyPI, once, into .cache/bitcoin-peers of this clone, and nothing of
# the system is touched: apt works in a folder of its own, packages are unpacked and never installed, and bitcoind runs
# on the C library it was built with. Nobody has to be root. bin/bitcoind, bin/bitcoin-cli, bin/electrum and bin/ex are
# what tests start; the file `versions` says what they are.
#
# ADMITONE_WITHOUT_BITCOIN_PEERS=1 leaves out these peers and their tests; DEBIAN_MIRROR names another mirror.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }

if [ "${ADMITONE_WITHOUT_BITCOIN_PEERS:-}" = 1 ]; then
    say "Without a real Bitcoin network (ADMITONE_WITHOUT_BITCOIN_PEERS=1): its tests are left out."
    exit 0
fi

home=$PWD/.cache/bitcoin-peers
wanted=$(cksum tools/need_bitcoin_peers.sh; pwd)
prepared() { [ -f "$home/prepared" ] && [ "$(cat "$home/prepared")" = "$wanted" ]; }
if prepared; then exit 0; fi

fail() {
    say "The real Bitcoin network of the tests cannot be put together: $*"
    say "It needs apt-get, a Debian mirror that has the suite sid, and PyPI. The rest of the tests runs without it:"
    say "    make test ADMITONE_WITHOUT_BITCOIN_PEERS=1"
    exit 1
}

# Two test runs started at once must not unpack into the same folder: the second waits for the first.
mkdir -p .cache
lock=.cache/bitcoin-peers.lock
tries=0
until mkdir "$lock" 2>/dev/null; do
    owner=$(cat "$lock/pid" 2>/dev/null || echo 0)
    if [ "$owner" != 0 ] && ! kill -0 "$owner" 2>/dev/null; then rm -rf "$lock"; continue; fi
    tries=$((tries + 1))
    if [ "$tries" -gt 900 ]; then say "Somebody else seems to prepare them. If not, remove $PWD/$lock."; exit 1; fi
    sleep 1
done
echo $$ > "$lock/pid"
trap 'rm -rf "$lock"' EXIT
trap 'exit 130' INT TERM
if prepared; then exit 0; fi

command -v apt-get >/dev/null 2>&1 || fail "there is no apt-get here."
command -v dpkg >/dev/null 2>&1 || fail "there is no dpkg here."
keys=/usr/share/keyrings/debian-archive-keyring.gpg
[ -r "$keys" ] || fail "$keys is missing (package debian-archive-keyring)."
say "Fetching a Bitcoin network for the tests (bitcoind, an Electrum server, Electrum), once ..."
rm -rf "$home"
mkdir -p "$home/apt/lists/partial" "$home/apt/cache/archives/partial" "$home/apt/log" "$home/core" "$home/electrum" \
    "$home/bin"

# The mirror this machine uses for Debian, if it does.
mirror=${DEBIAN_MIRROR:-}
if [ -z "$mirror" ] && [ -r /etc/apt/sources.list.d/debian.sources ]; then
    mirror=$(sed -n 's/^URIs: *\([^ ]*\).*/\1/p' /etc/apt/sources.list.d/debian.sources | head -n 1)
fi
mirror=${mirror:-http://deb.debian.org/debian}
echo "deb [signed-by=$keys] $mirror sid main" > "$home/apt/sources.list"
# An empty list of what is installed: with a package comes all it needs, down to the C library.
: > "$home/apt/status"

in_its_folder() {
    command=$1
    shift
    "$command" -o Dir::Etc::SourceList="$home/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/dev/null \
        -o Dir::State="$home/apt" -o Dir::State::Lists="$home/apt/lists" -o Dir::State::status="$home/apt/status" \
        -o Dir::Cache="$home/apt/cache" -o Dir::Log="$home/apt/log" -o APT::Sandbox::User="$(id -un)" \
        -o APT::Install-Recommends=false -o Acquire::Languages=none -o Acquire::Retries=3 -o Debug::NoLocking=true \
        -o APT::Keep-Downloaded-Packages=true "$@"
}
in_its_folder apt-get -qq update || fail "the suite sid of $mirror cannot be read."
in_its_folder apt-get -qq -y install --download-only bitcoin-knots || fail "bitcoin-knots is not to be had."
for package in "$home"/apt/cache/archives/*.deb; do dpkg -x "$package" "$home/core"; done
curve=$(in_its_folder apt-cache search --names-only '^libsecp256k1-[0-9]+$' | sed 's/ .*//' | sort -V | tail -n 1)
(cd "$home/apt" && in_its_folder apt-get -qq download python3-electrum electrum "${curve:-libsecp256k1-6}") ||
    fail "Electrum is not to be had."
for package in "$home"/apt/*.deb; do dpkg -x "$package" "$home/electrum"; done

# Run by the loader and with the libraries it was made for, whatever this system has.
for loader in "$home"/core/usr/lib/*-linux-gnu*/ld-linux-*.so.*; do libraries=$(dirname "$loader"); done
for program in bitcoind bitcoin-cli; do
    printf '#!/bin/sh\nexec "%s" --library-path "%s" "%s" "$@"\n' \
        "$loader" "$libraries" "$home/core/usr/bin/$program" > "$home/bin/$program"
    chmod +x "$home/bin/$program"
done
"$home/bin/bitcoind" -version > "$home/apt/bitcoind" 2>&1 || fail "bitcoind does not run here."

uv() { .venv/bin/python -m uv "$@"; }
export UV_CACHE_DIR="${UV_CACHE_DIR:-$PWD/.cache/uv}"
if [ -e /etc/ssl/certs/ca-certificates.crt ] || [ -e /etc/pki/tls/certs/ca-bundle.crt ]; then
    export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-true}"
fi
# Version 2 of the server wants a bitcoind of version 31 or later, version 1 an earlier one.
core=$(sed -n '1s/.*v\([0-9]*\)\..*/\1/p' "$home/apt/bitcoind")
if [ "${core:-0}" -ge 31 ]; then server='e-x>=2,<3'; else server='e-x==1.20.0'; fi
uv venv -q --python .venv/bin/python "$home/ex" && uv pip install -q --python "$home/ex/bin/python" "$server" plyvel ||
    fail "the Electrum server (e-x) is not to be had from PyPI."
uv venv -q --python .venv/bin/python "$home/el" &&
    ELECTRUM_ECC_DONT_COMPILE=1 uv pip install -q --python "$home/el/bin/python" aiohttp aiohttp-socks aiorpcx attrs \
        certifi cryptography dnspython electrum-aionostr electrum-ecc jsonpatch qrcode ||
    fail "what Electrum needs is not to be had from PyPI."
for folder in "$home"/el/lib/python3*/site-packages/electrum_ecc; do
    cp "$home"/electrum/usr/lib/*-linux-gnu*/libsecp256k1.so.* "$folder/"
done
printf '#!/bin/sh\nexec "%s" "$@"\n' "$home/ex/bin/electrumx_server" > "$home/bin/ex"
printf '#!/bin/sh\nPYTHONPATH="%s" exec "%s" "%s" "$@"\n' "$home/electrum/usr/lib/python3/dist-packages" \
    "$home/el/bin/python" "$home/electrum/usr/bin/electrum" > "$home/bin/electrum"
chmod +x "$home/bin/ex" "$home/bin/electrum"

"$home/bin/electrum" version --offline > "$home/apt/electrum" 2>/dev/null || fail "Electrum does not run here."
{
    head -n 1 "$home/apt/bitcoind"
    echo "Electrum $(head -n 1 "$home/apt/electrum")"
    uv pip list -q --python "$home/ex/bin/python" 2>/dev/null | grep -i '^e-x '
} > "$home/versions"
# What was fetched is unpacked: the archives and the lists are not needed again.
rm -rf "$home/apt"
printf '%s\n' "$wanted" > "$home/prepared"
say "$(cat "$home/versions")"
