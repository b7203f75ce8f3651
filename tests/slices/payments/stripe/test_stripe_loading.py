"""Stripe's library is large: a site that talks to nobody at Stripe never loads it."""

import subprocess
import sys


def test_the_library_is_not_loaded_with_the_program() -> None:
    asked = "import sys, admitone.assembly, admitone.entrypoints.routers; print('stripe' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"
