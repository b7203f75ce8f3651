"""LND's own interface as Python, made by `tools/generate_lnd.sh` from its official descriptions; see LICENSE.txt."""
