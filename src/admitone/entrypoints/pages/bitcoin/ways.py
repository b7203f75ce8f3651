"""The ways a code may hold: everything in one, Lightning alone, the chain alone; and those that need no code."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from admitone import payments
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.bitcoin.view import Copied, PayerForm
from admitone.entrypoints.pages.views import Link
from admitone.reads.bitcoin_page import BitcoinPage, Way

ANY: Final = "any"
UMA: Final = "uma"
CONNECTED: Final = "connected"
_LABELS: Final = {
    ANY: ("Any app", "qr-code"),
    payments.bitcoin.LIGHTNING: ("Lightning", "zap"),
    payments.bitcoin.ONCHAIN: ("On-chain", "link"),
    UMA: ("UMA name", "user-round"),
    CONNECTED: ("My wallet", "smartphone"),
}
_SHOWN_LETTERS: Final = 14
REFUSED: Final = "refused"
_UNDER_WAY: Final = ("asking", "unknown", "paid")
_UMA_LABEL: Final = "Your UMA name"
_UMA_HINT: Final = "As $you@provider.example."


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed as a UMA name, and what is wrong with it."""

    value: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows of a way: the code's contents, where its button leads, what can be copied."""

    id: str
    amount_msat: int
    payload: str = ""
    qr_words: str = ""
    open_url: str = ""
    copies: tuple[Copied, ...] = ()
    form: PayerForm | None = None


def way_ids(shown: BitcoinPage, more: Mapping[str, Shown]) -> tuple[str, ...]:
    """The ways there are now, the one for everybody first."""
    rails = tuple(rail for rail in payments.bitcoin.RAILS if shown.way(rail) is not None)
    return (*((ANY, *rails) if len(rails) > 1 else rails), *more)


def way_links(token: str, ids: tuple[str, ...], chosen: Shown) -> tuple[Link, ...]:
    """A link for each way; none where there is no choice."""
    if len(ids) < 2:
        return ()
    return tuple(
        Link(
            _LABELS[one][0],
            links.with_query(links.pay_bitcoin(token), way=one),
            _LABELS[one][1],
            is_current=one == chosen.id,
        )
        for one in ids
    )


def shown_way(shown: BitcoinPage, wanted: str, label: str, more: Mapping[str, Shown]) -> Shown | None:
    """The way wanted, else the first; None when nothing can be paid by now. `more` are those beside the codes."""
    ids = way_ids(shown, more)
    if not ids:
        return None
    chosen = wanted if wanted in ids else ids[0]
    if chosen in more:
        return more[chosen]
    lightning, onchain = shown.way(payments.bitcoin.LIGHTNING), shown.way(payments.bitcoin.ONCHAIN)
    if chosen == payments.bitcoin.LIGHTNING or onchain is None:
        assert lightning is not None, "one of the two is there"
        return _by_lightning(lightning)
    if chosen == payments.bitcoin.ONCHAIN or lightning is None:
        return _on_chain(onchain, None, label)
    both = _on_chain(onchain, lightning, label)
    return replace(
        both, id=ANY, copies=(*both.copies[:1], *_by_lightning(lightning).copies, *both.copies[1:])
    )


def names_of(lightning_address: str) -> tuple[Copied, ...]:
    """The names under which an order itself is paid from any app."""
    uma_name = f"${lightning_address}"
    return (
        Copied("Or send to this UMA name", uma_name, uma_name),
        Copied("Or to this Lightning Address", lightning_address, lightning_address),
    )


def by_uma_name(
    token: str, way: Way, uri: str, told: str, typed: Typed, names: tuple[Copied, ...] = ()
) -> Shown:
    """The buyer's provider is asked to ask them; or their program reads the request as a code (`uri`, may be empty).
    `told`: what became of asking before, or empty. `names`: under which the order itself is paid.
    """
    return Shown(
        UMA,
        way.request.amount_msat,
        payload=uri,
        qr_words="Or scan this with an app that knows UMA",
        open_url=uri,
        copies=names,
        form=PayerForm(
            url=links.pay_bitcoin_uma(token),
            lead=told or "We send a request to your provider, and you confirm it in your app.",
            button="Send the request",
            field="address",
            label=_UMA_LABEL,
            hint=_UMA_HINT,
            value=typed.value,
            error=typed.error,
        ),
    )


def by_connected(token: str, way: Way, name: str | None, told: str, state: str, typed: Typed) -> Shown:
    """The wallet the buyer has connected pays, or they connect one first. `told`: how it stands, and `state` in a word,
    or empty. What it refuses may go to a UMA name instead, and by itself when that is typed before.
    """
    asks = links.pay_from_wallet(token)
    by_uma = PayerForm("", told, "", "uma", _UMA_LABEL, value=typed.value, error=typed.error)
    if state in _UNDER_WAY:
        form = PayerForm("", told, "")
    elif state == REFUSED:
        again = ("", "") if name is None else (asks, f"Try {name} again")
        form = replace(
            by_uma,
            url=links.pay_bitcoin_uma(token),
            button="Ask my UMA provider instead",
            hint=f"{_UMA_HINT} They are asked for this very payment, so you cannot pay twice.",
            other_url=again[0],
            other_button=again[1],
        )
    elif name is None:
        form = PayerForm(
            url=links.with_query(links.CONNECTED_WALLET, next=links.pay_bitcoin(token)),
            lead="Connect your wallet once, and pay from it with one press.",
            button="Connect a wallet",
            is_link=True,
        )
    else:
        form = replace(
            by_uma,
            url=asks,
            lead=f"We ask {name} to pay. You confirm it there, if it wants you to.",
            button=f"Pay from {name}",
            hint=f"{_UMA_HINT} If {name} says no, we ask your UMA provider.",
            is_optional=True,
        )
    return Shown(CONNECTED, way.request.amount_msat, form=form)


def _by_lightning(way: Way) -> Shown:
    bolt11 = way.request.bolt11
    assert bolt11 is not None, "a request of Lightning has an invoice"
    return Shown(
        payments.bitcoin.LIGHTNING,
        way.request.amount_msat,
        payload=payments.bitcoin.lightning_qr(bolt11),
        qr_words="Scan it with any Lightning app",
        open_url=payments.bitcoin.lightning_uri(bolt11),
        copies=(Copied("Lightning invoice", _shortened(bolt11), bolt11),),
    )


def _on_chain(way: Way, lightning: Way | None, label: str) -> Shown:
    request = way.request
    assert request.address is not None, "a request on the chain has an address"
    bolt11 = None if lightning is None else lightning.request.bolt11
    uri = payments.bitcoin.bitcoin_uri(request.address, request.amount_msat, bolt11=bolt11, label=label)
    amount = payments.bitcoin.btc_text(request.amount_msat)
    return Shown(
        payments.bitcoin.ONCHAIN,
        request.amount_msat,
        payload=uri,
        qr_words="Scan it with any Bitcoin app" if bolt11 is None else "One code for every Bitcoin app",
        open_url=uri,
        copies=(
            Copied("Bitcoin address", request.address, request.address),
            Copied("Amount in BTC", amount, amount),
        ),
    )


def _shortened(text: str) -> str:
    """Its beginning and its end: nobody reads an invoice."""
    return f"{text[:_SHOWN_LETTERS]}…{text[-_SHOWN_LETTERS:]}"
