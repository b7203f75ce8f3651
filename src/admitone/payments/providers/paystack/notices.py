"""Is a webhook from Paystack, and what is it about.

Source: Paystack's page on webhooks: `x-paystack-signature` is the HMAC-SHA-512 of the raw body under the account's
secret key, in hexadecimal. There is no time stamp and no id of the notice: whoever saw one can send it again, which
does no harm, because it carries no news but only makes us ask. Test and live keys differ, so a notice of the other
mode, or of another account, fails by its signature already.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping

import msgspec

from admitone.payments.kinds import Mode
from admitone.payments.provider import About, BadSignature, NoticeRead
from admitone.payments.providers.paystack.rows import own_id

HEADER = "x-paystack-signature"
_HEX = re.compile(r"[0-9a-f]{128}")


class _Named(msgspec.Struct):
    reference: str | None = None


class _Data(msgspec.Struct):
    id: int | str | None = None
    domain: str | None = None
    status: str | None = None
    reference: str | None = None
    transaction: object = None
    transaction_reference: str | None = None
    updatedAt: str | None = None
    integration: object = None


class _Notice(msgspec.Struct):
    event: str
    data: _Data


def signature(secret_key: str, body: bytes) -> str:
    """What the header has to say for this body."""
    return hmac.new(secret_key.encode(), body, hashlib.sha512).hexdigest()


def read(
    secret_key: str, mode: Mode, account_ref: str | None, headers: Mapping[str, str], body: bytes
) -> NoticeRead | None:
    """The notice when it is genuine, for this account and mode, and about something of ours. Raises `BadSignature`.

    `account_ref` is Paystack's number for the account (its "integration"), where it is known.
    """
    given = headers.get(HEADER, "").strip().lower()
    if not _HEX.fullmatch(given) or not hmac.compare_digest(given, signature(secret_key, body)):
        raise BadSignature
    try:
        notice = msgspec.json.decode(body, type=_Notice)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise BadSignature from None
    if notice.data.domain not in (None, mode.value):
        raise BadSignature
    theirs = _integration(notice.data.integration)
    if account_ref is not None and account_ref.isdecimal() and theirs not in (None, account_ref):
        raise BadSignature
    return _about(notice, body)


def _about(notice: _Notice, body: bytes) -> NoticeRead | None:
    event, data = notice.event, notice.data
    if event.startswith("charge.dispute."):
        if data.id is None or own_id(_payment_of(data)) is None:
            return None
        # Reminders about one dispute are different notices; the same reminder sent again is not.
        notice_id = f"{event}:{data.id}:{data.status}:{data.updatedAt}"
        return NoticeRead(notice_id, str(data.id), About.DISPUTE)
    if event.startswith("refund."):
        payment = _payment_of(data)
        if payment is None or own_id(payment) is None:
            return None
        # Two refunds of the same amount look the same but for the processor's reference, so the whole body tells
        # them apart. Most of these notices name only the payment.
        digest = hashlib.sha256(body).hexdigest()[:32]
        return NoticeRead(f"{event}:{digest}", payment if data.id is None else str(data.id), About.REFUND)
    about = {"charge": About.PAYMENT, "transfer": About.PAYOUT}.get(event.partition(".")[0])
    if about is None or data.reference is None or own_id(data.reference) is None:
        return None
    return NoticeRead(f"{event}:{data.id}", data.reference, about)


def _payment_of(data: _Data) -> str | None:
    if data.transaction_reference is not None:
        return data.transaction_reference
    try:
        return msgspec.convert(data.transaction, _Named).reference
    except msgspec.ValidationError:
        return None


def _integration(found: object) -> str | None:
    if isinstance(found, dict):
        found = found.get("id")
    return str(found) if isinstance(found, int | str) and not isinstance(found, bool) else None
