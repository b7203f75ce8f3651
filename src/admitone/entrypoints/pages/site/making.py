"""The views, from reads."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from admitone.accounts import Organiser
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.site.view import (
    BalanceRow,
    ReceiverRow,
    SitePayoutRow,
    SitePayoutsView,
    SiteTermsView,
)
from admitone.entrypoints.pages.views import Link, Part, State
from admitone.payouts import PayoutState, Receiver, Terms
from admitone.reads.site_payouts import OpenPayout, SiteBalance
from admitone.values import currencies, formats

_STATES: Final = {
    PayoutState.ASKED: State("Waits for the organiser’s yes", "warn", "hourglass"),
    PayoutState.SENDING: State("On its way", "info", "send"),
    PayoutState.DONE: State("Sent", "ok", "check"),
    PayoutState.FAILED: State("Came back", "bad", "undo-2"),
}
_TO_SEND: Final = State("To send by you", "warn", "landmark")


def site_payouts_view(
    balances: Sequence[SiteBalance],
    next_after: str,
    found: Sequence[OpenPayout],
    receivers: Sequence[tuple[Receiver, str]],
    names: Mapping[UUID, str],
    *,
    is_test: bool,
    after: str,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> SitePayoutsView:
    """`names`: organisers' names by id, for receivers."""
    mode = "test" if is_test else ""
    here = links.site_payouts(mode=mode)
    return SitePayoutsView(
        modes=(
            Link("Real money", links.site_payouts(), is_current=not is_test),
            Link("Play money", links.site_payouts(mode="test"), is_current=is_test),
        ),
        receivers=tuple(
            ReceiverRow(
                names.get(one.organiser_id, ""),
                one.holder,
                " ".join(iban[at : at + 4] for at in range(0, len(iban), 4)),
                f"Set {formats.stamp(one.made_at, 'UTC')} UTC, for payouts in {one.currency}",
                links.site_payouts(f"receivers/{one.id}/verify"),
            )
            for one, iban in receivers
        ),
        payouts=tuple(_payout(one) for one in found),
        balances=tuple(_balance(one) for one in balances),
        file=Part(links.site_payouts("file"), dict(typed or {}), dict(errors or {})),
        next_url=links.with_query(links.site_payouts(), mode=mode, after=next_after) if next_after else "",
        first_url=here if after else "",
    )


def _payout(one: OpenPayout) -> SitePayoutRow:
    is_sending = one.state is PayoutState.SENDING
    about = f"Asked for {formats.stamp(one.asked_at, 'UTC')} UTC"
    if one.ended_at is not None:
        about += f", ended {formats.stamp(one.ended_at, 'UTC')} UTC"
    if one.reason is not None:
        about += f" ({one.reason.replace('_', ' ')})"
    by_hand = one.is_by_file and one.state in (PayoutState.SENDING, PayoutState.DONE)
    return SitePayoutRow(
        organiser=one.name,
        amount=formats.money(one.amount_minor, one.currency, in_full=True),
        receiver=one.receiver,
        about=about,
        state=_TO_SEND if is_sending and one.is_by_file else _STATES[one.state],
        id=str(one.id) if is_sending and one.is_by_file else "",
        sent_url=links.site_payouts(f"{one.id}/sent") if is_sending and one.is_by_file else "",
        back_url=links.site_payouts(f"{one.id}/came-back") if by_hand else "",
    )


def _balance(one: SiteBalance) -> BalanceRow:
    def words(minor: int) -> str:
        return formats.money(minor, one.currency, in_full=True)

    return BalanceRow(
        organiser=one.name,
        terms_url=links.site_terms(one.slug),
        pending=words(one.pending_minor),
        available=words(one.available_minor),
        reserve=words(one.reserve_minor),
        under_way=words(one.under_way_minor),
        is_owing=one.available_minor < 0,
    )


def site_terms_view(
    organiser: Organiser,
    terms: Terms,
    used: Sequence[str],
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> SiteTermsView:
    """`used`: currencies the organiser has money of. `typed` is shown again after a refusal."""
    shown = sorted({*used, *terms.minimums})
    values = {
        "delay_days": str(terms.delay_days),
        "reserve_percent": formats.percent(terms.reserve_bps),
        "reserve_days": str(terms.reserve_days),
        **{f"minimum_{code}": currencies.typed_text(code, minor) for code, minor in terms.minimums.items()},
    }
    usual = Terms(terms.organiser_id)
    return SiteTermsView(
        organiser=organiser.name,
        part=Part(links.site_terms(organiser.slug), dict(typed or values), dict(errors or {})),
        currencies=tuple((code, formats.money(usual.minimum(code), code)) for code in shown),
        is_drafting=terms.is_drafting if typed is None else bool(typed.get("is_drafting")),
        back_url=links.site_payouts(),
    )
