"""Every combination of what a door can know, and the one verdict for it."""

from dataclasses import dataclass
from itertools import product
from uuid import UUID

from admitone.checkin import CodeRead, Judgement, Reason, ScanRequest, Verdict, judge

HERE, ELSEWHERE = UUID(int=1), UUID(int=2)
OURS, THEIRS = UUID(int=3), UUID(int=4)
TICKET = UUID(int=5)


@dataclass(frozen=True)
class Known:
    """A ticket as the door sees it."""

    event_id: UUID = HERE
    organiser_id: UUID = OURS
    is_cancelled: bool = False
    is_disputed: bool = False
    is_changed: bool = False
    id: UUID = TICKET
    reissue: int = 3
    code_digest: bytes = b"digest"


def request(
    *, serial: int | None = 9, is_short: bool = False, is_current: bool, was_replaced: bool
) -> ScanRequest:
    """A scan of a code of this kind."""
    code = CodeRead(
        digest=b"read",
        serial=serial,
        is_short=is_short,
        is_current=lambda stored: is_current and stored == b"digest",
        was_replaced=lambda reissue: was_replaced and reissue == 3,
    )
    return ScanRequest(UUID(int=6), HERE, OURS, None, "guest", code, "Gate")


def expected(known: Known, *, is_short: bool, is_current: bool, was_replaced: bool) -> Judgement:
    """The rules again, written as a table from the safest answer down."""
    own = TICKET if known.organiser_id == OURS else None
    if is_short and own is None:
        return Judgement(Verdict.NOT_VALID, Reason.UNKNOWN)
    if not is_current and not was_replaced:
        return Judgement(Verdict.NOT_VALID, Reason.NOT_OURS)
    if known.event_id != HERE:
        return Judgement(Verdict.WRONG_EVENT, None, own)
    if not is_current:
        return Judgement(Verdict.CANCELLED, Reason.REPLACED, TICKET)
    if known.is_cancelled:
        return Judgement(Verdict.CANCELLED, Reason.CHANGED if known.is_changed else Reason.TAKEN_BACK, TICKET)
    if known.is_disputed:
        return Judgement(Verdict.NOT_VALID, Reason.DISPUTED, TICKET)
    return Judgement(Verdict.ADMITTED, None, TICKET)


def test_every_combination_has_its_verdict() -> None:
    admitted = 0
    flags = (False, True)
    for event, organiser, cancelled, disputed, changed, short, current, replaced in product(
        (HERE, ELSEWHERE), (OURS, THEIRS), flags, flags, flags, flags, flags, flags
    ):
        if event == HERE and organiser == THEIRS:
            continue  # an event has one organiser
        if changed and not cancelled:
            continue  # whoever changes a ticket cancels the old one
        known = Known(event, organiser, cancelled, disputed, changed)
        asked = request(is_short=short, is_current=current, was_replaced=replaced)
        judgement = judge(asked, known)
        assert judgement == expected(known, is_short=short, is_current=current, was_replaced=replaced)
        if judgement.verdict is Verdict.ADMITTED:
            admitted += 1
            assert (event, organiser, cancelled or disputed, current) == (HERE, OURS, False, True)
    assert admitted == 4


def test_what_is_not_a_code_or_not_a_ticket_is_not_valid() -> None:
    nothing = request(serial=None, is_current=True, was_replaced=True)
    assert judge(nothing, None) == Judgement(Verdict.NOT_VALID, Reason.UNREADABLE)
    assert judge(nothing, Known()) == Judgement(Verdict.NOT_VALID, Reason.UNREADABLE)
    nobody = request(is_current=True, was_replaced=True)
    assert judge(nobody, None) == Judgement(Verdict.NOT_VALID, Reason.UNKNOWN)
