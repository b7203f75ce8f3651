"""Makes the checkout's view out of a hold."""

from collections.abc import Mapping
from uuid import UUID

from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.checkout.view import AttendeeField, CheckoutView, PayMethod
from admitone.entrypoints.pages.showing import moment_words, price_lines, summary_of_event
from admitone.events import StoredEvent
from admitone.flows.purchase import OpenHold
from admitone.pricing import as_record
from admitone.values import formats
from admitone.values.ids import uuid7

# More lines than this are a guest list, which is better written after buying.
ATTENDEES_MOST = 20


def checkout_view(
    needs: Assembly,
    token: str,
    opened: OpenHold,
    event: StoredEvent,
    *,
    values: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    email_fix: str = "",
    email_fixed: bool = False,
) -> CheckoutView:
    """The page, empty or with what was typed and what was wrong with it."""
    typed = values or {}
    quote = opened.quote
    rules = as_record(quote, opened.offer.fee, opened.offer.tax)
    count = sum(line.quantity for line in quote.lines)
    now = needs.clock.now()
    until = moment_words(opened.hold.held_until, opened.offer.zone, now)
    verb = "is" if count == 1 else "are"
    total = formats.money(quote.total_minor, quote.currency)
    return CheckoutView(
        event=summary_of_event(event),
        held_words=f"Your {formats.count(count, 'ticket', 'tickets')} {verb} held until {until}.",
        post_url=links.checkout(token),
        release_url=links.checkout_release(token),
        extend_url=links.checkout_extend(token) if opened.may_be_extended else "",
        form_key=typed.get("form_key", "") or str(uuid7()),
        lines=price_lines(quote, rules["fee"], rules["tax"]),
        methods=_methods(needs, opened),
        attendees=tuple(
            AttendeeField(field, label) for _, fields in attendee_fields(opened) for field, label in fields
        ),
        pay_label=f"Pay {total}" if quote.total_minor else "Get free tickets",
        terms_words=event.details.refund_text,
        email_fix=email_fix,
        email_fixed=email_fixed,
        values=typed,
        errors=errors or {},
    )


def _methods(needs: Assembly, opened: OpenHold) -> tuple[PayMethod, ...]:
    quote = opened.quote
    if not quote.total_minor:
        return ()
    return tuple(
        PayMethod(one.key, one.method.label, one.method.hint, one.method.icon)
        for one in needs.payment.choices(quote.currency, quote.total_minor)
    )


def attendee_fields(opened: OpenHold) -> list[tuple[UUID, list[tuple[str, str]]]]:
    """For each ticket type its fields and their labels, in the order of the basket."""
    found = []
    room = ATTENDEES_MOST
    for at, line in enumerate(opened.quote.lines, start=1):
        shown = min(line.quantity, room)
        room -= shown
        fields = [(f"attendee_{at}_{n}", f"{line.name}, ticket {n}") for n in range(1, shown + 1)]
        found.append((line.ticket_type_id, fields))
    return found


def again_fields(opened: OpenHold) -> tuple[tuple[str, str], ...]:
    """The hidden fields that ask for the same tickets once more."""
    return tuple((f"q_{line.ticket_type_id}", str(line.quantity)) for line in opened.quote.lines)
