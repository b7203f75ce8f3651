#!/bin/sh
# Makes src/admitone/payments/providers/lnd/vendor again: LND's own interface (lnd v0.20.0-beta, MIT) as Python.
#
# The descriptions come from the npm package below, which has them byte for byte as lnd's tag has. They are given a
# place of their own in Python's and in protobuf's world, so that no other program's `lightning.proto` meets ours.
set -eu
cd "$(dirname "$0")/.."
package=@lightningpolar/lnd-api@0.20.0-beta
place=admitone/payments/providers/lnd/vendor
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$work" && npm pack --silent "$package" >/dev/null && tar xzf ./*.tgz)
mkdir -p "$work/protos/$place"
for one in lightning routerrpc/router invoicesrpc/invoices; do
    sed "s|^import \"lightning.proto\"|import \"$place/lightning.proto\"|" \
        "$work/package/protos/$one.proto" > "$work/protos/$place/$(basename "$one").proto"
done
.venv/bin/python -m grpc_tools.protoc -I"$work/protos" \
    --python_out=src --grpc_python_out=src --pyi_out=src \
    "$work/protos/$place/lightning.proto" "$work/protos/$place/router.proto" "$work/protos/$place/invoices.proto"
