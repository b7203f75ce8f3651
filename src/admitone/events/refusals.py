"""The ways events say no."""

from admitone.values.refusals import Conflict, Invalid, NotFound


class EventNotFound(NotFound):
    """There is no such event, or not for the one who asks."""

    code = "events.not_found"
    text = "We cannot find this event."


class TypeNotFound(NotFound):
    """There is no such ticket type in this event."""

    code = "events.ticket_type_not_found"
    text = "We cannot find this kind of ticket."


class NotPossibleNow(Conflict):
    """The event's state does not allow this. `state` is the one it is in."""

    code = "events.not_possible_now"
    text = "This cannot be done while the event is {state_words}."


class SaleChanged(Conflict):
    """The event was sold for play money when the tickets were chosen, and is not now; or the other way round."""

    code = "events.sale_changed"
    text = "This sale has changed since you chose. Please choose your tickets again; you have paid nothing."


class EventIsCancelled(Conflict):
    """Nobody buys tickets for an event that was called off."""

    code = "events.is_cancelled"
    text = "This event was called off, so its tickets are no longer sold. You have paid nothing."


class LostUpdate(Conflict):
    """Somebody changed the event after this form was opened."""

    code = "events.lost_update"
    text = (
        "Someone else has changed this event since you opened it. Look at the new version, then "
        "make your change again."
    )


class PlacesTaken(Conflict):
    """Places are held or sold, so this cannot be undone any more. `held` and `sold` say how many."""

    code = "events.places_taken"
    text = "This is no longer possible: {sold} tickets are sold and {held} are being bought right now."


class OnlyDraftsGo(Conflict):
    """Only a draft can be deleted. `state` is the one the event is in."""

    code = "events.only_drafts_go"
    text = (
        "This event is {state_words}, and only a draft can be deleted. An event on sale can be taken back to draft"
        " while nobody has a place, or it can be called off."
    )


class EventHasOrders(Conflict):
    """An event that was ever ordered from stays, so that the orders can be read."""

    code = "events.has_orders"
    text = "Somebody has ordered tickets for this event, so it stays in your books. As a draft, nobody else sees it."


class EventHasRecords(Conflict):
    """Something about the event is kept: scans of a door, letters to ticket holders, invoices of UMA."""

    code = "events.has_records"
    text = (
        "This event has been used already: a door scanned codes for it, or an invoice names it. That is kept, so the"
        " event stays. As a draft, nobody else sees it."
    )


class TypeHasOrders(Conflict):
    """A ticket type that was ever ordered stays, so that the orders can be read. It can stop being offered."""

    code = "events.ticket_type_has_orders"
    text = "This ticket has been ordered before, so it stays on record. Stop offering it instead."


class PoolsFixed(Conflict):
    """A ticket type keeps its pools once places are taken, or the counts would no longer mean anything."""

    code = "events.pools_fixed"
    text = (
        "Tickets of this kind are already held or sold, so the pools it takes places from stay as they are."
    )


class PoolInUse(Conflict):
    """Ticket types draw on this pool, or places were taken from it and are still on record."""

    code = "events.pool_in_use"
    text = "Tickets take places from here, or once did, so these shared places cannot be removed."


class UnknownPool(Invalid):
    """Not a shared pool of this event."""

    code = "events.unknown_pool"
    text = "Choose shared pools of this event."


class CurrencyFixed(Conflict):
    """Prices are stored in the currency's minor units: another currency would silently change them."""

    code = "events.currency_fixed"
    text = (
        "The currency stays as it is while there are tickets with a price. Remove them or make "
        "them free first."
    )


class NotReady(Invalid):
    """One thing that is missing before the event can go on sale. `item` names it."""

    code = "events.not_ready"
    text = "{words}"


class Missing(Invalid):
    """A field that must be filled in."""

    code = "events.missing"
    text = "Please fill this in."


class TooLong(Invalid):
    """More characters than fit. `most` is how many do."""

    code = "events.too_long"
    text = "Please use at most {most} characters."


class UnknownChoice(Invalid):
    """Not one of the choices. `choices` lists them."""

    code = "events.unknown_choice"
    text = "Choose one of these: {choices}."


class UnknownCountry(Invalid):
    """Not two capital letters (ISO 3166-1 alpha-2)."""

    code = "events.unknown_country"
    text = "Write the country as two capital letters, such as DE."


class BadAddress(Invalid):
    """Not a web address that a ticket holder can open safely."""

    code = "events.bad_address"
    text = "Write a full web address that begins with https://."


class StreamNotPublic(Invalid):
    """A playlist that this site would not fetch for its viewers."""

    code = "events.stream_not_public"
    text = (
        "We fetch this playlist for everybody who watches, so it has to be at a public name and on port 443, "
        "such as https://video.example.org/live.m3u8."
    )


