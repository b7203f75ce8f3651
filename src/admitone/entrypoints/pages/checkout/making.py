"""Makes the checkout's view out of a hold."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from admitone import orders, payments
from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.checkout.view import AttendeeField, CheckoutView, Fewer, PayMethod
from admitone.entrypoints.pages.showing import basket_lines, moment_words, summary_of_event
from admitone.events import StoredEvent
from admitone.flows.purchase import OpenHold
from admitone.values import formats
from admitone.values.ids import uuid7
from admitone.values.refusals import Refusal

# More lines than this are a guest list, which is better written after buying.
ATTENDEES_MOST = 20


async def checkout_view(
    needs: Assembly,
    token: str,
    opened: OpenHold,
    event: StoredEvent,
    *,
    values: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    email_fix: str = "",
    email_fixed: bool = False,
    fewer: Fewer | None = None,
) -> CheckoutView:
    """The page, empty or with what was typed and what was wrong with it."""
    typed = values or {}
    quote = opened.quote
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
        lines=basket_lines(quote),
        methods=pay_methods(await checkout_choices(needs, opened)),
        attendees=tuple(
            AttendeeField(field, label) for _, fields in attendee_fields(opened) for field, label in fields
        ),
        pay_label=f"Pay {total}" if quote.total_minor else "Get free tickets",
        terms_words=event.details.refund_text,
        email_fix=email_fix,
        email_fixed=email_fixed,
        fewer=fewer,
        values=typed,
        errors=errors or {},
    )


def fewer_of(opened: OpenHold, refusal: Refusal) -> Fewer | None:
    """The way on for somebody who bought tickets before: back to the tickets, with as many as they may still have."""
    if not isinstance(refusal, orders.OverLimit):
        return None
    type_id = str(refusal.data["ticket_type_id"])
    line = next(one for one in opened.quote.lines if str(one.ticket_type_id) == type_id)
    still = max(int(str(refusal.data["limit"])) - int(str(refusal.data["already"])), 0)
    label = f"Choose again, with {still} × {line.name}" if still else f"Choose again, without {line.name}"
    return Fewer(f"q_{type_id}", str(still), label)


async def checkout_choices(needs: Assembly, opened: OpenHold) -> tuple[payments.Choice, ...]:
    """The ways of paying for what is held."""
    offer, quote = opened.offer, opened.quote
    if not quote.total_minor:
        return ()
    return await needs.payment.choices(
        offer.organiser_id, quote.currency, quote.total_minor, is_test=offer.is_test
    )


def pay_methods(choices: Iterable[payments.Choice]) -> tuple[PayMethod, ...]:
    """The ways of paying, as the buyer chooses from them."""
    return tuple(PayMethod(one.key, one.method.label, one.method.hint, one.method.icon) for one in choices)


def attendee_fields(opened: OpenHold) -> list[tuple[UUID, list[tuple[str, str]]]]:
    """For each ticket type its fields and their labels, in the order of the event's page.

    A field is named by its ticket type, so that a name stays with its ticket whatever the order.
    """
    found = []
    room = ATTENDEES_MOST
    for line in opened.quote.lines:
        shown = min(line.quantity, room)
        room -= shown
        type_id = line.ticket_type_id
        found.append(
            (type_id, [(f"attendee_{type_id}_{n}", f"{line.name}, ticket {n}") for n in range(1, shown + 1)])
        )
    return found


def again_fields(opened: OpenHold) -> tuple[tuple[str, str], ...]:
    """The hidden fields that ask for the same tickets once more."""
    return tuple((f"q_{line.ticket_type_id}", str(line.quantity)) for line in opened.quote.lines)
