"""Kill -9 at every named point of a purchase, start everything again, and nothing is lost and nothing happens twice.

N1: what was answered is there. N2: no effect outside happens twice. N3: nothing is left half-way. N4: asking again
with the same keys ends in one result. N5: every invariant holds right after the crash, and at the end.
"""

import os
import signal
from collections.abc import Mapping, Sequence

import msgspec
import pytest
from sqlalchemy import text

from admitone.assembly import Assembly
from admitone.plumbing.failpoints import NAMES
from tests.crash.conftest import Stage
from tests.crash.passed import PASSED
from tests.support.onsale import must_hold

BEGIN_ALIKE = frozenset({"paid_out", "with_credit", "held", "by_wallet", "on_chain"})
# Stories whose other points are those of stories before them.
ONLY: Mapping[str, tuple[str, ...]] = {
    "held": ("held.", "sending_back."),
    "by_wallet": ("wallet_payment.", "held."),
    "on_chain": ("found.",),
}
# Each question has one row for an answer; the columns are in the order of the select list.
QUESTIONS: Mapping[str, str] = {
    "orders": "SELECT email, state FROM orders_order ORDER BY email, state",
    "payments at the bank": """
        SELECT o.email, p.state, p.amount_minor, p.refunded_minor FROM sandbox_payment p
        LEFT JOIN payments_attempt a ON a.provider_ref = p.ref LEFT JOIN orders_order o ON o.id = a.order_id
        ORDER BY 1, 3
    """,
    "attempts": "SELECT state, settled_as, count(*) FROM payments_attempt GROUP BY 1, 2 ORDER BY 1, 2",
    "refunds at the bank": "SELECT amount_minor FROM sandbox_refund",
    "refunds": "SELECT reason, state, amount_minor FROM payments_refund",
    "tickets": """
        SELECT o.email, t.state, count(*) FROM tickets_ticket t JOIN orders_order o ON o.id = t.order_id GROUP BY 1, 2
        ORDER BY 1, 2
    """,
    "letters": "SELECT to_email, template, state FROM messaging_letter ORDER BY 1, 2",
    "admissions": "SELECT count(*) FROM checkin_admission",
    "scans": "SELECT count(*) FROM checkin_scan",
    "holds": "SELECT state, count(*) FROM inventory_hold GROUP BY 1 ORDER BY 1",
    "pool": "SELECT held, sold FROM inventory_pool",
    "balances": """
        SELECT CASE WHEN a.name LIKE 'organiser:%' THEN 'organiser ' || split_part(a.name, ':', 3)
                WHEN a.name LIKE 'clearing:%' THEN 'clearing:' || split_part(a.name, ':', 2) ELSE a.name END,
            (b.credits_minor - b.debits_minor)::int
        FROM ledger_account a JOIN ledger_balance b ON b.account_id = a.id
        WHERE b.credits_minor <> b.debits_minor ORDER BY 1
    """,
    "payouts": "SELECT state, amount_minor FROM payouts_payout",
    "payouts at the bank": "SELECT amount_minor FROM sandbox_payout",
    "runs": "SELECT state, total, done, skipped, failed FROM orders_bulk_run",
    "payments by a wallet": "SELECT state, reason FROM payments_wallet_payment",
    "invoices": """
        SELECT i.state, i.amount_msat FROM play_bitcoin_invoice i JOIN payments_bitcoin_request r USING (payment_hash)
    """,
    "held payments": "SELECT is_taken, outcome FROM payments_held",
    "bitcoin sent back": "SELECT state, amount_msat FROM payments_bitcoin_sending",
    "bitcoin the payer got": "SELECT amount_msat FROM play_bitcoin_sent",
    "jobs": "SELECT status, args FROM procrastinate_jobs",
    "parked": "SELECT fact_id, reaction, error FROM relay_parked",
    "facts not relayed": "SELECT id FROM journal_fact f, relay_cursor c WHERE (f.xid, f.id) > (c.xid, c.fact_id)",
    "webhooks not received": "SELECT event_id FROM sandbox_delivery WHERE sent_at IS NULL",
    "requests not answered": "SELECT claimed_at FROM idempotency_key WHERE status IS NULL",
}
Ending = Mapping[str, list[tuple[object, ...]]]
# What Ada has who bought two tickets, before anybody comes to the door.
TWO_TICKETS: Ending = {
    "orders": [("ada@example.org", "paid")],
    "attempts": [("paid", "tickets", 1)],
    "tickets": [("ada@example.org", "valid", 2)],
    "letters": [("ada@example.org", "tickets", "kept")],
    "admissions": [(0,)],
    "scans": [(0,)],
    "holds": [("sold", 1)],
    "pool": [(0, 2)],
}
# 2 places at 25.00 and a fee of 5 %, of which 19 % are tax: 52.50 in all.
OF_TWO: list[tuple[object, ...]] = [
    ("clearing:sandbox", -5250),
    ("fees", 250),
    ("organiser pending", 4162),
    ("organiser tax", 838),
]
OF_ONE: list[tuple[object, ...]] = [
    ("clearing:sandbox", -2625),
    ("fees", 125),
    ("organiser pending", 2081),
    ("organiser tax", 419),
]
DIRECT_OF_TWO: list[tuple[object, ...]] = [
    ("clearing:play_bitcoin", -5250),
    ("fees", 250),
    ("organiser direct", 4162),
    ("organiser tax", 838),
]
ENDS: Mapping[str, Ending] = {
    "bought": {
        **TWO_TICKETS,
        "payments at the bank": [("ada@example.org", "paid", 5250, 0)],
        "admissions": [(2,)],
        "scans": [(2,)],
        "balances": OF_TWO,
    },
    "too_late": {
        "orders": [("ada@example.org", "expired"), ("grace@example.org", "paid")],
        "payments at the bank": [
            ("ada@example.org", "paid", 5250, 5250),
            ("grace@example.org", "paid", 5250, 0),
        ],
        "attempts": [("paid", "refund", 1), ("paid", "tickets", 1)],
        "refunds at the bank": [(5250,)],
        "refunds": [("paid_too_late", "done", 5250)],
        "tickets": [("grace@example.org", "valid", 2)],
        "letters": [
            ("ada@example.org", "payment_too_late", "kept"),
            ("grace@example.org", "tickets", "kept"),
        ],
        "admissions": [(0,)],
        "scans": [(0,)],
        "holds": [("expired", 1), ("sold", 1)],
        "pool": [(0, 2)],
        "balances": OF_TWO,
    },
    # Both of one ticket each, and each got back all of it.
    "called_off": {
        "orders": [("ada@example.org", "cancelled"), ("grace@example.org", "cancelled")],
        "payments at the bank": [
            ("ada@example.org", "paid", 2625, 2625),
            ("grace@example.org", "paid", 2625, 2625),
        ],
        "attempts": [("paid", "tickets", 2)],
        "refunds at the bank": [(2625,), (2625,)],
        "refunds": [("event_cancelled", "done", 2625), ("event_cancelled", "done", 2625)],
        "tickets": [("ada@example.org", "cancelled", 1), ("grace@example.org", "cancelled", 1)],
        "letters": [
            (f"{buyer}@example.org", template, "kept")
            for buyer in ("ada", "grace")
            for template in ("event_cancelled", "refunded", "tickets")
        ],
        "admissions": [(0,)],
        "scans": [(0,)],
        "holds": [("released", 2)],
        "pool": [(0, 0)],
        "runs": [("done", 2, 2, 0, 0)],
    },
    # Earned 41.62, and the tax of 8.38 the organiser owes to the state: both go to them.
    "paid_out": {
        **TWO_TICKETS,
        "payments at the bank": [("ada@example.org", "paid", 5250, 0)],
        "balances": [("clearing:sandbox", -250), ("fees", 250)],
        "payouts": [("done", 5000)],
        "payouts at the bank": [(5000,)],
    },
    # A ticket at 26.25, changed for one at 31.50 and back: 5.25 came, and went back.
    "changed": {
        "orders": [
            ("ada@example.org", "cancelled"),
            ("ada@example.org", "cancelled"),
            ("ada@example.org", "paid"),
        ],
        "payments at the bank": [
            ("ada@example.org", "paid", 525, 525),
            ("ada@example.org", "paid", 2625, 0),
        ],
        "attempts": [("paid", "tickets", 2)],
        "refunds at the bank": [(525,)],
        "refunds": [("tickets_changed", "done", 525)],
        "tickets": [("ada@example.org", "cancelled", 2), ("ada@example.org", "valid", 1)],
        "letters": [
            ("ada@example.org", "refunded", "kept"),
            *[("ada@example.org", "tickets", "kept")] * 3,
        ],
        "admissions": [(0,)],
        "scans": [(0,)],
        "holds": [("released", 2), ("sold", 1)],
        "pool": [(0, 1)],
        "balances": OF_ONE,
    },
    # Held over Lightning and taken; one of two given back, to an invoice of the buyer's.
    "held": {
        **TWO_TICKETS,
        "refunds": [("tickets_cancelled", "done", 2625)],
        "tickets": [("ada@example.org", "cancelled", 1), ("ada@example.org", "valid", 1)],
        "letters": [
            ("ada@example.org", "refund_destination", "kept"),
            ("ada@example.org", "refunded", "kept"),
            ("ada@example.org", "taken_back", "kept"),
            ("ada@example.org", "tickets", "kept"),
        ],
        "pool": [(0, 1)],
        "balances": [
            ("clearing:play_bitcoin", -2625),
            ("fees", 125),
            ("organiser direct", 2081),
            ("organiser tax", 419),
        ],
        "held payments": [(True, "taken")],
        "bitcoin sent back": [("sent", 52_500_000)],
        "bitcoin the payer got": [(52_500_000,)],
        "invoices": [("paid", 105_000_000)],
    },
    # One invoice, which a connected wallet was asked to pay, and paid.
    "by_wallet": {
        **TWO_TICKETS,
        "balances": DIRECT_OF_TWO,
        "payments by a wallet": [("paid", None)],
        "invoices": [("paid", 105_000_000)],
        "held payments": [(True, "taken")],
    },
    # Two transactions to one address, each with an attempt of its own.
    "on_chain": {
        **TWO_TICKETS,
        "attempts": [("paid", "tickets", 2)],
        "letters": [("ada@example.org", "part_arrived", "kept"), ("ada@example.org", "tickets", "kept")],
        "balances": DIRECT_OF_TWO,
    },
    # 30.00 of 52.50 were a gift: so much less of the sale is the organiser's.
    "with_credit": {
        **TWO_TICKETS,
        "payments at the bank": [("ada@example.org", "paid", 2250, 0)],
        "balances": [
            ("clearing:sandbox", -2250),
            ("fees", 250),
            ("organiser pending", 1162),
            ("organiser tax", 838),
        ],
    },
    # One of two tickets at 26.25 came back: its price, its fee, its tax.
    "given_back": {
        **TWO_TICKETS,
        "payments at the bank": [("ada@example.org", "paid", 5250, 2625)],
        "refunds at the bank": [(2625,)],
        "refunds": [("tickets_cancelled", "done", 2625)],
        "tickets": [("ada@example.org", "cancelled", 1), ("ada@example.org", "valid", 1)],
        "letters": [
            ("ada@example.org", "refunded", "kept"),
            ("ada@example.org", "taken_back", "kept"),
            ("ada@example.org", "tickets", "kept"),
        ],
        "pool": [(0, 1)],
        "balances": OF_ONE,
    },
}