class SlugTaken(Conflict):
    """Another event has this address."""

    code = "events.slug_taken"
    text = "Another event already has this address. Please choose another."


class SlugFixed(Conflict):
    """The address is public now: links to it are out there. Only a draft may get another."""

    code = "events.slug_fixed"
    text = "The address stays as it is while the event is on sale, so that links to it keep working."


class BadSlug(Invalid):
    """Not what an address may look like."""

    code = "events.bad_slug"
    text = "Use small letters a to z, digits and single dashes, at most 60 characters."


class UnknownZone(Invalid):
    """Not in the IANA time zone database."""

    code = "events.unknown_zone"
    text = "We do not know this time zone. Choose one such as Europe/Berlin."


class BadTime(Invalid):
    """Not a local date and time."""

    code = "events.bad_time"
    text = "Write a date and a time, such as 2027-03-12 19:30."


class TimeSkipped(Invalid):
    """The clocks jump over this local time. `next_time` is the first one after the jump."""

    code = "events.time_skipped"
    text = (
        "The clocks go forward that night, so this time does not exist there. The next time that "
        "does is {next_time}."
    )


class TimeTwice(Invalid):
    """The clocks show this local time twice. `first` and `second` are its two offsets from UTC."""

    code = "events.time_twice"
    text = (
        "The clocks go back that night, so this time comes twice. Say which one: the first "
        "({first}) or the second ({second})."
    )


class EndsTooEarly(Invalid):
    """The end is not after the start."""

    code = "events.ends_too_early"
    text = "The event has to end after it starts."


class LastsTooLong(Invalid):
    """Longer than a ticket's validity can say."""

    code = "events.lasts_too_long"
    text = "An event lasts {days} days at most. Make several events of it."


class DoorsTooLate(Invalid):
    """Doors open after the start."""

    code = "events.doors_too_late"
    text = "The doors have to open before the event starts, or when it starts."


class OutOfRange(Invalid):
    """A number outside of what is possible, from `least` to `most`."""

    code = "events.out_of_range"
    text = "Choose a whole number from {least} to {most}."


class SaleWindowReversed(Invalid):
    """The sale of this ticket type ends before it begins."""

    code = "events.sale_window_reversed"
    text = "The sale has to end after it begins."


class TooManyTypes(Conflict):
    """More ticket types or pools than an event may have."""

    code = "events.too_many"
    text = "An event has at most {most} of these."


class TooMany(Invalid):
    """More of something than an event may have."""

    code = "events.too_many_listed"
    text = "There can be {most} of these at most."


class MostBelowLeast(Invalid):
    """The largest price a buyer may choose is below the smallest."""

    code = "events.most_below_least"
    text = "The largest price cannot be below the smallest."


class SuggestedOutside(Invalid):
    """The suggested price cannot be chosen."""

    code = "events.suggested_outside"
    text = "The suggested price has to be one that buyers may choose."


class StepWithoutEnd(Invalid):
    """A price step would hold for ever, and what comes after it never."""

    code = "events.step_without_end"
    text = "Say until when this price holds, or for how many tickets."


class StepsOutOfOrder(Invalid):
    """A price step ends before the one that comes first."""

    code = "events.steps_out_of_order"
    text = "This price ends before the price above it does."


class StepsAndChoice(Invalid):
    """A price the buyer chooses has no steps."""

    code = "events.steps_and_choice"
    text = "Where buyers choose what to pay, there are no prices in steps."


class StepTwice(Invalid):
    """Two price steps have one id, or another ticket type has it."""

    code = "events.step_twice"
    text = "Two of these prices have the same id. Leave the id of a new price out."


class OnlyAddOns(Invalid):
    """A ticket or a donation that needs a ticket."""

    code = "events.only_add_ons"
    text = "Only an add-on can need a ticket beside it."


class SellerNotInUnion(Invalid):
    """Reverse charge from a country that has none."""

    code = "events.seller_not_in_union"
    text = "Reverse charge is for sellers in a country of the European Union. Please choose yours."


class FeesAreTheSites(Conflict):
    """The organiser would change a fee that this site has set."""

    code = "events.fees_are_the_sites"
    text = "This fee is set by the site and cannot be changed here."


class TypeInUse(Conflict):
    """A ticket type that a bundle is made of."""

    code = "events.type_in_use"
    text = "It is part of the bundle “{bundle}”. Take it out there first."


class ReplayWithoutDays(Invalid):
    """A recording, and no days on which it is shown."""

    code = "events.replay_without_days"
    text = "Say for how many days after the end the recording is shown."


class NoPlaceLeft(Invalid):
    """An event that people have tickets for, and neither a venue nor an address online."""

    code = "events.no_place_left"
    text = "This event has no venue, so it needs an address online."
