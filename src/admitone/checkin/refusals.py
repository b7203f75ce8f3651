"""The ways the door says no to a request. A ticket that opens nothing is a verdict, not a refusal."""

from admitone.values.refusals import Conflict, Invalid


class ScanIdReused(Conflict):
    """The scan id belongs to a scan of another code or at another event."""

    code = "checkin.scan_id_reused"
    text = "This scan number was already used for another scan. Scan the ticket again."


class BadDoor(Invalid):
    """A door's name that nobody could read out. `length_max` is in characters."""

    code = "checkin.bad_door"
    text = "Please name the door you are at: 1 to {length_max} characters, on one line."


class NoCode(Invalid):
    """Nothing was scanned or typed."""

    code = "checkin.no_code"
    text = "Scan a ticket, or type the code printed under its QR code."
