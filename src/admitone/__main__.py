"""`python -m admitone`."""

from admitone.entrypoints.cli import main

main()
