"""The block search engines read, as JSON that cannot close its own script element."""

import json

from markupsafe import Markup

_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def json_ld(data: dict[str, object]) -> Markup:
    """`data` for `<script type="application/ld+json">`. Source:
    https://www.w3.org/TR/json-ld11/#restrictions.
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    for sign, escape in _ESCAPES.items():
        text = text.replace(sign, escape)
    return Markup(text)  # noqa: S704 (every sign that HTML reads was replaced above)


def event_json_ld(
    *,
    name: str,
    description: str,
    starts_iso: str,
    ends_iso: str,
    url: str,
    image_url: str,
    status: str,
    place_name: str | None,
    address: str | None,
    is_online: bool,
    organiser_name: str,
    offers: tuple[tuple[str, str, str, bool], ...],
) -> Markup:
    """An `Event` of schema.org. `offers`: name, price in the major unit as plain digits, currency, still to
    be had.

    `status`: scheduled or cancelled. Source: https://schema.org/Event.
    """
    # Where it is watched is for people with a ticket: the event's own page leads them there.
    online: dict[str, object] = {"@type": "VirtualLocation", "url": url}
    place: dict[str, object] = {"@type": "Place", "name": place_name, "address": address or place_name}
    is_both = place_name is not None and is_online
    kind = "Mixed" if is_both else "Offline" if place_name is not None else "Online"
    return json_ld(
        {
            "@context": "https://schema.org",
            "@type": "Event",
            "name": name,
            "description": description,
            "startDate": starts_iso,
            "endDate": ends_iso,
            "url": url,
            "image": image_url,
            "eventStatus": f"https://schema.org/Event{'Cancelled' if status == 'cancelled' else 'Scheduled'}",
            "eventAttendanceMode": f"https://schema.org/{kind}EventAttendanceMode",
            "location": [place, online] if is_both else place if place_name is not None else online,
            "organizer": {"@type": "Organization", "name": organiser_name},
            "offers": [
                {
                    "@type": "Offer",
                    "name": label,
                    "price": amount,
                    "priceCurrency": currency,
                    "availability": f"https://schema.org/{'InStock' if in_stock else 'SoldOut'}",
                    "url": url,
                }
                for label, amount, currency, in_stock in offers
            ],
        }
    )
