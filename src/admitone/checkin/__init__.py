"""THE DOOR. Owns scans, admissions and the counts of who is in.

Promises: a ticket lets one person in, once, however many doors and processes there are; every scan is
recorded, whatever its answer; a scan sent again with its id gets the answer it got before.
"""

from admitone.checkin.deciding import CodeRead, Judgement, ScanRequest, TicketState, judge
from admitone.checkin.desk import Desk, Guest, ScanAnswer, Seen
from admitone.checkin.facts import TicketAdmitted
from admitone.checkin.refusals import BadDoor, NoCode, ScanIdReused
from admitone.checkin.store import AdmissionRow, ScanRow
from admitone.checkin.tallies import admitted, admitted_among
from admitone.checkin.verdicts import OtherEvent, Reason, Verdict, Words, first_entry, other_event, words

__all__ = [
    "AdmissionRow",
    "BadDoor",
    "CodeRead",
    "Desk",
    "Guest",
    "Judgement",
    "NoCode",
    "OtherEvent",
    "Reason",
    "ScanAnswer",
    "ScanIdReused",
    "ScanRequest",
    "ScanRow",
    "Seen",
    "TicketAdmitted",
    "TicketState",
    "Verdict",
    "Words",
    "admitted",
    "admitted_among",
    "first_entry",
    "judge",
    "other_event",
    "words",
]
