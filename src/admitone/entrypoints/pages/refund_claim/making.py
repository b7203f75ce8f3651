"""Makes the page of a refund in bitcoin."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from markupsafe import Markup

from admitone import payments, tickets
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.refund_claim.view import RefundClaimView
from admitone.entrypoints.pages.views import Link, Part
from admitone.flows.refund_claims import Proposal, RefundClaims
from admitone.reads.refund_claim import RefundClaim
from admitone.values import formats
from admitone.values.currencies import BITCOIN

SCAN: Final = "scan"
TYPE: Final = "type"
_PLACE_MOST: Final = 64
_PROBLEMS: Final = {
    "invoice_expired": "The invoice you gave ran out before it could be paid. Please make a new one.",
    "no_route": "There was no way over Lightning to the place you named. Please name another, or try again later.",
}
_PROBLEM: Final = "It could not be sent to the place you named. Nothing was lost: please name another one."


def state_key(claim: RefundClaim) -> str:
    """A word that is another one once the page would say something else."""
    return f"{claim.sending.state.value}-{claim.sending.round}-{int(claim.is_decided)}"


def claim_view(
    claims: RefundClaims,
    token: str,
    claim: RefundClaim,
    *,
    way: str = "",
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    proposal: Proposal | None = None,
) -> RefundClaimView:
    """What is asked, or how far it is."""
    one = claim.sending
    said = RefundClaimView(
        state="over",
        state_key=state_key(claim),
        organiser_name=claim.organiser_name,
        organiser_email=claim.organiser_email,
        amount=formats.money(one.amount_msat, BITCOIN),
        worth="" if one.currency == BITCOIN else formats.money(one.amount_minor, one.currency, in_full=True),
        order_code=claim.order_code,
        is_test=claim.is_test,
        is_lightning=one.rail == payments.bitcoin.LIGHTNING,
        form=Part(links.refund_claim(token), typed or {}, errors or {}),
        status_url=links.refund_claim_status(token),
        place=_shortened(one.named_as or one.destination or ""),
    )
    if one.state is payments.bitcoin.SendingState.SENT:
        return replace(said, state="sent", reference=one.sent_ref or "")
    if not one.can_be_named:
        return replace(
            said, state="unknown" if one.state is payments.bitcoin.SendingState.UNKNOWN else "sending"
        )
    if not claim.is_open:
        return said
    if proposal is not None:
        return replace(
            said,
            state="confirm",
            form=replace(said.form, values={"destination": proposal.value}),
            place=_shortened(proposal.place or proposal.value),
            is_asked_there=proposal.place is not None,
            back_url=links.with_query(links.refund_claim(token), way=TYPE),
        )
    problem = (
        _PROBLEMS.get(one.reason or "", _PROBLEM) if one.state is payments.bitcoin.SendingState.FAILED else ""
    )
    return _asking(claims, token, claim, replace(said, state="ask", problem=problem), way)


def _asking(
    claims: RefundClaims, token: str, claim: RefundClaim, said: RefundClaimView, way: str
) -> RefundClaimView:
    if not said.is_lightning:
        return said
    is_typed = way == TYPE
    url = links.refund_claim(token)
    ways = (
        Link("Scan a code", url, "qr-code", is_current=not is_typed),
        Link("Invoice or address", links.with_query(url, way=TYPE), "zap", is_current=is_typed),
    )
    if is_typed:
        return replace(said, ways=ways)
    code = claims.withdrawal_code(claim)
    picture = tickets.qr_svg(f"LIGHTNING:{code}", "Code for your Bitcoin app")
    return replace(
        said,
        ways=ways,
        qr_svg=Markup(picture),  # noqa: S704 - drawn by us
        open_url=f"lightning:{code}",
        code=code,
    )


def _shortened(place: str) -> str:
    """An invoice is long; its beginning and end are what people compare."""
    return place if len(place) <= _PLACE_MOST else f"{place[:24]}…{place[-12:]}"
