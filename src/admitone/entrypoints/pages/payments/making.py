"""Makes the payments pages' views."""

from collections.abc import Mapping, Sequence
from typing import Final

from admitone import payments
from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.organiser.view import AskView
from admitone.entrypoints.pages.organiser.whose import Whose, organiser_nav
from admitone.entrypoints.pages.payments.view import (
    AccountRow,
    Deed,
    KeyField,
    ModeView,
    PaymentsView,
    WayRow,
)
from admitone.entrypoints.pages.views import Link, State
from admitone.flows.payment_modes import Switch
from admitone.flows.payment_setup import Addable
from admitone.payments import Account, Capabilities, Credential, Kind, Mode
from admitone.values import formats

MODES: Final = {"test": State("Test", "warn", "flashlight"), "live": State("Live", "ok", "banknote")}
_STATES: Final = {
    "active": State("Can take payments", "ok", "check"),
    "onboarding": State("Not ready yet", "warn", "hourglass"),
    "paused": State("Paused", "", "clock"),
}
_NOT_USED: Final = State("Not used", "", "circle-x")
_LISTED_MOST: Final = 8
_MODE_WORDS: Final = {
    True: "Everything you sell is sold for play money. Buyers see that, and no real money moves.",
    False: "Everything you sell is sold for real money.",
}


async def payments_view(needs: Assembly, whose: Whose) -> PaymentsView:
    """The organiser's accounts and the site's own, and what can be added."""
    setup = needs.money.payment_setup
    async with needs.database.reading() as reader:
        mine = await payments.accounts_of(reader, whose.id)
        theirs = await payments.accounts_of(reader, None)
        await needs.payment_accounts.know_sites_own(reader, mine)
    adds: dict[Mode, tuple[Link, ...]] = {}
    for mode in Mode:
        addable = await setup.addable(whose.actor, whose.id, mode)
        connectable = await setup.connectable(mode)
        adds[mode] = tuple(_add_links(whose, addable, connectable, mode))
    own = [one for one in mine if not one.is_set_aside]
    taken = {(one.provider, one.mode) for one in own}
    left_out = {(one.provider, one.mode) for one in mine if one.is_set_aside}
    rows = [_own_row(needs, whose, one) for one in own]
    rows += [
        _sites_row(needs, whose, one, is_used=(one.provider, one.mode) not in left_out)
        for one in theirs
        if (one.provider, one.mode) not in taken and one.state == "active"
    ]
    to = Mode.LIVE if whose.is_test else Mode.TEST
    return PaymentsView(
        nav=organiser_nav(whose),
        is_test=whose.is_test,
        mode_words=_MODE_WORDS[whose.is_test],
        mode_url=links.with_query(links.payment_mode(whose.slug), to=to.value),
        mode_label="Switch to real money" if whose.is_test else "Back to test mode",
        accounts=tuple(rows),
        test_adds=adds[Mode.TEST] if whose.is_test else (),
        live_adds=adds[Mode.LIVE],
        bitcoin_url=links.organiser_bitcoin(whose.slug)
        if any(_is_bitcoin(needs, one) for one in own)
        else "",
    )


def _is_bitcoin(needs: Assembly, account: Account) -> bool:
    kind = needs.payment_accounts.kinds.get(account.provider)
    return kind is not None and any(one.id in payments.bitcoin.RAILS for one in kind.methods)


def _add_links(
    whose: Whose, addable: Sequence[Addable], connectable: Sequence[str], mode: Mode
) -> list[Link]:
    found = []
    for one in addable:
        name, icon = one.kind.name, one.kind.methods[0].icon
        if name in connectable:
            url = links.payment_connect(whose.slug, name, mode.value)
            found.append(Link(f"{one.kind.label}, without keys", url, "sparkles"))
        found.append(Link(one.kind.label, links.payment_add(whose.slug, name, mode.value), icon))
    return found


def _own_row(needs: Assembly, whose: Whose, account: Account) -> AccountRow:
    setup = needs.money.payment_setup
    kind = needs.payment_accounts.kinds.get(account.provider)
    provider = account.provider if kind is None else kind.label
    about = f"{provider}, {account.mode}"
    verbs = [("look", "Check now")]
    verbs.append(("resume", "Resume") if account.state == "paused" else ("pause", "Pause"))
    labels = {} if kind is None else {one.name: one for one in kind.credentials if one.is_secret}
    hints = setup.hints(account)
    return AccountRow(
        provider=provider,
        label="" if account.label == provider else account.label,
        mode=MODES[account.mode],
        state=_STATES[account.state],
        ways=ways_of(needs, account),
        deeds=tuple(
            Deed(links.payment_account(whose.slug, str(account.id), verb), words, about)
            for verb, words in verbs
        ),
        missing=tuple(said_of(one) for one in account.missing),
        keys=tuple((labels[name].label, last) for name, last in hints.items() if name in labels),
        notice_url=setup.notice_url(account)
        if not account.is_connected and kind is not None and has_webhook(kind)
        else "",
        keys_url=""
        if account.is_connected or kind is None or not kind.credentials
        else links.payment_account(whose.slug, str(account.id), "keys"),
        keys_label="Change keys" if labels else "Change",
        close_url=links.payment_account(whose.slug, str(account.id), "close"),
        go_on_url=links.payment_connect(whose.slug, account.provider, account.mode)
        if account.is_connected and account.state == "onboarding"
        else "",
    )


