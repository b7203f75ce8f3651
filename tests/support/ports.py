"""Ports for servers that are told theirs by its number.

A port that the system picks and that is let go again may be somebody else's before the server starts: every connection
anybody opens takes one. So these lie below those the system picks from, and each process looks in a place of its own.
"""

import itertools
import os
import socket

_FIRST = 20_000
_MANY = 10_000
_FOR_EACH_PROCESS = 40
_taken = itertools.count()


def free_port() -> int:
    """A port of 127.0.0.1 on which nobody listens, and which this process has not been given before."""
    for _ in range(_MANY):
        port = _FIRST + (os.getpid() * _FOR_EACH_PROCESS + next(_taken)) % _MANY
        with socket.socket() as probe:
            # As servers do: what is left of connections of an earlier one is no hindrance.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise AssertionError("every port is taken")
