"""The ways tickets say no."""

from admitone.values.refusals import Conflict, Gone, Invalid, NotFound


class TicketNotFound(NotFound):
    """There is no such ticket, or the asker may not know of it."""

    code = "tickets.not_found"
    text = "We cannot find this ticket."


class TicketIsCancelled(Conflict):
    """A cancelled ticket is not changed any more."""

    code = "tickets.cancelled"
    text = "This ticket was cancelled, so it cannot be changed any more."


class ReissuedTooOften(Conflict):
    """The counter inside the code is full."""

    code = "tickets.reissued_too_often"
    text = "This ticket has changed hands too often to be sent on again."


class BadHolderName(Invalid):
    """A name nobody could read at the door. `length_max` is in characters."""

    code = "tickets.bad_holder_name"
    text = "Please give a name of at most {length_max} characters, on one line."


class ChallengeGone(Gone):
    """The question was answered, its answer used, it is too old, or the ticket has another code since."""

    code = "tickets.challenge_gone"
    text = "This proof is used up or too old. Please begin again."


class PassedOn(Conflict):
    """The ticket is somebody else's since its buyer passed it on."""

    code = "tickets.passed_on"
    text = "This ticket was passed on to somebody else, so only they can do that."


class LinkPassedOn(Gone):
    """The link is from before the ticket was passed on."""

    code = "tickets.link_passed_on"
    text = "This ticket was passed on to somebody else. They have a link of their own, and this one shows no code."


class WordUnknown(NotFound):
    """No proof of this event has this word, or it was looked at before, or is too old."""

    code = "tickets.word_unknown"
    text = "No proof for this event has this word. It works once, for ten minutes; let them prove it again."