def _sites_row(needs: Assembly, whose: Whose, account: Account, *, is_used: bool) -> AccountRow:
    kind = needs.payment_accounts.kinds.get(account.provider)
    provider = account.provider if kind is None else kind.label
    verb, words = ("leave", "Do not use it") if is_used else ("use", "Use it")
    url = links.payment_sites_own(whose.slug, account.provider, account.mode, verb)
    return AccountRow(
        provider=provider,
        label="This site’s own account; nothing to set up.",
        mode=MODES[account.mode],
        state=_STATES[account.state] if is_used else _NOT_USED,
        ways=ways_of(needs, account),
        deeds=(Deed(url, words, f"{provider}, {account.mode}"),),
        is_sites=True,
    )


def ways_of(needs: Assembly, account: Account) -> tuple[WayRow, ...]:
    """The ways of paying into an account, in words; empty when its provider is not known here."""
    opened = needs.payment_accounts.open(account)
    if opened is None:
        return ()
    can = opened.provider.capabilities
    return tuple(
        WayRow(one.label, one.icon, capability_words(can[one.id], account))
        for one in opened.provider.methods
        if _works(can[one.id], account)
    )


def _works(can: Capabilities, account: Account) -> bool:
    is_there = can.countries is None or account.country is None or account.country in can.countries
    return is_there and _currencies(can, account) != frozenset()


def _currencies(can: Capabilities, account: Account) -> frozenset[str] | None:
    if can.currencies is None or account.currencies is None:
        return can.currencies if account.currencies is None else frozenset(account.currencies)
    return can.currencies & frozenset(account.currencies)


def capability_words(can: Capabilities, account: Account) -> str:
    """What a way of paying can do, in sentences."""
    known = _currencies(can, account)
    words = ["Every currency." if known is None else f"{_listed(sorted(known))}."]
    if can.refunds:
        back = "Refunds, also of a part" if can.partial_refunds else "Refunds of the whole payment"
        until = f", for {formats.count(can.refund_days, 'day', 'days')}" if can.refund_days else ""
        words.append(f"{back}{until}.")
    else:
        words.append("Nothing can be sent back this way.")
    if can.confirmed_by_people:
        words.append("You say when the money has come.")
    elif can.needs_redirect:
        words.append("Buyers pay on the provider’s page.")
    return " ".join(words)


def _listed(codes: Sequence[str]) -> str:
    if len(codes) <= _LISTED_MOST:
        return ", ".join(codes) or "No currency"
    first = [one for one in ("EUR", "USD", "GBP", "NGN", "JPY") if one in codes]
    return f"{', '.join(first)} and {len(codes) - len(first)} other currencies"


def said_of(missing: str) -> str:
    """A provider's word for what it wants to know, as people read it: `individual.dob.day` is a dob day."""
    return missing.rpartition("individual.")[2].replace(".", " ").replace("_", " ")


def has_webhook(kind: Kind) -> bool:
    """Its provider has to be told where to send notices: not where a connection is kept, nor where people are asked."""
    return any(one.is_secret for one in kind.credentials) and not kind.is_watched


def key_fields(credentials: Sequence[Credential], now: Mapping[str, str]) -> tuple[KeyField, ...]:
    """The fields of the form of keys."""
    return tuple(
        KeyField(
            one.name,
            one.label,
            one.hint,
            one.is_secret,
            one.is_optional,
            now.get(one.name, "") if one.is_secret else "",
            one.length_most,
            one.has_lines,
            one.choices,
        )
        for one in credentials
    )


def mode_view(whose: Whose, switch: Switch) -> ModeView:
    """What the switch does."""
    sold = switch.sold
    if switch.to is Mode.LIVE:
        title, button = "Switch to real money?", "Switch to real money"
        words = [
            "From then on buyers pay real money into your live accounts, for every event that is not over."
        ]
        if sold.orders:
            orders = formats.count(sold.orders, "order", "orders")
            tickets = formats.count(sold.tickets, "ticket", "tickets")
            words.append(
                f"{orders} with {tickets} sold for play money will be cancelled: the tickets stop working, "
                "and their places go back on sale. Free tickets given out in test mode are among them; "
                "their holders get a mail."
            )
        else:
            words.append("Nothing has been sold for play money, so nothing is cancelled.")
    else:
        title, button = "Back to test mode?", "Back to test mode"
        words = [
            "Your drafts and new events will be sold for play money. "
            "What was sold for real money stays as it is, and can still be refunded."
        ]
    return ModeView(
        nav=organiser_nav(whose),
        title=title,
        icon="banknote" if switch.to is Mode.LIVE else "flashlight",
        words=tuple(words),
        problems=tuple(one.sentence for one in switch.problems),
        to=switch.to.value,
        post_url=links.payment_mode(whose.slug),
        back_url=links.payments(whose.slug),
        button=button,
        is_grave=bool(switch.to is Mode.LIVE and sold.orders),
        add_url=f"{links.payments(whose.slug)}#add-live"
        if switch.to is Mode.LIVE and switch.problems
        else "",
    )


def close_view(needs: Assembly, whose: Whose, account: Account) -> AskView:
    """Before an account is closed."""
    kind = needs.payment_accounts.kinds.get(account.provider)
    return AskView(
        nav=organiser_nav(whose),
        title="Close this account?",
        icon="credit-card",
        about=f"{account.provider if kind is None else kind.label}, {account.mode} mode",
        words=(
            "Buyers are not offered it any more, and it does not come back: to use the provider again you add a new "
            "account. Payments under way go on, and what was paid into it can still be refunded.",
        ),
        post_url=links.payment_account(whose.slug, str(account.id), "close"),
        back_url=links.payments(whose.slug),
        button="Close the account",
        keep="Keep it",
    )