def cases() -> list[tuple[str, str, int]]:
    """Story, point, and which time it is passed: the first and the last, or with CHAOS=1 every time.

    Of a story that begins like "bought", only what comes after is new.
    """
    found = []
    for story, points in PASSED.items():
        for name, times in points.items():
            known_from_another = story != "bought" and name in PASSED["bought"]
            if known_from_another and story in BEGIN_ALIKE and not os.environ.get("CHAOS"):
                continue
            if not name.startswith(ONLY.get(story, "")) and not os.environ.get("CHAOS"):
                continue
            chosen: Sequence[int] = [times] if known_from_another else sorted({1, times})
            if os.environ.get("CHAOS"):
                chosen = range(1, times + 1)
            found += [(story, name, time) for time in chosen]
    return found


async def ending(site: Assembly) -> dict[str, list[tuple[object, ...]]]:
    """How things stand; what there is nothing of is left out."""
    async with site.database.reading() as reader:
        found = {
            name: [tuple(row) for row in await reader.execute(text(sql))] for name, sql in QUESTIONS.items()
        }
    return {name: rows for name, rows in found.items() if rows}


@pytest.mark.parametrize(("story", "name", "time"), cases(), ids=lambda value: str(value))
async def test_killed_here_and_started_again_all_ends_as_if_nothing_had_been(
    stage: Stage, story: str, name: str, time: int
) -> None:
    code, said = stage.play(story, fail=f"{name}:kill9@{time}")
    assert code == -signal.SIGKILL, f"{name} was not reached: {said[-3000:]}"
    await must_hold(stage.site.database)
    await stage.play_again(story)
    assert await ending(stage.site) == ENDS[story]
    await must_hold(stage.site.database)


# Two refunds under way at once share their commits, and so do the notices about them, or come one after the other.
SHARED = (
    "refund.before_commit",
    "refund.after_commit",
    "sandbox_refund.before_commit",
    "sandbox_refund.after_commit",
    "notice.before_commit",
    "notice.after_commit",
)


@pytest.mark.parametrize("story", PASSED)
async def test_the_stories_pass_every_failpoint_so_often(stage: Stage, story: str) -> None:
    code, said = stage.play(story)
    assert code == 0, said[-3000:]
    assert await ending(stage.site) == ENDS[story]
    passed = msgspec.json.decode(said.splitlines()[-1])
    at_least = PASSED[story]
    shared = SHARED if story == "called_off" else ()
    assert all(passed[name] - at_least[name] in (0, 1) for name in shared), passed
    assert {**passed, **{name: at_least[name] for name in shared}} == at_least
    await must_hold(stage.site.database)


def test_there_is_no_failpoint_that_no_story_passes() -> None:
    assert {name for points in PASSED.values() for name in points} == set(NAMES)
