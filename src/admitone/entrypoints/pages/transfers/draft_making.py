"""Makes the view of a bank statement that waits for a yes."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from stdnum import iban as stdnum_iban

from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.organiser.whose import Whose, organiser_nav
from admitone.entrypoints.pages.transfers.making import guesses
from admitone.entrypoints.pages.transfers.view import ProposalRow, StatementDraftView
from admitone.entrypoints.pages.views import State
from admitone.flows.book_statement import Preview
from admitone.statements import Draft, Fate, Proposal
from admitone.values import formats

# As many as a form may have fields, less those of its own.
SETTLES_MOST: Final = 450
SHOWN_MOST: Final = 100
_STATES: Final = {
    Fate.WHOLE: State("Paid in full", "ok", "check"),
    Fate.PART: State("A part", "warn", "hourglass"),
    Fate.TOO_MUCH: State("Too much", "warn", "undo-2"),
    Fate.LATE: State("Too late", "warn", "hourglass"),
    Fate.BACK: State("Would go back", "warn", "undo-2"),
}


def draft_view(whose: Whose, draft: Draft, shown: Preview) -> StatementDraftView:
    """The page; what cannot be ticked on it is not settled by it."""
    new = [one for one in shown.proposals if not one.is_known]
    settles = [one for one in new if one.order is not None]
    waits = [one for one in new if one.order is None and one.line.amount_minor > 0]
    others = [one for one in new if one.line.amount_minor < 0]
    base = links.statement_draft(whose.slug, draft.id)
    return StatementDraftView(
        nav=organiser_nav(whose),
        file_name=draft.file_name or "A file without a name",
        facts=_facts(shown),
        settles=_rows(settles, SETTLES_MOST, _settles),
        waits=_rows(waits, SHOWN_MOST, _waits),
        others=_rows(others, SHOWN_MOST, _plain),
        others_words=_others_words(len(others), shown.read.skipped),
        book_url=f"{base}/book" if shown.new else "",
        away_url=f"{base}/throw-away",
        back_url=links.transfers(whose.slug),
        settles_more=_more(len(settles), SETTLES_MOST),
        waits_more=_more(len(waits), SHOWN_MOST),
        others_more=_more(len(others), SHOWN_MOST),
    )


def _facts(shown: Preview) -> tuple[tuple[str, str], ...]:
    read, period = shown.read, shown.period
    facts = [("Account", _account(read.account)), ("Money in", _money(shown.in_minor, read.currency))]
    if period is not None:
        first, last = (f"{day.day} {day:%b %Y}" for day in period)
        facts.append(("Days", first if first == last else f"{first} to {last}"))
    lines = formats.number(len(shown.proposals))
    facts.append(
        ("Lines", f"{lines}: {formats.number(shown.new)} new, {formats.number(shown.known)} seen before")
    )
    return tuple(facts)


def _rows(
    found: Sequence[Proposal], most: int, row: Callable[[Proposal], ProposalRow]
) -> tuple[ProposalRow, ...]:
    return tuple(row(one) for one in found[:most])


def _more(count: int, most: int) -> str:
    if count <= most:
        return ""
    return (
        f"The first {most} of {formats.number(count)} are shown. The others wait for you once this is booked."
    )


def _plain(one: Proposal) -> ProposalRow:
    line = one.line
    return ProposalRow(
        day=f"{line.booked_on.day} {line.booked_on:%b %Y}",
        amount=_money(line.amount_minor, line.currency),
        payer=line.payer_name or "Unknown payer",
        text=line.text.replace("\n", " "),
    )


def _waits(one: Proposal) -> ProposalRow:
    return replace(_plain(one), guesses=guesses(one.suggestions))


def _settles(one: Proposal) -> ProposalRow:
    assert one.order is not None
    assert one.fate is not None, "with an order it is known what becomes of the money"
    return replace(
        _plain(one),
        token=one.token,
        is_ticked=one.is_wanted,
        code=one.order.code,
        buyer=one.order.buyer_name,
        state=_STATES[one.fate],
        detail=_detail(one, one.order.currency),
    )


def _detail(one: Proposal, currency: str) -> str:
    """What is due, and what becomes of the difference."""
    came, due = one.line.amount_minor, one.due_minor
    if due <= 0:
        return "Nothing is due for this order any more. Tick it if the money is to go back to its payer."
    said = f"{_money(due, currency)} is due."
    over = f" {_money(came - due, currency)} will go back." if came > due else ""
    match one.fate:
        case Fate.PART:
            return f"{said} {_money(due - came, currency)} will still be missing."
        case Fate.LATE:
            return f"{said}{over} The order has ended: tickets if there are places left, else all of it goes back."
        case Fate.BACK:
            return f"{said} The order has ended, and this is less. Tick it if the money is to go back to its payer."
        case _:
            return f"{said}{over}"


def _others_words(others: int, skipped: int) -> str:
    said = []
    if others:
        said.append(f"{formats.count(others, 'line is', 'lines are')} money that went out.")
    if skipped:
        said.append(f"{formats.count(skipped, 'row is', 'rows are')} not money that moved, and left out.")
    return " ".join(said)


def _account(name: str) -> str:
    """Short enough for a phone; who uploads a file knows their account by its ends."""
    return f"{name[:4]} … {name[-4:]}" if stdnum_iban.is_valid(name) else name


def _money(minor: int, currency: str) -> str:
    return formats.money(minor, currency, in_full=True)
