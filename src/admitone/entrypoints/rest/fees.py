"""The site's fees as agreed with an organiser."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from admitone.entrypoints.callers import SignedIn
from admitone.entrypoints.needs import Needs, NewId
from admitone.entrypoints.rest.shapes import Body, Instant, Shown, WholeNumber
from admitone.events import FeeAgreement
from admitone.flows.fee_agreements import FeeWish, fee_of
from admitone.flows.site_fees import SiteFee

router = APIRouter(tags=["organisers"])
_Amounts = Annotated[
    dict[Annotated[str, Field(max_length=16)], Annotated[WholeNumber, Field(ge=0, le=10**12)]],
    Field(max_length=40),
]


class SiteFeeShape(Body):
    """On each paid ticket: `bps` (hundredths of a percent) of the price and a fixed amount, at most so much; amounts
    in minor units by currency.
    """

    bps: Annotated[WholeNumber, Field(ge=0, le=5000)] = 0
    fixed_minor: _Amounts = Field(default_factory=dict)
    most_minor: _Amounts = Field(default_factory=dict)

    def fee(self) -> SiteFee:
        """As flows take it."""
        return SiteFee(self.bps, dict(self.fixed_minor), dict(self.most_minor))


class AgreementBody(Body):
    """Both fees at once; without `valid_from` they hold for events made from now on."""

    platform: SiteFeeShape
    processing: SiteFeeShape
    valid_from: Instant | None = None
    note: Annotated[str, Field(max_length=500)] = ""


class AgreementShown(Shown):
    """Fees on tickets of events made from `valid_from` on. Never changed: a later line takes its place."""

    id: UUID
    valid_from: datetime
    platform: SiteFeeShape
    processing: SiteFeeShape
    created_at: datetime


class FeesShown(Shown):
    """What holds for the next event, and all agreements, newest first. Null: the site sets no fee, the organiser does.

    `is_usual`: nothing was agreed, the site's usual fees hold.
    """

    platform: SiteFeeShape | None
    processing: SiteFeeShape | None
    is_usual: bool
    agreements: tuple[AgreementShown, ...]


@router.get("/organisers/{organiser_id}/fees")
async def show_fees(organiser_id: UUID, needs: Needs, caller: SignedIn) -> FeesShown:
    """What this site takes, for the organiser's team and for those who run the site."""
    found = await needs.money.fee_desk.look(caller, organiser_id)
    return FeesShown(
        platform=None if found.now.platform is None else _fee(found.now.platform),
        processing=None if found.now.processing is None else _fee(found.now.processing),
        is_usual=found.is_usual,
        agreements=tuple(_shown(one) for one in found.lines),
    )


@router.post("/organisers/{organiser_id}/fee-agreements", status_code=201)
async def agree_on_fees(
    organiser_id: UUID, body: AgreementBody, needs: Needs, caller: SignedIn, new_id: NewId
) -> AgreementShown:
    """Agree on fees; events that were made before keep theirs. For those who run the site."""
    wish = FeeWish(body.platform.fee(), body.processing.fee(), body.valid_from, body.note)
    return _shown(await needs.money.fee_desk.agree(caller, organiser_id, wish, agreement_id=new_id))


def _fee(fee: SiteFee) -> SiteFeeShape:
    return SiteFeeShape(bps=fee.bps, fixed_minor=dict(fee.fixed_minor), most_minor=dict(fee.most_minor))


def _shown(one: FeeAgreement) -> AgreementShown:
    return AgreementShown(
        id=one.id,
        valid_from=one.valid_from,
        platform=_fee(fee_of(one.platform)),
        processing=_fee(fee_of(one.processing)),
        created_at=one.created_at,
    )
