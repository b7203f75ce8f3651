"""A scan's answer as the door shows it, on the page and as JSON for the scanner script."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from admitone import checkin
from admitone.entrypoints.pages.checkin.view import RecentScan, Verdict
from admitone.flows.admit import Counts, Said
from admitone.reads.door_counts import ScanSeen
from admitone.values import formats

_KINDS: Final = {checkin.Verdict.ADMITTED: "ok", checkin.Verdict.ALREADY_USED: "used"}
_ADVICE: Final = {
    checkin.Verdict.WRONG_EVENT: "This ticket is for another event. Ask to see the right one.",
    checkin.Verdict.NOT_VALID: "We do not know this code. Ask them to show the ticket again.",
    checkin.Verdict.CANCELLED: "The ticket was taken back and does not let anybody in.",
}
_DISPUTED: Final = "Not valid: payment disputed. The buyer's bank, or the network, takes the money back."
_REPLACED: Final = "This ticket was replaced by a newer one. Only the newest code lets somebody in."
_WHY: Final = {
    checkin.Reason.REPLACED: _REPLACED,
    checkin.Reason.DISPUTED: _DISPUTED,
    checkin.Reason.CHANGED: "This ticket was changed for another one. Ask to see the new ticket.",
}


class ScanShown(msgspec.Struct, frozen=True, omit_defaults=True):
    """What js/gate-scanner.js expects. `at` is the wall clock at the venue: `19:02:41`."""

    kind: str
    title: str
    text: str
    facts: list[tuple[str, str]]
    who: str
    detail: str
    at: str
    admitted: int | None = None
    expected: int | None = None
    counts_words: str | None = None
    percent_words: str | None = None


def verdict_of(said: Said) -> Verdict:
    """The big words for one answer."""
    answer = said.answer
    facts: list[tuple[str, str]] = []
    if answer.guest is not None:
        facts += [("Name", answer.guest.name), ("Ticket", ticket_words(answer.guest))]
    if answer.first_at is not None and answer.first_door is not None:
        first = checkin.first_entry(answer.first_at, answer.first_door, at=answer.at, zone=said.zone)
        facts.append(("First scan", first.removeprefix("at ").removeprefix("on ")))
    text = _ADVICE.get(answer.verdict, "")
    if answer.reason is not None:
        text = _WHY.get(answer.reason, text)
    if said.other is not None:
        text = f"{said.words.sentence}. Ask to see the right one."
    return Verdict(kind_of(answer.verdict), said.words.title, text, tuple(facts))


def kind_of(verdict: checkin.Verdict) -> str:
    """ok, used, or refused."""
    return _KINDS.get(verdict, "refused")


def wall_clock(at: datetime, now: datetime, zone: str) -> str:
    """`19:02:41` on the wall of the venue, with the day (`12 Dec, 19:02:41`) when that is not today's there."""
    then, today = at.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone)).date()
    return f"{then:%H:%M:%S}" if then.date() == today else f"{then.day} {then:%b}, {then:%H:%M:%S}"


def ticket_words(guest: checkin.Guest) -> str:
    """`General admission`, or `General admission, 1 of 2`."""
    return guest.type_name if guest.units == 1 else f"{guest.type_name}, {guest.unit} of {guest.units}"


def counts_words(counts: Counts) -> tuple[str, str]:
    """`612 of 1,240 in` and `49%`."""
    share = 100 * counts.admitted // counts.expected if counts.expected else 0
    return f"{formats.number(counts.admitted)} of {formats.number(counts.expected)} in", f"{share}%"


def shown(said: Said, counts: Counts, presented: str, now: datetime) -> ScanShown:
    """The answer to the script; `presented` is the beginning of what was scanned."""
    verdict, guest = verdict_of(said), said.answer.guest
    words, percent = counts_words(counts)
    return ScanShown(
        kind=verdict.kind,
        title=verdict.title,
        text=verdict.text,
        facts=list(verdict.facts),
        who=_who(said.answer.verdict, guest, said.other, presented, said.answer.at),
        detail=said.answer.door if guest is None else f"{ticket_words(guest)}, {said.answer.door}",
        at=wall_clock(said.answer.at, now, said.zone),
        admitted=counts.admitted,
        expected=counts.expected,
        counts_words=words,
        percent_words=percent,
    )


def recent(one: ScanSeen, now: datetime, zone: str) -> RecentScan:
    """A line of the list under the verdict."""
    said = checkin.words(
        one.verdict, one.reason, at=one.at, zone=zone, first_at=one.first_at, first_door=one.first_door
    )
    guest = one.guest
    return RecentScan(
        kind=kind_of(one.verdict),
        title=said.title,
        who=_who(one.verdict, guest, one.other, one.presented or "", one.at),
        detail=one.door if guest is None else f"{ticket_words(guest)}, {one.door}",
        at=wall_clock(one.at, now, zone),
    )


def _who(
    verdict: checkin.Verdict,
    guest: checkin.Guest | None,
    other: checkin.OtherEvent | None,
    presented: str,
    at: datetime,
) -> str:
    """Whose ticket it was, or which event's, or what it was instead of a ticket."""
    if guest is not None:
        return guest.name
    if other is not None:
        return f"For {checkin.other_event(other, at=at)}"
    return f"“{presented}”" if presented and verdict is checkin.Verdict.NOT_VALID else ""
