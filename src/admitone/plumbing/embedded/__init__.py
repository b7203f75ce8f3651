"""PostgreSQL from a wheel, started and stopped with the program.

Owns the processes and the directory of one private PostgreSQL server per home. Promises:

- Any number of processes share one server. Each holds a shared `flock`; the kernel drops the locks of killed
  processes, so nothing about who is using the server can go stale.
- One small guard process per home owns the postmaster: it makes the cluster, starts the server, starts it
  again when it dies, and stops it when the last user has left. A dead guard is replaced by any user within
  seconds.
- Only a process proved to be a postgres on this very data directory is ever signalled.
- As root, which PostgreSQL refuses, the server runs as `nobody`; no directory that was there before is opened
  up.

Authentication is `trust` behind a socket directory of mode 0700 and no TCP at all: whoever may enter the
directory may be any database user. That is the account itself, root, and, when started as root, everything
else that runs as `nobody`; give a production installation its own account or its own server (`DATABASE_URL`).

Homes on network file systems without real `flock` are not supported, neither is Windows.
"""

from admitone.plumbing.embedded.lease import Lease, acquire
from admitone.plumbing.embedded.options import EmbeddedError, Options, default_home

__all__ = ["EmbeddedError", "Lease", "Options", "acquire", "default_home"]
