"""Stripe's webhooks, checked over their raw bytes. Source: docs.stripe.com/webhooks, "Verify webhook signatures
manually": `Stripe-Signature: t=<seconds>,v1=<hex>[,v1=<hex>]`, HMAC-SHA256 of `<t>.<body>` under the endpoint's secret.

There may be several secrets: the account's own endpoint, the one for connected accounts, and for a day both of a secret
that was rolled. Stripe signs every try anew, so an old signature is a copy.
"""

import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from admitone.payments.kinds import AccountSheet, Mode
from admitone.payments.provider import About, BadSignature, NoticeRead
from admitone.payments.providers.stripe import wire
from admitone.payments.providers.stripe.finding import INTENT_EVENTS, SESSION_EVENTS, is_card
from admitone.payments.providers.stripe.reading import names_account
from admitone.values.clock import epoch_ms

HEADER = "stripe-signature"
TOLERANCE_SECONDS = 300
_SIGNATURES_MOST = 8
_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)
_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)
_DISPUTE = "charge.dispute."
_REFUND = ("refund.", "charge.refund.")
_ACCOUNT = ("account.", "capability.", "payout.")


def verify(secrets: Sequence[str], header: str, body: bytes, now: datetime) -> None:
    """Raises `BadSignature` unless one of the secrets signed exactly these bytes within five minutes."""
    pairs = [part.strip().partition("=")[::2] for part in header.split(",")]
    stamps = [value for name, value in pairs if name == "t"]
    given = [value for name, value in pairs if name == "v1" and _HEX.fullmatch(value)][:_SIGNATURES_MOST]
    if len(stamps) != 1 or not _SECONDS.fullmatch(stamps[0]):
        raise BadSignature
    if abs(epoch_ms(now) - int(stamps[0]) * 1000) > TOLERANCE_SECONDS * 1000:
        raise BadSignature
    signed = stamps[0].encode() + b"." + body
    wanted = [hmac.digest(secret.encode(), signed, "sha256").hex() for secret in secrets if secret]
    if not any([hmac.compare_digest(ours, theirs) for ours in wanted for theirs in given]):
        raise BadSignature


def read(
    sheet: AccountSheet, secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: datetime
) -> NoticeRead | None:
    """As `Provider.read_notice`. Raises `BadSignature`, also for the other mode and for somebody else's account."""
    verify(secrets, headers.get(HEADER, ""), body, now)
    try:
        event = msgspec.json.decode(body, type=wire.Event)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadSignature from error
    is_live = sheet.mode is Mode.LIVE
    if event.livemode != is_live:
        # Stripe sends play money of connected accounts to live endpoints as well; a no would have it try for days.
        if is_live and event.account is not None and sheet.organiser_id is None:
            return None
        raise BadSignature
    if event.account is not None and sheet.organiser_id is not None and event.account != sheet.ref:
        raise BadSignature
    about = _about(event, sheet)
    return None if about is None else NoticeRead(event.id, about[1], about[0])


def _is_ours(metadata: Mapping[str, str] | None, sheet: AccountSheet) -> bool:
    # Buyers of organisers whose account was opened under the site's own pay into the site's, in the organiser's name.
    return names_account(metadata, sheet) or (metadata or {}).get(wire.SITES_OWN) == str(sheet.id)


def _about(event: wire.Event, sheet: AccountSheet) -> tuple[About, str] | None:
    about, word = event.data.object, event.type
    if event.account is not None and word.startswith(_ACCOUNT):
        return About.ACCOUNT, event.account
    if event.account is not None and sheet.organiser_id is None:
        # All buyers pay the site's own account; what connected accounts sell besides is theirs.
        return None
    if not about.id:
        return None
    if word in SESSION_EVENTS or (word in INTENT_EVENTS and is_card(about)):
        return (About.PAYMENT, about.id) if _is_ours(about.metadata, sheet) else None
    if word.startswith(_DISPUTE):
        return About.DISPUTE, about.id
    if word.startswith(_REFUND) and about.object == "refund":
        return About.REFUND, about.id
    if word == "charge.refunded":
        # Its charge names no refund; the `refund.` event that comes with it does.
        return None
    if word.startswith("transfer."):
        return (About.PAYOUT, about.id) if wire.PAYOUT in (about.metadata or {}) else None
    if word.startswith("payout."):
        return About.PAYOUT, about.id
    return (About.ACCOUNT, about.id) if word == "account.updated" else None
