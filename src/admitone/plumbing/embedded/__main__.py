"""`python -m admitone.plumbing.embedded ORDER`: be the guard of one home (ORDER as in `lease.order_for`)."""

import json
import sys

from admitone.plumbing.embedded.guard import guard

if __name__ == "__main__":
    guard(json.loads(sys.argv[1]))
