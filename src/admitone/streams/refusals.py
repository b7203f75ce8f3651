"""The ways streams say no."""

from admitone.values.refusals import Busy, Conflict, NotFound


class WatchedElsewhere(Conflict):
    """Another device watches with this ticket."""

    code = "streams.watched_elsewhere"
    text = "This ticket is being watched with on another device. You can watch here instead."


class NoSuchStream(NotFound):
    """The address was not made by us, is too old, or its viewer does not watch any more."""

    code = "streams.not_found"
    text = "This address shows nothing any more. Open the page of your ticket again."


class NotSending(Busy):
    """What should be shown is not there, or is nothing that can be shown."""

    code = "streams.not_sending"
    text = "The stream is not sending just now. We keep trying."
