"""Named places where a test may make the program die, hang or raise, to prove that nothing is lost there.

`ADMITONE_FAIL="settlement.before_commit:kill9"` arms one, `...:kill9@3` arms it for the third time it is reached;
several are separated by commas. `*:delay` lets each of them take up to 20 ms, every time, so that things happen in
other orders. With the variable unset, `hit` costs one truth test. The names are listed in `NAMES`; the crash matrix
runs over all of them.
"""

import asyncio
import os
import secrets
import signal
from dataclasses import dataclass

NAMES = (
    "hold.before_commit",
    "hold.after_commit",
    "order.before_commit",
    "order.after_commit",
    "idempotency.before_store",
    "payment_open.before_commit",
    "payment_open.after_commit",
    "payment.after_open",
    "sandbox_open.before_commit",
    "sandbox_open.after_commit",
    "payment.after_provider",
    "payment.after_prompt",
    "settlement.before_commit",
    "settlement.after_commit",
    "notice.before_commit",
    "notice.after_commit",
    "relay.before_commit",
    "relay.after_commit",
    "reaction.before_commit",
    "reaction.after_commit",
    "letter.after_send",
    "reversal.before_commit",
    "exchange.after_hold",
    "exchange.before_commit",
    "exchange.after_commit",
    "credit.before_commit",
    "invoicing.before_commit",
    "held.before_commit",
    "held.after_decision",
    "held.after_provider",
    "found.after_open",
    "found.after_given",
    "wallet_payment.after_take",
    "wallet_payment.after_wallet",
    "wallet_payment.before_commit",
    "wallet_payment.after_commit",
    "sending_back.after_begin",
    "sending_back.after_sender",
    "sending_back.before_commit",
    "refund.after_claim",
    "sandbox_refund.before_commit",
    "sandbox_refund.after_commit",
    "refund.after_provider",
    "refund.before_commit",
    "refund.after_commit",
    "payout.after_claim",
    "payout.after_provider",
    "payout.before_commit",
    "bulk_run.before_commit",
    "bulk_run.after_commit",
    "expiry.before_commit",
    "admit.before_commit",
    "admit.after_commit",
)


ACTIONS = ("kill9", "hang", "raise", "delay")
DELAY_MS = 20


class FailpointHit(Exception):
    """Raised at a failpoint armed with `raise`."""


@dataclass(slots=True)
class _Armed:
    """What to do, and how many times the place is still passed before."""

    action: str
    passes: int


_armed: dict[str, _Armed] = {}


def arm(text: str) -> None:
    """Arm these and no others; the text is what `ADMITONE_FAIL` may say."""
    _armed.clear()
    for part in text.split(","):
        if part:
            name, _, what = part.partition(":")
            action, _, time = what.partition("@")
            assert name in (*NAMES, "*"), f"no such failpoint: {name}"
            assert action in ACTIONS, f"a failpoint cannot {action}"
            for one in NAMES if name == "*" else (name,):
                _armed[one] = _Armed(action, int(time or 1) - 1)


arm(os.environ.get("ADMITONE_FAIL", ""))


async def hit(name: str) -> None:
    """Do what this failpoint is armed with; nothing when it is not armed."""
    if not _armed:
        return
    armed = _armed.get(name)
    if armed is None:
        return
    if armed.action == "delay":
        await asyncio.sleep(secrets.randbelow(DELAY_MS) / 1000)
        return
    armed.passes -= 1
    if armed.passes != -1:
        return
    if armed.action == "kill9":
        os.kill(os.getpid(), signal.SIGKILL)
    elif armed.action == "hang":
        await asyncio.Event().wait()
    else:
        raise FailpointHit(name)
