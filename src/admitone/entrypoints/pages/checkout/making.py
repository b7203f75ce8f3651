"""Makes the checkout's view out of a hold."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from admitone import events, orders, payments
from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.checkout.connected import BITCOIN_METHOD, connected_method, takes_lightning
from admitone.entrypoints.pages.checkout.view import BUYER, AttendeeField, CheckoutView, Fewer, PayMethod
from admitone.entrypoints.pages.events.choosing import choice_fields
from admitone.entrypoints.pages.showing import basket_lines, moment_words, summary_of_event
from admitone.events import StoredEvent
from admitone.flows.baskets import kept_of
from admitone.flows.purchase import OpenHold
from admitone.flows.refund_policy import rule_words
from admitone.pricing import PricedBasket
from admitone.values import formats
from admitone.values.actor import Actor
from admitone.values.ids import uuid7
from admitone.values.refusals import Refusal

# More lines than this are a guest list, which is better written after buying.
ATTENDEES_MOST = 20


async def checkout_view(
    needs: Assembly,
    caller: Actor,
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
    quote = priced_for_typed(needs, opened, typed)
    count = sum(line.quantity for line in quote.lines if line.kind != "donation")
    now = needs.clock.now()
    until = moment_words(opened.hold.held_until, opened.offer.zone, now)
    held = "ticket is" if count == 1 else f"{count} tickets are"
    total = formats.money(quote.total_minor, quote.currency)
    choices = await checkout_choices(needs, opened, quote)
    return CheckoutView(
        event=summary_of_event(event),
        held_words=f"Your {held} held until {until}." if count else "Thank you for giving.",
        post_url=links.checkout(token),
        release_url=links.checkout_release(token),
        extend_url=links.checkout_extend(token) if opened.may_be_extended else "",
        form_key=typed.get("form_key", "") or str(uuid7()),
        lines=basket_lines(quote),
        methods=await pay_methods(needs, caller, choices),
        takes_uma=takes_lightning(choices),
        attendees=tuple(
            AttendeeField(field, label) for _, fields in attendee_fields(opened) for field, label in fields
        ),
        pay_label=f"Pay {total}" if quote.total_minor else "Get free tickets",
        codes=kept_of(opened.hold).codes,
        code_url=links.checkout_code(token),
        company_url=links.checkout_company(token),
        countries=(("", "Choose"), *formats.countries()),
        shown_total=str(quote.total_minor),
        notes=(*quote.notes, *_step_notes(opened)),
        terms_words=rule_words(
            opened.offer.refund_policy,
            event.details.refund_text,
            opened.offer.currency,
            opened.offer.change_policy,
        ),
        email_fix=email_fix,
        email_fixed=email_fixed,
        fewer=fewer,
        values=typed,
        errors=errors or {},
    )


def _step_notes(opened: OpenHold) -> tuple[str, ...]:
    """Of tickets that cost more than the page said, because not so many were left at the earlier price."""
    notes = []
    for item in kept_of(opened.hold).basket.items:
        offered = opened.offer.type(item.type_id)
        if offered is not None and events.step_at(offered, opened.hold.created_at) != item.step:
            notes.append(
                f"At the earlier price of “{offered.name}” fewer than {item.quantity} were left, "
                "so all of them have the price of now"
            )
    return tuple(notes)


def fewer_of(opened: OpenHold, refusal: Refusal) -> Fewer | None:
    """The way on for somebody who bought tickets before: back to the tickets, with as many as they may still have."""
    if not isinstance(refusal, orders.OverLimit):
        return None
    type_id = str(refusal.data["ticket_type_id"])
    line = next(one for one in opened.quote.lines if str(one.ticket_type_id) == type_id)
    still = max(int(str(refusal.data["limit"])) - int(str(refusal.data["already"])), 0)
    label = f"Choose again, with {still} × {line.name}" if still else f"Choose again, without {line.name}"
    return Fewer(f"q_{type_id}", str(still), label)


async def checkout_choices(
    needs: Assembly, opened: OpenHold, quote: PricedBasket
) -> tuple[payments.Choice, ...]:
    """The ways of paying this price of what is held."""
    offer = opened.offer
    if not quote.total_minor:
        return ()
    return await needs.payment.choices(
        offer.organiser_id,
        quote.currency,
        quote.total_minor,
        is_test=offer.is_test,
        starts_at=offer.starts_at,
    )


def buyer_of(typed: Mapping[str, str]) -> dict[str, str] | None:
    """The company that was typed; None when there is none."""
    buyer = {name: typed.get(f"buyer_{name}", "").strip() for name in BUYER}
    return buyer if any(buyer.values()) else None


def priced_for_typed(needs: Assembly, opened: OpenHold, typed: Mapping[str, str]) -> PricedBasket:
    """The price for the company that was typed, as far as it is one."""
    try:
        return needs.purchase.priced_for(opened, buyer_of(typed))
    except Refusal:
        return opened.quote


async def pay_methods(
    needs: Assembly, caller: Actor, choices: Sequence[payments.Choice]
) -> tuple[PayMethod, ...]:
    """The ways of paying, as the buyer chooses from them, the wallet they have connected before all others. Two of one
    name are told apart by their providers.
    """
    rails = payments.bitcoin.rails_among(choices)
    shown = [one for one in choices if one.method.id not in payments.bitcoin.RAILS]
    labels = [one.method.label for one in shown]

    def name(one: payments.Choice) -> str:
        label, kind = one.method.label, needs.payment_accounts.kinds.get(one.provider)
        return label if labels.count(label) == 1 or kind is None else f"{label} ({kind.label})"

    listed = [PayMethod(one.key, name(one), one.method.hint, one.method.icon) for one in shown]
    if rails:
        # Where the first of its rails stands among the others.
        first = next(at for at, one in enumerate(choices) if one.method.id in payments.bitcoin.RAILS)
        listed.insert(first, _bitcoin(rails))
    return (*await connected_method(needs, caller, choices), *listed)


def choice_of(attempt: payments.Attempt) -> str:
    """What a form sends for the way in which this was tried."""
    is_bitcoin = attempt.method in payments.bitcoin.RAILS
    return BITCOIN_METHOD if is_bitcoin else f"{attempt.provider}:{attempt.method}"


def _bitcoin(rails: Sequence[payments.Choice]) -> PayMethod:
    """One choice, whatever rails there are."""
    names = {payments.bitcoin.LIGHTNING: "Lightning", payments.bitcoin.ONCHAIN: "on-chain"}
    named = " or ".join(names[one.method.id] for one in rails)
    return PayMethod(
        BITCOIN_METHOD, "Bitcoin", f"{named[:1].upper()}{named[1:]}, from any Bitcoin app", "bitcoin"
    )


def attendee_fields(opened: OpenHold) -> list[tuple[UUID, list[tuple[str, str]]]]:
    """For each ticket type its fields and their labels, in the order of the event's page.

    A field is named by its ticket type, so that a name stays with its ticket whatever the order.
    """
    found = []
    room = ATTENDEES_MOST
    counted: dict[UUID, tuple[str, int]] = {}
    for line in opened.quote.lines:
        if line.kind != "donation":
            before = counted.get(line.ticket_type_id, ("", 0))[1]
            counted[line.ticket_type_id] = (line.name, before + line.quantity)
    for type_id, (name, quantity) in counted.items():
        shown = min(quantity, room)
        room -= shown
        found.append(
            (type_id, [(f"attendee_{type_id}_{n}", f"{name}, ticket {n}") for n in range(1, shown + 1)])
        )
    return found


def again_fields(opened: OpenHold) -> tuple[tuple[str, str], ...]:
    """The hidden fields that ask for the same once more."""
    kept = kept_of(opened.hold)
    basket = kept.basket
    # In the order of the event's page, as the lines are.
    at = {one.id: place for place, one in enumerate(opened.offer.types)}
    items = sorted(((item.type_id, item.quantity) for item in basket.items), key=lambda item: at[item[0]])
    chosen = {item.type_id: item.chosen_minor for item in basket.items if item.chosen_minor is not None}
    bundles = [(wanted.bundle_id, wanted.quantity) for wanted in basket.bundles]
    return tuple(choice_fields(opened.offer, items, chosen, bundles, kept.codes).items())
