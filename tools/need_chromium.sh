#!/bin/sh
# The browser tests drive a real Chromium: use the one that is there (tools/chromium.py finds it), install it when
# root, or say how.
set -eu
cd "$(dirname "$0")/.."
if .venv/bin/python tools/chromium.py >/dev/null 2>&1; then exit 0; fi
if [ -z "${CHROMIUM:-}" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing chromium for the browser tests ..." >&2
    export DEBIAN_FRONTEND=noninteractive
    apt-get install -y -q chromium >/dev/null 2>&1 ||
        { apt-get update -q >/dev/null && apt-get install -y -q chromium >/dev/null; }
fi
# Says what is missing, if anything still is.
exec .venv/bin/python tools/chromium.py >/dev/null
