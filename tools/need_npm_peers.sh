#!/bin/sh
# Wallets and providers that other people wrote in JavaScript, for the tests that talk to them: installed once into
# .cache/npm-peers, anew when their list (tests/peers_js/package-lock.json) changes. Prints the folder.
set -eu
cd "$(dirname "$0")/.."
if ! command -v node >/dev/null 2>&1 || ! command -v npm >/dev/null 2>&1; then
    echo "The tests need Node 20 or newer with npm: apt-get install nodejs npm" >&2
    exit 1
fi
there=.cache/npm-peers
wanted=$(cksum <tests/peers_js/package-lock.json)
if [ "$(cat "$there/stamp" 2>/dev/null || true)" != "$wanted" ]; then
    mkdir -p .cache
    # Test processes that start together install into folders of their own; the first to finish is kept.
    made=$(mktemp -d .cache/npm-peers.XXXXXX)
    trap 'rm -rf "$made"' EXIT
    cp tests/peers_js/package.json tests/peers_js/package-lock.json "$made"
    echo "Installing the tests' JavaScript peers ..." >&2
    # Scripts of packages are not run: none of these needs one.
    (cd "$made" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2)
    echo "$wanted" >"$made/stamp"
    rm -rf "$there"
    mv -T "$made" "$there" 2>/dev/null || [ "$(cat "$there/stamp")" = "$wanted" ]
fi
echo "$PWD/$there"
