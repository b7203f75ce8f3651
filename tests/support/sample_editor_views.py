"""The event editor with believable contents."""

from dataclasses import replace
from uuid import UUID

from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.organiser import editor_changes
from admitone.entrypoints.pages.organiser.editor_showing import RULES
from admitone.entrypoints.pages.organiser.editor_view import (
    CheckItem,
    EditorView,
    PoolPart,
    StyleChoice,
    TypePart,
)
from admitone.entrypoints.pages.organiser.view import StepsPart
from admitone.entrypoints.pages.rendering import View
from admitone.entrypoints.pages.views import Part
from admitone.events import posters
from tests.support.sample_events import LAGOS
from tests.support.sample_organiser_views import CATEGORIES, CURRENCIES, DRAFT, ON_SALE, STEPS, ZONES, nav


def _type(number: int, name: str, price: str, summary: str) -> TypePart:
    values = {
        "name": name,
        "description": "Standing, ground floor.",
        "price": price,
        "pool_hall": "1",
        "capacity": "",
        "per_person_limit": "8",
        "sales_from": "2027-02-01T10:00",
        "sales_until": "",
        "is_offered": "1",
    }
    return TypePart(f"t{number}", name, summary, ON_SALE, Part(f"/organiser/types/{number}", values))


_BROKEN = Part(
    "/organiser/types/2",
    {
        "name": "Balcony",
        "price": "26k",
        "capacity": "300",
        "per_person_limit": "8",
        "is_offered": "1",
    },
    {
        "price": "Write the amount in plain digits, such as 18500.00.",
        "pools": "Tickets of this kind are already held or sold, so their places stay as they are.",
    },
)


def _sections(base: str) -> dict[str, Part]:
    """The event itself, section by section."""
    return {
        "basics": Part(
            f"{base}/basics",
            {
                "title": LAGOS.title,
                "summary": LAGOS.summary,
                "description": "The **Adeyemi Orchestra** opens the week.",
                "category": "music",
                "slug": LAGOS.slug,
                "refund_text": "Full refund until 5 March.",
            },
        ),
        "when": Part(
            f"{base}/when",
            {
                "zone": "Africa/Lagos",
                "starts": "2027-03-12T19:30",
                "ends": "2027-03-12T18:00",
                "doors": "2027-03-12T18:45",
            },
            {"ends": "The end is before the start."},
        ),
        "where": Part(
            f"{base}/where",
            {
                "kind": "venue",
                "venue_name": "The Old Foundry",
                "venue_address": "14 Foundry Road, Yaba",
                "city": "Lagos",
                "country": "NG",
            },
        ),
        "money": Part(
            f"{base}/money",
            {
                "currency": "NGN",
                "fee_percent": "5",
                "fee_fixed": "0",
                "fee_paid_by": "buyer",
                "tax_percent": "7.5",
                "tax_name": "VAT",
                "tax_mode": "included",
            },
        ),
    }


def editor_view() -> EditorView:
    """A draft with most things filled in."""
    base = links.managed_event("foundry", "e1", "edit")
    sections = _sections(base)
    return EditorView(
        nav=nav(),
        title=LAGOS.title,
        state=DRAFT,
        is_draft=True,
        basics=sections["basics"],
        when=sections["when"],
        where=sections["where"],
        money=sections["money"],
        look=Part(f"{base}/look", {"accent": "ultra", "poster_style": "bars"}),
        types=(
            _type(1, "General admission", "18500.00", "₦18,500, 586 of 800 sold"),
            TypePart(
                "t2", "Balcony", "₦26,000, 300 places", DRAFT, _BROKEN, "/organiser/types/2/remove", True
            ),
        ),
        new_type=Part(f"{base}/types", {"per_person_limit": "8"}),
        pools=(
            PoolPart(
                "hall",
                "The hall",
                "800 places, 586 sold, 12 held",
                Part(f"{base}/pools/hall", {"name": "The hall", "capacity": "800"}),
                "General admission, Balcony",
            ),
            PoolPart(
                "yard",
                "The yard",
                "150 places, 0 sold, 0 held",
                Part(f"{base}/pools/yard", {"name": "The yard", "capacity": "150"}),
                remove_url=f"{base}/pools/yard/remove",
            ),
        ),
        new_pool=Part(f"{base}/pools"),
        pool_boxes=(("pool_hall", "The hall (800 places)"), ("pool_yard", "The yard (150 places)")),
        categories=CATEGORIES,
        change_rules=editor_changes.RULES,
        change_events=((editor_changes.box(UUID(int=7)), "Furnace Night, Fri 19 March"),),
        refund_rules=RULES,
        zones=ZONES,
        countries=(("", "Not said"), ("DE", "Germany"), ("NG", "Nigeria")),
        currencies=CURRENCIES,
        accents=tuple((accent, accent.capitalize()) for accent in posters.ACCENTS),
        styles=tuple(
            StyleChoice(s, s.capitalize(), links.poster(LAGOS.slug, "ultra", s)) for s in posters.STYLES
        ),
        poster_url=LAGOS.poster,
        price_unit="₦",
        price_example="18500.00",
        checklist=(
            CheckItem("A title and a description", True, "basics"),
            CheckItem("A start, an end and a place", False, "when"),
            CheckItem("At least one ticket type", True, "tickets"),
            CheckItem("A refund rule", True, "basics"),
        ),
        preview_url=links.event(LAGOS.slug),
        currency_is_fixed=True,
        steps=StepsPart("/organiser/duplicate", delete_url="/organiser/delete"),
    )


def editor_views() -> dict[str, View]:
    """Name of the sample and its view."""
    editor = editor_view()
    return {
        "editor": editor,
        "editor-live": replace(
            editor,
            is_draft=False,
            state=ON_SALE,
            steps=STEPS,
            fixed_address=links.event(LAGOS.slug),
            when=replace(editor.when, errors={}),
            types=editor.types[:1],
        ),
    }
