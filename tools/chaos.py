"""Runs the crash and race suites again and again, each round in another order and with other delays.

Crash cases are killed at every passing of every failpoint, not only the first and the last; races run with random
delays at every failpoint. Stops at the first failure with exit code 1; the round's seed replays its order.
"""

import argparse
import os
import secrets
import subprocess
import sys
import time

SUITES = ("tests/crash", "tests/races")


def chaos_round(seed: int, workers: int) -> int:
    """One round over both suites; pytest's exit code."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "-n",
        str(workers),
        f"--randomly-seed={seed}",
        *SUITES,
    ]
    slow = {"CHAOS": "1", "ADMITONE_FAIL": "*:delay"}
    return subprocess.run(command, env={**os.environ, **slow}, check=False).returncode


def main() -> int:
    """Rounds until the time is over."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    ends = time.monotonic() + asked.minutes * 60
    rounds = 0
    while time.monotonic() < ends:
        rounds += 1
        seed = secrets.randbelow(2**31)
        print(f"chaos: round {rounds}, seed {seed}", flush=True)
        code = chaos_round(seed, asked.workers)
        if code:
            return code
    print(f"chaos: {rounds} rounds, nothing lost, nothing twice")
    return 0


if __name__ == "__main__":
    sys.exit(main())
