"""Asking providers about payments under way, for a page that somebody waits at."""

import asyncio
from typing import Final

import structlog

from admitone import orders
from admitone.assembly import Assembly
from admitone.plumbing.limiter import Rule
from admitone.reads.order_page import OrderPage
from admitone.values.refusals import TooMany

log = structlog.get_logger(__name__)
# Somebody who waits looks every few seconds, and a provider must not hear from us each time.
ASKING: Final = Rule("pay.ask", 1, 4)
ASK_SECONDS: Final = 2.5


async def ask_about(needs: Assembly, found: OrderPage) -> bool:
    """Ask the providers about payments under way, and say whether that was done: not more often than they like."""
    is_waiting = found.order.state in (orders.OrderState.PENDING, orders.OrderState.EXPIRED)
    if not (is_waiting and any(one.is_open for one in found.attempts)):
        return False
    try:
        await needs.limiter.take(ASKING, str(found.order.id))
        await asyncio.wait_for(needs.settlement.ask_about_order(found.order.id), ASK_SECONDS)
    except (TooMany, TimeoutError):
        return False
    except Exception:
        # The page says what is known; the timetable asks again.
        log.warning("pay.asking_failed", exc_info=True)
        return False
    return True
