"""An event's policies of refunds and changes in JSON."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from admitone.entrypoints.rest.shapes import Body, WholeNumber


class RefundTermsShape(Body):
    """`percent_bps` (hundredths of a percent) of the price comes back, less `deduction_minor` for each ticket."""

    percent_bps: WholeNumber
    deduction_minor: WholeNumber = 0
    returns_fees: bool = False


class RefundStepShape(Body):
    """These terms hold until `hours_before` hours before the event starts."""

    hours_before: WholeNumber
    terms: RefundTermsShape


class RefundPolicyShape(Body):
    """What comes back when a buyer gives tickets back by themselves: the earliest step (most hours) first; after the
    last one nothing.
    """

    steps: Annotated[list[RefundStepShape], Field(min_length=1, max_length=20)]

    def record(self) -> dict[str, Any]:
        """As an event keeps it."""
        return self.model_dump()


class ChangePolicyShape(Body):
    """What buyers may change by themselves until `hours_before` hours before the event starts: for another type of its
    tickets (`types`), or for these other events of the organiser. `fee_minor` of each ticket's price stays. `cheaper`:
    also when money goes back; false: only for tickets that cost as much or more.
    """

    hours_before: WholeNumber
    fee_minor: WholeNumber = 0
    types: bool = True
    event_ids: Annotated[list[UUID], Field(max_length=50)] = Field(default_factory=list)
    cheaper: bool = True

    def record(self) -> dict[str, Any]:
        """As an event keeps it."""
        return self.model_dump(mode="json")
